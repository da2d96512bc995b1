"""Layout of tables in lines of a given width.

Columns get the width they need if there is room for all. If not, the widest give way first, cells wrap, and a
thin line separates the rows. On a screen too narrow even for that, each row becomes a list of its cells, with
the column's name before each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from neurotui.markdown.blocks import Block, Span, Spans, Table
from neurotui.markdown.wrap import LaidOutLine, Paragraph, text_of, width_of, wrap

BETWEEN = " │ "
NARROWEST = 6
"""Least width of a column in cells, if its text is not shorter."""

Row = tuple[Spans, ...]


class _Plan(NamedTuple):
    """How a table is drawn: the same plan means that its lines can stay."""

    widths: tuple[int, ...]
    """Widths of the columns in cells; empty if each row is drawn as a list."""
    ruled: bool
    """True if a line separates the rows."""


class TableLines:
    """The lines of a growing table: all are made again only when a wider cell changes the plan."""

    def __init__(self, width: int, first: Spans, rest: Spans, before: list[LaidOutLine]) -> None:
        self.lines = before
        self._before = tuple(before)
        self._width = width - width_of(text_of(rest))
        self._first = first
        self._rest = rest
        self._head: Row = ()
        self._alignments: tuple[str, ...] = ()
        self._rows: list[Row] = []
        self._widest: list[int] = []  # widest cell of each column
        self._words: list[int] = []  # longest word of each column
        self._plan: _Plan | None = None

    def add(self, part: Block) -> None:
        assert isinstance(part, Table)
        if self._plan is None:
            self._head = part.head
            self._alignments = part.alignments
            self._widest, self._words = _measured([part.head], [0] * len(part.head), [0] * len(part.head))
        self._widest, self._words = _measured(part.rows, self._widest, self._words)
        self._rows += part.rows
        plan = _plan(self._widest, self._words, self._width)
        if plan == self._plan:
            self.lines += self._made(part.rows, plan, len(self._rows) - len(part.rows))
        else:
            self._draw(plan)

    def tail(self, parts: Sequence[Block]) -> list[LaidOutLine]:
        rows = [row for part in parts if isinstance(part, Table) for row in part.rows]
        plan = _plan(*_measured(rows, self._widest, self._words), self._width)
        if self._plan is None or (plan != self._plan and not (rows and _has_room(self._plan, plan))):
            self._draw(plan)
        else:
            plan = self._plan  # an incomplete row does not make the table narrower
        return self._made(rows, plan, len(self._rows))

    def _draw(self, plan: _Plan) -> None:
        """Make all lines again."""
        self._plan = plan
        self.lines = [*self._before]
        if plan.widths:
            self.lines += self._row(self._head, plan, self._first, "table-head")
            self.lines.append(self._rule(plan, "─┼─", "─"))
        self.lines += self._made(self._rows, plan, 0)

    def _made(self, rows: Iterable[Row], plan: _Plan, above: int) -> list[LaidOutLine]:
        """Return the lines of rows that have `above` rows above them."""
        made: list[LaidOutLine] = []
        for number, row in enumerate(rows, above):
            if not plan.widths:
                made += self._record(row, number)
                continue
            if plan.ruled and number:
                made.append(self._rule(plan, "┄┼┄", "┄"))
            made += self._row(row, plan, self._rest, "")
        return made

    def _row(self, row: Row, plan: _Plan, first: Spans, style: str) -> list[LaidOutLine]:
        columns = [wrap(cell, width) for cell, width in zip(row, plan.widths, strict=True)]
        made = []
        prefix = first
        for index in range(max(len(column) for column in columns)):
            spans: list[Span] = []
            for column, width, alignment in zip(columns, plan.widths, self._alignments, strict=True):
                cell = column[index].spans if index < len(column) else ()
                blank = width - width_of(text_of(cell))
                left = blank if alignment == "right" else blank // 2 if alignment == "center" else 0
                if spans:
                    spans.append(Span(BETWEEN, "border"))
                if left > 0:
                    spans.append(Span(" " * left, "pad"))
                spans += _styled(cell, style) if style else cell
                if blank > left:
                    spans.append(Span(" " * (blank - left), "pad"))
            gutter = sum(len(span.text) for span in prefix)
            made.append(LaidOutLine((*prefix, *spans), gutter, base="table-ground" if style else ""))
            prefix = self._rest
        return made

    def _rule(self, plan: _Plan, between: str, along: str) -> LaidOutLine:
        text = between.join(along * width for width in plan.widths)
        spans = (*self._rest, Span(text, "border"))
        return LaidOutLine(spans, sum(len(span.text) for span in spans))

    def _record(self, row: Row, number: int) -> list[LaidOutLine]:
        """Return a row as a list of its cells."""
        made = [LaidOutLine()] if number else []
        prefix = self._rest if number else self._first
        for name, cell in zip(self._head, row, strict=True):
            named = _styled(name, "table-head")
            paragraph = Paragraph(self._width, prefix, (*self._rest, Span("  ", "pad")))
            made += paragraph.tail([*named, Span(": "), *cell])
            prefix = self._rest
        return made


def _styled(spans: Spans, word: str) -> list[Span]:
    return [span._replace(style=f"{span.style} {word}".lstrip()) for span in spans]


def _has_room(plan: _Plan, for_: _Plan) -> bool:
    """True if a table that needs the plan `for_` can be drawn by `plan` as well."""
    pairs = zip(plan.widths, for_.widths, strict=False)
    return plan.ruled == for_.ruled and bool(for_.widths) and all(has >= needs for has, needs in pairs)


def _measured(
    rows: Iterable[Row], widest: Sequence[int], words: Sequence[int]
) -> tuple[list[int], list[int]]:
    """Return the widths of the widest cell and the longest word of each column, with `rows` added."""
    widest, words = list(widest), list(words)
    for row in rows:
        for column, cell in enumerate(row):
            text = text_of(cell)
            width = max(map(width_of, text.split("\n")))
            widest[column] = max(widest[column], width)
            if width > words[column]:
                words[column] = max(words[column], *(width_of(word) for word in text.split()), 1)
    return widest, words


def _plan(widest: Sequence[int], words: Sequence[int], width: int) -> _Plan:
    room = width - len(BETWEEN) * (len(widest) - 1)
    if sum(widest) <= room:
        return _Plan(tuple(max(1, each) for each in widest), ruled=False)
    if sum(min(each, NARROWEST) for each in widest) > room:
        return _Plan((), ruled=False)
    if sum(words) <= room:
        return _Plan(_shares(widest, words, room), ruled=True)
    least = [min(each, NARROWEST) for each in widest]
    return _Plan(_shares(words, least, room), ruled=True)


def _shares(wanted: Sequence[int], least: Sequence[int], room: int) -> tuple[int, ...]:
    """Return widths between `least` and `wanted` that fill the room; smaller wishes are fulfilled first."""

    def at(level: int) -> tuple[int, ...]:
        return tuple(min(wish, max(base, level)) for wish, base in zip(wanted, least, strict=True))

    low, high = 0, room
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if sum(at(middle)) <= room else (low, middle - 1)
    return at(low)
