"""What an answer of `neurotui ask` will cost, said before it is asked for; on a terminal it may be left."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from neurotui.chat.attachments import Draft
from neurotui.chat.session import Session
from neurotui.cli.ask_files import confirmed
from neurotui.cli.output import say
from neurotui.errors import WorkStopped

if TYPE_CHECKING:
    from neurotui.app.accounts import Account
    from neurotui.app.money.estimates import Estimates
    from neurotui.app.money.ledger import Ledger
    from neurotui.settings.config import Settings
    from neurotui.store.store import Store

FEW = 2000
"""Characters of a conversation that is not worth an estimate, where no limit asks for one."""


class Costs:
    """The costs of what is asked."""

    def __init__(
        self,
        store: Store | None,
        ledger: Ledger,
        settings: Settings,
        account_of: Callable[[Session], Account],
    ) -> None:
        self._store = store
        self._prices = ledger.prices
        self._settings = settings
        self._account_of = account_of

    async def tell(self, session: Session, draft: Draft, *, is_new_prompt: bool) -> None:
        """Say what is to be known. Raises WorkStopped if it is not to be sent."""
        if self._settings.budget.ask_above > 0 or not _is_short(session, draft):
            await self._tell(session, draft, is_new_prompt=is_new_prompt)

    async def tell_together(self, sessions: Sequence[Session], draft: Draft) -> None:
        """Say that several answers are dear together. Raises WorkStopped if they are not to be asked for."""
        if self._settings.budget.ask_above <= 0:
            return
        from neurotui.app.money.estimate_text import dear_together

        estimates = self._estimates()
        found = [await estimates.of(session, draft, session.next_parent_id) for session in sessions]
        known = [estimate for estimate in found if estimate is not None]
        if words := dear_together(known, self._settings.budget):
            say(words)
            if _can_ask() and not await confirmed():
                raise WorkStopped

    async def learn(self, session: Session) -> None:
        """Learn from the answer that has ended."""
        answer = session.branch.leaf
        if answer is None:
            return
        account = self._account_of(session)
        await self._estimates().learn(session, account, answer)
        if self._store is not None and answer.timing is not None and answer.timing.rhythm is not None:
            from neurotui.app import rhythm

            await rhythm.learn(self._store.learnt, account, answer)

    def _estimates(self) -> Estimates:
        from neurotui.app.money.estimates import Estimates  # not before the question has left, for most

        learnt = self._store.learnt if self._store is not None else None
        return Estimates(learnt, self._prices, lambda: self._settings, self._account_of)

    async def _tell(self, session: Session, draft: Draft, *, is_new_prompt: bool) -> None:
        from neurotui.app.money.estimate_text import (
            estimate_line,
            is_too_dear,
            is_worth_a_line,
            reason_to_ask,
            reread_line,
        )

        estimates, limits = self._estimates(), self._settings.budget
        estimates.met(session, is_changed=is_new_prompt)
        if (reread := await estimates.reread(session)) is not None:
            say(reread_line(reread))
        estimate = await estimates.of(session, draft, session.next_parent_id)
        if estimate is None:
            return
        if is_too_dear(estimate, limits):
            say(reason_to_ask(estimate, limits))
            if _can_ask() and not await confirmed():
                raise WorkStopped
        elif _can_ask() and is_worth_a_line(estimate, limits):
            say(estimate_line(estimate))


def _can_ask() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _is_short(session: Session, draft: Draft) -> bool:
    path = session.branch.path()
    if draft.attachments or any(message.attachments for message in path):
        return False
    return sum(map(len, (draft.text, *(message.text for message in path)))) < FEW
