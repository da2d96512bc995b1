"""One line on standard error that says what is awaited, while there is nothing else to see."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from neurotui.chat.turn import Phase, Turn
from neurotui.cli.output import cells, cut

if TYPE_CHECKING:
    from neurotui.app.wording import StatusText

INTERVAL = 1.0
"""Seconds between two updates."""
_ERASE = "\r\x1b[K"


class Progress:
    """The line on a terminal; elsewhere nothing. For use on the event loop."""

    def __init__(self) -> None:
        self.shows = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._timer: asyncio.TimerHandle | None = None

    def show(self, line: Callable[[], StatusText]) -> None:
        """Write `line()` now and every second, until something else is shown or the line is cleared."""
        if not self.shows:
            return
        from neurotui.chat.text import clean_line

        if self._timer is not None:
            self._timer.cancel()
        said, room = line(), max(2, shutil.get_terminal_size().columns - 1)
        text = f"{said.sign} {clean_line(' · '.join(said.fit(room, cells)))}"
        print(_ERASE + cut(text, room), end="", file=sys.stderr, flush=True)
        self._timer = asyncio.get_running_loop().call_later(INTERVAL, self.show, line)

    def clear(self) -> None:
        """Take the line away."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            print(_ERASE, end="", file=sys.stderr, flush=True)


class TurnProgress(Progress):
    """Progress of a turn: call `look` after every event."""

    def __init__(self) -> None:
        super().__init__()
        self._phase: Phase | None = None
        self._is_over = False

    def end(self) -> None:
        """Take the line away for good: from now on the answer is printed in its place."""
        self._is_over = True
        self.clear()

    def look(self, turn: Turn) -> None:
        """Write the line again if the turn is in another phase."""
        if not self.shows or self._is_over or turn.phase is self._phase:
            return
        from neurotui.app import wording

        self._phase = turn.phase
        if turn.ended:
            self.clear()
        else:
            self.show(lambda: wording.running(turn.vitals.read()))
