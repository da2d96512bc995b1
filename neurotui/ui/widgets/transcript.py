"""The conversation: one widget that draws the visible lines of all messages."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message as Event
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from neurotui.chat.conversation import Message
from neurotui.ui.markdown.wrap import Line
from neurotui.ui.widgets.transcript_heights import Heights
from neurotui.ui.widgets.transcript_view import MessageView

FRAME = 1 / 20
"""Seconds between two pictures of an answer that streams, at least."""
SHARE = 0.25
"""Of a core's time that drawing may take."""
MARGIN = 2
"""Empty cells on both sides; the cursor's bar is drawn in the left one."""
STYLES = frozenset(
    {"strong", "emphasis", "strike", "code", "link", "target", "note", "formula", "quote", "marker", "rule"}
    | {"border", "table-head", "code-text", "code-bar", "code-label", "code-fill"}
    | {"reasoning", "reasoning-bar", "name-user", "name-assistant", "name-system"}
    | {"dim", "notice", "failure", "cursor", *(f"heading{level}" for level in range(1, 7))}
)
"""The words that a style may be made of."""


class Transcript(ScrollView, can_focus=True):
    """The messages of a conversation, from the first to the last."""

    ALLOW_SELECT = True
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"transcript--{word}" for word in STYLES}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_up", show=False),
        Binding("down", "scroll_down", show=False),
        Binding("pageup", "page_up", show=False),
        Binding("pagedown", "page_down", show=False),
        Binding("home", "scroll_home", show=False),
        Binding("end", "to_end", show=False),
    ]
    DEFAULT_CSS = """
    Transcript {
        background: $background;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
        & > .transcript--strong { text-style: bold; }
        & > .transcript--emphasis { text-style: italic; }
        & > .transcript--strike { text-style: strike; }
        & > .transcript--code { color: $accent; background: $surface; }
        & > .transcript--link { color: $primary; text-style: underline; }
        & > .transcript--target { color: $foreground 55%; }
        & > .transcript--note { color: $primary; }
        & > .transcript--formula { color: $secondary; text-style: italic; }
        & > .transcript--heading1 { color: $primary; text-style: bold underline; }
        & > .transcript--heading2 { color: $primary; text-style: bold; }
        & > .transcript--heading3 { color: $primary; text-style: bold; }
        & > .transcript--heading4 { text-style: bold; }
        & > .transcript--heading5 { text-style: bold; }
        & > .transcript--heading6 { text-style: bold; }
        & > .transcript--quote { color: $primary 60%; }
        & > .transcript--marker { color: $primary; }
        & > .transcript--rule { color: $foreground 25%; }
        & > .transcript--border { color: $foreground 25%; }
        & > .transcript--table-head { text-style: bold; }
        & > .transcript--code-text { background: $surface; }
        & > .transcript--code-fill { background: $surface; }
        & > .transcript--code-bar { color: $foreground 25%; background: $surface; }
        & > .transcript--code-label { color: $foreground 55%; background: $surface; }
        & > .transcript--reasoning { color: $foreground 65%; text-style: italic; }
        & > .transcript--reasoning-bar { color: $foreground 30%; }
        & > .transcript--name-user { color: $accent; text-style: bold; }
        & > .transcript--name-assistant { color: $primary; text-style: bold; }
        & > .transcript--name-system { color: $secondary; text-style: bold; }
        & > .transcript--dim { color: $foreground 55%; }
        & > .transcript--notice { color: $foreground 65%; }
        & > .transcript--failure { color: $error; }
        & > .transcript--cursor { color: $accent; }
    }
    """

    class EditRequested(Event):
        """A question is to be asked in other words."""

        def __init__(self, message_id: str) -> None:
            super().__init__()
            self.message_id = message_id

    class RegenerateRequested(Event):
        """An answer is to be given once more."""

        def __init__(self, message_id: str) -> None:
            super().__init__()
            self.message_id = message_id

    class BranchRequested(Event):
        """The alternative `step` further (1 or -1) is to be shown."""

        def __init__(self, message_id: str, step: int) -> None:
            super().__init__()
            self.message_id = message_id
            self.step = step

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._views: list[MessageView] = []
        self._heights = Heights()
        self._stuck = True
        self._pending: list[tuple[str, str]] = []
        self._frame: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._styles: dict[str, Style] = {}

    # What the screen calls

    @property
    def last_id(self) -> str | None:
        """The id of the last message."""
        return self._views[-1].message.id if self._views else None

    def show(self, messages: Sequence[Message], *, alternatives: Mapping[str, tuple[int, int]] = {}) -> None:
        """Shows a whole conversation, at its end. `alternatives`: message id to (which, of how many)."""
        self._drop_frame()
        self._views = [MessageView(message, alternatives.get(message.id)) for message in messages]
        self._stuck = True
        self._measure()

    def append(self, message: Message) -> None:
        """Adds a message at the end."""
        self._flush()
        self._views.append(MessageView(message))
        self._heights.append(self._views[-1].height(self._column))
        self._stuck = True
        self._settle()
        self.refresh()

    def extend(self, message_id: str, text: str = "", reasoning: str = "") -> None:
        """Adds what came to the last message; it is drawn when the next frame is due."""
        if not self._views or self._views[-1].message.id != message_id:
            return
        self._pending.append((text, reasoning))
        if self._frame is None:
            now = monotonic()
            if now >= self._due:
                self._flush()
            else:
                loop = asyncio.get_running_loop()
                self._frame = loop.call_later(self._due - now, self.call_later, self._flush)

    def replace(self, message: Message) -> None:
        """Gives a message its final form."""
        self._flush()
        index = self._index(message.id)
        if index is not None:
            self._views[index].update(message)
            self._heights[index] = self._views[index].height(self._column)
            self._settle()
            self.refresh()

    def discard(self, message_id: str) -> None:
        """Takes a message away."""
        self._flush()
        index = self._index(message_id)
        if index is not None:
            del self._views[index]
            self._heights.remove(index)
            self._settle()
            self.refresh()

    # Frames

    def _flush(self) -> None:
        self._drop_frame(keep=True)
        if not self._pending:
            return
        start = monotonic()
        text = "".join(pending[0] for pending in self._pending)
        reasoning = "".join(pending[1] for pending in self._pending)
        self._pending.clear()
        index = len(self._views) - 1
        view = self._views[index]
        view.lay_out(self._column)
        first = view.extend(text, reasoning)
        self._heights[index] = len(view.lines)
        self._settle()
        top = self._heights.top(index) + first - self.scroll_offset.y
        self.refresh(Region(0, top, self.size.width, max(1, len(view.lines) - first)))
        self._due = max(start + FRAME, monotonic() + (monotonic() - start) / SHARE)

    def _drop_frame(self, keep: bool = False) -> None:
        if self._frame is not None:
            self._frame.cancel()
            self._frame = None
        if not keep:
            self._pending.clear()

    # Where things are

    @property
    def _column(self) -> int:
        return max(10, self.scrollable_content_region.width - 2 * MARGIN)

    def _index(self, message_id: str) -> int | None:
        for index in range(len(self._views) - 1, -1, -1):
            if self._views[index].message.id == message_id:
                return index
        return None

    def _measure(self) -> None:
        self._heights = Heights(view.height(self._column) for view in self._views)
        self._settle()
        self.refresh()

    def _settle(self) -> None:
        """Lays out what is visible, and makes the scrollbar tell the truth about it."""
        height = self.scrollable_content_region.height
        if not height:
            return
        if self._stuck:
            room = height
            for index in range(len(self._views) - 1, -1, -1):
                self._lay_out(index)
                room -= self._heights[index]
                if room <= 0:
                    break
            self._resize_content()
            self.scroll_to(y=self.max_scroll_y, animate=False)
            return
        if self._views:
            line = self.scroll_offset.y
            index = self._heights.at(line)
            offset = line - self._heights.top(index)
            room = height + offset
            while index < len(self._views) and room > 0:
                self._lay_out(index)
                room -= self._heights[index]
                index += 1
        self._resize_content()

    def _lay_out(self, index: int) -> None:
        self._views[index].lay_out(self._column)
        self._heights[index] = len(self._views[index].lines)

    def _resize_content(self) -> None:
        size = Size(self.scrollable_content_region.width, self._heights.total)
        if size != self.virtual_size:
            self.set_reactive(Widget.virtual_size, size)
            self._scroll_update(size)

    def on_resize(self) -> None:
        self._measure()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._stuck = round(new_value) >= self.max_scroll_y
            if not self._stuck:
                self._settle()

    def action_to_end(self) -> None:
        """Goes to the end and stays there while more comes in."""
        self._stuck = True
        self._settle()
        self.refresh()

    # Drawing

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()

    def render_line(self, y: int) -> Strip:
        """The line `y` of the screen, with the places of its characters for the selection."""
        base = self._style("")
        line, number = self._line(y + self.scroll_offset.y)
        if line is None:
            return Strip.blank(self.size.width, base)
        strip = self._strip(line)
        return strip.apply_offsets(0, number)

    def _line(self, y: int) -> tuple[Line | None, int]:
        if not self._views or y >= self._heights.total:
            return None, 0
        index = self._heights.at(y)
        lines = self._views[index].lines
        local = y - self._heights.top(index)
        return (lines[local] if local < len(lines) else None), y

    def _strip(self, line: Line) -> Strip:
        base = self._style("")
        segments = [Segment(" " * MARGIN, base)]
        segments += [Segment(span.text, self._style(span.style)) for span in line.spans]
        strip = Strip(segments)
        if line.fill:
            strip = strip.extend_cell_length(self.size.width - MARGIN, self._style(line.fill))
        return strip.extend_cell_length(self.size.width, base)

    def _style(self, words: str) -> Style:
        style = self._styles.get(words)
        if style is None:
            style = self.rich_style
            for word in words.split():
                style += self.get_component_rich_style(f"transcript--{word}", partial=True)
            self._styles[words] = style
        return style

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text, without the screen's line breaks."""
        return None
