"""What is found for what is typed in the history: names at once, messages in a thread. Knows no screen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from neurotui.app.history_rows import Groups, Rows, with_hits
from neurotui.store.library import Library, Names, Summary
from neurotui.store.search import Found, Hit

SEARCHED_FROM = 2
"""Characters of a query from which on messages are searched too."""


class HistorySearch:
    """The conversations there are, those whose names hold a query, and the messages that do."""

    def __init__(self, library: Library) -> None:
        self.today = date.today()
        self.was_read = False
        """Whether it is known what conversations there are."""
        self.named = Rows()
        """The conversations whose names hold the query."""
        self.named_for = ""
        """That query, switched to the other layout where nothing was found as it was typed."""
        self._library = library
        self._names, self._groups = Names(), Groups((), self.today)
        self._found = Found((), "")
        self._searched = ""

    @property
    def total(self) -> int:
        """How many conversations there are."""
        return len(self._names.summaries)

    @property
    def hits(self) -> Sequence[Hit]:
        """The messages, newest first, as far as they were fetched."""
        return self._found.hits

    @property
    def found_for(self) -> str:
        """The query that the messages hold."""
        return self._found.query

    @property
    def has_more(self) -> bool:
        """Whether more messages can be fetched."""
        return self._found.more is not None

    @property
    def rows(self) -> Rows:
        """All that was found, as it is listed."""
        return with_hits(self.named, self.hits)

    def switched(self, typed: str) -> str:
        """What something was found for on the other layout; empty where it was found as typed."""
        if self._found.switched:
            return self._found.query
        return self.named_for if self.named.entries and self.named_for != typed else ""

    def summary(self, conversation_id: str) -> Summary | None:
        """What is known of a conversation."""
        return next((summary for summary in self._names.summaries if summary.id == conversation_id), None)

    async def read(self) -> None:
        """Reads the conversations anew; messages have to be searched again. Raises StoreError."""

        def work() -> tuple[Names, Groups]:
            summaries = self._library.summaries()
            return Names(summaries), Groups(summaries, self.today)

        self._searched = ""
        try:
            self._names, self._groups = await asyncio.to_thread(work)
        finally:
            self.was_read = True

    def compare(self, query: str) -> None:
        """Finds the names that hold a query: all of them for an empty one."""
        found, self.named_for = self._names.matching(query)
        self.named = self._groups.arrange(found)

    def is_new(self, query: str) -> bool:
        """Whether messages were not searched for this yet."""
        return query.strip() != self._searched

    async def search(self, query: str) -> None:
        """Finds the newest messages that hold a query. Raises StoreError."""
        query = self._searched = query.strip()
        found = Found((), query)
        try:
            if len(query) >= SEARCHED_FROM:
                found = await asyncio.to_thread(self._library.search, query)
        finally:
            self._found = found

    async def fetch_more(self) -> None:
        """Adds older messages to those that were found. Raises StoreError."""
        first = self._found
        older = await asyncio.to_thread(self._library.search, first.query, before=first.more)
        if self._found is first:
            self._found = replace(first, hits=first.hits + older.hits, more=older.more)
