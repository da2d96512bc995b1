"""Selecting with the mouse. The text is copied without the decoration that only the screen needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import inf

from textual.geometry import Offset
from textual.selection import Selection

from neurotui.markdown.tables import BETWEEN
from neurotui.markdown.wrap import LaidOutLine, width_of
from neurotui.tui.message_list.painter import Shown
from neurotui.tui.message_list.viewport import Anchor, Viewport

_BITS = 24
_EMPTY = {"", "bar", "code-bar"}
"""Styles of the decoration before an empty line of the text."""


class TextSelection:
    """The selection in the lines of a viewport."""

    def __init__(self, stack: Viewport) -> None:
        self._stack = stack
        self.current: Selection | None = None
        """The selection that textual reported last."""

    def mark(self, rows: list[Shown]) -> list[Shown]:
        """Return the rows of the window with their selected characters."""
        if self.current is None:
            return rows
        spans = self._spans(self.current, rows)
        return [shown._replace(selected=span) for shown, span in zip(rows, spans, strict=True)]

    def shows(self, selection: Selection, rows: list[Shown]) -> bool:
        """True if text in the rows is selected, and not only what is drawn around it."""
        return any(span is not None and span[0] < span[1] for span in self._spans(selection, rows))

    def text(self, selection: Selection) -> str:
        """Return the text that is copied."""
        return copied(self._lines(selection))

    def word(self, x: int, y: int) -> Selection | None:
        """Select the word at a cell of a line, both counted from the beginning; None if there is none."""
        place = self._stack.place_at(y)
        line = self._stack.line_at(place)
        text = line.text if line is not None else ""
        at = character_at(text, x)
        if at >= len(text) or not _of_word(text[at]):
            return None
        start, end = at, at + 1
        while start and _of_word(text[start - 1]):
            start -= 1
        while end < len(text) and _of_word(text[end]):
            end += 1
        return Selection(offset_of(place, start), offset_of(place, end))

    def line(self, y: int) -> Selection | None:
        """Select a line of the text, however many of the screen it takes; None if there is none."""
        place = self._stack.place_at(y)
        if self._stack.line_at(place) is None:
            return None
        part = self._stack.views[place.view].parts[place.part]
        first = last = place.line
        while first and part.line(first).joint is not None:
            first -= 1
        while last + 1 < part.lay_out(self._stack.column) and part.line(last + 1).joint is not None:
            last += 1
        start = offset_of(place._replace(line=first), part.line(first).gutter)
        end = offset_of(place._replace(line=last), len(part.line(last).text))
        return Selection(start, end)

    def _spans(self, selection: Selection, rows: list[Shown]) -> list[tuple[int, int] | None]:
        top = self._stack.y_of(self._stack.top)
        return [
            marked(selection, self._stack.place_at(top + row), shown.line) for row, shown in enumerate(rows)
        ]

    def _lines(self, selection: Selection) -> Iterator[tuple[LaidOutLine, int, int]]:
        """Yield the selected lines, each with the range of its selected characters."""
        stack = self._stack
        first = place_of(selection.start) if selection.start is not None else Anchor()
        last = place_of(selection.end) if selection.end is not None else Anchor(len(stack.views))
        for index in range(first.view, min(last.view + 1, len(stack.views))):
            stack.read(index, inf)
            for number, part in enumerate(stack.views[index].parts):
                if first[:2] <= (index, number) <= last[:2]:
                    for at in range(stack.lay_out(index, number)):
                        line = part.line(at)
                        span = span_of(selection, Anchor(index, number, at), len(line.text))
                        if span is not None:
                            yield line, *span


def offset_of(place: Anchor, x: int) -> Offset:
    """Encode a place in the conversation as an offset for textual's selection: `y` grows with the place."""
    return Offset(x, (place.view << _BITS | place.part) << _BITS | place.line)


def place_of(offset: Offset) -> Anchor:
    """Decode an offset of a selection into a place."""
    part = offset.y >> _BITS
    mask = (1 << _BITS) - 1
    return Anchor(part >> _BITS, part & mask, offset.y & mask)


def span_of(selection: Selection, place: Anchor, length: int) -> tuple[int, int] | None:
    """Return the range of the selected characters of a line; None if the line is not selected."""
    span = selection.get_span(offset_of(place, 0).y)
    if span is None:
        return None
    start, end = span
    return max(0, min(start, length)), length if end == -1 else max(0, min(end, length))


def marked(selection: Selection, place: Anchor, line: LaidOutLine) -> tuple[int, int] | None:
    """Return the range of characters to show as selected, leaving out the gutter, which is not copied."""
    span = None if _is_decoration(line) else span_of(selection, place, len(line.text))
    if span is None:
        return None
    start, end = span
    return max(start, line.gutter), max(end, line.gutter)


def character_at(text: str, cell: int) -> int:
    """Return the index of the character drawn at a cell; past the end, the length of the text."""
    cells = 0
    for index, character in enumerate(text):
        cells += width_of(character)
        if cell < cells:
            return index
    return len(text)


def copied(lines: Iterable[tuple[LaidOutLine, int, int]]) -> str:
    """Join lines, each given with the range of its selected characters, into the text to copy."""
    text: list[str] = []
    for line, start, end in lines:
        if _is_decoration(line):
            continue
        if text:
            text.append("\n" if line.joint is None else line.joint)
        text.append(_part(line, start, end))
    return "".join(text)


def _is_decoration(line: LaidOutLine) -> bool:
    """True if a line has nothing of the text: a header, a border."""
    return line.gutter >= len(line.text) and not all(span.style in _EMPTY for span in line.spans)


def _part(line: LaidOutLine, start: int, end: int) -> str:
    """Return the selected characters of a line that are the author's; tabs separate the cells of a table."""
    parts = []
    at = 0
    for span in line.spans:
        begin, at = at, at + len(span.text)
        if span.style == "pad" or at <= line.gutter:
            continue
        chosen = span.text[max(0, start - begin, line.gutter - begin) : max(0, end - begin)]
        if span.style == "border":
            chosen = "\t" if chosen == BETWEEN else ""
        parts.append(chosen)
    return "".join(parts).rstrip(" ")


def _of_word(character: str) -> bool:
    return character.isalnum() or character == "_"
