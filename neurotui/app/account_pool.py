"""Background work for accounts: opening a connection early, asking for the balance, closing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from neurotui.app.accounts import Account
from neurotui.chat.conversation import Message
from neurotui.chat.session import Session


class AccountPool:
    """The background tasks for the accounts of a workspace."""

    def __init__(
        self,
        used: Callable[[], set[Account]],
        known: Callable[[], set[Account]],
        told: Callable[[Account], None],
        spent: Callable[[Session, Message, float], Awaitable[None]],
        learn: Callable[[Account], Awaitable[None]],
        settling: float,
    ) -> None:
        """`used` are the accounts that the next message of an open conversation goes to, `known` those that
        may be used again. `told` is called when one has told its balance, `spent` when one turn alone is
        known to have cost so many US dollars. `learn` asks for the prices, if that is due.

        `used` returns the accounts that a message may go to; `settling` is the number of seconds that a
        server may take to bill an answer.
        """
        self._used, self._known, self._told, self._spent = used, known, told, spent
        self._learn, self._settling = learn, settling
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

    def settle(self, account: Account, session: Session, answer: Message) -> None:
        """Ask for the balance after an answer."""
        if account.tells_balance:
            self._do(self._asking, self._settle(account, session, answer))

    def release_unused(self) -> None:
        """Close the accounts that no message goes to any more, once their last reply has ended.

        Of one that may be used again, the connection alone.
        """
        used, known = self._used(), self._known()
        for account in self._open - used:
            if account.running:
                continue
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
        self._rest(account)
        if account.tells_balance:
            self._told(account)
        await self._learn(account)
        self._rest(account)

    async def _settle(self, account: Account, session: Session, answer: Message) -> None:
        before = account.balance
        spent = await account.settle(self._settling)
        self._rest(account)
        if account.balance is not before:
            self._told(account)
        if spent is not None:
            await self._spent(session, answer, spent)
