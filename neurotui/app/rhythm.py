"""The rhythm of the pings while a model thinks, learnt from its answers: by server and model."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from typing import TYPE_CHECKING

from neurotui.app.workspace_observer import WorkspaceObserver
from neurotui.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from neurotui.app.accounts import Account
    from neurotui.chat.conversation import Message
    from neurotui.chat.session import Session
    from neurotui.store.learnt import Learnt

NAME = "rhythm"
"""Name under which the latest rhythms are kept: seconds, with blanks between."""
KEPT = 9
"""Answers whose rhythm is kept."""


class Rhythms(WorkspaceObserver):
    """Learns from the answers of a workspace."""

    def __init__(self, learnt: Learnt, account_of: Callable[[Session], Account]) -> None:
        self._learnt, self._account_of = learnt, account_of
        self._tasks: set[asyncio.Task[None]] = set()

    def reply_ended(self, session: Session, answer: Message) -> None:
        work = learn(self._learnt, self._account_of(session), answer)
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Return when nothing is learnt any more."""
        while self._tasks:
            await asyncio.wait(self._tasks)


async def learn(learnt: Learnt, account: Account, answer: Message) -> None:
    """Keep the rhythm of an answer that has ended, if it had one."""
    timing, bill = answer.timing, answer.bill
    if timing is None or timing.rhythm is None or bill is None or account.ref.kind:
        return
    new = f"{timing.rhythm:.3g}"

    def add(text: str) -> str:
        return " ".join([*text.split(), new][-KEPT:])

    with suppress(StoreError):  # the journal tells of it
        await asyncio.to_thread(learnt.change, _server(account), bill.asked_model, NAME, add)


def known(learnt: Learnt, account: Account) -> dict[str, float]:
    """Return the seconds between two pings by model: the median of the latest answers. Blocks."""
    found = {model: _median(text) for model, text in learnt.models(_server(account), NAME).items()}
    return {model: seconds for model, seconds in found.items() if seconds is not None}


def _median(text: str) -> float | None:
    try:
        found = sorted(map(float, text.split()))
    except ValueError:
        return None
    return found[len(found) // 2] if found and all(map(math.isfinite, found)) else None


def _server(account: Account) -> str:
    return account.ref.address.lower()
