"""The input as a field of prompts: at its edges lie the earlier ones, and beyond it the conversation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.widgets.text_area import Location

from neurotui.app.prompts import Prompts
from neurotui.chat.attachments import Draft
from neurotui.tui.widgets.folding_text_area import FoldingTextArea

if TYPE_CHECKING:
    from neurotui.tui.message_list.widget import Transcript


class PromptArea(FoldingTextArea):
    """Text area with the prompts that were sent."""

    def __init__(self) -> None:
        self.conversation: Transcript | None = None
        """The messages above, which get the keys that cannot move any further in the input."""
        self.prompts = Prompts()
        self._recalled_at: Location | None = None
        """The place of the cursor when an earlier prompt was recalled; None if none is shown."""
        super().__init__()

    def remember(self, prompts: Sequence[Draft]) -> None:
        """Set the prompts of this conversation for the arrow keys, oldest first."""
        self.prompts.remember(prompts)

    def remember_earlier(self, prompts: Sequence[Draft]) -> None:
        """Set the prompts of all conversations for the arrow keys, oldest first."""
        self.prompts.remember_earlier(prompts)

    def leave_prompts(self) -> None:
        """End the walk through the prompts: the text was changed."""
        self.prompts.leave()
        self._recalled_at = None

    def action_cursor_up(self, select: bool = False) -> None:
        at_edge = self.cursor_location == self._recalled_at or self.navigator.is_first_wrapped_line(
            self.cursor_location
        )
        older = self.prompts.older
        if select or not at_edge or not self._recall(older(self.copied(self.text), self.written)):
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        at_edge = self.cursor_location == self._recalled_at or self.navigator.is_last_wrapped_line(
            self.cursor_location
        )
        if select or not at_edge or not self._recall(self.prompts.newer()):
            super().action_cursor_down(select)

    def _recall(self, prompt: Draft | None) -> bool:
        if prompt is None:
            return False
        self.put(prompt)
        self._recalled_at = self.cursor_location
        return True

    def action_cursor_page_up(self) -> None:
        if self.max_scroll_y or (conversation := self.conversation) is None:
            super().action_cursor_page_up()
        else:
            conversation.action_page_up()

    def action_cursor_page_down(self) -> None:
        if self.max_scroll_y or (conversation := self.conversation) is None:
            super().action_cursor_page_down()
        else:
            conversation.action_page_down()

    def action_cursor_line_end(self, select: bool = False) -> None:
        """Go to the end of the line; if already there, to the end of the conversation, as its mark says."""
        before = self.cursor_location
        super().action_cursor_line_end(select)
        if self.cursor_location == before and not select and (conversation := self.conversation):
            conversation.action_to_end()
