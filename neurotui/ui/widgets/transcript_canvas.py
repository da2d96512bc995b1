"""Draws a stack of messages: what is visible is laid out, what changed on the screen is painted.

A line of the conversation is known by its `Place`: the message, the part of it, the line of the part. The
heights of what was not looked at yet are estimates, so the number of a line, counted from the top, changes
when something above is laid out; its place does not. The view therefore hangs on the place of its top line,
or, as long as the reader has not scrolled away, on the end.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest
from time import monotonic
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from neurotui.i18n import _
from neurotui.ui.markdown.wrap import Line, width_of
from neurotui.ui.widgets.transcript_heights import Heights
from neurotui.ui.widgets.transcript_view import MessageView

MARGIN = 2
"""Empty cells on both sides; the cursor's bar is drawn in the left one."""
BUDGET = 0.02
"""Seconds that the event loop is kept from other work at a time."""
STRIPS = 1024
"""Drawn lines that are remembered."""
STYLES = frozenset(
    {"strong", "emphasis", "strike", "code", "link", "target", "note", "formula", "bar", "marker", "rule"}
    | {"border", "pad", "table-head", "code-text", "code-bar", "code-label", "code-fill", "code-comment"}
    | {"code-keyword", "code-string", "code-number", "code-name", "code-added", "code-removed"}
    | {"reasoning", "name-user", "name-assistant", "name-system", "raw", "dim", "notice", "failure"}
    | {"cursor", "more", *(f"heading{level}" for level in range(1, 7))}
)
"""The words that a style may be made of: each has its component class."""


class Place(NamedTuple):
    """Where a line of the conversation is, whatever is above it."""

    view: int = 0
    part: int = 0
    line: int = 0


class Shown(NamedTuple):
    """What a row of the screen shows."""

    line: Line
    marked: bool
    """Whether the line belongs to the message under the cursor."""
    more: bool = False
    """Whether the row says that there is more below."""


class Canvas(ScrollView, can_focus=True):
    """A scrolling view of messages. Knows where lines are and how they are drawn, not what they mean."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"transcript--{word}" for word in STYLES}

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.views: list[MessageView] = []
        self.heights = Heights()
        self.at_end = True
        """Whether the view stays at the end while more comes in."""
        self.cursor: int | None = None
        """The index of the message that commands are for."""
        self.column = 20
        """The cells that lines may take."""
        self.rows = 0
        """The lines of the screen that there are; none as long as the size is not known."""
        self._top = Place()
        self._screen: list[Shown] = []  # what the rows of the screen show
        self._strips: dict[Shown, Strip] = {}
        self._looks: dict[str, Style] = {}
        self._background = Color(0, 0, 0)
        self._reading = False

    # Where things are

    def place_at(self, y: int) -> Place:
        """The place of the line `y`, counted from the top of the conversation."""
        if not self.views:
            return Place()
        index = self.heights.at(y)
        view = self.views[index]
        y -= self.heights.top(index)
        if not view.parts:
            return Place(index, 0, y)
        part = view.heights.at(y)
        return Place(index, part, y - view.heights.top(part))

    def y_of(self, place: Place) -> int:
        """The line of the conversation that is at a place now."""
        if place.view >= len(self.views):
            return self.heights.total
        y = self.heights.top(place.view)
        heights = self.views[place.view].heights
        if not len(heights):
            return y + place.line
        part = min(place.part, len(heights) - 1)
        return y + heights.top(part) + min(place.line, heights[part])

    def line_at(self, place: Place) -> Line | None:
        """The line at a place; None where it was not laid out."""
        if place.view >= len(self.views):
            return None
        parts = self.views[place.view].parts
        if place.part >= len(parts) or not parts[place.part].exact(self.column):
            return None
        part = parts[place.part]
        return part.line(place.line) if place.line < part.lay_out(self.column) else None

    # Laying out

    def restack(self) -> None:
        """Takes note of all messages anew, and shows them."""
        self.heights = Heights(view.resize(self.column) for view in self.views)
        self.settle()

    def settle(self) -> None:
        """Lays out what is visible and a page around it, then paints what is different."""
        if not self.rows:
            return
        until = monotonic() + BUDGET
        if self.at_end:
            done = self._lay_out_above(Place(len(self.views)), 2 * self.rows, until)
            y = max(0, self.heights.total - self.rows)
        else:
            done = self._lay_out_below(self._top, 2 * self.rows, until)
            done &= self._lay_out_above(self._top, self.rows, until)
            y = max(0, min(self.y_of(self._top), self.heights.total - self.rows))
        self._scroll_silently(y)
        self._top = self.place_at(y)
        self._paint()
        if not done and not self._reading:
            self._reading = True
            self.call_later(self._go_on)

    def _go_on(self) -> None:
        self._reading = False
        self.settle()

    def _lay_out_below(self, place: Place, rows: int, until: float) -> bool:
        index, part, rows = place.view, place.part, rows + place.line
        while index < len(self.views) and rows > 0:
            view = self.views[index]
            if not self.open(index, until):
                return False
            while part < len(view.parts) and rows > 0:
                if monotonic() > until:
                    return False
                rows -= self._lay_out(index, part)
                part += 1
            index, part = index + 1, 0
        return True

    def _lay_out_above(self, place: Place, rows: int, until: float) -> bool:
        index, part = place.view, place.part
        while rows > 0:
            while part == 0:
                if index == 0:
                    return True
                index -= 1
                if not self.open(index, until):
                    return False
                part = len(self.views[index].parts)
            if monotonic() > until:
                return False
            part -= 1
            rows -= self._lay_out(index, part)
        return True

    def open(self, index: int, until: float) -> bool:
        """Reads what was not read of a message; false where time was up before its end."""
        view = self.views[index]
        if not view.parts or view.reading:
            if monotonic() > until:
                return False
            view.read(self.column, until)
        self.heights[index] = view.heights.total
        return not view.reading

    def _lay_out(self, index: int, part: int) -> int:
        view = self.views[index]
        height = view.parts[part].lay_out(self.column)
        if view.heights[part] != height:
            view.heights[part] = height
            self.heights[index] = view.heights.total
        return height

    # Scrolling

    def _scroll_silently(self, y: int) -> None:
        """Moves the view without the round through textual's layout."""
        size = Size(self.scrollable_content_region.width, self.heights.total)
        if size != self.virtual_size:
            self.set_reactive(Widget.virtual_size, size)
            self.set_reactive(Widget.scroll_y, float(min(self.scroll_y, y)))
            self._scroll_update(size)
        if y != self.scroll_y or y != self.scroll_target_y:
            self.set_reactive(Widget.scroll_y, float(y))
            self.set_reactive(Widget.scroll_target_y, float(y))
            if self.show_vertical_scrollbar:
                self.vertical_scrollbar.position = y

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = new_value
        if round(old_value) != round(new_value):
            self.at_end = round(new_value) >= self.max_scroll_y
            self._top = self.place_at(round(new_value))
            self.settle()

    def go_to(self, y: int) -> None:
        """Shows the line `y` at the top, as far as there are lines below."""
        self.at_end = y >= self.heights.total - self.rows
        self._top = self.place_at(max(0, y))
        self.settle()

    def go_to_line(self, index: int, wanted: Callable[[str], bool], part: int = 1) -> None:
        """Shows the first line that is `wanted` of the message under the cursor, once it is laid out."""
        if self.cursor != index:
            return  # the reader went elsewhere
        if not self.rows:
            self.call_after_refresh(self.go_to_line, index, wanted, part)
            return
        until = monotonic() + BUDGET
        done = self.open(index, until)
        parts = self.views[index].parts
        while part < len(parts) - (not done) and monotonic() < until:
            for line in range(self._lay_out(index, part)):
                if wanted(parts[part].line(line).text):
                    y = self.y_of(Place(index, part, line))
                    if not 0 <= y - self.scroll_offset.y < self.rows:
                        self.go_to(max(self.heights.top(index), y - self.rows // 3))
                    return
            part += 1
        if not done or part < len(parts):
            self.call_later(self.go_to_line, index, wanted, part)

    def on_resize(self) -> None:
        region = self.scrollable_content_region
        self.column = max(20, region.width - 2 * MARGIN)
        self.rows = region.height
        self.forget_picture()
        self.restack()

    # Painting

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._looks.clear()
        self._strips.clear()
        self._background = self.background_colors[1]

    def _look(self) -> list[Shown]:
        """What the rows of the screen should show."""
        shown: list[Shown] = []
        index, number, at = self._top
        while len(shown) < self.rows and index < len(self.views):
            marked = index == self.cursor
            parts = self.views[index].parts
            if not parts:
                blank = [Shown(_NOTHING, marked)] * (self.heights[index] - at)
                shown += blank[: self.rows - len(shown)]
            for part in parts[number:]:
                if not part.exact(self.column):
                    break
                height = part.lay_out(self.column)
                until = min(height, at + self.rows - len(shown))
                shown += [Shown(part.line(line), marked) for line in range(at, until)]
                at = 0
                if len(shown) >= self.rows:
                    break
            index, number, at = index + 1, 0, 0
        shown += [Shown(_NOTHING, False)] * (self.rows - len(shown))
        if not self.at_end:
            shown[-1] = Shown(shown[-1].line, shown[-1].marked, more=True)
        return shown

    def _paint(self) -> None:
        """Asks for the rows that do not show what they should."""
        width = self.size.width
        before, self._screen = self._screen, self._look()
        for row, (shown, old) in enumerate(zip_longest(self._screen, before)):
            if shown is None or shown is old or (old is not None and _look_same(shown, old)):
                continue
            cells = width
            if old is not None and not (shown.line.fill or old.line.fill or shown.more or old.more):
                cells = max(width_of(shown.line.text), width_of(old.line.text)) + MARGIN
            self.refresh(Region(0, row, min(cells, width), 1))

    def forget_picture(self) -> None:
        """Has all rows painted anew."""
        self._strips.clear()
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Rows as strips, past textual's cache, which would forget all that is known of a strip."""
        first, last = crop.y, crop.bottom
        if len(self._screen) < last:
            self._screen += [Shown(_NOTHING, False)] * (last - len(self._screen))
        strips = [self.draw(row, self._screen[row]) for row in range(first, last)]
        if crop.column_span != (0, self.size.width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def draw(self, row: int, shown: Shown) -> Strip:
        """A row of the screen as it is drawn."""
        strip = self._strips.get(shown)
        if strip is None:
            if len(self._strips) >= STRIPS:
                self._strips.clear()
            strip = self._strip(shown)
            for each in self.get_line_filters():
                strip = strip.apply_filter(each, self._background)
            self._strips[shown] = strip
        return strip

    def _strip(self, shown: Shown) -> Strip:
        line = shown.line
        plain = self.look("")
        segments = [Segment(" " * MARGIN, plain)]
        if shown.marked:
            segments = [Segment("▌", self.look("cursor")), Segment(" " * (MARGIN - 1), plain)]
        for span in line.spans:
            look = self.look(f"{line.base} {span.style}" if line.base else span.style)
            if segments[-1].style is look:
                segments[-1] = Segment(segments[-1].text + span.text, look)
            else:
                segments.append(Segment(span.text, look))
        strip = Strip(segments)
        width = self.column + MARGIN
        if line.fill:
            strip = strip.adjust_cell_length(width, self.look(line.fill))
        if shown.more:
            mark = more_below()
            strip = strip.adjust_cell_length(max(0, width - width_of(mark)), plain)
            strip = Strip([*strip, Segment(mark, self.look("more"))])
        return strip.adjust_cell_length(self.size.width, plain)

    def look(self, words: str) -> Style:
        """The colours of a style in the theme of now."""
        look = self._looks.get(words)
        if look is None:
            look = self.rich_style
            for word in words.split():
                look += self._component(word)
            self._looks[words] = look
        return look

    def _component(self, word: str) -> Style:
        """What a word adds: its colours laid over the background, as they may be translucent."""
        styles = self.get_component_styles(f"transcript--{word}")
        look = self.get_component_rich_style(f"transcript--{word}", partial=True)
        if styles.has_rule("color") and styles.color.a < 1:
            under = self._background
            if styles.has_rule("background"):
                under += styles.background
            look += Style(color=(under + styles.color).rich_color)
        return look


_NOTHING = Line()


def more_below() -> str:
    """The mark that there is more below than is shown."""
    return f" ↓ {_('more below')} · End "


def _look_same(shown: Shown, other: Shown) -> bool:
    """Whether two lines, though not the same, are drawn the same."""
    line, old = shown.line, other.line
    return (
        shown[1:] == other[1:] and line.spans == old.spans and line.fill == old.fill and line.base == old.base
    )
