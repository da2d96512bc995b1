"""The rows of the history: what runs or is new, conversations under their days, messages that were found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from neurotui.app.open_list import OpenRow
from neurotui.i18n import _
from neurotui.i18n.formats import period
from neurotui.store.library import DraftSummary, Summary
from neurotui.store.search import Hit

_LATEST = 253_402_128_000.0
"""Unix time near the end of the year 9999, the last that has a date."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a group."""

    text: str


@dataclass(frozen=True, slots=True)
class Context:
    """The second row of a hit."""

    hit: Hit


Row: TypeAlias = Heading | OpenRow | Summary | Hit | Context


def key_of(row: Row) -> str:
    """Return the id of the conversation or the message that a row is about; empty for a heading."""
    match row:
        case OpenRow() | Summary():
            return row.id
        case Hit():
            return row.message_id
        case _:
            return ""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of the list."""

    rows: Sequence[Row] = ()
    entries: Sequence[int] = ()
    """Indices of the rows at which an entry begins that can be opened."""
    tall_from: int = 0
    """Index of the row from which on entries take two rows."""


class Groups:
    """The heading of each conversation: `Pinned`, or the day, week or month of its last change."""

    def __init__(self, summaries: Iterable[Summary], today: date) -> None:
        self._headings: dict[str, Heading] = {}
        pinned, periods = Heading(_("Pinned")), dict[str, Heading]()
        for summary in summaries:
            when = local(summary.updated_at).date()
            name = period(when, today)
            heading = pinned if summary.pinned else periods.setdefault(name, Heading(name))
            self._headings[summary.id] = heading

    def arrange(self, summaries: Iterable[Summary]) -> Rows:
        """Return conversations under their headings, in the order given."""
        rows: list[Row] = []
        entries: list[int] = []
        last = None
        for summary in summaries:
            heading = self._headings[summary.id]
            if heading is not last:
                rows.append(heading)
                last = heading
            entries.append(len(rows))
            rows.append(summary)
        return Rows(rows, entries, len(rows))


def with_drafts(summaries: Sequence[Summary], drafts: Sequence[DraftSummary]) -> list[Summary]:
    """Return conversations in their order, with each draft before those that were changed earlier."""
    rows = list(summaries)
    for draft in drafts:
        when = draft.pinned, draft.updated_at
        earlier = (at for at, row in enumerate(rows) if (row.pinned, row.updated_at) <= when)
        rows.insert(next(earlier, len(rows)), draft)
    return rows


def with_open(opened: Sequence[OpenRow], names: Rows) -> Rows:
    """Put the conversations that run or have an unseen answer before the others."""
    if not opened:
        return names
    rows: list[Row] = [Heading(_("Running and new")), *opened]
    entries = [*range(1, len(rows)), *(len(rows) + entry for entry in names.entries)]
    rows += names.rows
    return Rows(rows, entries, len(rows))


def with_hits(names: Rows, hits: Sequence[Hit]) -> Rows:
    """Append the hits in messages to the conversations that were found by their names."""
    if not hits:
        return names
    rows, entries = [*names.rows, Heading(_("In messages"))], list(names.entries)
    for hit in hits:
        entries.append(len(rows))
        rows += (hit, Context(hit))
    return Rows(rows, entries, len(names.rows))


def local(timestamp: float) -> datetime:
    """Return a Unix time in the user's time zone."""
    return datetime.fromtimestamp(min(timestamp, _LATEST))
