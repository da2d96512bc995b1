"""One message: move to it, copy it or its code, show its source, its reasoning or its pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurotui.app.services import Services
from neurotui.chat.attachments import pictures
from neurotui.chat.text import clean
from neurotui.i18n import N_
from neurotui.tui.conversation.features.looking import chosen, look_through, text_of
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs

if TYPE_CHECKING:
    from neurotui.markdown.source import CodeBlock
    from neurotui.tui.message_list.message_view import MessageView

NO_CODE = N_("This message has no such block of code")


class Reading:
    """Feature: commands for the message under the cursor, or for the last answer."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self._dialogs = dialogs
        bind = pane.commands.bind
        bind("cursor_previous", lambda: pane.transcript.cursor_previous(), when=self._is_below)
        bind("cursor_next", lambda: pane.transcript.cursor_next(), when=self._is_any)
        bind("toggle_raw", lambda: pane.transcript.toggle_raw(), when=self._is_any)
        bind(
            "toggle_fold",
            self.toggle_fold,
            when=lambda: self._has_fold() or self._has_pictures(),
            why_not=N_("There is nothing to unfold in this message"),
            label=self._fold_label,
        )
        bind(
            "copy_message",
            self.copy_message,
            when=lambda: bool(self._text),
            why_not=N_("There is nothing to copy"),
        )
        bind("copy_code", self.copy_code, when=self._has_code, why_not=NO_CODE)
        pane.moments.ready.append(lambda: pane.watch(pane.screen, "focused", self._focus_moved))

    async def toggle_fold(self) -> bool:
        """Show or hide the reasoning and the texts of files; where there are none, look at the pictures."""
        if not self._has_fold() and self._has_pictures():
            await self._pane.commands.run("view_file")
            return True
        transcript = self._pane.transcript
        if not transcript.toggle_fold():
            return False
        self._pane.key_bar.refresh()
        if transcript.cursor is not None:
            transcript.move_cursor(transcript.cursor)  # a long text is read from its beginning
        return True

    def copy_message(self) -> bool:
        """Copy the source of the message's text."""
        if text := self._text:
            self._copy(clean(text))
        return bool(text)

    def copy_code(self, number: int = 1) -> bool:
        """Copy a block of code by its number, counted from 1 within the message."""

        def copy(block: CodeBlock | None) -> bool:
            if block is not None:
                self._copy(block.text)
            return block is not None

        return look_through(self._pane, self._dialogs, lambda text: _block(text, number), copy, NO_CODE)

    def _focus_moved(self) -> None:
        """Mark the message that letters are for, as long as they are; not even a window left changes it."""
        if (focused := self._pane.screen.focused) is not None:
            self._pane.transcript.takes_keys = focused is self._pane.transcript

    @property
    def _view(self) -> MessageView | None:
        return chosen(self._pane)

    @property
    def _text(self) -> str:
        return text_of(self._pane)

    def _is_any(self) -> bool:
        return self._view is not None

    def _is_below(self) -> bool:
        return self._view is not None and self._pane.transcript.cursor != 0

    def _has_code(self) -> bool:
        return "```" in self._text or "~~~" in self._text

    def _has_fold(self) -> bool:
        return self._view is not None and self._view.has_fold

    def _fold_label(self) -> str:
        """Return what is unfolded, if it has a name of its own, or what is done."""
        view = self._view
        if view is None or view.has_reasoning:
            return N_("reasoning")
        if not view.has_fold:
            return N_("picture")
        return N_("fold") if view.unfolded else N_("unfold")

    def _has_pictures(self) -> bool:
        return self._view is not None and any(pictures(self._view.message.attachments))

    def _copy(self, text: str) -> None:
        """Copy a text, unless it consists of blanks alone."""
        self._pane.app.copy_to_clipboard(text if text.strip() else "")


def _block(text: str, number: int) -> CodeBlock | None:
    from neurotui.markdown.source import code_blocks

    blocks = code_blocks(text)
    return blocks[number - 1] if 0 < number <= len(blocks) else None
