"""What is copied of the lines that are selected: the text, without what only the screen needs."""

from __future__ import annotations

from collections.abc import Iterable

from textual.geometry import Offset
from textual.selection import Selection

from neurotui.ui.markdown.tables import BETWEEN
from neurotui.ui.markdown.wrap import Line
from neurotui.ui.widgets.transcript_canvas import Place

_BITS = 24


def offset_of(place: Place, x: int) -> Offset:
    """A place in the conversation as textual's selection keeps it: its `y` grows with the place."""
    return Offset(x, (place.view << _BITS | place.part) << _BITS | place.line)


def place_of(offset: Offset) -> Place:
    """The place that an offset of a selection stands for."""
    part = offset.y >> _BITS
    mask = (1 << _BITS) - 1
    return Place(part >> _BITS, part & mask, offset.y & mask)


def copied(lines: Iterable[tuple[Line, int, int]]) -> str:
    """The text of lines, each with the characters from which and to which it is selected."""
    text: list[str] = []
    for line, start, end in lines:
        whole = line.text
        if whole and line.gutter >= len(whole):
            continue  # a header, a border
        part = _part(line, start, end)
        if text:
            text.append("\n" if line.joint is None else line.joint)
        text.append(part)
    return "".join(text)


def _part(line: Line, start: int, end: int) -> str:
    """The author's characters of a line; the cells of a table are divided by tabs."""
    parts = []
    at = 0
    for span in line.spans:
        begin = at
        at += len(span.text)
        if span.style == "pad" or at <= line.gutter:
            continue
        chosen = span.text[max(0, start - begin, line.gutter - begin) : max(0, end - begin)]
        if span.style == "border":
            chosen = "\t" if chosen == BETWEEN else ""
        parts.append(chosen)
    return "".join(parts).rstrip(" ")


def span_of(selection: Selection, offset_y: int, length: int) -> tuple[int, int] | None:
    """The characters of a line that are selected; None where none is."""
    span = selection.get_span(offset_y)
    if span is None:
        return None
    start, end = span
    return max(0, start), length if end == -1 else min(length, max(0, end))
