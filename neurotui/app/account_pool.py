"""Background work for accounts: opening a connection early, asking for the balance, closing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from neurotui.app.accounts import Account
from neurotui.app.money.reconciler import Outcome, Reconciler
from neurotui.chat.conversation import Message, Status, Timing
from neurotui.chat.session import Session

OUTCOMES = 100
"""Answers of which it is remembered what the balance told."""


class AccountPool:
    """The background tasks for the accounts of a workspace."""

    def __init__(
        self,
        used: Callable[[], set[Account]],
        known: Callable[[], set[Account]],
        told: Callable[[Account], None],
        noted: Callable[[Session, Message, Timing], Awaitable[None]],
        learn: Callable[[Account], Awaitable[None]],
        reconciler: Reconciler,
    ) -> None:
        """`used` are the accounts that the next message of an open conversation goes to, `known` those that
        may be used again. `told` is called when one has told its balance, `noted` when something of the cost
        of an answer became known from it. `learn` asks for the prices, if that is due.
        """
        self._used, self._known, self._told, self._noted = used, known, told, noted
        self._learn, self._reconciler = learn, reconciler
        self._due: dict[Account, tuple[Session, Message, int]] = {}
        """Latest answers of accounts that nobody has seen yet, with the `changes` at their ends."""
        self.outcomes: dict[str, Outcome] = {}
        """Findings about the latest answers from the balance, by their ids."""
        self._open = used()
        self._asking: set[asyncio.Task[None]] = set()
        """Tasks that are cancelled at the end."""
        self._closing: set[asyncio.Task[None]] = set()

    def warm(self, account: Account) -> None:
        """Open a connection before it is needed; the first time, ask for the balance as well."""
        self._do(self._asking, self._warm(account))

    def turn_began(self, account: Account) -> None:
        """Count a turn, for its account and for those that may pay from the same balance."""
        account.turn_began()
        for other in self._beside(account):
            other.turn_beside(1)

    def turn_ended(self, account: Account) -> None:
        """Count a turn that has ended, however."""
        account.turn_ended()
        for other in self._beside(account):
            other.turn_beside(-1)

    def answered(self, account: Account, session: Session, answer: Message) -> None:
        """Remember an answer to hold against the balance; of a stopped one, tell what is known of stops."""
        if account.tells_balance:
            self._due[account] = session, answer, account.changes
        if answer.status is Status.STOPPED:
            self._do(self._asking, self._tell_stops(account, session, answer))

    async def with_stops(self, account: Account, answer: Message) -> Message:
        """Return a stopped answer with what is known of stops of its model; any other as it is."""
        return await self._reconciler.stops.with_counts(account, answer)

    def seen(self, account: Account) -> None:
        """Ask for the balance, for an account that is looked at, if an answer has lowered it."""
        if (due := self._due.pop(account, None)) is not None:
            self._do(self._asking, self._settle(account, *due))

    def release_unused(self) -> None:
        """Close the accounts that no message goes to any more, once their last reply has ended.

        Of one that may be used again, the connection alone.
        """
        used, known = self._used(), self._known()
        for account in self._open - used:
            if account.running:
                continue
            self._due.pop(account, None)
            self._open.remove(account)
            if account in known:
                account.let_go()
            else:
                self._do(self._closing, account.aclose())
        for account in used - self._open:
            account.comes_beside(sum(other.running for other in self._beside(account)))
        self._open |= used

    async def aclose(self) -> None:
        """Close all accounts."""
        asking = list(self._asking)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, *self._closing, return_exceptions=True)
        await asyncio.gather(*(account.aclose() for account in self._open | self._used() | self._known()))

    def _do(self, tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def _beside(self, account: Account) -> list[Account]:
        """Return the other open accounts at the same server."""
        server = account.ref.server
        return [other for other in self._open if other is not account and other.ref.server == server]

    def _rest(self, account: Account) -> None:
        """Close the connection of an account that nobody uses any more: it was opened for a next message."""
        if account not in self._used():
            account.let_go()

    async def _warm(self, account: Account) -> None:
        await account.warm()
        if account.trouble is None:
            await self._reconciler.begin(account)
        self._rest(account)
        if account.tells_balance:
            self._told(account)
        await self._learn(account)
        self._rest(account)

    async def _tell_stops(self, account: Account, session: Session, answer: Message) -> None:
        told = await self.with_stops(account, answer)
        if told is not answer and told.timing is not None:
            await self._noted(session, answer, told.timing)

    async def _settle(self, account: Account, session: Session, answer: Message, changes: int) -> None:
        outcome = await self._reconciler.look(account, answer, self._tell_change(account), changes)
        self._rest(account)
        if outcome is None:
            return
        self.outcomes[answer.id] = outcome
        while len(self.outcomes) > OUTCOMES:
            self.outcomes.pop(next(iter(self.outcomes)))
        if outcome.timing is not None:
            await self._noted(session, answer, outcome.timing)
        self._told(account)

    def _tell_change(self, account: Account) -> Callable[[Account], None]:
        """Return what tells of a balance that is not the one of before."""
        before = account.balance

        def tell(account: Account) -> None:
            nonlocal before
            if account.balance != before:
                before = account.balance
                self._told(account)

        return tell
