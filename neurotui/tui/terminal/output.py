"""A terminal's output, written by a thread, so that the event loop goes on while the terminal takes nothing.

Textual's own writer holds the whole app up when some thirty writes wait, so that not even Escape would stop
an answer. Here nothing that is written waits. While the terminal is behind, pictures are left out; when it
has taken all that waited, `on_caught_up` is called, for one picture of all.
"""

from __future__ import annotations

import os
import re
import select
import threading
from collections.abc import Callable
from queue import SimpleQueue

MANY_WRITES = 10
"""Waiting writes, two or three for a picture, from which on a terminal is behind."""

_PICTURE = re.compile(r"\x1b\[\d*;?\d*H")
"""How the rows of a picture begin."""
_PICTURE_BEGINS, _PICTURE_ENDS = "\x1b[?2026h", "\x1b[?2026l"
"""The brackets around one, for terminals that then draw it at once."""


class Output:
    """Writes to the terminal at `descriptor`. Both callbacks come from the thread."""

    def __init__(
        self, descriptor: int, encoding: str, on_gone: Callable[[], None], on_caught_up: Callable[[], None]
    ) -> None:
        self._descriptor = descriptor
        self._encoding = encoding
        self._on_gone = on_gone
        self._on_caught_up = on_caught_up
        self._waiting: SimpleQueue[str | None] = SimpleQueue()
        self._left_out = threading.Event()
        """Set if the terminal does not show the last picture."""
        self._in_picture = False
        self._gone = False
        self._thread: threading.Thread | None = None

    @property
    def behind(self) -> bool:
        """True if the terminal has not yet taken what was written for it a while ago."""
        return self._waiting.qsize() >= MANY_WRITES

    def start(self) -> None:
        """Begin to write."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="neurotui-output", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Wait until all is written."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()
            self._thread = None

    def write(self, data: str) -> None:
        """Write `data`, a picture only if the terminal is not behind."""
        if data == _PICTURE_ENDS:
            if self._in_picture:
                self._in_picture = False
                self._waiting.put(data)
        elif (data == _PICTURE_BEGINS or _PICTURE.match(data)) and not self._in_picture and self.behind:
            self._left_out.set()
        else:
            self._in_picture = self._in_picture or data == _PICTURE_BEGINS
            self._waiting.put(data)

    def _run(self) -> None:
        while (data := self._waiting.get()) is not None:
            self._take(data.encode(self._encoding, "replace"))
            if self._left_out.is_set() and self._waiting.empty():
                self._left_out.clear()
                self._on_caught_up()

    def _take(self, data: bytes) -> None:
        while data and not self._gone:
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:
                # Another program has made the terminal that it shares with us non-blocking.
                select.select([], [self._descriptor], [])
            except OSError:
                self._gone = True
                self._on_gone()
