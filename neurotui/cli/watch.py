"""Progress of long work on one line of standard error, and Ctrl+C to end the work at its next step.

The line appears when the work has taken a moment, is written at most ten times a second, and is gone at the
end. It is for a terminal; elsewhere nothing is written, and Ctrl+C does the same.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from neurotui.cli.output import cut
from neurotui.errors import WorkStopped
from neurotui.i18n import _
from neurotui.store.watch import Report, Stage, Unit, words

DELAY = 0.5
"""Seconds before the line appears: work that is done sooner needs none."""
INTERVAL = 0.1
"""Seconds between two updates."""
ERASE = "\r\x1b[K"


class TerminalWatch:
    """Watch that shows long work on the terminal of standard error."""

    def __init__(self) -> None:
        self.stopped = False
        """True if Ctrl+C was pressed."""
        self._shows = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._shown = False
        self._next = 0.0

    @property
    def is_seen(self) -> bool:
        """True if there is a terminal to show it on."""
        return self._shows

    @contextmanager
    def begin(self, stage: Stage, unit: Unit, about: str = "") -> Iterator[Report]:
        """Shows the work until the context ends; Ctrl+C ends it, and a second one at once."""
        self._next = time.monotonic() + DELAY

        def report(done: int, total: int | None) -> None:
            if self.stopped:
                raise WorkStopped
            if self._shows and (now := time.monotonic()) >= self._next:
                self._next = now + INTERVAL
                self._show(words(stage, unit, done, total, about))

        with self._interrupts_noted():
            try:
                yield report
            finally:
                self.clear()

    def clear(self) -> None:
        """Take the line away, to print something else."""
        if self._shown:
            self._shown = False
            self._write(ERASE)

    def _show(self, parts: list[str]) -> None:
        room = max(2, shutil.get_terminal_size().columns - 1)
        keys = _("Ctrl+C stops")
        text = " · ".join([*parts, keys])
        if len(text) > room:  # the key matters more than anything but the work and its progress
            text = " · ".join([*parts[:2], keys])
        self._shown = True
        self._write(ERASE + cut(text, room))

    def _write(self, text: str) -> None:
        print(text, end="", file=sys.stderr, flush=True)

    @contextmanager
    def _interrupts_noted(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, self._note)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.stopped:
            raise KeyboardInterrupt
        self.stopped = True
