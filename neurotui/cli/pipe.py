"""Standard output while an answer streams into it.

A reader may be slow (a pager that waits for a key) or go away (`head`). The event loop never waits for it: a
separate thread writes, so that Ctrl+C closes the connection at once even while the reader sleeps. A reader's
leaving is noticed at once, too, and not only with the next word of a model that thinks.

A file or a program gets the model's words byte for byte; a terminal gets them cleaned.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING

from neurotui.cli.pager import is_pipe
from neurotui.i18n.reasons import reason_of

if TYPE_CHECKING:
    from neurotui.chat.text import Cleaner


class Output:
    """Standard output, written by a thread. Construct and use it on the event loop."""

    def __init__(self, on_closed: Callable[[], None]) -> None:
        """`on_closed` is called on the loop when the reader has gone or writing has failed."""
        self.is_terminal = sys.stdout.isatty()
        self._is_pipe = is_pipe()
        self.is_seen = self.is_terminal or self._is_pipe
        """True if output may appear on a terminal at once: directly, or in a pager."""
        self.closed = False
        """True if the reader is gone, or nothing can be written any more."""
        self.trouble = ""
        """Why nothing can be written; empty if the reader is gone."""
        self._on_closed = on_closed
        self._loop = asyncio.get_running_loop()
        self._cleaner = self._gate()
        self._last = "\n"
        self._pending: list[str] = []
        self._pieces: SimpleQueue[bytes | None] = SimpleQueue()
        self._done = asyncio.Event()
        self._watched = self._watch()
        threading.Thread(target=self._write, name="standard output", daemon=True).start()

    def put(self, text: str) -> None:
        """Add text: all that came in one piece from the network is written at once, right after it."""
        if not self._pending:
            self._loop.call_soon(self._send)
        self._pending.append(text)

    def end(self) -> None:
        """End the text; on a terminal, end the last line."""
        self._send()
        if self._cleaner is not None:
            self._pass_on(self._cleaner.flush())
            if self._last != "\n":
                self._pass_on("\n")
        self._pieces.put(None)

    async def drained(self, patience: float | None = None) -> None:
        """Return when everything is written or the reader is gone, at the latest after `patience` seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._done.wait()
        self._unwatch()

    def give_up(self) -> None:
        """Stop waiting for the reader."""
        self._done.set()

    def _gate(self) -> Cleaner | None:
        """Return a cleaner for the text if it is shown on a terminal; else None."""
        if not self.is_terminal:
            return None
        from neurotui.chat.text import Cleaner

        return Cleaner()

    def _watch(self) -> int | None:
        """Watch for the reader's leaving: a pipe then becomes readable. Return the descriptor, if any."""
        with suppress(OSError, NotImplementedError):
            if self._is_pipe:
                self._loop.add_reader(sys.stdout.fileno(), self._reader_left)
                return sys.stdout.fileno()
        return None

    def _unwatch(self) -> None:
        if self._watched is not None:
            self._loop.remove_reader(self._watched)
            self._watched = None

    def _reader_left(self) -> None:
        self._unwatch()
        self.closed = True
        self._done.set()
        self._on_closed()

    def _send(self) -> None:
        text, self._pending = "".join(self._pending), []
        self._pass_on(text if self._cleaner is None else self._cleaner.feed(text))

    def _pass_on(self, text: str) -> None:
        if text:
            self._last = text[-1]
            encoding = sys.stdout.encoding if self.is_terminal else "utf-8"
            self._pieces.put(text.encode(encoding, "replace"))

    def _write(self) -> None:
        # Bypass the buffer: Python's exit would wait for its lock while the reader sleeps.
        raw = getattr(sys.stdout.buffer, "raw", sys.stdout.buffer)
        then = self._done.set
        try:
            while data := self._pieces.get():
                while data:
                    data = data[raw.write(data) :]
        except OSError as error:
            then = self._reader_left
            if not isinstance(error, BrokenPipeError):
                self.trouble = reason_of(error)
        with suppress(RuntimeError):  # the loop is closed: nothing waits any more
            self._loop.call_soon_threadsafe(then)
