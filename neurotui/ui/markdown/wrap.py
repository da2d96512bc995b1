"""Spans to lines of a width: greedy, at spaces, with the widths that the terminal library uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, split_graphemes

from neurotui.ui.markdown.blocks import Span, Spans


@dataclass(slots=True)
class Line:
    """One line of the screen."""

    spans: Spans
    gutter: int = 0
    """How many characters at its start are drawn by us and not copied: bars, indents, a marker."""
    joint: str | None = None
    """None where a line of the text begins; else what the break stands for: a space, or nothing."""
    fill: str = ""
    """The style of the cells behind the text, where they are coloured."""

    @property
    def text(self) -> str:
        """Its characters."""
        return "".join(span.text for span in self.spans)


def width_of(text: str) -> int:
    """The cells that `text` takes."""
    return len(text) if text.isascii() else cell_len(text)


def breaks(text: str, width: int) -> Iterator[tuple[int, int, str]]:
    """Cuts a line of text into pieces that fit: yields start, end, and what the break after it stands for."""
    if width_of(text) == len(text):
        yield from _narrow_breaks(text, width)
    else:
        yield from _wide_breaks(text, width)


def _narrow_breaks(text: str, width: int) -> Iterator[tuple[int, int, str]]:
    """Where each character takes one cell."""
    start, length = 0, len(text)
    while length - start > width:
        space = text.rfind(" ", start, start + width + 1)
        if space <= start or not text[start:space].strip(" "):
            yield start, start + width, ""
            start += width
            continue
        end = space
        while text[end - 1] == " ":
            end -= 1
        yield start, end, " "
        start = space + 1
        while start < length and text[start] == " ":
            start += 1
    yield start, length, ""


def _wide_breaks(text: str, width: int) -> Iterator[tuple[int, int, str]]:
    """Where characters take no cell, one or two: a break is at a space or beside a wide character."""
    graphemes, _ = split_graphemes(text)
    start = cells = 0
    place: tuple[int, int, str] | None = (
        None  # the last good break: where the piece ends, where the next begins
    )
    cells_at_place = 0
    for begin, end, size in graphemes:
        if text[begin] == " ":
            if place is None or place[1] != begin or place[2] != " ":
                place = (begin, end, " ")
            else:
                place = (place[0], end, " ")
            cells_at_place = cells + size
        elif size == 2 and begin > start and text[begin - 1] != " ":
            place, cells_at_place = (begin, begin, ""), cells
        if cells + size > width and text[begin] != " ":
            if place is None or place[0] <= start or not text[start : place[0]].strip(" "):
                place, cells_at_place = (begin, begin, ""), cells
            yield start, place[0], place[2]
            start, cells = place[1], cells - cells_at_place
            place = None
        cells += size
        if size == 2:
            place, cells_at_place = (end, end, ""), cells
    yield start, len(text), ""


def cut(spans: Sequence[Span], start: int, end: int) -> Iterator[Span]:
    """The part of `spans` from the character `start` to `end`."""
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
    """`spans` divided at newlines."""
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


def wrap(spans: Sequence[Span], width: int, first: Spans = (), rest: Spans = ()) -> list[Line]:
    """Lines of at most `width` cells: `first` goes before the first one, `rest` before the others."""
    lines: list[Line] = []
    prefix = first
    for source in source_lines(spans):
        joint: str | None = None
        text = "".join(span.text for span in source)
        room = max(1, width - width_of("".join(span.text for span in rest)))
        if len(text) * 2 <= room or width_of(text) <= room:
            lines.append(Line((*prefix, *source), _length(prefix), None))
            prefix = rest
            continue
        for start, end, break_ in breaks(text, room):
            lines.append(Line((*prefix, *cut(source, start, end)), _length(prefix), joint))
            joint, prefix = break_, rest
    return lines


def _length(spans: Spans) -> int:
    return sum(len(span.text) for span in spans)
