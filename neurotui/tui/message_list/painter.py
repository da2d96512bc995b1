"""Drawing of the window on the conversation: only rows whose content has changed are painted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from itertools import zip_longest
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style as VisualStyle
from textual.widget import Widget

from neurotui.chat.conversation import Role
from neurotui.i18n import _
from neurotui.markdown.code_lines import KEY
from neurotui.markdown.layout import readable
from neurotui.markdown.marking import HERE, HIT
from neurotui.markdown.wrap import LaidOutLine, width_of
from neurotui.tui.message_list.column import MARGIN, left_of_text
from neurotui.tui.message_list.pictures import in_use
from neurotui.tui.message_list.styles import GROUND, STYLES
from neurotui.tui.message_list.viewport import Viewport
from neurotui.tui.terminal.graphics import pixel_style

JOINT = "┄"
"""Drawn in the margin of the line in which a continuation begins."""
BARS = {"question": "question-bar"}
"""Fills that begin in the margin with a bar, and the style of that."""
STRIPS = 1024
"""Number of drawn lines that are cached."""

_NOTHING = LaidOutLine()


class Shown(NamedTuple):
    """The content of a row of the screen."""

    line: LaidOutLine = _NOTHING
    marked: bool = False
    """True if the line belongs to the message under the cursor."""
    more: bool = False
    """True if the row carries the mark that there is more below."""
    selected: tuple[int, int] | None = None
    """Range of the selected characters of the line."""


class Painter(ScrollView, can_focus=True):
    """A scrolling view of messages: it knows how lines are drawn, not what they mean."""

    FOCUS_ON_CLICK = False  # after a click or a selection one types a message, not commands

    cursor: reactive[int | None] = reactive(None, repaint=False)
    """The index of the message that commands are for."""
    takes_keys: reactive[bool] = reactive(False, repaint=False)
    """True to mark the message that commands are for where there is no cursor."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.stack = Viewport()
        self.shown: list[Shown] = []
        """The rows as they were painted last."""
        self._strips: dict[Shown, Strip] = {}
        self._looks: dict[str, Style] = {}
        self._background = Color(0, 0, 0)
        self._going_on = False
        self._fitted = Size(0, 0)
        self.margin = MARGIN
        """Cells before the text: more than MARGIN where the column is in the middle."""

    # Laying out and scrolling

    def restack(self) -> None:
        """Measure all messages again, and show them."""
        self.stack.restack()
        self.settle()

    def settle(self) -> None:
        """Lay out the visible lines, and paint those that have changed."""
        if not self.stack.rows:
            return
        done = self.stack.settle()
        self._follow()
        self.paint()
        if not done and not self._going_on:
            self._going_on = True
            self.call_soon(self._go_on)

    def call_soon(self, callback: Callable[..., None], *arguments: object) -> None:
        """Call `callback` after all that the event loop has to do; `call_later` alone would do it at once."""
        asyncio.get_running_loop().call_soon(self.call_later, callback, *arguments)

    def _go_on(self) -> None:
        self._going_on = False
        self.settle()

    def _follow(self) -> None:
        """Make textual's scroll position follow the window without laying out the screen."""
        y = self.stack.y_of(self.stack.top)
        size = Size(self.scrollable_content_region.width, self.stack.heights.total)
        if size != self.virtual_size:
            self.set_reactive(Widget.virtual_size, size)
            self.set_reactive(Widget.scroll_y, float(min(self.scroll_y, y)))
            is_long = size.height > self.container_size.height
            if is_long != self.show_vertical_scrollbar:
                self.show_vertical_scrollbar = self.vertical_scrollbar.display = is_long
            if is_long:
                self.vertical_scrollbar.window_virtual_size = size.height
                self.vertical_scrollbar.window_size = self.container_size.height
        if y != self.scroll_y or y != self.scroll_target_y:
            self.set_reactive(Widget.scroll_y, float(y))
            self.set_reactive(Widget.scroll_target_y, float(y))
            if self.show_vertical_scrollbar:
                self.vertical_scrollbar.position = y

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = new_value
        if self.stack.rows != self.scrollable_content_region.height:
            return  # textual has kept `scroll_y` in bounds; `on_resize` follows
        if round(old_value) != round(new_value):
            self.go_to(round(new_value))

    def go_to(self, y: int) -> None:
        """Show the line `y` at the top, or the end if too few lines follow."""
        self.stack.at_end = y >= self.stack.heights.total - self.stack.rows
        self.stack.stays = False
        self.stack.top = self.stack.place_at(max(0, y))
        self.settle()

    def on_resize(self) -> None:
        self._fit()
        stack = self.stack
        stack.at_end |= stack.y_of(stack.top) + stack.rows >= stack.heights.total
        self.settle()

    def fit_again(self) -> None:
        """Take the room for lines anew, after the width of the text was changed."""
        self._fitted = Size(0, 0)
        self._fit()

    def _fit(self) -> None:
        """Measure all messages again if the size has changed."""
        if self.size == self._fitted:
            return
        self._fitted, region = self.size, self.scrollable_content_region
        room = region.width + self.styles.scrollbar_size_vertical - MARGIN
        self.margin = left_of_text(self.size.width, readable(room))
        self.stack.column = max(20, room - self.margin)  # what is wider than the text, a table, has the right
        self.stack.rows = region.height
        self._strips.clear()
        if (pictures := in_use()) is not None:
            pictures.fit(self.app.size.height)
        self.stack.restack()
        if self.stack.rows:
            self.stack.settle()
            self.shown = self.what_to_show()

    # Painting

    def paint(self) -> None:
        """Request a repaint of the rows that have changed."""
        width = self.stack.column + self.margin
        before, self.shown = self.shown, self.what_to_show()
        changed = []
        for row, (shown, old) in enumerate(zip_longest(self.shown, before)):
            if shown is None or shown is old or (old is not None and _look_same(shown, old)):
                continue
            cells = width
            if old is not None and not (shown.line.fill or old.line.fill or shown.more or old.more):
                cells = max(width_of(shown.line.text), width_of(old.line.text)) + self.margin
            changed.append(Region(0, row, min(cells, width), 1))
        if changed:
            self.refresh(*changed)

    @property
    def chosen_index(self) -> int | None:
        """Index of the message that a command is for: under the cursor, or else the last answer."""
        views = self.stack.views
        if self.cursor is not None or not views:
            return self.cursor
        last = len(views) - 1
        return next((at for at in range(last, -1, -1) if views[at].message.role is Role.ASSISTANT), last)

    def watch_takes_keys(self) -> None:
        self.paint()

    def what_to_show(self) -> list[Shown]:
        """Return the content that each row of the screen should show."""
        cursor = self.chosen_index if self.takes_keys else self.cursor
        shown = [Shown(line or _NOTHING, index == cursor) for index, line in self.stack.window()]
        shown += [Shown()] * (self.stack.rows - len(shown))
        if shown and not self.stack.at_end:
            shown[-1] = shown[-1]._replace(more=True)
        return shown

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._looks.clear()
        self._strips.clear()
        self._background = self.background_colors[1]

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return rows as strips, bypassing textual's cache, which would drop the caches inside each strip."""
        self._fit()  # `on_resize` comes after the first picture
        if len(self.shown) < crop.bottom:
            self.shown += [Shown()] * (crop.bottom - len(self.shown))
        strips = [self._drawn(self.shown[row]) for row in crop.line_range]
        if crop.column_span != (0, self.size.width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def _drawn(self, shown: Shown) -> Strip:
        """Return the strip for a row, from the cache if it was drawn before."""
        strip = self._strips.get(shown)
        if strip is None:
            if len(self._strips) >= STRIPS:
                self._strips.clear()
            strip = self._strips[shown] = self.strip(shown)
        return strip

    def strip(self, shown: Shown) -> Strip:
        """Draw a row in the colours of the theme."""
        line, plain = shown.line, self.look("")
        segments = [Segment(" " * (self.margin - MARGIN), plain), *self._in_margin(shown)]
        for span in line.spans:
            if span.style == KEY and line.fill and not shown.marked:
                segments.append(Segment(" " * width_of(span.text), self.look(line.fill)))
                continue
            look = self.look(f"{line.base} {span.style}" if line.base else span.style)
            segments.append(Segment(span.text, look))
        used, width = self.margin + width_of(line.text), self.stack.column + self.margin
        filled = self.margin + readable(self.stack.column)
        if line.fill and used < filled:
            segments.append(Segment(" " * (filled - used), self.look(line.fill)))
            used = filled
        if shown.more:
            mark = more_below()
            used = max(0, width - width_of(mark))
            segments = [*Strip(segments).adjust_cell_length(used, plain), Segment(mark, self.look("more"))]
            used += width_of(mark)
        segments.append(Segment(" " * (self.size.width - used), plain))
        strip = Strip(_merged(segments), used + len(segments[-1].text)).adjust_cell_length(self.size.width)
        return strip if shown.selected is None else self._with_selection(strip, shown.line, shown.selected)

    def _in_margin(self, shown: Shown) -> list[Segment]:
        """Return the cells left of the text: the cursor's bar, and one that belongs to the line."""
        line, plain = shown.line, self.look("")
        left = Segment("▌", self.look("cursor")) if shown.marked else Segment(" ", plain)
        if line.fill in BARS:
            return [left, Segment("▍", self.look(BARS[line.fill]))]
        if line.joined and not shown.marked:
            return [Segment(JOINT, self.look("dim")), Segment(" ", plain)]
        return [left, Segment(JOINT, self.look("dim")) if line.joined else Segment(" ", plain)]

    def _with_selection(self, strip: Strip, line: LaidOutLine, selected: tuple[int, int]) -> Strip:
        start, end = (self.margin + width_of(line.text[:at]) for at in selected)
        look = self.screen.get_component_rich_style("screen--selection")
        chosen = (
            Segment(each.text, self.filtered((each.style or look) + look)) for each in strip.crop(start, end)
        )
        return Strip.join([strip.crop(0, start), Strip(chosen), strip.crop(end)])

    def look(self, words: str) -> Style:
        """Return a style in the colours of the current theme; of a picture the style of its own colours."""
        if words.startswith("#"):
            return self.filtered(pixel_style(words))
        look = self._looks.get(words)
        if look is None:
            style = self.visual_style
            for word in sorted(words.split(), key=(HIT, HERE).__contains__):  # hits win
                words_of_style = STYLES[word]
                if self.app.no_color:  # a ground that is hardly raised would be drawn reversed
                    words_of_style = words_of_style.removesuffix(GROUND)
                style += VisualStyle.parse(words_of_style)
            look = self._looks[words] = self.filtered(style.rich_style)
        return look

    def filtered(self, look: Style) -> Style:
        """Return a style after the app's line filters, which may remove its colours."""
        segments = [Segment("", look)]
        for each in self.get_line_filters():
            segments = each.apply(segments, self._background)
        return segments[0].style or look


def more_below() -> str:
    """Return the mark that there is more below."""
    return f" ↓ {_('more below')} · End "


def _merged(segments: Iterable[Segment]) -> list[Segment]:
    """Join neighbouring segments of the same style: a terminal is sent a code for each."""
    merged: list[Segment] = []
    for text, style, _control in segments:
        if merged and merged[-1].style == style:
            merged[-1] = Segment(merged[-1].text + text, style)
        elif text:
            merged.append(Segment(text, style))
    return merged


def _look_same(shown: Shown, other: Shown) -> bool:
    """True if two rows are drawn the same although their lines are different objects."""
    line, old = shown.line, other.line
    return (
        shown[1:] == other[1:]
        and line.spans == old.spans
        and (line.fill, line.base, line.joined) == (old.fill, old.base, old.joined)
    )
