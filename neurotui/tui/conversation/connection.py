"""What the user sees of the connection beside the status line: the story of a turn, what it cost, once more.

The chat screen is one of these.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on, work

from neurotui.app.accounts import Balance, Client
from neurotui.app.services import Services
from neurotui.chat.conversation import Conversation, Message, Role, Status
from neurotui.errors import StoreError
from neurotui.i18n import _
from neurotui.i18n.formats import money
from neurotui.tui.conversation.connection_panel import WIDE, ConnectionPanel
from neurotui.tui.conversation.reading import ReadingScreen
from neurotui.tui.conversation.status import StatusLine

if TYPE_CHECKING:
    from neurotui.tui.conversation.connection_text import Fact

SETTLING = 1.5
"""Seconds after an answer in which its server writes the bill."""


class ConnectionScreen(ReadingScreen):
    """A screen that shows what a connection does."""

    def __init__(self, backend: Services) -> None:
        super().__init__(backend)
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]
        self.VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high")]
        self.connection = ConnectionPanel()
        self.balance: Balance | None = None
        """What the server told last; None where it tells nothing."""
        self._asked: Client | None = None
        """Who was asked for it."""
        self._tells = False
        """Whether that server has ever told it."""
        self._turns_since = 0
        """How many turns have begun since the balance was told."""

    @on(StatusLine.Pressed)
    def action_connection(self) -> None:
        """Shows or hides the story of the connection."""
        self.connection.toggle()

    def action_repeat(self) -> None:
        """Asks the last question once more, for another answer beside the one it has."""
        path = self.session.branch.path()
        asked = [message for message in path if message.role is Role.USER]
        if not asked:
            self.notify(_("Nothing was asked yet"), markup=False)
        elif self._is_free():
            if self.composer.text == asked[-1].text:
                self.composer.clear()
            if path[-1].parent_id == asked[-1].id:
                self.session.ask_again(path[-1].id)
            else:
                self.session.send(asked[-1].text)

    def turn_began(self) -> None:
        """Follows a turn."""
        self._turns_since += 1
        self.show_turn()

    def turn_ended(self, answer: Message) -> None:
        """Looks at the balance, when the server has had the time to write the bill."""
        self.show_turn()
        self._settle_account(answer)

    def show_turn(self) -> None:
        """Shows the running or the last turn."""
        self.connection.show(self.session.turn, self.facts)

    @property
    def facts(self) -> list[Fact]:
        """What is known of money: what the last answer cost by the user's prices, and the balance."""
        facts = []
        turn, messages = self.session.turn, self.session.conversation.messages
        answer = messages.get(turn.answer_id) if turn is not None else None
        if answer is not None and answer.usage and answer.bill:
            budget = self.backend.settings.settings.budget
            if answer.bill.cost is not None:
                facts.append((_("cost"), money(answer.bill.cost)))
            elif budget.answer_cost or budget.day_cost:
                facts.append((_("cost"), _("no price is set")))
        if self.balance is not None and self.server.client is self._asked:
            left, used = self.balance.remaining, money(self.balance.used)
            words = _("{used} used").format(used=used) if left is None else money(left)
            facts.append((_("balance"), words))
        return facts

    @work(exit_on_error=False, group="balance")
    async def look_at_balance(self) -> None:
        """Asks a server for the balance, the first time that it is talked to."""
        client = self.server.client
        if client is not self._asked and self.server.trouble is None:
            self.balance, self._asked, self._tells = None, client, False
            await self._ask_for_balance(client)

    @work(exit_on_error=False, group="balance")
    async def _settle_account(self, answer: Message) -> None:
        client, before, conversation = self._asked, self.balance, self.session.conversation
        if client is None or not self._tells:
            return
        await asyncio.sleep(SETTLING)
        if self.session.running or client is not self._asked:
            return
        only_this_turn = self._turns_since == 1
        await self._ask_for_balance(client)
        if answer.status is Status.STOPPED and answer.timing and only_this_turn and before and self.balance:
            lost = self.balance.used - before.used
            if lost > 0:
                timing = replace(answer.timing, spent=lost)
                await self._change(replace(answer, timing=timing), conversation)

    async def _ask_for_balance(self, client: Client) -> None:
        self._turns_since = 0
        balance = await client.balance()
        if client is self._asked:
            self.balance, self._tells = balance, self._tells or balance is not None
            self.show_turn()
            self.show_status()
        await client.warm()

    async def _change(self, answer: Message, conversation: Conversation) -> None:
        """Writes down what became known of an answer after its end."""
        conversation.put(answer)
        if conversation is self.session.conversation:
            self.transcript.replace(answer)
        with suppress(StoreError):
            await self.backend.store.journal.begin(conversation, answer)

    @abstractmethod
    def show_status(self) -> None:
        """Shows how it stands, in one line."""
