"""Search in the history: names are compared at once, messages in a thread. Knows no screen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from neurotui.app.history_rows import Groups, Rows, key_of, with_drafts, with_hits, with_open
from neurotui.app.open_list import OpenRow
from neurotui.store.library import Library, Summary
from neurotui.store.names import Names
from neurotui.store.search import Found, Hit

SEARCHED_FROM = 2
"""Shortest query for which messages are searched too (characters)."""


class HistorySearch:
    """All conversations, and the names and messages that match a query."""

    def __init__(self, library: Library) -> None:
        self.today = date.today()
        self.was_read = False
        """True once the list of conversations was read, or could not be."""
        self.named = Rows()
        """The conversations whose names match the query."""
        self.named_for = ""
        """The query that the names match: as typed, or switched to the other layout if that found nothing."""
        self.opened: dict[str, OpenRow] = {}
        """The conversations that run or have an unseen answer, by their ids, as they stand now."""
        self._library = library
        self._names, self._groups = Names(), Groups((), self.today)
        self._found = Found((), "")
        self._searched = ""

    @property
    def total(self) -> int:
        """Number of conversations."""
        return len({summary.id for summary in self._names.summaries} | self.opened.keys())

    @property
    def matching(self) -> int:
        """Number of conversations found by their names or, so far, by their messages."""
        named = {key_of(self.named.rows[index]) for index in self.named.entries}
        return len(named | {hit.conversation_id for hit in self.hits})

    @property
    def hits(self) -> Sequence[Hit]:
        """The matching messages that were fetched so far, newest first."""
        return self._found.hits

    @property
    def found_for(self) -> str:
        """The query that the messages match."""
        return self._found.query

    @property
    def has_more(self) -> bool:
        """True if more messages can be fetched."""
        return self._found.more is not None

    @property
    def rows(self) -> Rows:
        """All results as rows of the list."""
        return with_hits(self.named, self.hits)

    def switched(self, typed: str) -> str:
        """Return the query on the other layout if only that found something; otherwise empty."""
        if self._found.switched:
            return self._found.query
        return self.named_for if self.named.entries and self.named_for != typed else ""

    def summary(self, conversation_id: str) -> Summary | None:
        """Return the summary of a conversation; None if it is not listed."""
        return next((summary for summary in self._names.summaries if summary.id == conversation_id), None)

    async def read(self) -> None:
        """Read the list of conversations again; messages have to be searched again. Raises StoreError."""

        def work() -> tuple[Names, Groups]:
            summaries = with_drafts(self._library.summaries(), self._library.drafts())
            return Names(summaries), Groups(summaries, self.today)

        self._searched = ""
        try:
            self._names, self._groups = await asyncio.to_thread(work)
        finally:
            self.was_read = True

    def compare(self, query: str) -> None:
        """Find the names that match a query; all names if it is empty."""
        found, self.named_for = self._names.matching(query)
        if not self.opened:
            self.named = self._groups.arrange(found)
            return
        ids = {summary.id for summary in found}
        if not query.strip():
            ids |= self.opened.keys()  # what is not on disk has no summary
        opened = [row for id_, row in self.opened.items() if id_ in ids]
        others = [summary for summary in found if summary.id not in self.opened]
        self.named = with_open(opened, self._groups.arrange(others))

    def follow(self, rows: Sequence[OpenRow]) -> bool:
        """Show how the open conversations stand; return True if others run or are new than before.

        They keep their places, because the cursor is on one of them.
        """
        fresh = {row.id: row for row in rows if row.is_active}
        before = list(self.opened)
        kept = {id_: fresh.pop(id_) for id_ in before if id_ in fresh}
        self.opened = kept | fresh
        return list(self.opened) != before

    def is_new(self, query: str) -> bool:
        """True if the messages were last searched for another query."""
        return query.strip() != self._searched

    async def search(self, query: str) -> None:
        """Find the newest messages that match a query. Raises StoreError."""
        query = self._searched = query.strip()
        found = Found((), query)
        try:
            if len(query) >= SEARCHED_FROM:
                found = await asyncio.to_thread(self._library.search, query)
        finally:
            self._found = found

    async def fetch_more(self) -> None:
        """Fetch older messages that match the query. Raises StoreError."""
        first = self._found
        older = await asyncio.to_thread(self._library.search, first.query, before=first.more)
        if self._found is first:
            self._found = replace(first, hits=first.hits + older.hits, more=older.more)
