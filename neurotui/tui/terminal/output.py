"""Output to a terminal by a thread, so that the event loop goes on while the terminal takes nothing.

Textual's own writer blocks the whole app when some thirty writes are waiting, so that not even Escape would
stop an answer. Here `write` never blocks. While the terminal is behind, pictures are left out; once it has
taken everything that waited, `on_caught_up` is called, to draw the whole screen.
"""

from __future__ import annotations

import os
import re
import select
import threading
from collections.abc import Callable
from queue import SimpleQueue

MANY_WRITES = 10
"""Number of waiting writes, two or three for a picture, from which on a terminal is behind."""

_PICTURE = re.compile(r"\x1b\[\d*;?\d*H")
"""The beginning of each row of a picture."""
_PICTURE_BEGINS, _PICTURE_ENDS = "\x1b[?2026h", "\x1b[?2026l"
"""The brackets around a picture (synchronized output)."""


class Output:
    """Output to the terminal at `descriptor`. Both callbacks are called from the thread."""

    def __init__(
        self, descriptor: int, encoding: str, on_gone: Callable[[], None], on_caught_up: Callable[[], None]
    ) -> None:
        self._descriptor = descriptor
        self._encoding = encoding
        self._on_gone = on_gone
        self._on_caught_up = on_caught_up
        self._waiting: SimpleQueue[str | None] = SimpleQueue()
        self._left_out = threading.Event()
        """Set if a picture was left out: the terminal does not show the last one."""
        self._in_picture = False
        self._gone = False
        self._thread: threading.Thread | None = None

    @property
    def behind(self) -> bool:
        """True if too many writes are waiting for the terminal."""
        return self._waiting.qsize() >= MANY_WRITES

    def start(self) -> None:
        """Start the thread."""
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
