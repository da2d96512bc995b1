"""The history: all conversations and their messages, found by typing.

Nothing here waits for the disk: reading, searching (one search at a time) and writing changes are done in
threads; after a change the list is read again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from neurotui.app import listing
from neurotui.app.history_changes import HistoryChanges
from neurotui.app.history_rows import Rows
from neurotui.app.history_search import HistorySearch
from neurotui.chat.conversation import Conversation, Status
from neurotui.chat.text import clean, clean_line
from neurotui.errors import StoreError
from neurotui.i18n import N_, _
from neurotui.i18n.formats import number
from neurotui.store.library import Library, Summary
from neurotui.store.search import Hit
from neurotui.tui.dialogs.dialog import Dialog, title_with_detail
from neurotui.tui.dialogs.history_rows import line
from neurotui.tui.terminal.key_twins import twins
from neurotui.tui.widgets.form import LineField
from neurotui.tui.widgets.key_hints import KeyHints
from neurotui.tui.widgets.section_list import SectionList

PATIENCE = 0.02
"""Time that the frame waits for the names, and the names for the messages, to be drawn together (seconds)."""
NEAR = 20
"""Distance to the last message at which more of them are fetched (rows)."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The conversation to open."""

    conversation_id: str
    """Empty for a new conversation, because the open one was deleted."""
    message_id: str | None = None
    """The message to go to; None for the end."""
    query: str = ""
    """The words by which the message was found."""


class HistoryScreen(Dialog[Chosen | None]):
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
        .notice { min-height: 1; }
        SectionList { height: 1fr; }
        #name { display: none; }
        &.-low #panel { width: 100%; height: 100%; }
        &.renaming {
            #query { display: none; }
            #name { display: block; }
        }
    }
    """

    def __init__(self, library: Library, current: Conversation) -> None:
        """`current` is the conversation that is open."""
        super().__init__()
        self.finder = HistorySearch(library)
        self._changes = HistoryChanges(library, current)
        self._searching = False
        self._was_shown = asyncio.Event()
        self._rows = Rows()
        self._renamed: Summary | None = None
        self._told = self._said = ""
        self._failed = False

    def compose(self) -> ComposeResult:
        with Vertical(id="panel"):
            yield LineField(placeholder=_("Find in names and messages"), id="query")
            yield LineField(id="name")
            yield Static(classes="notice", markup=False)
            yield SectionList(self._picked)
            yield KeyHints()

    async def on_mount(self) -> None:
        self._list = self.query_one(SectionList)
        self._query_entry = self.query_one("#query", LineField)
        self._name_entry = self.query_one("#name", LineField)
        # Kept because a search may end while the screen is being closed, when no query finds them any more.
        self._panel, self._foot = self.query_one("#panel"), self.query_one(KeyHints)
        self._notice = self.query_one(".notice", Static)
        self.watch(self._list, "cursor", self._approach, init=False)
        self._read()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._was_shown.wait(), PATIENCE)
        self._show_keys()

    # Finding

    @on(LineField.Changed, "#query")
    def _typed(self) -> None:
        self._told = ""
        self._find()

    def _find(self, at: int = 0, keep: str = "") -> None:
        """Find the names that match the query, and start the search of messages."""
        self.finder.compare(self._query_entry.value)
        if self._searching or not self.finder.is_new(self._query_entry.value):
            self._show(at, keep)
        else:
            self._search(at, keep)

    @work(exit_on_error=False, exclusive=True, group="read")
    async def _read(self, at: int = 0, keep: str = "") -> None:
        """Read the list; the cursor stays at row `at`, or follows the conversation `keep`."""
        try:
            await self.finder.read()
        except StoreError as error:
            self._tell(error)
        self._find(at, keep)

    @work(exit_on_error=False, group="search")
    async def _search(self, at: int, keep: str) -> None:
        """Search messages for the query, and again if it has changed meanwhile."""
        self._searching = True
        while self.finder.is_new(query := self._query_entry.value):
            searching = asyncio.ensure_future(self.finder.search(query))
            done, _pending = await asyncio.wait([searching], timeout=PATIENCE)
            if not done:
                self._show(at, keep)
                at, keep = self._list.cursor, ""
            try:
                await searching
            except StoreError as error:
                self._tell(error)
            self._show(at if done else self._list.cursor, keep)
            at, keep = self._list.cursor, ""
        self._searching = False
        self._say()
        self._show_keys()

    def _approach(self) -> None:
        """Fetch more messages if the cursor is near their end."""
        if self.finder.has_more and self._list.cursor > len(self._rows.rows) - NEAR:
            self._fetch_more()

    @work(exit_on_error=False, exclusive=True, group="more")
    async def _fetch_more(self) -> None:
        try:
            await self.finder.fetch_more()
        except StoreError as error:
            self._tell(error)
        self._show(self._list.cursor)

    # Showing

    def _show(self, at: int = 0, keep: str = "") -> None:
        self._was_shown.set()
        self._rows = rows = self.finder.rows
        if keep:
            at = next((n for n in rows.entries if getattr(rows.rows[n], "id", "") == keep), at)
        self._list.show_sections(
            len(rows.rows), self._line, rows.entries, tall_from=rows.tall_from, cursor=at
        )
        named, total = len(self.finder.named.entries), self.finder.total
        count = number(total)
        if named != total:
            count = _("{n} of {all}").format(n=number(named), all=count)
        self._panel.border_title = title_with_detail(_("History"), count)
        self._show_keys()
        self._say()

    def _line(self, index: int, width: int) -> Content:
        row, finder, current_id = self._rows.rows[index], self.finder, self._changes.current.id
        return line(row, width, query=finder.named_for, today=finder.today, current_id=current_id)

    def _say(self) -> None:
        """Show a note about the list above it."""
        if self._renamed is not None:
            text = _("New name; without one, the first words")
        elif self._told:
            text = self._told
        elif switched := self.finder.switched(self._query_entry.value):
            text = listing.shown_for(switched)
        elif self._shows_nothing():
            text = _("nothing was found") if self.finder.total else _("there are no conversations yet")
        else:
            text = ""
        self._notice.set_class(self._failed and text == self._told != "", "-error")
        if text != self._said:  # an update lays out the screen
            self._said = text
            self._notice.update(Content(text))

    def _tell(self, what: str | StoreError) -> None:
        self._failed = isinstance(what, StoreError)
        self._told = clean(str(what))
        self._say()

    def _shows_nothing(self) -> bool:
        """True if the list is empty, and stays so."""
        return not self._rows.rows and not self._searching and self.finder.was_read

    def _show_keys(self) -> None:
        """Show the keys that matter now."""
        self._foot.keys = tuple(self._keys())

    def _keys(self) -> Iterator[tuple[str, str]]:
        if self._renamed is not None:
            yield from (("enter", N_("save")), ("escape", N_("leave as it was")))
            return
        nothing = self._shows_nothing()
        if not nothing:
            yield "enter", N_("open")
        if self.finder.named.entries and self.finder.hits:
            yield "tab", N_("messages")
        if self._changes.deleted:
            yield "ctrl+z", N_("undo")
        if not nothing:
            yield from (("f2", N_("rename")), ("ctrl+t", N_("pin")), ("ctrl+d", N_("delete")))
        yield "escape", N_("close")

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
            case Summary(id):
                self.dismiss(Chosen(id))
            case Hit(conversation_id, message_id=message_id):
                self.dismiss(Chosen(conversation_id, message_id, self.finder.found_for))

    def action_leave(self) -> None:
        """Close the history, or cancel renaming."""
        if self._renamed is not None:
            self._end_renaming()
        elif self._changes.current_is_deleted:
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
            self._change(summary, self._changes.rename(summary, title))

    def _end_renaming(self) -> None:
        self._renamed = None
        self.remove_class("renaming")
        self._query_entry.focus()
        self._show_keys()
        self._say()

    def action_pin(self) -> None:
        """Pin the conversation to the top, or unpin it."""
        if (summary := self._summary()) is not None:
            self._change(summary, self._changes.pin(summary))

    def action_delete(self) -> None:
        """Delete the conversation, unless an answer is being written in it."""
        if (summary := self._summary()) is None or summary in self._changes.deleted:
            return
        if summary.status is Status.RUNNING:
            self._tell(_("An answer is being written there: stop it first"))
        else:
            self._change(summary, self._changes.delete(summary))

    def action_undo(self) -> None:
        """Restore the conversation that was deleted last."""
        if self._changes.deleted:
            summary = self._changes.deleted[-1]
            self._change(summary, self._changes.undo())

    @work(exit_on_error=False, group="change")
    async def _change(self, summary: Summary, writing: Awaitable[str]) -> None:
        """Write a change, report it, and read the list again."""
        at = self._list.cursor
        try:
            if told := await writing:
                self._tell(told)
        except StoreError as error:
            self._tell(error)
        self._read(at, summary.id)

    def _summary(self) -> Summary | None:
        """Return the conversation under the cursor; None if the list is empty."""
        if not self._rows.entries:
            return None
        row = self._rows.rows[self._list.cursor]
        return self.finder.summary(row.conversation_id if isinstance(row, Hit) else getattr(row, "id", ""))
