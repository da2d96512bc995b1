"""Blocks to lines of a width."""

from __future__ import annotations

from collections.abc import Sequence

from neurotui.ui.markdown.blocks import Block, Code, Formula, Frame, Rule, Span, Spans, Table, Text
from neurotui.ui.markdown.tables import table_lines
from neurotui.ui.markdown.wrap import Line, cut, width_of, wrap

READABLE = 100
"""Cells of a line of prose, on a screen that has more."""


def lines(parts: Sequence[Block], width: int) -> list[Line]:
    """The lines of one block, given in its parts, on a screen of `width` cells."""
    block = parts[0]
    first, rest = prefixes(block.frames, block.opens, width)
    made: list[Line] = []
    if block.gap:
        outer = block.frames[: len(block.frames) - block.opens]
        gap = prefixes(outer, 0, width)[1] if any(frame.quote for frame in outer) else ()
        made.append(Line(gap, sum(len(span.text) for span in gap)))
    match block:
        case Text():
            made += _text(parts, min(width, READABLE), first, rest)
        case Code():
            made += _code(parts, width, first, rest)
        case Table():
            made += table_lines(parts, width, first, rest)
        case Formula(lines=formula):
            for line in formula:
                made += wrap((Span("  "), Span(line, "formula")), width, first, rest)
                first = rest
        case Rule():
            room = min(width, READABLE) - width_of("".join(span.text for span in rest))
            made.append(Line((*first, Span("─" * max(3, room), "rule")), sum(len(s.text) for s in first)))
    return made


def prefixes(frames: Sequence[Frame], opens: int, width: int) -> tuple[Spans, Spans]:
    """What is drawn before the first line of a block in `frames`, and before its other lines."""
    first: list[Span] = []
    rest: list[Span] = []
    used = 0
    for index, frame in enumerate(frames):
        if used > width // 2:
            break
        if frame.quote:
            first.append(Span("▎ ", "quote"))
            rest.append(Span("▎ ", "quote"))
            used += 2
            continue
        room = width_of(frame.marker) + 1
        opened = index >= len(frames) - opens
        first.append(Span(frame.marker + " ", "marker") if opened else Span(" " * room))
        rest.append(Span(" " * room))
        used += room
    return tuple(first), tuple(rest)


def _text(parts: Sequence[Block], width: int, first: Spans, rest: Spans) -> list[Line]:
    spans = [span for part in parts if isinstance(part, Text) for span in part.spans]
    block = parts[0]
    if isinstance(block, Text) and block.level:
        word = f"heading{block.level}"
        spans = [Span(span.text, f"{span.style} {word}".lstrip(), span.link) for span in spans]
    return wrap(spans, width, first, rest)


def _code(parts: Sequence[Block], width: int, first: Spans, rest: Spans) -> list[Line]:
    made: list[Line] = []
    block = parts[0]
    bar = Span("▏", "code-bar")
    if isinstance(block, Code) and block.fenced and not block.continues:
        spans = (*first, bar, Span(block.info or "text", "code-label"))
        made.append(Line(spans, sum(len(span.text) for span in spans), None, "code-fill"))
        first = rest
    for part in parts:
        if isinstance(part, Code):
            for spans in part.lines:
                made += code_line(spans, width, (*first, bar), (*rest, bar))
                first = rest
    return made


def code_line(spans: Spans, width: int, first: Spans, rest: Spans) -> list[Line]:
    """A line of code, broken where the screen ends."""
    text = "".join(span.text for span in spans)
    room = max(4, width - width_of("".join(span.text for span in rest)) - 1)
    gutter = sum(len(span.text) for span in first)
    if len(text) * 2 <= room or width_of(text) <= room:
        return [Line((*first, *spans), gutter, None, "code-fill")]
    made = []
    joint: str | None = None
    prefix = first
    for start, end in _chunks(text, room):
        made.append(Line((*prefix, *cut(spans, start, end)), gutter, joint, "code-fill"))
        joint, prefix = "", rest
    return made


def _chunks(text: str, width: int) -> list[tuple[int, int]]:
    from rich.cells import chop_cells

    chunks = []
    start = 0
    for chunk in chop_cells(text, width):
        chunks.append((start, start + len(chunk)))
        start += len(chunk)
    return chunks
