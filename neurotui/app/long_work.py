"""Long work in a thread, as a screen sees it: progress, a few times a second, and a way to stop it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from neurotui.errors import WorkStopped
from neurotui.store.watch import Report, Stage, Unit, words

DELAY = 0.5
"""Seconds before anything is shown: work that is done sooner needs no words."""
INTERVAL = 0.1
"""Seconds between two reports on the screen."""


class LongWork:
    """Progress of work in threads. Construct it on the event loop."""

    is_seen = True

    def __init__(self, show: Callable[[Sequence[str]], None]) -> None:
        """`show` is called on the event loop with the parts of a line; with none when the work is over."""
        self.running = False
        self._show = show
        self._loop = asyncio.get_running_loop()
        self._stopped = False

    def stop(self) -> None:
        """End the running work at its next step, and any that begins later."""
        self._stopped = True

    @contextmanager
    def begin(self, stage: Stage, unit: Unit, about: str = "") -> Iterator[Report]:
        """Shows the work until the context ends. For a thread, not for the event loop."""
        due = time.monotonic() + DELAY

        def report(done: int, total: int | None) -> None:
            nonlocal due
            if self._stopped:
                raise WorkStopped
            if (now := time.monotonic()) >= due:
                due = now + INTERVAL
                self._tell(words(stage, unit, done, total, about))

        self.running = True
        try:
            yield report
        finally:
            self.running = False
            self._tell(())

    def _tell(self, parts: Sequence[str]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._show, parts)
