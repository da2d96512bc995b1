"""Signals, noticed on the event loop of the program.

Python's handlers run on the main thread alone, and that reads with readline, which looks for a signal only
when one ends its sleep: if it comes just before, the handler waits for the next key. So the loop is told
through a pipe; on Windows, which has neither, by the handler.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from types import FrameType

_ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Signals:
    """Calls back on the event loop. Make it, and close it, on the main thread."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, on_any: Callable[[], object], on_end: Callable[[int], object]
    ) -> None:
        """`on_any` is called for all signals, `on_end` with the number of one that ends the program.

        The loop must not run yet.
        """
        self._loop = loop
        self._on_any, self._on_end = on_any, on_end
        self._pipe: tuple[int, int] | None = None
        if os.name == "posix":
            self._pipe = read_end, write_end = os.pipe()
            os.set_blocking(read_end, False)
            os.set_blocking(write_end, False)
            signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
            loop.add_reader(read_end, self._read, read_end)
        for number in _ENDING:
            signal.signal(number, self._handle)

    def close(self) -> None:
        """Notice none any more. The loop must not run any more."""
        if self._pipe is not None:
            signal.set_wakeup_fd(-1)
            self._loop.remove_reader(self._pipe[0])
            for end in self._pipe:
                os.close(end)

    def _read(self, read_end: int) -> None:
        for number in os.read(read_end, 1024):
            if number in _ENDING:
                self._on_end(number)
        self._on_any()

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        """Take a signal for what the pipe tells of it."""
        if self._pipe is None:
            self._loop.call_soon_threadsafe(self._on_end, number)
