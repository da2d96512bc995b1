"""Standard output, line by line, written by a thread: a slow reader holds up nothing but itself.

All that is printed passes `clean()` where it is made. Characters that the encoding lacks are replaced.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from queue import SimpleQueue


class Printer:
    """Writes lines in their order. Construct and use it on the event loop."""

    def __init__(self, on_closed: Callable[[], None]) -> None:
        """`on_closed` is called on the loop when nothing can be written any more."""
        self.closed = False
        """True if the reader is gone, or writing has failed."""
        self._on_closed = on_closed
        self._loop = asyncio.get_running_loop()
        self._held: list[bytes] | None = None
        """Lines that wait until the one that is being typed is there; None while none is."""
        self._lines: SimpleQueue[bytes | Callable[[], None]] = SimpleQueue()
        threading.Thread(target=self._write, name="standard output", daemon=True).start()

    def line(self, *lines: str) -> None:
        """Print lines."""
        self.lines(lines)

    def lines(self, lines: Iterable[str]) -> None:
        """Print lines."""
        encoding = sys.stdout.encoding or "utf-8"
        encoded = [f"{line}\n".encode(encoding, "replace") for line in lines]
        if self._held is not None:
            self._held += encoded
            return
        for line in encoded:
            self._lines.put(line)

    def hold(self) -> None:
        """Keep what is printed from now on, for a line is being typed."""
        self._held = self._held if self._held is not None else []

    def release(self) -> None:
        """Print what was kept."""
        for line in self._held or ():
            self._lines.put(line)
        self._held = None

    def bell(self) -> None:
        """Ring the bell of a terminal."""
        if sys.stdout.isatty():
            self._lines.put(b"\a")

    async def drained(self) -> None:
        """Return when all is written, or nothing can be."""
        if not self.closed:
            written = asyncio.Event()
            self._lines.put(written.set)
            await written.wait()

    def _write(self) -> None:
        # Bypass the buffer: Python's exit would wait for its lock while the reader sleeps.
        raw = getattr(sys.stdout.buffer, "raw", sys.stdout.buffer)
        failed = False
        while True:
            item = self._lines.get()
            if not isinstance(item, bytes):
                self._call(item)
                continue
            try:
                while item and not failed:
                    item = item[raw.write(item) or 0 :]
            except OSError:
                failed = True
                self._call(self._lost)

    def _lost(self) -> None:
        self.closed = True
        self._on_closed()

    def _call(self, work: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nothing waits any more
            self._loop.call_soon_threadsafe(work)
