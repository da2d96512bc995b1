"""The layout of a form: fields one below the other, to the right of a column for their labels."""

from __future__ import annotations

from textual.geometry import Size
from textual.layout import ArrangeResult
from textual.layouts.vertical import VerticalLayout
from textual.widget import Widget


class BesideLabels(VerticalLayout):
    """Lays out widgets beside a column; of the class `-row`, what is too long there begins in the column."""

    def __init__(self) -> None:
        self.column = 0
        """Width of the column (cells), where there is room."""

    def column_in(self, width: int) -> int:
        """Return the width of the column in a form of so many cells: half of that at most."""
        return min(self.column, width // 2)

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> ArrangeResult:
        column = self.column_in(size.width)
        narrow = Size(size.width - column, size.height)
        placements = []
        for placed in super().arrange(parent, children, narrow, greedy):
            if placed.widget.has_class("-row") and _length(placed.widget, size) > narrow.width:
                region = placed.region.grow((0, column, 0, 0))
            else:
                region = placed.region.translate((column, 0))
            placements.append(placed._replace(region=region))
        return placements


def _length(row: Widget, size: Size) -> int:
    """Return the cells that the widgets of a row take."""
    return sum(
        each.get_content_width(size, size) + each.gutter.width + each.styles.margin.width
        for each in row.displayed_children
    )
