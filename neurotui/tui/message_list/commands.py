"""The cursor over the messages, and what can be done with the one under it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar

from textual import events, work
from textual.binding import Binding, BindingType
from textual.message import Message

from neurotui.app.links import links_in, openable
from neurotui.chat.conversation import Role, Status
from neurotui.chat.text import clean
from neurotui.markdown.source import CodeBlock, code_blocks
from neurotui.markdown.wrap import Line, width_of
from neurotui.tui import commands
from neurotui.tui.message_list import messages as asks
from neurotui.tui.message_list.message_view import EARLIER, FOLD, LATER, MessageView
from neurotui.tui.message_list.painter import MARGIN, more_below
from neurotui.tui.message_list.selection import Selectable
from neurotui.tui.message_list.viewport import Anchor

AT_ONCE = 4_000
"""Characters of a message that are looked through within a frame; longer ones, beside the event loop."""


class Commandable(Selectable):
    """A view of messages that commands can be given to.

    A command is for the message under the cursor, or for the last answer where no cursor is shown.
    """

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

    # Moving

    def action_scroll_up(self) -> None:
        self.go_to(self.scroll_offset.y - 1)

    def action_scroll_down(self) -> None:
        self.go_to(self.scroll_offset.y + 1)

    def action_page_up(self) -> None:
        self.go_to(self.scroll_offset.y - max(1, self.stack.rows - 2))

    def action_page_down(self) -> None:
        self.go_to(self.scroll_offset.y + max(1, self.stack.rows - 2))

    def action_to_start(self) -> None:
        """Goes to the first line."""
        self.go_to(0)

    def action_to_end(self) -> None:
        """Goes to the end and stays there while more comes in."""
        self.stack.at_end = True
        self.settle()

    def action_cursor_previous(self) -> None:
        """Puts the cursor on the message above; where there is none yet, on the last."""
        self.move_cursor(len(self.stack.views) - 1 if self.cursor is None else self.cursor - 1)

    def action_cursor_next(self) -> None:
        """Puts the cursor on the message below; below the last there is no cursor."""
        if self.cursor is not None:
            self.move_cursor(self.cursor + 1)

    def action_cursor_off(self) -> None:
        """Takes the cursor away."""
        self.cursor = None
        self.settle()

    def move_cursor(self, index: int) -> None:
        """Puts the cursor on the message at `index` and shows it; behind the last there is no cursor."""
        stack = self.stack
        if index >= len(stack.views) or not stack.views:
            self.cursor = None
            self.action_to_end()
            return
        self.cursor = max(0, index)
        top, height = stack.heights.top(self.cursor), stack.heights[self.cursor]
        shown = self.scroll_offset.y
        if top < shown or top + min(height, stack.rows) > shown + stack.rows:
            stack.at_end = False
            stack.top = Anchor(self.cursor)
        self.settle()

    # Commands

    @property
    def chosen(self) -> MessageView | None:
        """The message that a command is for."""
        views = self.stack.views
        if self.cursor is not None:
            return views[self.cursor]
        answers = (view for view in reversed(views) if view.message.role is Role.ASSISTANT)
        return next(answers, views[-1] if views else None)

    def is_useful(self, action: str) -> bool:
        """Whether there is something for a command to act on: a guess at a glance, for whoever offers it."""
        view = self.chosen
        if view is None:
            return False
        match action:
            case "cursor_previous":
                return self.cursor != 0
            case "copy_message":
                return bool(view.text)
            case "copy_code":
                return "```" in view.text or "~~~" in view.text
            case "open_link":
                return "://" in view.text
            case "toggle_fold":
                return view.has_reasoning
            case "regenerate":
                return view.message.role is Role.ASSISTANT and not self._grows()
            case "fork":
                return not self._grows()
            case "edit":
                return self.cursor is None or view.message.role is Role.USER
            case "branch_previous":
                return view.alternatives is not None and view.alternatives[0] > 1
            case "branch_next":
                return view.alternatives is not None and view.alternatives[0] < view.alternatives[1]
        return True

    def _grows(self) -> bool:
        """Whether an answer is being written."""
        return self.stack.views[-1].message.status is Status.RUNNING

    def action_copy_message(self) -> None:
        """Copies the text of the message, as it was written."""
        view = self.chosen
        if view is None or not view.text:
            self.post_message(asks.Refused("copy_message"))
        else:
            self.post_message(asks.CopyRequested(clean(view.text)))

    def action_copy_code(self, number: int = 1) -> None:
        """Copies the block of code with a number, counted from 1 within the message."""

        def request(text: str) -> Message:
            block = _block(text, number)
            return asks.CopyRequested(block.text) if block else asks.Refused("copy_code")

        self._look_through(request)

    def action_save_code(self, number: int = 1) -> None:
        """Asks for the block of code with a number to be saved as a file."""

        def request(text: str) -> Message:
            block = _block(text, number)
            return asks.SaveBlockRequested(block.text, block.language) if block else asks.Refused("save_code")

        self._look_through(request)

    def action_open_link(self) -> None:
        """Asks which link of the message is to be opened."""

        citations = view.message.citations if (view := self.chosen) is not None else ()
        sources = [url for url in (openable(citation.url) for citation in citations) if url]

        def request(text: str) -> Message:
            urls = tuple(dict.fromkeys((*links_in(text), *sources)))
            return asks.LinkRequested(urls) if urls else asks.Refused("open_link")

        self._look_through(request)

    def _look_through(self, request: Callable[[str], Message]) -> None:
        """Posts what `request` makes of the text of the message: to parse a long one takes seconds."""
        text = view.text if (view := self.chosen) is not None else ""
        if len(text) <= AT_ONCE:
            self.post_message(request(text))
        else:
            self._look_through_aside(request, text)

    @work(exit_on_error=False, exclusive=True, group="look")
    async def _look_through_aside(self, request: Callable[[str], Message], text: str) -> None:
        self.post_message(await asyncio.to_thread(request, text))

    def action_toggle_raw(self) -> None:
        """Shows the source of the message with all that is invisible, or its text again."""
        if (view := self.chosen) is not None:
            view.toggle_raw()
            self.changed()

    def action_toggle_fold(self) -> None:
        """Shows the reasoning of the message, or hides it."""
        view = self.chosen
        if view is None or not view.toggle_fold():
            self.post_message(asks.Refused("toggle_fold"))
        else:
            self.changed()

    def action_edit(self) -> None:
        """Asks for the question under the cursor, or the last one, to be edited."""
        views = self.stack.views
        wanted = [views[self.cursor]] if self.cursor is not None else reversed(views)
        question = next((view.message for view in wanted if view.message.role is Role.USER), None)
        self.post_message(asks.EditRequested(question.id) if question else asks.Refused("edit"))

    def action_regenerate(self) -> None:
        """Asks for the answer to be given once more."""
        view = self.chosen
        if view is None or view.message.role is not Role.ASSISTANT:
            self.post_message(asks.Refused("regenerate"))
        else:
            self.post_message(asks.RegenerateRequested(view.message.id))

    def action_fork(self) -> None:
        """Asks for a new conversation that begins with the messages up to this one."""
        view = self.chosen
        self.post_message(asks.ForkRequested(view.message.id) if view else asks.Refused("fork"))

    def action_branch_previous(self) -> None:
        """Asks for the alternative before the message."""
        self._branch(-1)

    def action_branch_next(self) -> None:
        """Asks for the alternative after the message."""
        self._branch(1)

    def _branch(self, step: int) -> None:
        view = self.chosen
        if view is None or view.alternatives is None:
            self.post_message(asks.Refused("branch"))
        else:
            self.post_message(asks.BranchRequested(view.message.id, step))

    def changed(self) -> None:
        """A message is made of other lines now."""
        self.screen.clear_selection()
        self.restack()

    # The mouse

    def on_click(self, event: events.Click) -> None:
        super().on_click(event)
        stack = self.stack
        if event.chain > 1 or self.text_selection is not None:
            return
        on_mark = event.y == stack.rows - 1 and event.x >= MARGIN + stack.column - width_of(more_below())
        if on_mark and not stack.at_end:
            self.action_to_end()
            return
        place = stack.place_at(self.scroll_offset.y + event.y)
        line = stack.line_at(place)
        if line is not None and (link := _link_at(line, event.x - MARGIN)):
            self._follow_link(link, stack.views[place.view])

    def _follow_link(self, link: str, view: MessageView) -> None:
        if link == FOLD:
            view.toggle_fold()
            self.changed()
        elif link in (EARLIER, LATER):
            self.post_message(asks.BranchRequested(view.message.id, 1 if link == LATER else -1))
        elif url := openable(link):
            self.post_message(asks.LinkRequested((url,)))


def _block(text: str, number: int) -> CodeBlock | None:
    blocks = code_blocks(text)
    return blocks[number - 1] if 0 < number <= len(blocks) else None


def _link_at(line: Line, cell: int) -> str:
    """Where the text at a cell leads."""
    cells = 0
    for span in line.spans:
        cells += width_of(span.text)
        if 0 <= cell < cells:
            return span.link
    return ""
