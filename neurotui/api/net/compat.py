"""The locks and events of httpcore: asyncio's, where it would take those of anyio.

anyio knows several event loops, and loads what it needs for one when the first lock is made: in the middle of
the first request, and for a tenth of all that `neurotui ask` does. Here there is asyncio alone. httpcore has
no parameter for it.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager, nullcontext

import httpcore._synchronization


class Primitives:
    """What httpcore uses of anyio."""

    Lock = asyncio.Lock
    Event = asyncio.Event
    Semaphore = asyncio.Semaphore

    @staticmethod
    def fail_after(_seconds: float | None) -> AbstractContextManager[None]:
        """Sets no limit to the wait for a place in the pool: a line is alone in its own."""
        return nullcontext()

    @staticmethod
    def CancelScope(*, shield: bool) -> AbstractContextManager[None]:
        """Shields from anyio's cancellations, of which there are none; from asyncio's it never did."""
        return nullcontext()


def use_asyncio() -> None:
    """From here on httpcore makes its locks of asyncio."""
    vars(httpcore._synchronization).update(anyio=Primitives)
