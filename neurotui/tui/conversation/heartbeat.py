"""The last seconds of an answer as a line: bars for text, dots for pings, a flat line for silence. Pure.

The line has one colour beside the muted one, and its shapes say the same without any: what it looks like on a
screen is `trace(vitals)`, a cell for each second, the newest on the right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from neurotui.chat.heartbeat import NOTHING, SECONDS, heartbeat
from neurotui.chat.state import State

if TYPE_CHECKING:
    from neurotui.chat.vitals import Vitals

FROM = 90
"""Columns of the screen from which on there is room for it."""

_BARS = "▁▂▃▄▅▆▇█"
_PING = "•"
_FLAT = "─"
_SHAPES = {str(size): bar for size, bar in enumerate(_BARS, 1)} | {"p": _PING, "b": _BARS[0], NOTHING: _FLAT}
_MUTED = "$foreground-muted"


@dataclass(frozen=True, slots=True)
class Trace:
    """The heartbeat of an answer."""

    cells: str
    tone: str
    """`accent` while text comes, `success` while only pings come, `warning` once it is quiet, or `muted`."""
    quiet: int = 0
    """Number of cells at the end that are quiet."""

    def content(self) -> Content:
        """Return the trace in its colours."""
        color = _MUTED if self.tone == "muted" else f"$text-{self.tone}"
        end = len(self.cells) - self.quiet
        if self.tone == "warning":
            return Content.assemble((self.cells[:end], _MUTED), (self.cells[end:], color))
        parts = [Content.styled(cell, _MUTED if cell == _FLAT else color) for cell in self.cells]
        return Content("").join(parts).simplify()


def trace(vitals: Vitals) -> Trace:
    """Return the heartbeat of a running answer."""
    reading = vitals.read()
    last = round(reading.elapsed) - 1  # a second that has hardly begun would look like a silence
    cells = _cells(heartbeat(vitals, last))
    if reading.state in {State.QUIET, State.STALLED}:
        return Trace(cells, "warning", min(max(1, round(reading.silent)), SECONDS))
    if any(cell in _BARS for cell in cells[-3:]) and vitals.tokens:
        return Trace(cells, "accent")
    return Trace(cells, "success" if _PING in cells else "accent" if cells.strip(_FLAT) else "muted")


def last_trace(beats: str) -> Trace | None:
    """Return the heartbeat of an answer that has ended; None if nothing came, or nothing was kept of it."""
    beats = "".join(beat for beat in beats[:SECONDS] if beat in _SHAPES)
    if not beats.strip(NOTHING):
        return None
    text = any(beat.isdigit() for beat in beats)
    return Trace(
        _cells(beats.rjust(SECONDS, NOTHING)), "accent" if text else "success" if "p" in beats else "muted"
    )


def _cells(beats: str) -> str:
    return "".join(_SHAPES[beat] for beat in beats)
