"""What a message is stacked of: units of its text, and lines of our own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Protocol

from neurotui.markdown.blocks import Span
from neurotui.markdown.layout import readable
from neurotui.markdown.source_buffer import LONGEST_LINE, TAB
from neurotui.markdown.wrap import LaidOutLine, wrap

CHUNK = 4_000
"""Characters, about, of a text without Markdown that are one part."""


class Part(Protocol):
    """What a message is stacked of."""

    def estimate(self, width: int) -> int:
        """About how many lines it makes."""

    def exact(self, width: int) -> bool:
        """Whether its lines of this width are made."""

    def lay_out(self, width: int) -> int:
        """Makes the lines that are not made yet; returns how many there are."""

    def line(self, index: int) -> LaidOutLine:
        """One of its lines; they must have been laid out."""


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


def blank(width: int) -> list[LaidOutLine]:
    """An empty line."""
    return [LaidOutLine()]


def plain(text: str, style: str) -> Fixed:
    """Text as it is, wrapped."""

    def make(width: int) -> list[LaidOutLine]:
        return wrap([Span(text, style)] if text else [], readable(width))

    return Fixed(make, 1 + text.count("\n") + len(text) // readable(sys.maxsize))


def plain_parts(text: str, show: Callable[[str], str], style: str = "") -> list[Part]:
    """A text of any length as it is; `show` makes it fit for a screen, of what is seen of it.

    Where it is cut depends on what stands before, so that a line stays in its part while the text grows.
    """
    parts: list[Part] = []
    start, longest = 0, CHUNK + LONGEST_LINE
    while (end := text.find("\n", start + CHUNK, start + longest)) >= 0 or len(text) - start > longest:
        cut = end if end >= 0 else start + longest
        parts.append(_shown_later(text[start:cut], show, style))
        start = cut + (end >= 0)
    return [*parts, _shown_later(text[start:], show, style)]


def _shown_later(text: str, show: Callable[[str], str], style: str) -> Fixed:
    def make(width: int) -> list[LaidOutLine]:
        return wrap([Span(show(text).expandtabs(TAB), style)], readable(width))

    return Fixed(make, 1 + text.count("\n") + len(text) // readable(sys.maxsize))
