"""Layout of blocks in lines of a given width, each once: a `LaidOutBlock` keeps its lines as it grows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from typing import Protocol

from neurotui.markdown.blocks import (
    Block,
    Code,
    ContainerPrefix,
    Formula,
    Rule,
    Span,
    Spans,
    Table,
    Text,
    content_of,
    size_of,
)
from neurotui.markdown.code_lines import CodeLines
from neurotui.markdown.marking import HERE, Find, count_hits, crosses, mark_hits
from neurotui.markdown.tables import TableLines
from neurotui.markdown.wrap import LaidOutLine, Paragraph, text_of, width_of

LONG_CODE = 200
"""Code is laid out in blocks of about this many lines."""

_readable = 100


def readable(width: int) -> int:
    """Return the most cells for a line of prose in a column of `width` cells: what the eye can follow."""
    return min(width, _readable)


def set_readable(cells: int) -> None:
    """Set the longest line of prose, in cells; what is laid out already keeps its lines."""
    global _readable
    _readable = cells


class BlockLines(Protocol):
    """The lines of one block that grows at its end."""

    lines: list[LaidOutLine]
    """The lines that are final."""

    def add(self, part: Block) -> None:
        """Append a part of the block."""

    def tail(self, parts: Sequence[Block]) -> list[LaidOutLine]:
        """Return the lines after the final ones, as they look with `parts` at the end."""


class LaidOutBlock:
    """A block of a message: its parts, and their lines at one width."""

    def __init__(self, block: Block, base: str = "") -> None:
        self.base = base
        """Style of all the lines, beneath their own."""
        self._parts = [block]
        self._size = size_of(block)
        self._open: Sequence[Block] = ()
        self._block_lines: BlockLines | None = None
        self._width = 0
        self._tail: list[LaidOutLine] | None = None
        self._find: Find | None = None
        self._here = -1
        self._joints: list[tuple[LaidOutBlock | None, bool]] = []

    @property
    def content(self) -> str:
        """The text of the block."""
        return "\n".join(map(content_of, (*self._parts, *self._open)))

    def join(self, before: LaidOutBlock | None, *, on_next_line: bool = False) -> None:
        """Mark the line in which a continuation begins: the last one that `before`, the block as it was, has.

        With `on_next_line` it is the line after that; without `before`, the first line.
        """
        self._joints.append((before, on_next_line))
        self._tail = None

    def goes_on_with(self, part: Block) -> bool:
        """True if a part is to be added here. Long code goes on in a `LaidOutBlock` of its own."""
        return part.continues and not (isinstance(part, Code) and self._size[0] > LONG_CODE)

    def add(self, part: Block) -> None:
        """Append a settled part."""
        before = self._parts[-1]
        self._parts.append(part)
        self._size = _sum(self._size, size_of(part))
        self._open = ()
        self._tail = None
        if self._block_lines is None:
            return
        if self._find is not None:
            if self._here >= 0 or crosses(before, part, self._find):
                self._block_lines = None  # what was final is marked otherwise now
                return
            part = mark_hits([part], self._find)[0]
        self._block_lines.add(part)

    def show(self, parts: Sequence[Block]) -> None:
        """Replace the unsettled parts at the end."""
        self._open = parts
        self._tail = None

    def estimate(self, width: int) -> int:
        """Estimate the number of lines at a width, without laying out."""
        rows, characters = reduce(_sum, map(size_of, self._open), self._size)
        return (self._parts[0].gap and not self._parts[0].continues) + rows + characters // readable(width)

    def exact(self, width: int) -> bool:
        """True if the lines for this width are laid out."""
        return self._block_lines is not None and self._width == width and self._tail is not None

    def lay_out(self, width: int) -> int:
        """Lay out what is not laid out yet; return the number of lines."""
        if self._block_lines is None or self._width != width:
            self._width = width
            self._block_lines = _block_lines(self._parts[0], width)
            for part in self._marked(self._parts, self._here):
                self._block_lines.add(part)
            self._tail = None
        if self._tail is None:
            before = count_hits(self._parts, self._find) if self._find is not None and self._here >= 0 else 0
            self._tail = self._block_lines.tail(self._marked(self._open, self._here - before))
            if self.base:
                for line in (*self._block_lines.lines, *self._tail):
                    line.base = self.base
            for joint in self._joints:
                self._mark_joint(*joint)
        return len(self._block_lines.lines) + len(self._tail)

    def line(self, index: int) -> LaidOutLine:
        """Return one of the lines, which must have been laid out."""
        assert self._block_lines is not None and self._tail is not None
        lines = self._block_lines.lines
        return lines[index] if index < len(lines) else self._tail[index - len(lines)]

    def count_hits(self, find: Find) -> int:
        """Return the number of hits in the block."""
        return count_hits(self._parts, find) + count_hits(self._open, find)

    def mark(self, find: Find | None, here: int = -1) -> None:
        """Mark what is found, and the hit with the number `here` as the reader's; None takes the marks away.

        Lines that are made stay made, with the marks: they are as many as before.
        """
        if find is self._find and here == self._here:
            return
        had, made = self._find, self._block_lines is not None and self._tail is not None
        self._find, self._here = find, here
        if made and any(each and self.count_hits(each) for each in (had, find)):
            self._block_lines = None
            self.lay_out(self._width)

    def line_of_hit(self) -> int:
        """Return the index of the line with the reader's hit, 0 if there is none; it must be laid out."""
        assert self._block_lines is not None and self._tail is not None
        return line_of_hit((*self._block_lines.lines, *self._tail))

    def _mark_joint(self, before: LaidOutBlock | None, on_next_line: bool) -> None:
        assert self._block_lines is not None and self._tail is not None
        final, tail = self._block_lines.lines, self._tail
        first = int(self._parts[0].gap and not self._parts[0].continues)
        at = first if before is None else before.lay_out(self._width) - 1 + on_next_line
        at = min(at, len(final) + len(tail) - 1)
        lines, at = (final, at) if at < len(final) else (tail, at - len(final))
        if lines:
            lines[at] = replace(lines[at], joined=True)  # another line, for what is drawn is kept by line

    def _marked(self, parts: Sequence[Block], here: int) -> Sequence[Block]:
        return parts if self._find is None else mark_hits(parts, self._find, here)


def line_of_hit(lines: Sequence[LaidOutLine]) -> int:
    """Return the index of the first line that has a part of the reader's hit, 0 if there is none."""
    here = (at for at, line in enumerate(lines) for span in line.spans if HERE in span.style.split())
    return next(here, 0)


def laid_out(blocks: Sequence[Block]) -> list[LaidOutBlock]:
    """Group complete blocks into `LaidOutBlock`s."""
    made: list[LaidOutBlock] = []
    for block in blocks:
        if made and made[-1].goes_on_with(block):
            made[-1].add(block)
        else:
            made.append(LaidOutBlock(block))
    return made


def lines(blocks: Sequence[Block], width: int) -> list[LaidOutLine]:
    """Return the lines of complete blocks in a column of `width` cells."""
    made = []
    for block in laid_out(blocks):
        made += [block.line(index) for index in range(block.lay_out(width))]
    return made


def _block_lines(block: Block, width: int) -> BlockLines:
    first, rest = prefixes(block.frames, block.opens, width)
    before = []
    if block.gap and not block.continues:
        outer = prefixes(block.frames[: len(block.frames) - block.opens], 0, width)[1]
        bars = outer if any(frame.bar for frame in block.frames) else ()
        before.append(LaidOutLine(bars, sum(len(span.text) for span in bars)))
    match block:
        case Code():
            return CodeLines(readable(width), rest if block.continues else first, rest, before)
        case Table():
            return TableLines(width, first, rest, before)
        case Text():
            return _TextLines(readable(width), first, rest, before, block.level)
        case _:
            return _FixedLines(readable(width), first, rest, before)


def prefixes(frames: Sequence[ContainerPrefix], opens: int, width: int) -> tuple[Spans, Spans]:
    """Return the prefixes of a block's first line and of its other lines; `opens` frames begin with it."""
    first: list[Span] = []
    rest: list[Span] = []
    left = readable(width) // 2  # the text needs the other half: if nested too deep, the outermost give way
    for index in reversed(range(len(frames))):
        frame = frames[index]
        room = 2 if frame.bar else width_of(frame.marker) + 1
        left -= room
        if left < 0 and rest:
            break
        if frame.bar:
            first.append(bar := Span(f"{frame.bar} ", "bar"))
            rest.append(bar)
            continue
        opened = index >= len(frames) - opens
        style = "done" if frame.marker.endswith("☑") else "marker"
        first.append(Span(f"{frame.marker} ", style) if opened else Span(" " * room))
        rest.append(Span(" " * room))
    return tuple(reversed(first)), tuple(reversed(rest))


def _sum(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return one[0] + other[0], one[1] + other[1]


class _TextLines:
    """A paragraph or a heading."""

    def __init__(self, width: int, first: Spans, rest: Spans, before: list[LaidOutLine], level: int) -> None:
        self._paragraph = Paragraph(width, first, rest)
        self._paragraph.lines = self.lines = before
        self._word = f"heading{level}" if level else ""

    def add(self, part: Block) -> None:
        self._paragraph.add(self._spans(part))

    def tail(self, parts: Sequence[Block]) -> list[LaidOutLine]:
        return self._paragraph.tail([span for part in parts for span in self._spans(part)])

    def _spans(self, part: Block) -> Sequence[Span]:
        assert isinstance(part, Text)
        if not self._word:
            return part.spans
        return [Span(span.text, f"{span.style} {self._word}".strip(), span.link) for span in part.spans]


class _FixedLines:
    """A block that comes in one part: a formula or a rule."""

    def __init__(self, width: int, first: Spans, rest: Spans, before: list[LaidOutLine]) -> None:
        self.lines = before
        self._width = width
        self._first = first
        self._rest = rest

    def add(self, part: Block) -> None:
        match part:
            case Formula(lines=formula, marked=marked):
                for spans in marked or [(Span(source, "formula"),) for source in formula]:
                    first = (*self._first, Span("  "))
                    rest = (*self._rest, Span("  "))
                    self.lines += Paragraph(self._width, first, rest).tail(spans)
                    self._first = self._rest
            case Rule():
                room = self._width - width_of(text_of(self._rest))
                gutter = sum(len(span.text) for span in self._first) + max(3, room)
                self.lines.append(LaidOutLine((*self._first, Span("─" * max(3, room), "rule")), gutter))

    def tail(self, parts: Sequence[Block]) -> list[LaidOutLine]:
        return []
