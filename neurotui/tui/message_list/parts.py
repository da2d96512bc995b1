"""The parts of a message: units of its text, and lines of our own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from neurotui.markdown.blocks import Span, Spans
from neurotui.markdown.layout import line_of_hit, readable
from neurotui.markdown.marking import Find, mark_spans
from neurotui.markdown.source_buffer import LONGEST_LINE, TAB
from neurotui.markdown.wrap import LaidOutLine, wrap

CHUNK = 4_000
"""Approximate size of a part of a text without Markdown (characters)."""


class Part(Protocol):
    """A piece of a message that is laid out on its own."""

    def estimate(self, width: int) -> int:
        """Estimate the number of lines."""

    def exact(self, width: int) -> bool:
        """True if the lines are made for this width."""

    def lay_out(self, width: int) -> int:
        """Make the lines for this width unless they are made already; return their number."""

    def line(self, index: int) -> LaidOutLine:
        """Return one of the lines; they must have been laid out."""

    def count_hits(self, find: Find) -> int:
        """Return the number of hits; always 0 for lines of our own."""

    def mark(self, find: Find | None, here: int = -1) -> None:
        """Mark the hits, the one with the number `here` as the reader's; None removes the marks."""

    def line_of_hit(self) -> int:
        """Return the index of the line with the reader's hit; the lines must have been laid out."""


class Fixed:
    """Lines that a function makes for a width."""

    def __init__(self, make: Callable[[int], list[LaidOutLine]], estimate: int = 1) -> None:
        self._make = make
        self._estimate = estimate
        self._width = 0
        self._lines: list[LaidOutLine] = []

    def estimate(self, width: int) -> int:
        return self._estimate

    def exact(self, width: int) -> bool:
        return self._width == width

    def lay_out(self, width: int) -> int:
        if self._width != width:
            self._width = width
            self._lines = self._make(width)
        return len(self._lines)

    def line(self, index: int) -> LaidOutLine:
        return self._lines[index]

    def count_hits(self, find: Find) -> int:
        return 0

    def mark(self, find: Find | None, here: int = -1) -> None:
        """Do nothing: lines of our own are not searched."""

    def line_of_hit(self) -> int:
        return line_of_hit(self._lines)


class Written(Fixed):
    """A piece of a plain text; `show` makes it fit for a screen, only once it is needed."""

    def __init__(
        self, text: str, show: Callable[[str], str], style: str, joints: Sequence[int] = (), fill: str = ""
    ) -> None:
        """`joints` are where continuations begin (characters), `fill` is the style of the ground."""
        super().__init__(self._wrapped, 1 + text.count("\n") + len(text) // readable(sys.maxsize))
        self._text = text
        self._show = show
        self._style = style
        self._joints = joints
        self._fill = fill
        self._find: Find | None = None
        self._here = -1

    def count_hits(self, find: Find) -> int:
        return len(find(self._shown(self._text)))

    def mark(self, find: Find | None, here: int = -1) -> None:
        if find is self._find and here == self._here:
            return
        self._find, self._here = find, here
        if self._width:
            self._lines = self._wrapped(self._width)

    def _wrapped(self, width: int) -> list[LaidOutLine]:
        text = self._shown(self._text)
        spans: Spans = (Span(text, self._style),)
        if self._find is not None:
            spans = mark_spans(spans, self._find(text), self._here)
        lines = wrap(spans, readable(width))
        for joint in self._joints:
            before = wrap([Span(self._shown(self._text[:joint]))], readable(width))
            at = min(len(before), len(lines)) - 1
            lines[at] = replace(lines[at], joined=True)
        if self._fill:
            lines = [replace(line, fill=self._fill, base=self._fill) for line in lines]
        return lines

    def _shown(self, text: str) -> str:
        return self._show(text).expandtabs(TAB)


def blank(width: int) -> list[LaidOutLine]:
    """Return an empty line."""
    return [LaidOutLine()]


def plain(text: str, style: str) -> Fixed:
    """Return plain text as a part that wraps."""

    def make(width: int) -> list[LaidOutLine]:
        return wrap([Span(text, style)] if text else [], readable(width))

    return Fixed(make, 1 + text.count("\n") + len(text) // readable(sys.maxsize))


def plain_parts(
    text: str, show: Callable[[str], str], style: str = "", joints: Sequence[int] = (), *, fill: str = ""
) -> list[Part]:
    """Split a plain text into parts; `show` makes each fit for a screen, only once it is needed.

    Each cut depends only on the text before it, so that a line stays in its part while the text grows.
    `joints` are where continuations begin (characters), `fill` is the style of the text's ground.
    """

    def part(start: int, end: int) -> Part:
        within = [joint - start for joint in joints if start <= joint < max(end, start + 1)]
        return Written(text[start:end], show, style, within, fill)

    parts: list[Part] = []
    start, longest = 0, CHUNK + LONGEST_LINE
    while (end := text.find("\n", start + CHUNK, start + longest)) >= 0 or len(text) - start > longest:
        cut = end if end >= 0 else start + longest
        parts.append(part(start, cut))
        start = cut + (end >= 0)
    return [*parts, part(start, len(text))]
