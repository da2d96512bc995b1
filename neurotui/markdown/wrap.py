"""Line wrapping of spans: greedy, at spaces, with the cell widths that textual uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, split_graphemes

from neurotui.markdown.blocks import Span, Spans


@dataclass(slots=True, eq=False)
class LaidOutLine:
    """One line of the screen."""

    spans: Spans = ()
    gutter: int = 0
    """Number of leading characters that are decoration and not copied: bars, indents, markers."""
    joint: str | None = None
    """None if a line of the text begins here; else what the break before it replaced: a space or nothing."""
    fill: str = ""
    """Style of the cells after the text, if they are coloured."""
    base: str = ""
    """Style of all spans, beneath their own."""
    joined: bool = False
    """True if a continuation of the text begins in the line; drawn in the margin."""

    @property
    def text(self) -> str:
        """The characters of the line."""
        return "".join(span.text for span in self.spans)

    def link_at(self, cell: int) -> str:
        """Return the link at a cell; empty if there is none."""
        cells = 0
        for span in self.spans:
            cells += width_of(span.text)
            if 0 <= cell < cells:
                return span.link
        return ""


def text_of(spans: Sequence[Span]) -> str:
    """Return the characters of `spans`."""
    return "".join([span.text for span in spans])


def width_of(text: str) -> int:
    """Return the number of cells that `text` takes."""
    return len(text) if text.isascii() else cell_len(text)


class Paragraph:
    """Growing text in lines of a given width: only the last line is wrapped again."""

    def __init__(self, width: int, first: Spans = (), rest: Spans = ()) -> None:
        self.lines: list[LaidOutLine] = []
        self._room = max(1, width - width_of(text_of(rest)))
        self._rest = rest
        self._open: list[Span] = []  # text of the last line, which more text may lengthen
        self._prefix = first
        self._joint: str | None = None

    def add(self, spans: Sequence[Span]) -> None:
        """Append text; all lines but the last are then final."""
        last, self._prefix, self._joint = self._wrap([*self._open, *spans], self.lines)
        self._open = last

    def tail(self, spans: Sequence[Span] = ()) -> list[LaidOutLine]:
        """Return the lines after the final ones, as they look with `spans` at the end."""
        lines: list[LaidOutLine] = []
        last, prefix, joint = self._wrap([*self._open, *spans], lines)
        lines.append(LaidOutLine((*prefix, *last), _length(prefix), joint))
        return lines

    def _wrap(self, spans: Sequence[Span], lines: list[LaidOutLine]) -> tuple[list[Span], Spans, str | None]:
        """Add all lines but the last to `lines`; return the text, the prefix and the joint of the last."""
        prefix, joint = self._prefix, self._joint
        sources = source_lines(spans)
        for number, source in enumerate(sources, 1):
            text = text_of(source)
            at = 0
            pieces = [] if len(text) * 2 <= self._room else list(breaks(text, self._room))[:-1]
            for start, end, after, stands_for in pieces:
                lines.append(LaidOutLine((*prefix, *cut(source, start, end)), _length(prefix), joint))
                prefix, joint, at = self._rest, stands_for, after
            if at:
                source = list(cut(source, at, len(text)))
            if number == len(sources):
                break
            lines.append(LaidOutLine((*prefix, *source), _length(prefix), joint))
            prefix, joint = self._rest, None
        return source, prefix, joint


def wrap(spans: Sequence[Span], width: int, first: Spans = (), rest: Spans = ()) -> list[LaidOutLine]:
    """Return lines of at most `width` cells: `first` precedes the first one, `rest` the others."""
    return Paragraph(width, first, rest).tail(spans)


def breaks(text: str, width: int) -> Iterator[tuple[int, int, int, str]]:
    """Cut a line of text into pieces that fit.

    Yields for each its start, its end, the start of the next one, and what the break replaces (see `joint`).
    """
    if width_of(text) == len(text):
        yield from _narrow_breaks(text, width)
    else:
        yield from _wide_breaks(text, width)


def _narrow_breaks(text: str, width: int) -> Iterator[tuple[int, int, int, str]]:
    """`breaks` for text in which each character takes one cell."""
    start, length = 0, len(text)
    while length - start > width:
        space = text.rfind(" ", start, start + width + 1)
        if space <= start or not text[start:space].strip(" "):
            yield start, start + width, start + width, ""
            start += width
            continue
        end = space
        while text[end - 1] == " ":
            end -= 1
        after = space + 1
        while after < length and text[after] == " ":
            after += 1
        yield start, end, after, " "
        start = after
    yield start, length, length, ""


def _wide_breaks(text: str, width: int) -> Iterator[tuple[int, int, int, str]]:
    """`breaks` for characters of no, one or two cells: at a space or beside a wide character."""
    start = cells = 0
    place: tuple[int, int, str] | None = (
        None  # the last good break: end of a piece, start of the next, what the break replaces
    )
    cells_at_place = 0
    for begin, end, size in split_graphemes(text)[0]:
        if text[begin] == " ":
            if place is not None and place[1] == begin and place[2] == " ":
                place = (place[0], end, " ")
            else:
                place = (begin, end, " ")
            cells += size
            cells_at_place = cells
            continue
        if size == 2 and begin > start and text[begin - 1] != " ":
            place, cells_at_place = (begin, begin, ""), cells
        if cells + size > width:
            if place is None or not text[start : place[0]].strip(" "):
                place, cells_at_place = (begin, begin, ""), cells
            yield start, *place
            start, cells, place = place[1], cells - cells_at_place, None
        cells += size
        if size == 2:
            place, cells_at_place = (end, end, ""), cells
    yield start, len(text), len(text), ""


def cut(spans: Sequence[Span], start: int, end: int) -> Iterator[Span]:
    """Yield the part of `spans` from the character `start` to `end`."""
    at = 0
    for span in spans:
        after = at + len(span.text)
        if after > start:
            if at >= end:
                return
            if at >= start and after <= end:
                yield span
            else:
                yield span._replace(text=span.text[max(0, start - at) : end - at])
        at = after


def source_lines(spans: Sequence[Span]) -> list[list[Span]]:
    """Split `spans` at newlines."""
    lines: list[list[Span]] = [[]]
    for span in spans:
        if "\n" not in span.text:
            lines[-1].append(span)
            continue
        first, *others = span.text.split("\n")
        if first:
            lines[-1].append(span._replace(text=first))
        for other in others:
            lines.append([span._replace(text=other)] if other else [])
    return lines


def _length(spans: Spans) -> int:
    return sum(len(span.text) for span in spans)
