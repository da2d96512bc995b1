"""Standard output as an answer flows into it.

A reader may be slow (a pager that waits for a key) or go away (`head`). The event loop never waits for it:
a thread of its own writes, so that Ctrl+C closes the connection at once even while the reader sleeps. That
the reader is gone shows at once, too, and not only with the next word of a model that thinks.

What goes to a file or a program is what the model said, byte by byte; what goes to a terminal is cleaned.
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
    """Writes text to standard output from a thread. Made and used on the event loop."""

    def __init__(self, on_closed: Callable[[], None]) -> None:
        """`on_closed` is called on the loop when nobody can read any more."""
        self.is_terminal = sys.stdout.isatty()
        self._is_pipe = is_pipe()
        self.is_seen = self.is_terminal or self._is_pipe
        """True if what is written may show on a terminal at once: there, or in a pager."""
        self.closed = False
        """Whether the reader is gone, or nothing can be written any more."""
        self.trouble = ""
        """Why nothing can be written, where the reader is not gone."""
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
        """Takes more text: what comes in one piece of the network leaves in one, right after it."""
        if not self._pending:
            self._loop.call_soon(self._send)
        self._pending.append(text)

    def end(self) -> None:
        """Takes note that no more text comes; on a terminal the last line is ended."""
        self._send()
        if self._cleaner is not None:
            self._pass_on(self._cleaner.flush())
            if self._last != "\n":
                self._pass_on("\n")
        self._pieces.put(None)

    async def drained(self, patience: float | None = None) -> None:
        """Returns when all is written or nobody reads; after `patience` seconds in any case."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._done.wait()
        self._unwatch()

    def give_up(self) -> None:
        """Lets nobody wait for the reader any longer."""
        self._done.set()

    def _gate(self) -> Cleaner | None:
        """What cleans the text, where it is shown."""
        if not self.is_terminal:
            return None
        from neurotui.chat.text import Cleaner

        return Cleaner()

    def _watch(self) -> int | None:
        """Listens for the reader's leaving, where that can be heard: a pipe then becomes readable."""
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
        # Past the buffer, whose lock Python's own end would wait for while the reader sleeps.
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
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(then)
