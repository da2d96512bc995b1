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
        told: Callable[[Account], None],
        spent: Callable[[Session, Message, float], Awaitable[None]],
        settling: float,
    ) -> None:
        """Call `told` when a balance is known, and `spent` when the cost of one turn is (US dollars).

        `used` returns the accounts that a message may go to; `settling` is the number of seconds that a
        server may take to bill an answer.
        """
        self._used, self._told, self._spent = used, told, spent
        self._settling = settling
        self._open = used()
        self._asking: set[asyncio.Task[None]] = set()
        """Tasks that are cancelled at the end."""
        self._closing: set[asyncio.Task[None]] = set()

    def warm(self, account: Account) -> None:
        """Open a connection before it is needed; the first time, ask for the balance as well."""
        self._do(self._asking, self._warm(account))

    def settle(self, account: Account, session: Session, answer: Message) -> None:
        """Ask for the balance after an answer."""
        if account.tells_balance:
            self._do(self._asking, self._settle(account, session, answer))

    def release_unused(self) -> None:
        """Close the accounts that are no longer used, except those with a running reply."""
        used = self._used()
        for account in self._open - used:
            if not account.running:
                self._open.remove(account)
                self._do(self._closing, account.aclose())
        self._open |= used

    async def aclose(self) -> None:
        """Close all accounts."""
        asking = list(self._asking)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, *self._closing, return_exceptions=True)
        await asyncio.gather(*(account.aclose() for account in self._open | self._used()))

    def _do(self, tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def _warm(self, account: Account) -> None:
        await account.warm()
        if account.tells_balance:
            self._told(account)

    async def _settle(self, account: Account, session: Session, answer: Message) -> None:
        before = account.balance
        spent = await account.settle(self._settling)
        if account.balance is not before:
            self._told(account)
        if spent is not None:
            await self._spent(session, answer, spent)
