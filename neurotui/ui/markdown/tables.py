"""Tables to lines of a width: columns share the room, cells wrap."""

from __future__ import annotations

from collections.abc import Sequence

from neurotui.ui.markdown.blocks import Block, Span, Spans, Table
from neurotui.ui.markdown.wrap import Line, width_of, wrap


def table_lines(parts: Sequence[Block], width: int, first: Spans, rest: Spans) -> list[Line]:
    """The lines of a table given in its parts."""
    table = parts[0]
    assert isinstance(table, Table)
    rows = [row for part in parts if isinstance(part, Table) for row in part.rows]
    room = width - width_of("".join(span.text for span in rest))
    widths = [
        max(width_of("".join(span.text for span in row[column])) for row in (table.head, *rows))
        for column in range(len(table.head))
    ]
    available = max(len(widths), room - 3 * (len(widths) - 1))
    while sum(widths) > available and max(widths) > 1:
        widths[widths.index(max(widths))] -= 1
    made = _row(table.head, widths, table.alignments, first, rest, "table-head")
    made.append(Line((*rest, Span("─┼─".join("─" * each for each in widths), "border")), 0, None))
    for row in rows:
        made += _row(row, widths, table.alignments, rest, rest, "")
    return made


def _row(
    cells: Sequence[Spans],
    widths: Sequence[int],
    alignments: Sequence[str],
    first: Spans,
    rest: Spans,
    style: str,
) -> list[Line]:
    columns = [wrap(cell, width) for cell, width in zip(cells, widths, strict=True)]
    made = []
    for index in range(max(len(column) for column in columns)):
        spans: list[Span] = []
        for column, width, alignment in zip(columns, widths, alignments, strict=True):
            cell = column[index].spans if index < len(column) else ()
            blank = max(0, width - width_of("".join(span.text for span in cell)))
            left = blank if alignment == "right" else blank // 2 if alignment == "center" else 0
            if spans:
                spans.append(Span(" │ ", "border"))
            if left:
                spans.append(Span(" " * left))
            spans += [span._replace(style=f"{span.style} {style}".strip()) for span in cell]
            if blank - left:
                spans.append(Span(" " * (blank - left)))
        made.append(Line((*(rest if index else first), *spans), sum(len(s.text) for s in first), None))
    return made
