"""The list of the history: found by typing, and following what happens while it is open.

Nothing here waits for the disk: reading, and searching (one search at a time), are done in threads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from neurotui.app import listing
from neurotui.app.history_changes import HistoryChanges
from neurotui.app.history_rows import Rows, key_of
from neurotui.app.history_search import HistorySearch
from neurotui.app.open_list import OpenRow, open_rows
from neurotui.app.workspace import Workspace
from neurotui.chat.conversation import Conversation
from neurotui.chat.text import clean
from neurotui.errors import StoreError
from neurotui.i18n import N_, _
from neurotui.i18n.formats import number
from neurotui.store.library import Summary
from neurotui.store.search import Hit
from neurotui.store.store import Store
from neurotui.tui.dialogs.dialog import Dialog, title_with_detail
from neurotui.tui.dialogs.history_preview import HistoryPreview
from neurotui.tui.dialogs.history_rows import line
from neurotui.tui.dialogs.open_state import OpenWatch
from neurotui.tui.widgets.form import LineField
from neurotui.tui.widgets.key_hints import KeyHints
from neurotui.tui.widgets.preview import WIDE, Beside
from neurotui.tui.widgets.section_list import SectionList

PATIENCE = 0.02
"""Time that the frame waits for the names, and the names for the messages, to be drawn together (seconds)."""
WRITTEN_WITHIN = 0.25
"""Time that a draft has to reach the disk before the list is read (seconds)."""
BACK = 1.0
"""Time between two looks for what was deleted here and is back (seconds)."""
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


class HistoryList(Dialog[Chosen | None]):
    """The dialog without what changes a conversation."""

    def __init__(
        self, store: Store, workspace: Workspace, current: Conversation, gone: dict[str, str] | None = None
    ) -> None:
        """`current` is the conversation on the screen; `gone` is kept by `HistoryChanges`."""
        super().__init__()
        self.finder = HistorySearch(store.library)
        self.changes = HistoryChanges(store.library, current, workspace.sessions_of, gone)
        self._journal = store.journal
        self._workspace = workspace
        self._following: OpenWatch | None = None
        self._looking_back: Timer | None = None
        self._searching = False
        self._was_shown = asyncio.Event()
        self._rows = Rows()
        self._renamed: Summary | None = None
        self._told = self._said = ""
        self._failed = False
        self._preview = HistoryPreview(store.library)
        self.be_wide_from(WIDE)

    def compose(self) -> ComposeResult:
        with Vertical(id="panel"):
            yield LineField(placeholder=_("Find in names and messages"), id="query")
            yield LineField(id="name")
            yield Static(classes="notice", markup=False)
            with Beside():
                yield SectionList(self._picked)
                yield self._preview
            yield KeyHints()

    async def on_mount(self) -> None:
        self._list = self.query_one(SectionList)
        self._query_entry = self.query_one("#query", LineField)
        self._name_entry = self.query_one("#name", LineField)
        # Kept because a search may end while the screen is being closed, when no query finds them any more.
        self._panel, self._foot = self.query_one("#panel"), self.query_one(KeyHints)
        self._notice = self.query_one(".notice", Static)
        self.watch(self._list, "cursor", self._approach, init=False)
        self.finder.follow(self._opened())
        self._following = OpenWatch(self, self._workspace, self._look)
        self._follow_gone()
        self._read()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._was_shown.wait(), PATIENCE)
        self._show_keys()

    def on_unmount(self) -> None:
        if self._following is not None:
            self._following.end()

    def _picked(self, index: int) -> None:
        """Called with the index of the row that was picked."""

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
        await self._journal.written(WRITTEN_WITHIN)  # a draft that was just typed
        try:
            if told := await self.changes.returned():
                self._tell(told)
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
        """Show what is under the cursor; fetch more messages if it is near their end."""
        self._look_closer()
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
            at = next((n for n in rows.entries if key_of(rows.rows[n]) == keep), at)
        self._list.show_sections(
            len(rows.rows), self._line, rows.entries, tall_from=rows.tall_from, cursor=at
        )
        matching, total = self.finder.matching, self.finder.total
        count = number(total)
        if matching != total:
            found = number(matching) + ("+" if self.finder.has_more else "")
            count = _("{n} of {all}").format(n=found, all=count)
        self._panel.border_title = title_with_detail(_("History"), count)
        self._look_closer()
        self._show_keys()
        self._say()

    def _look_closer(self) -> None:
        """Show the conversation under the cursor beside the list."""
        row = self._rows.rows[self._list.cursor] if self._rows.entries else None
        match row:
            case Hit(conversation_id, message_id=message_id):
                self._preview.follow(conversation_id, message_id)
            case Summary(id, characters=characters):
                self._preview.follow(id, characters=characters)
            case OpenRow():
                self._preview.follow(row.id)
            case _:
                self._preview.follow("")

    def _line(self, index: int, width: int) -> Content:
        row, finder, current_id = self._rows.rows[index], self.finder, self.changes.current.id
        if isinstance(row, OpenRow):
            row = finder.opened.get(row.id, row)  # as it stands now
        return line(row, width, query=finder.named_for, today=finder.today, current_id=current_id)

    def _opened(self) -> list[OpenRow]:
        deleted = {summary.id for summary in self.changes.deleted}
        return [row for row in open_rows(self._workspace) if row.id not in deleted]

    def _look(self) -> None:
        """Show how the open conversations stand; read the list again if others run or are new."""
        if not self.is_attached:
            return
        if self.finder.follow(self._opened()):
            self._read(self._list.cursor, self._key())
        else:
            self._list.refresh()

    def _follow_gone(self) -> None:
        """Look from now on whether something that was deleted here comes back."""
        if self.changes.gone and self._looking_back is None:
            self._looking_back = self.set_interval(BACK, self._look_for_returned)

    @work(exit_on_error=False, exclusive=True, group="returned")
    async def _look_for_returned(self) -> None:
        """Read the list again if something that was deleted here is back."""
        with suppress(StoreError):
            if told := await self.changes.returned():
                self._tell(told)
                self._read(self._list.cursor, self._key())

    def _key(self) -> str:
        return key_of(self._rows.rows[self._list.cursor]) if self._rows.entries else ""

    def _say(self) -> None:
        """Show a note about the list above it."""
        if self._renamed is not None:
            text = _("New name (empty: first words of the chat)")
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
        if self.changes.deleted:
            yield "ctrl+z", N_("undo")
        if not nothing:
            yield from (("f2", N_("rename")), ("ctrl+t", N_("pin")), ("ctrl+d", N_("delete")))
        yield "escape", N_("close")

    def _summary(self) -> Summary | None:
        """Return the conversation under the cursor; None if the list is empty."""
        if not self._rows.entries:
            return None
        row = self._rows.rows[self._list.cursor]
        return self.finder.summary(row.conversation_id if isinstance(row, Hit) else key_of(row))
