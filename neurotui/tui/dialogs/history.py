"""The history: all conversations and their messages, found by typing; what runs or is new stands first.

Nothing here waits for the disk: reading, searching (one search at a time) and writing changes are done in
threads; after a change the list is read again.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType

from neurotui.app import listing
from neurotui.app.commands import key_name
from neurotui.app.open_list import OpenRow
from neurotui.chat.text import clean_line
from neurotui.errors import StoreError
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import number
from neurotui.store.library import DraftSummary, Summary
from neurotui.store.search import Hit
from neurotui.tui.dialogs.confirm import ConfirmScreen
from neurotui.tui.dialogs.history_list import Chosen, HistoryList
from neurotui.tui.terminal.key_twins import twins
from neurotui.tui.widgets.form import LineField


class HistoryScreen(HistoryList):
    """Dialog whose result is the chosen conversation; None if it was closed without a choice."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(f"escape,{twins('ctrl+r')}", "leave", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("pagedown", "move_page(1)", show=False, priority=True),
        Binding("pageup", "move_page(-1)", show=False, priority=True),
        Binding("tab,shift+tab", "other_section", show=False, priority=True),
        Binding("f2", "rename", show=False),
        Binding(twins("ctrl+t"), "pin", show=False, priority=True),
        Binding(twins("ctrl+d"), "delete", show=False, priority=True),
        Binding(twins("ctrl+z"), "undo", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    HistoryScreen {
        #panel { max-width: 124; height: 90%; }
        &.-wide #panel { width: 96%; max-width: 180; }
        &.-wide Preview { display: block; }
        .notice { min-height: 1; }
        SectionList { height: 1fr; width: 1fr; }
        #name { display: none; }
        &.-low #panel { width: 100%; height: 100%; }
        &.renaming {
            #query { display: none; }
            #name { display: block; }
        }
    }
    """

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self._renamed is None or action in {"leave", "dismiss"}

    def action_move(self, rows: int) -> None:
        self._list.move(rows)

    def action_move_page(self, pages: int) -> None:
        self._list.move_page(pages)

    def action_other_section(self) -> None:
        """Move the cursor from the names to the messages that were found, or back."""
        if self.finder.named.entries and self.finder.hits:
            tall_from = self._rows.tall_from
            self._list.cursor = 0 if self._list.cursor >= tall_from else tall_from + 1

    @on(LineField.Submitted, "#query")
    def _submitted(self) -> None:
        self._list.pick()

    def _picked(self, index: int) -> None:
        match self._rows.rows[index]:
            case DraftSummary(elsewhere=True):
                self._refuse_elsewhere()
            case OpenRow() | Summary() as row:
                self.dismiss(Chosen(row.id))
            case Hit(conversation_id, message_id=message_id):
                self.dismiss(Chosen(conversation_id, message_id, self.finder.found_for))

    def action_leave(self) -> None:
        """Close the history, or cancel renaming."""
        if self._renamed is not None:
            self._end_renaming()
        elif self.changes.current_is_deleted:
            self.dismiss(Chosen(""))
        else:
            self.dismiss(None)

    def action_rename(self) -> None:
        """Ask for another name."""
        if (summary := self._summary()) is None:
            return
        self._renamed = summary
        self._name_entry.value = clean_line(summary.name)
        self._name_entry.action_end()
        self.add_class("renaming")
        self._name_entry.focus()
        self._show_keys()
        self._say()

    @on(LineField.Submitted, "#name")
    def _rename(self) -> None:
        if self._renamed is None:
            return  # Escape, or a second Enter, was quicker
        summary, title = self._renamed, " ".join(self._name_entry.value.split())
        self._end_renaming()
        if title != clean_line(summary.name):
            self._change(summary, self.changes.rename(summary, title))

    def _end_renaming(self) -> None:
        self._renamed = None
        self.remove_class("renaming")
        self._query_entry.focus()
        self._show_keys()
        self._say()

    def action_pin(self) -> None:
        """Pin the conversation to the top, or unpin it."""
        if (summary := self._summary()) is not None:
            self._change(summary, self.changes.pin(summary))

    def action_delete(self) -> None:
        """Delete the conversation; if an answer is being written in it, ask first."""
        if (summary := self._summary()) is None or summary in self.changes.deleted:
            return
        if isinstance(summary, DraftSummary) and summary.elsewhere:
            self._refuse_elsewhere()
        elif self.changes.running(summary):
            self._ask_to_delete(summary)
        else:
            self._change(summary, self.changes.delete(summary))

    @work(exit_on_error=False, exclusive=True, group="ask")
    async def _ask_to_delete(self, summary: Summary) -> None:
        if await self.app.push_screen_wait(_question(summary, self.changes.running(summary))):
            self._change(summary, self.changes.delete(summary))

    def _refuse_elsewhere(self) -> None:
        """Leave a draft to the window that has it open; look whether that still has it."""
        self._tell(_("This draft is open in another window"))
        self._read(self._list.cursor, self._key())

    def action_undo(self) -> None:
        """Restore the conversation that was deleted last."""
        if self.changes.deleted:
            summary = self.changes.deleted[-1]
            self._change(summary, self.changes.undo())

    @work(exit_on_error=False, group="change")
    async def _change(self, summary: Summary, writing: Awaitable[str]) -> None:
        """Write a change, report it, and read the list again."""
        at = self._list.cursor
        try:
            if told := await writing:
                self._tell(told)
        except StoreError as error:
            self._tell(error)
        self._follow_gone()
        self._read(at, summary.id)


def _question(summary: Summary, running: int) -> ConfirmScreen:
    """Return the question before a conversation is deleted in which answers are being written."""
    question = ngettext(
        "An answer is being written in “{name}”", "{n} answers are being written in “{name}”", running
    ).format(n=number(running), name=clean_line(listing.name(summary.name), 60))
    text = ngettext(
        "It is stopped, and the conversation deleted. {key} brings that back, with what has come.",
        "They are stopped, and the conversation deleted. {key} brings that back, with what has come.",
        running,
    )
    return ConfirmScreen(
        question, text.format(key=key_name("ctrl+z")), yes=_("Stop and delete"), no=_("Cancel")
    )
