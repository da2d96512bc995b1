"""Full collections of garbage, kept from holding up the event loop.

CPython looks for cycles among all objects there are, again and again as their number grows: with 10,000
messages open that holds up a key for 60 to 100 ms, and for 350 ms where 3 MB of an answer are laid out.
So what has survived one full collection is set aside, and the next looks at what is new alone. What is set
aside is freed as ever once nothing refers to it; cycles in it, of dialogs that were open then, are looked for
only now and then, when nobody has typed for a while and no answer comes.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Mapping
from typing import Any

FULL = 2
"""The generation of a full collection."""
EVERY = 50
"""Number of collections after which also what was set aside is looked at, in the next quiet moment."""
MOST = 20 * EVERY
"""Number of collections after which it is looked at in any case: memory stays bounded."""
QUIET = 5.0
"""Time without a key that makes a quiet moment (seconds)."""


class Garbage:
    """Sets aside what survives full collections, from `begin` to `end`."""

    def __init__(self, is_busy: Callable[[], bool], *, every: int = EVERY, quiet: float = QUIET) -> None:
        """`is_busy` returns True as long as an answer comes."""
        self._is_busy = is_busy
        self._every = every
        self._quiet = quiet
        self._collections = 0
        """Since all was looked at."""
        self._typed_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def begin(self) -> None:
        """Set aside what there is, and what survives from now on."""
        self._loop = asyncio.get_running_loop()
        gc.freeze()
        gc.callbacks.append(self._collected)

    def end(self) -> None:
        """Leave all to CPython again."""
        if self._collected in gc.callbacks:
            gc.callbacks.remove(self._collected)
            gc.unfreeze()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def typed(self) -> None:
        """Note that a key was pressed."""
        if self._loop is not None:
            self._typed_at = self._loop.time()

    def collect_all(self) -> None:
        """Look at all objects, also at those that were set aside."""
        self._collections = 0
        gc.unfreeze()
        gc.collect()

    # Internals

    def _collected(self, phase: str, info: Mapping[str, Any]) -> None:
        """Set aside what has survived; called by CPython, on any thread."""
        if info["generation"] != FULL:
            return
        if phase == "start":
            if self._collections >= MOST:
                self._collections = 0
                gc.unfreeze()
            return
        gc.freeze()
        self._collections += 1
        if self._collections == self._every and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wait)

    def _wait(self) -> None:
        """Look at all once it is quiet."""
        assert self._loop is not None
        quiet_at = self._typed_at + self._quiet
        if self._loop.time() < quiet_at or self._is_busy():
            self._timer = self._loop.call_at(max(quiet_at, self._loop.time() + self._quiet), self._wait)
            return
        self._timer = None
        if self._collections:
            self.collect_all()
