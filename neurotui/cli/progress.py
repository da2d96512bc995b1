"""One line on standard error that says what is awaited, for as long as there is nothing else to see."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys

from neurotui.chat.turn import Phase, Turn
from neurotui.cli.output import cells

INTERVAL = 1.0
"""Seconds between two looks at the clocks."""
_ERASE = "\r\x1b[K"


class Progress:
    """The state of a turn on a terminal; elsewhere nothing. Give it the turn whenever something happened."""

    def __init__(self, *, until_text: bool) -> None:
        """`until_text`: the answer goes to the same terminal, and then shows by itself that it lives."""
        self.shows = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._until_text = until_text
        self._phase: Phase | None = None
        self._timer: asyncio.TimerHandle | None = None

    def look(self, turn: Turn) -> None:
        """Writes the line anew where the turn has come further."""
        if not self.shows or turn.phase is self._phase:
            return
        self._phase = turn.phase
        if turn.ended or (self._until_text and turn.phase is Phase.WRITING):
            self.clear()
        else:
            self._write(turn)

    def clear(self) -> None:
        """Takes the line away."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            print(_ERASE, end="", file=sys.stderr, flush=True)

    def _write(self, turn: Turn) -> None:
        from neurotui.chat.text import clean_line
        from neurotui.ui import wording

        if self._timer is not None:
            self._timer.cancel()
        line = wording.running(turn.vitals.read())
        parts = line.fit(shutil.get_terminal_size().columns - 1, cells)
        text = f"{line.sign} {clean_line(' · '.join(parts))}"
        print(_ERASE + text, end="", file=sys.stderr, flush=True)
        self._timer = asyncio.get_running_loop().call_later(INTERVAL, self._write, turn)
