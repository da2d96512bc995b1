"""Every private name of httpx, httpcore and h11 that neurotui relies on, and nowhere else: one, today.

It is where httpcore finds its locks. It takes those of anyio, which knows several event loops and loads what
it needs for one when the first lock is made: in the middle of the first request, and for a tenth of all that
`neurotui ask` does. Here there is asyncio alone; httpcore has no parameter for it. Where the name is gone, or
`NEUROTUI_COMPAT=off` is in the environment, httpcore runs as it comes, slower but right.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
from contextlib import AbstractContextManager, nullcontext
from types import ModuleType

log = logging.getLogger(__name__)


class Primitives:
    """The names of anyio that httpcore uses, made of asyncio; any other name is anyio's own."""

    Lock = asyncio.Lock
    Event = asyncio.Event
    Semaphore = asyncio.Semaphore

    def __init__(self, anyio: object) -> None:
        self._anyio = anyio

    def __getattr__(self, name: str) -> object:
        return getattr(self._anyio, name)

    def fail_after(self, _seconds: float | None) -> AbstractContextManager[None]:
        """Set no limit to the wait for a place in the pool: a connection is alone in its own."""
        return nullcontext()

    def CancelScope(self, *, shield: bool) -> AbstractContextManager[None]:
        """Shield from anyio's cancellations, of which there are none; from asyncio's it never did."""
        return nullcontext()


def supported() -> bool:
    """Return True if httpcore finds its locks where they can be replaced."""
    return hasattr(_synchronization(), "anyio")


def use_asyncio() -> None:
    """Make httpcore take its locks of asyncio from here on, if it can be made to; the log tells why not."""
    if os.environ.get("NEUROTUI_COMPAT") == "off":
        log.warning("locks of httpcore: those of anyio, for NEUROTUI_COMPAT=off")
    elif not supported():
        log.warning("locks of httpcore: those of anyio, for this one differs")
    else:
        names = vars(_synchronization())
        if not isinstance(names["anyio"], Primitives):
            names["anyio"] = Primitives(names["anyio"])


def _synchronization() -> ModuleType:
    try:
        return importlib.import_module("httpcore._synchronization")
    except ImportError:
        return ModuleType("none")
