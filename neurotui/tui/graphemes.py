"""Graphemes: what a person takes for one character, however many code points it has.

The boundaries are Rich's, as for everything that is drawn, except that the two letters of a flag are one
grapheme here.
"""

from __future__ import annotations

import re

from rich.cells import split_graphemes

_REACH = 128
"""Code points to examine on each side of an index: a line may be long, a grapheme is not."""
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")


def graphemes(text: str) -> list[tuple[int, int, int]]:
    """Return the start, the end and the width in cells of each grapheme of `text`."""
    spans: list[tuple[int, int, int]] = []
    for start, end, cells in split_graphemes(text)[0]:
        if spans and _FLAG.fullmatch(text, spans[-1][0], end):
            first, _end, before = spans.pop()
            start, cells = first, before + cells
        spans.append((start, end, cells))
    return spans


def step_left(text: str, place: int) -> int:
    """Return the start of the grapheme to the left of `place`; 0 at the beginning of `text`."""
    if text[max(0, place - 2) : place].isascii():
        return max(0, place - 1)
    return max((start for start, _end in _around(text, place) if start < place), default=0)


def step_right(text: str, place: int) -> int:
    """Return the end of the grapheme to the right of `place`; `place` at the end of `text`."""
    if text[place : place + 2].isascii():
        return min(len(text), place + 1)
    return min((end for _start, end in _around(text, place) if end > place), default=place)


def beside(text: str, place: int) -> int:
    """Return `place`, or the end of the grapheme that it lies within."""
    if text[max(0, place - 1) : place + 1].isascii():
        return place
    return next((end for start, end in _around(text, place) if start < place < end), place)


def _around(text: str, place: int) -> list[tuple[int, int]]:
    first = max(0, place - _REACH)
    return [(first + start, first + end) for start, end, _cells in graphemes(text[first : place + _REACH])]
