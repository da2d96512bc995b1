"""Moving through the messages: by lines and pages, and with a cursor from message to message."""

from __future__ import annotations

from neurotui.tui.message_list.message_view import MessageView
from neurotui.tui.message_list.painter import Painter
from neurotui.tui.message_list.viewport import Anchor


class Scroller(Painter):
    """Messages that can be moved through, with a cursor on one of them or on none."""

    def action_scroll_up(self) -> None:
        self.go_to(self.scroll_offset.y - 1)

    def action_scroll_down(self) -> None:
        self.go_to(self.scroll_offset.y + 1)

    def action_page_up(self) -> None:
        self.go_to(self.scroll_offset.y - max(1, self.stack.rows - 2))

    def action_page_down(self) -> None:
        self.go_to(self.scroll_offset.y + max(1, self.stack.rows - 2))

    def action_to_start(self) -> None:
        """Go to the first line."""
        self.go_to(0)

    def action_to_end(self) -> None:
        """Go to the end and stay there while more comes in."""
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
        """Put the cursor on the message at `index` and show it; past the last there is no cursor."""
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
        index = self.chosen_index
        return None if index is None else self.stack.views[index]

    def point_at(self, message_id: str) -> None:
        """Put the cursor on a message and show it."""
        index = self.stack.index_of(message_id)
        if index is not None:
            self.move_cursor(index)
