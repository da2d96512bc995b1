"""Marking of hits in blocks: the spans of a hit get an additional word of style, and nothing else changes.

The search covers the text as it is shown: a paragraph as a whole, each line of code, each cell of a table,
each line of a formula. So a hit may extend over several spans, over several lines of a wrapped paragraph and
over several parts of a long one, and it is counted as it is marked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from neurotui.markdown.blocks import Block, Code, Formula, Span, Spans, Table, Text
from neurotui.markdown.wrap import cut, text_of

HIT, HERE = "hit", "hit-here"
"""Words of style: of a hit, and of the hit that the reader is at."""

Range = tuple[int, int]
Find = Callable[[str], Sequence[Range]]
"""Function that returns the ranges of the hits in a text."""

BlockType = TypeVar("BlockType", bound=Block)


def count_hits(parts: Sequence[Block], find: Find) -> int:
    """Return the number of hits in a block, given in its parts."""
    return sum([len(find(text)) for text in _texts(parts)])


def mark_hits(parts: Sequence[Block], find: Find, here: int = -1) -> Sequence[Block]:
    """Return the parts of a block with their hits marked; `here` is the number of the reader's, from 0 on."""
    if parts and isinstance(parts[0], Text):
        return _mark_text(parts, _Marker(find, here))
    marker = _Marker(find, here)
    return [marker.block(part) for part in parts]


def crosses(before: Block, part: Block, find: Find) -> bool:
    """True if a hit begins in one part of a block and ends in the next."""
    if not isinstance(before, Text) or not isinstance(part, Text):
        return False
    first = text_of(before.spans)
    return any(start < len(first) < end for start, end in find(first + text_of(part.spans)))


def mark_spans(spans: Spans, ranges: Sequence[Range], here: int = -1) -> Spans:
    """Return `spans` with the characters in `ranges` marked; `here` is the number of the reader's hit."""
    if not ranges:
        return spans
    marked: list[Span] = []
    at, length = 0, sum([len(span.text) for span in spans])
    for number, (start, end) in enumerate(ranges):
        marked += cut(spans, at, start)
        word = HERE if number == here else HIT
        found = (span for span in cut(spans, start, end) if span.text)
        marked += [span._replace(style=f"{span.style} {word}".lstrip()) for span in found]
        at = end
    marked += cut(spans, at, length)
    return tuple(marked)


def _texts(parts: Sequence[Block]) -> Iterator[str]:
    """Yield the texts of a block that are searched, in their order."""
    if parts and isinstance(parts[0], Text):
        yield "".join([text_of(part.spans) for part in parts if isinstance(part, Text)])
        return
    for part in parts:
        match part:
            case Code(lines=lines):
                yield from map(text_of, lines)
            case Table(head=head, rows=rows, continues=continues):
                for row in (*(() if continues else (head,)), *rows):
                    yield from map(text_of, row)
            case Formula(lines=formula):
                yield from formula


class _Marker:
    """Marker of one text after the other, which counts down to the reader's hit."""

    def __init__(self, find: Find, here: int) -> None:
        self._find = find
        self._here = here

    def spans(self, spans: Spans) -> Spans:
        ranges = self._find(text_of(spans))
        here = self._here
        self._here -= len(ranges)
        return mark_spans(spans, ranges, here)

    def block(self, block: BlockType) -> Block:
        match block:
            case Code(lines=lines):
                return replace(block, lines=tuple(map(self.spans, lines)))
            case Table(head=head, rows=rows, continues=continues):
                return replace(
                    block,
                    head=head if continues else tuple(map(self.spans, head)),
                    rows=tuple(tuple(map(self.spans, row)) for row in rows),
                )
            case Formula(lines=lines):
                return replace(block, marked=tuple(self.spans((Span(line, "formula"),)) for line in lines))
        return block


def _mark_text(parts: Sequence[Block], marker: _Marker) -> Sequence[Block]:
    """Mark a paragraph as a whole, and cut it into its parts again."""
    texts = [part for part in parts if isinstance(part, Text)]
    whole = marker.spans(tuple(span for part in texts for span in part.spans))
    marked, at = [], 0
    for part in texts:
        end = at + len(text_of(part.spans))
        marked.append(replace(part, spans=tuple(cut(whole, at, end))))
        at = end
    return marked
