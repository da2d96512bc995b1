"""The cursor over the messages: a command is for the one under it."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from neurotui.app.commands import Place
from neurotui.app.links import openable
from neurotui.chat.conversation import Role, Status
from neurotui.markdown.wrap import LaidOutLine, width_of
from neurotui.tui.message_list.message_view import EARLIER, FOLD, LATER, MessageView
from neurotui.tui.message_list.messages import LinkPressed, VersionPressed
from neurotui.tui.message_list.painter import MARGIN, more_below
from neurotui.tui.message_list.selection import Selectable
from neurotui.tui.message_list.viewport import Anchor
from neurotui.tui.terminal.bindings import bindings


class CursorView(Selectable):
    """A view of messages with a cursor on one of them, or on none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_up", show=False),
        Binding("down", "scroll_down", show=False),
        Binding("pageup", "page_up", show=False),
        Binding("pagedown", "page_down", show=False),
        Binding("home", "to_start", show=False),
        Binding("end", "to_end", show=False),
        *(Binding(str(number), f"app.command('copy_code', {number})", show=False) for number in range(1, 10)),
        *bindings(Place.TRANSCRIPT),
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

    def cursor_previous(self) -> None:
        """Put the cursor on the message above; on the last if there is no cursor yet."""
        self.move_cursor(len(self.stack.views) - 1 if self.cursor is None else self.cursor - 1)

    def cursor_next(self) -> None:
        """Put the cursor on the message below; below the last there is no cursor."""
        if self.cursor is not None:
            self.move_cursor(self.cursor + 1)

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

    @property
    def chosen(self) -> MessageView | None:
        """The message that a command is for: the one under the cursor, or else the last answer."""
        views = self.stack.views
        if self.cursor is not None:
            return views[self.cursor]
        answers = (view for view in reversed(views) if view.message.role is Role.ASSISTANT)
        return next(answers, views[-1] if views else None)

    @property
    def grows(self) -> bool:
        """True while an answer is being written."""
        return bool(self.stack.views) and self.stack.views[-1].message.status is Status.RUNNING

    def toggle_fold(self) -> bool:
        """Show the reasoning of the chosen message, or hide it; False if it has none."""
        view = self.chosen
        if view is None or not view.toggle_fold():
            return False
        self.changed()
        return True

    def toggle_raw(self) -> None:
        """Show the source of the chosen message with all that is invisible, or its text again."""
        if (view := self.chosen) is not None:
            view.toggle_raw()
            self.changed()

    def changed(self) -> None:
        """Take over that a message is made of other lines now."""
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
            self.post_message(VersionPressed(view.message.id, 1 if link == LATER else -1))
        elif url := openable(link):
            self.post_message(LinkPressed(url))


def _link_at(line: LaidOutLine, cell: int) -> str:
    """Where the text at a cell leads."""
    cells = 0
    for span in line.spans:
        cells += width_of(span.text)
        if 0 <= cell < cells:
            return span.link
    return ""
