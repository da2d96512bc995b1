"""A scrollbar that draws the cells that changed: textual's draws all when the thumb moves by an eighth."""

from __future__ import annotations

from collections.abc import Collection

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip


class QuickScrollBar(ScrollBar):
    """Textual's vertical scrollbar, quick where it follows a text that grows."""

    def __init__(self, thickness: int) -> None:
        super().__init__(name="vertical", thickness=thickness)
        self._cells: list[Segment] = []
        """What the screen shows, from the top; empty where that is not known."""

    def _exchange_repaint_regions(self) -> Collection[Region]:
        """The cells that do not show what they should, for the compositor."""
        asked = super()._exchange_repaint_regions()
        if self.size.region not in asked:
            return asked
        before, self._cells = self._cells, self._draw()
        changed = [y for y, cell in enumerate(self._cells) if before[y : y + 1] != [cell]]
        return [Region(0, y, self.thickness, 1) for y in changed]

    def render_lines(self, crop: Region) -> list[Strip]:
        """The cells as strips, past textual's cache."""
        if crop.height > 1 or not self._cells:
            cells, self._cells = self._draw(), []  # the whole, for the screen or for a copy of it
        else:
            cells = self._cells
        background = self.background_colors[1]
        base, filters = Style(bgcolor=background.rich_color), self.get_line_filters()
        strips = [Strip([cell]).apply_style(base) for cell in cells[crop.y : crop.bottom]]
        for each in filters:
            strips = [strip.apply_filter(each, background) for strip in strips]
        return strips

    def _draw(self) -> list[Segment]:
        bar = self.render()
        assert isinstance(bar, ScrollBarRender)
        assert isinstance(bar.style, Style)
        assert bar.style.color is not None
        assert bar.style.bgcolor is not None
        drawn = bar.render_bar(
            self.size.height,
            bar.virtual_size,
            bar.window_size,
            bar.position,
            bar.thickness,
            back_color=bar.style.bgcolor,
            bar_color=bar.style.color,
        )
        return list(drawn.segments)
