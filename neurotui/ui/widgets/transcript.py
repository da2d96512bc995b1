"""The conversation: messages that stream, a cursor over them, what can be copied, opened and asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf
from time import monotonic, thread_time
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message as Event
from textual.selection import Selection
from textual.strip import Strip

from neurotui.chat.conversation import Message, Role
from neurotui.chat.text import clean
from neurotui.ui import commands
from neurotui.ui.links import links_in, openable
from neurotui.ui.markdown.source import CodeBlock, code_blocks
from neurotui.ui.markdown.wrap import Line, width_of
from neurotui.ui.widgets.transcript_canvas import BUDGET, MARGIN, Canvas, Place, Shown, more_below
from neurotui.ui.widgets.transcript_selection import copied, offset_of, place_of, span_of
from neurotui.ui.widgets.transcript_view import EARLIER, FOLD, LATER, MessageView

FRAME = 1 / 20
"""Seconds between two pictures of an answer that streams, at least."""
SHARE = 0.25
"""Of a core's time that drawing may take."""


class Transcript(Canvas):
    """The messages of a conversation, from the first to the last.

    A command is for the message under the cursor, or for the last answer where no cursor is shown.
    """

    ALLOW_SELECT = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_up", show=False),
        Binding("down", "scroll_down", show=False),
        Binding("pageup", "page_up", show=False),
        Binding("pagedown", "page_down", show=False),
        Binding("home", "to_start", show=False),
        Binding("end", "to_end", show=False),
        *(Binding(str(number), f"copy_code({number})", show=False) for number in range(1, 10)),
        *commands.bindings(commands.Place.TRANSCRIPT),
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
        & > .transcript--code { color: $accent; }
        & > .transcript--link { color: $primary; text-style: underline; }
        & > .transcript--target { color: $foreground 55%; }
        & > .transcript--note { color: $primary; }
        & > .transcript--formula { color: $secondary; }
        & > .transcript--heading1 { color: $primary; text-style: bold underline; }
        & > .transcript--heading2 { color: $primary; text-style: bold; }
        & > .transcript--heading3 { text-style: bold; }
        & > .transcript--heading4 { text-style: bold; }
        & > .transcript--heading5 { text-style: bold; }
        & > .transcript--heading6 { text-style: bold; }
        & > .transcript--bar { color: $primary 60%; }
        & > .transcript--marker { color: $primary; }
        & > .transcript--rule { color: $foreground 25%; }
        & > .transcript--border { color: $foreground 25%; }
        & > .transcript--table-head { text-style: bold; }
        & > .transcript--code-fill { background: $surface; }
        & > .transcript--code-bar { color: $foreground 25%; background: $surface; }
        & > .transcript--code-label { color: $foreground 50%; background: $surface; }
        & > .transcript--code-text { background: $surface; }
        & > .transcript--code-comment { color: $foreground 50%; background: $surface; }
        & > .transcript--code-keyword { color: $primary; background: $surface; }
        & > .transcript--code-string { color: $success; background: $surface; }
        & > .transcript--code-number { color: $warning; background: $surface; }
        & > .transcript--code-name { color: $accent; background: $surface; }
        & > .transcript--code-added { color: $success; background: $surface; }
        & > .transcript--code-removed { color: $error; background: $surface; }
        & > .transcript--reasoning { color: $foreground 65%; }
        & > .transcript--name-user { color: $accent; text-style: bold; }
        & > .transcript--name-assistant { color: $primary; text-style: bold; }
        & > .transcript--name-system { color: $secondary; text-style: bold; }
        & > .transcript--raw { color: $secondary; }
        & > .transcript--dim { color: $foreground 55%; }
        & > .transcript--notice { color: $foreground 65%; }
        & > .transcript--failure { color: $error; }
        & > .transcript--cursor { color: $accent; }
        & > .transcript--more { color: $background; background: $accent; }
    }
    """

    class CopyRequested(Event):
        """A text is to be put on the clipboard."""

        def __init__(self, text: str, kind: str) -> None:
            super().__init__()
            self.text = text
            self.kind = kind
            """`message`, `code` or `selection`."""

    class SaveBlockRequested(Event):
        """A block of code is to be written to a file."""

        def __init__(self, text: str, language: str) -> None:
            super().__init__()
            self.text = text
            self.language = language

    class LinkRequested(Event):
        """One of these links is to be opened, its true target shown first. All are http or https."""

        def __init__(self, urls: tuple[str, ...]) -> None:
            super().__init__()
            self.urls = urls

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

    class ForkRequested(Event):
        """A new conversation is to begin with the messages up to one."""

        def __init__(self, message_id: str) -> None:
            super().__init__()
            self.message_id = message_id

    class Refused(Event):
        """A command found nothing that it could be for."""

        def __init__(self, command: str) -> None:
            super().__init__()
            self.command = command

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._pending: list[tuple[str, str]] = []
        self._frame: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._selection: Selection | None = None

    # What the screen calls

    @property
    def last_id(self) -> str | None:
        """The id of the last message."""
        return self.views[-1].message.id if self.views else None

    def show(
        self,
        messages: Sequence[Message],
        *,
        alternatives: Mapping[str, tuple[int, int]] = {},
        left_out: int = 0,
    ) -> None:
        """Shows a whole conversation, at its end. `alternatives`: message id to (which, of how many).

        Of the first `left_out` messages it says that they are not sent any more.
        """
        self._drop_frame()
        self._pending.clear()
        self.screen.clear_selection()
        self.views = [
            MessageView(message, alternatives.get(message.id), left_out=at < left_out)
            for at, message in enumerate(messages)
        ]
        self.at_end = True
        self.cursor = None
        self.restack()

    def append(self, message: Message) -> None:
        """Adds a message at the end, and goes there."""
        self._draw_frame()
        self.views.append(MessageView(message))
        self.at_end = True
        self.restack()

    def extend(self, message_id: str, text: str = "", reasoning: str = "") -> None:
        """Adds what came to the last message; it is drawn when the next frame is due."""
        if message_id != self.last_id:
            return
        self._pending.append((text, reasoning))
        if self._frame is None:
            wait = self._due - monotonic()
            if wait <= 0:
                self._draw_frame()
            else:
                self._frame = asyncio.get_running_loop().call_later(wait, self.call_later, self._draw_frame)

    def replace(self, message: Message) -> None:
        """Gives a message another form, the final one as a rule."""
        self._draw_frame()
        index = self._index(message.id)
        if index is not None:
            self.views[index].update(message)
            self.restack()

    def discard(self, message_id: str) -> None:
        """Takes a message away."""
        self._draw_frame()
        index = self._index(message_id)
        if index is not None:
            self.screen.clear_selection()
            del self.views[index]
            self.cursor = None
            self.restack()

    def point_at(self, message_id: str, wanted: Callable[[str], bool] | None = None) -> None:
        """Puts the cursor on a message and shows it: its first line that is `wanted`, if any is."""
        index = self._index(message_id)
        if index is None:
            return
        self._move_cursor(index)
        if wanted is not None:
            self.go_to_line(index, wanted)

    def _index(self, message_id: str) -> int | None:
        for index in range(len(self.views) - 1, -1, -1):
            if self.views[index].message.id == message_id:
                return index
        return None

    # Frames

    def _draw_frame(self) -> None:
        """Shows what came since the last frame."""
        self._drop_frame()
        if not self._pending:
            return
        started, spent = monotonic(), thread_time()
        text = "".join([text for text, _ in self._pending])
        reasoning = "".join([reasoning for _, reasoning in self._pending])
        self._pending.clear()
        index = len(self.views) - 1
        self.views[index].extend(text, reasoning)
        if self.views[index].parts:
            self.open(index, started + BUDGET)
        self.settle()
        self._due = started + FRAME

        def painted() -> None:
            self._due = max(self._due, started + (thread_time() - spent) / SHARE)

        self.call_after_refresh(painted)

    def _drop_frame(self) -> None:
        if self._frame is not None:
            self._frame.cancel()
            self._frame = None

    # Moving

    def action_scroll_up(self) -> None:
        self.go_to(self.scroll_offset.y - 1)

    def action_scroll_down(self) -> None:
        self.go_to(self.scroll_offset.y + 1)

    def action_page_up(self) -> None:
        self.go_to(self.scroll_offset.y - max(1, self.rows - 2))

    def action_page_down(self) -> None:
        self.go_to(self.scroll_offset.y + max(1, self.rows - 2))

    def action_to_start(self) -> None:
        """Goes to the first line."""
        self.go_to(0)

    def action_to_end(self) -> None:
        """Goes to the end and stays there while more comes in."""
        self.at_end = True
        self.settle()

    def action_cursor_previous(self) -> None:
        """Puts the cursor on the message above; where there is none yet, on the last."""
        self._move_cursor(len(self.views) - 1 if self.cursor is None else self.cursor - 1)

    def action_cursor_next(self) -> None:
        """Puts the cursor on the message below; below the last there is no cursor."""
        if self.cursor is not None:
            self._move_cursor(self.cursor + 1)

    def action_cursor_off(self) -> None:
        """Takes the cursor away."""
        self.cursor = None
        self.settle()

    def _move_cursor(self, index: int) -> None:
        if index >= len(self.views):
            self.cursor = None
            self.action_to_end()
            return
        self.cursor = max(0, index) if self.views else None
        if self.cursor is None:
            return
        top, height = self.heights.top(self.cursor), self.heights[self.cursor]
        shown = self.scroll_offset.y
        if top < shown or top + min(height, self.rows) > shown + self.rows:
            self.at_end = False
            self._top = Place(self.cursor)
        self.settle()

    # Commands for a message

    @property
    def _chosen(self) -> MessageView | None:
        """The message that a command is for."""
        if self.cursor is not None:
            return self.views[self.cursor]
        answers = (view for view in reversed(self.views) if view.message.role is Role.ASSISTANT)
        return next(answers, self.views[-1] if self.views else None)

    def action_copy_message(self) -> None:
        """Copies the text of the message, as it was written."""
        view = self._chosen
        if view is None or not view.text:
            self.post_message(self.Refused("copy_message"))
        else:
            self.post_message(self.CopyRequested(clean(view.text), "message"))

    def action_copy_code(self, number: int = 1) -> None:
        """Copies the block of code with a number, counted from 1 within the message."""
        block = self._block(number)
        if block is None:
            self.post_message(self.Refused("copy_code"))
        else:
            self.post_message(self.CopyRequested(block.text, "code"))

    def action_save_code(self, number: int = 1) -> None:
        """Asks for the block of code with a number to be saved as a file."""
        block = self._block(number)
        if block is None:
            self.post_message(self.Refused("save_code"))
        else:
            self.post_message(self.SaveBlockRequested(block.text, block.language))

    def _block(self, number: int) -> CodeBlock | None:
        view = self._chosen
        blocks = code_blocks(view.text) if view is not None else []
        return blocks[number - 1] if 0 < number <= len(blocks) else None

    def action_open_link(self) -> None:
        """Asks which link of the message is to be opened."""
        view = self._chosen
        urls = links_in(view.text) if view is not None else ()
        self.post_message(self.LinkRequested(urls) if urls else self.Refused("open_link"))

    def action_toggle_raw(self) -> None:
        """Shows the source of the message with all that is invisible, or its text again."""
        if (view := self._chosen) is not None:
            view.toggle_raw()
            self._changed()

    def action_toggle_fold(self) -> None:
        """Shows the reasoning of the message, or hides it."""
        view = self._chosen
        if view is None or not view.toggle_fold():
            self.post_message(self.Refused("toggle_fold"))
        else:
            self._changed()

    def action_edit(self) -> None:
        """Asks for the question under the cursor, or the last one, to be edited."""
        views = [self.views[self.cursor]] if self.cursor is not None else reversed(self.views)
        question = next((view.message for view in views if view.message.role is Role.USER), None)
        self.post_message(self.EditRequested(question.id) if question else self.Refused("edit"))

    def action_regenerate(self) -> None:
        """Asks for the answer to be given once more."""
        view = self._chosen
        if view is None or view.message.role is not Role.ASSISTANT:
            self.post_message(self.Refused("regenerate"))
        else:
            self.post_message(self.RegenerateRequested(view.message.id))

    def action_fork(self) -> None:
        """Asks for a new conversation that begins with the messages up to this one."""
        view = self._chosen
        self.post_message(self.ForkRequested(view.message.id) if view else self.Refused("fork"))

    def action_branch_previous(self) -> None:
        """Asks for the alternative before the message."""
        self._branch(-1)

    def action_branch_next(self) -> None:
        """Asks for the alternative after the message."""
        self._branch(1)

    def _branch(self, step: int) -> None:
        view = self._chosen
        if view is None or view.alternatives is None:
            self.post_message(self.Refused("branch"))
        else:
            self.post_message(self.BranchRequested(view.message.id, step))

    def _changed(self) -> None:
        """A message is made of other lines now."""
        self.screen.clear_selection()
        self.restack()

    # The mouse

    def on_click(self, event: events.Click) -> None:
        event.prevent_default()
        if event.chain == 2:
            self._select_word(event.x, event.y)
            return
        if self.text_selection is not None:
            return
        if event.y == self.rows - 1 and not self.at_end and event.x > self.column - width_of(more_below()):
            self.action_to_end()
            return
        place = self.place_at(self.scroll_offset.y + event.y)
        line = self.line_at(place)
        link = _link_at(line, event.x - MARGIN) if line is not None else ""
        view = self.views[place.view] if line is not None else None
        if view is None or not link:
            return
        if link == FOLD:
            view.toggle_fold()
            self._changed()
        elif link in (EARLIER, LATER):
            self.post_message(self.BranchRequested(view.message.id, 1 if link == LATER else -1))
        elif url := openable(link):
            self.post_message(self.LinkRequested((url,)))

    # Selection

    def render_line(self, y: int) -> Strip:
        """A row of the screen with the places of its characters: asked for by the screen's selection."""
        place = self.place_at(self.scroll_offset.y + y)
        shown = self._screen[y] if y < len(self._screen) else None
        if shown is None or self.line_at(place) is not shown.line:
            return Strip.blank(self.size.width, self.look(""))
        strip = self._strip(shown._replace(more=False))
        return strip.apply_offsets(*offset_of(place, -MARGIN))

    def draw(self, row: int, shown: Shown) -> Strip:
        selection = self._selection
        if selection is None:
            return super().draw(row, shown)
        offset = offset_of(self.place_at(self.scroll_offset.y + row), 0)
        length = len(shown.line.text)
        span = span_of(selection, offset.y, length)
        if span is None or not length:
            return super().draw(row, shown)
        text = shown.line.text
        start, end = (MARGIN + width_of(text[:at]) for at in span)
        strip = super().draw(row, shown)
        look = self.screen.get_component_rich_style("screen--selection")
        before, chosen, after = strip.crop(0, start), strip.crop(start, end), strip.crop(end)
        chosen = Strip([Segment(segment.text, (segment.style or look) + look) for segment in chosen])
        return Strip.join([before, chosen, after])

    def selection_updated(self, selection: Selection | None) -> None:
        self._selection = selection
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text, without the screen's line breaks, gutters and borders."""
        return copied(self._selected(selection)), "\n"

    def _selected(self, selection: Selection) -> Iterator[tuple[Line, int, int]]:
        first = place_of(selection.start) if selection.start is not None else Place()
        last = place_of(selection.end) if selection.end is not None else Place(len(self.views))
        for index in range(first.view, min(last.view + 1, len(self.views))):
            view = self.views[index]
            view.read(self.column, inf)
            for number, part in enumerate(view.parts):
                if (index, number) < first[:2] or (index, number) > last[:2]:
                    continue
                for at in range(part.lay_out(self.column)):
                    line = part.line(at)
                    offset = offset_of(Place(index, number, at), 0)
                    span = span_of(selection, offset.y, len(line.text))
                    if span is not None:
                        yield line, *span

    def _select_word(self, x: int, y: int) -> None:
        place = self.place_at(self.scroll_offset.y + y)
        line = self.line_at(place)
        if line is None:
            return
        text = line.text
        at = _character_at(text, x - MARGIN)
        if at >= len(text) or not _of_word(text[at]):
            return
        start, end = at, at + 1
        while start and _of_word(text[start - 1]):
            start -= 1
        while end < len(text) and _of_word(text[end]):
            end += 1
        self.screen.selections = {self: Selection(offset_of(place, start), offset_of(place, end))}


def _link_at(line: Line, x: int) -> str:
    """Where the text at a cell leads."""
    at = 0
    for span in line.spans:
        at += width_of(span.text)
        if 0 <= x < at:
            return span.link
    return ""


def _character_at(text: str, x: int) -> int:
    cells = 0
    for index, character in enumerate(text):
        cells += width_of(character)
        if x < cells:
            return index
    return len(text)


def _of_word(character: str) -> bool:
    return character.isalnum() or character == "_"
