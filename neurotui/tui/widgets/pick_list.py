"""A list of any length to pick from: only the visible lines are made.

It never has the focus: the input above it has, and the screen passes the keys on. textual's OptionList lays
out every option when one is added, which takes a fifth of a second for 10,000 of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.content import Content
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style as VisualStyle
from textual.visual import Visual

MOST_AROUND = 8
"""Lines of the screen that a list as high as its rows leaves to its surroundings."""


class PickList(ScrollView, can_focus=False):
    """Rows of one line. Calls `picked` synchronously: when a message arrived, the rows could have changed."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"pick-list--cursor", "pick-list--hover"}
    DEFAULT_CSS = """
    PickList {
        height: auto;
        background: $background;
        scrollbar-size-vertical: 1;
        overflow-x: hidden;
        & > .pick-list--cursor {
            background: $block-cursor-background;
            text-style: $block-cursor-text-style;
        }
        & > .pick-list--hover { background: $foreground 5%; }
    }
    """

    cursor: reactive[int] = reactive(0)
    hovered: reactive[int] = reactive(-1)

    def __init__(self, picked: Callable[[int], None], id: str | None = None) -> None:
        """`picked` is called with the index of a row."""
        super().__init__(id=id)
        self._picked = picked
        self._count = 0
        self._row: Callable[[int, int], Content] = lambda _index, _width: Content()

    def show(self, count: int, row: Callable[[int, int], Content], cursor: int = 0) -> None:
        """Show `count` rows; `row(index, width)` makes one of them, `width` in cells."""
        self._count, self._row = count, row
        self.virtual_size = Size(self.scrollable_content_region.width, count)
        self.scroll_to(y=0, animate=False)
        self.set_reactive(PickList.hovered, -1)
        self.set_reactive(PickList.cursor, self.validate_cursor(cursor))
        self._show_cursor()
        self.refresh(layout=True)

    def pick(self) -> None:
        """Pick the row with the cursor, if there is one."""
        if self._count:
            self._picked(self.cursor)

    def move(self, rows: int) -> None:
        """Move the cursor; a step of one wraps around at either end."""
        if self._count and abs(rows) == 1:
            self.cursor = (self.cursor + rows) % self._count
        else:
            self.cursor += rows

    def move_page(self, pages: int) -> None:
        """Move the cursor by the visible rows."""
        self.move(pages * max(2, self.scrollable_content_region.height - 1))

    def validate_cursor(self, cursor: int) -> int:
        return max(0, min(cursor, self._count - 1))

    def watch_cursor(self) -> None:
        self._show_cursor()
        self.refresh()

    def watch_hovered(self) -> None:
        self.refresh()

    def _show_cursor(self) -> None:
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False, force=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return min(self._count, max(MOST_AROUND, viewport.height - MOST_AROUND))

    def on_resize(self, event: events.Resize) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, self._count)
        self.call_after_refresh(self._show_cursor)

    def render_line(self, y: int) -> Strip:
        index = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        entry = self._entry_at(index)
        part = "pick-list--hover" if entry == self.hovered else ""
        part = "pick-list--cursor" if entry == self.cursor else part
        style = self.get_visual_style(part) if part else self.visual_style
        if part and self.get_component_styles(part).text_style.reverse:  # textual drops `reverse`
            style += VisualStyle(reverse=True)
        content = self._row(index, width) if index < self._count else Content()
        strips = Visual.to_strips(self, content, width, 1, style)
        strip = (strips[0] if strips else Strip.blank(0)).extend_cell_length(width, style.rich_style)
        return _on_one_ground(strip, style.rich_style) if style.reverse else strip

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self.hovered = self._index_at(event.y)

    def on_leave(self) -> None:
        self.hovered = -1

    def on_click(self, event: events.Click) -> None:
        if (index := self._index_at(event.y)) >= 0:
            self.cursor = index
            self.pick()

    def _index_at(self, y: int) -> int:
        entry = self._entry_at(y + self.scroll_offset.y)
        return -1 if entry is None else entry

    def _entry_at(self, row: int) -> int | None:
        """Return the index to pick at a row; None if there is nothing to pick."""
        return row if row < self._count else None


def _on_one_ground(strip: Strip, style: Style) -> Strip:
    """Return a reversed row in the colours of `style`: each other colour would be a ground of its own."""
    colors = Style(color=style.color, bgcolor=style.bgcolor)
    return Strip(
        [Segment(text, part + colors if part else part, control) for text, part, control in strip],
        strip.cell_length,
    )
