"""Rows of the history: conversations under their days, then hits in messages.

Pure, without a terminal: results become rows, and a row becomes a line of a given width when it is seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TypeAlias

from rich.cells import cell_len
from textual.content import Content

from neurotui.chat.conversation import Status
from neurotui.chat.letters import any_of, fold
from neurotui.chat.text import clean, clean_line
from neurotui.i18n import _, language
from neurotui.i18n.formats import day, number, short_day
from neurotui.store import listing
from neurotui.store.library import Summary
from neurotui.store.search import Hit, words_of
from neurotui.tui import wording

_WHEN = 7
"""Columns for a time of day, or a day."""
_GAP = "  "
_INDENT = " " * (1 + _WHEN + len(_GAP))
_LATEST = 253_402_128_000.0
"""Unix time near the end of the year 9999; nothing later has a date."""
_MODEL_FROM, _COUNT_FROM = 96, 66
"""From these widths on there is room for the model, and for the number of messages."""


@dataclass(frozen=True, slots=True)
class Heading:
    """Heading of a group."""

    text: str


@dataclass(frozen=True, slots=True)
class Context:
    """The second row of a hit."""

    hit: Hit


Row: TypeAlias = Heading | Summary | Hit | Context


@dataclass(frozen=True, slots=True)
class Rows:
    """All rows of the list."""

    rows: Sequence[Row] = ()
    entries: Sequence[int] = ()
    """Indexes of the rows with which an entry, something that can be opened, begins."""
    tall_from: int = 0
    """Index of the row from which on entries have two rows."""


class Groups:
    """The heading of each conversation."""

    def __init__(self, summaries: Iterable[Summary], today: date) -> None:
        self._headings: dict[str, Heading] = {}
        pinned, days = Heading(_("Pinned")), dict[date, Heading]()
        for summary in summaries:
            when = local(summary.updated_at).date()
            heading = pinned if summary.pinned else days.get(when)
            if heading is None:
                heading = days[when] = Heading(day(when, today))
            self._headings[summary.id] = heading

    def arrange(self, summaries: Iterable[Summary]) -> Rows:
        """Return conversations under their headings, in the given order."""
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


def with_hits(names: Rows, hits: Sequence[Hit]) -> Rows:
    """Return the hits in messages below the conversations found by name."""
    if not hits:
        return names
    rows, entries = [*names.rows, Heading(_("In messages"))], list(names.entries)
    for hit in hits:
        entries.append(len(rows))
        rows += (hit, Context(hit))
    return Rows(rows, entries, len(names.rows))


def line(row: Row, width: int, *, query: str, today: date, current_id: str) -> Content:
    """Return a row as it is drawn, `width` columns wide; `current_id` is the open conversation."""
    match row:
        case Heading(text):
            return Content.styled(f" {text}", "$foreground-muted bold")
        case Summary():
            return _conversation(row, width, query, today, row.id == current_id)
        case Hit():
            return _hit(row, width, today)
        case Context(hit):
            return _context(hit, width)


def _conversation(summary: Summary, width: int, query: str, today: date, current: bool) -> Content:
    when = local(summary.updated_at).date()
    shown = (
        short_day(when, today) if summary.pinned and when != today else f"{local(summary.updated_at):%H:%M}"
    )
    end: list[Content] = []
    if width >= _MODEL_FROM:
        model = Content.styled(clean_line(summary.model), "$foreground-muted")
        end.append(model.truncate(width // 6, ellipsis=True, pad=True))
    if width >= _COUNT_FROM:
        count = _("{n} msg").format(n=number(summary.message_count))
        end.append(Content.styled(count.rjust(10), "$foreground-muted"))
    end.append(_ending(summary.status))
    mark = ("•", "$text-accent") if current else " "
    start = Content.assemble(mark, (shown.rjust(_WHEN), "$foreground-muted"), _GAP)
    name = marked(Content(listing.name(summary.name)), query)
    room = width - start.cell_length - sum(len(_GAP) + part.cell_length for part in end) - 1
    parts = [name.truncate(max(1, room), ellipsis=True, pad=True), *end]
    return Content("").join([start, Content(_GAP).join(parts)])


def _ending(status: Status) -> Content:
    sign, tone = wording.sign(status)
    style = "$foreground-muted" if tone in {"muted", "success"} else f"$text-{tone}"
    return Content.styled(f"{sign} {listing.ending(status)}".ljust(_ending_width(language())), style)


@lru_cache
def _ending_width(_language: str) -> int:
    return 2 + max(cell_len(listing.ending(status)) for status in Status)


def _hit(hit: Hit, width: int, today: date) -> Content:
    when = local(hit.created_at).date()
    shown = f"{local(hit.created_at):%H:%M}" if when == today else short_day(when, today)
    speaker = Content.styled(clean_line(listing.speaker(hit), 30), "$foreground-muted")
    start = Content.assemble(" ", (shown.rjust(_WHEN), "$foreground-muted"), _GAP)
    room = width - start.cell_length - speaker.cell_length - len(_GAP) - 1
    name = Content(listing.name(hit.conversation_name)).truncate(max(1, room), ellipsis=True, pad=True)
    return Content.assemble(start, name, _GAP, speaker)


def _context(hit: Hit, width: int) -> Content:
    pieces = [(clean(piece.text), piece.matched) for piece in hit.context]
    room = width - len(_INDENT) - 1
    before = 0
    while before < len(pieces) and not pieces[before][1]:
        before += 1
    lead = "".join(text for text, _matched in pieces[:before])
    if cell_len(lead) > room // 3:
        end = lead[-(room // 3) :]
        lead = "…" + (end.partition(" ")[2] or end)  # from a whole word on
    shown = Content.assemble(
        (lead, "$foreground-muted"),
        *((text, "$text-accent" if matched else "$foreground-muted") for text, matched in pieces[before:]),
    )
    return Content.assemble(_INDENT, shown.truncate(max(1, room), ellipsis=True))


def local(timestamp: float) -> datetime:
    """Return a Unix time in seconds as local time."""
    return datetime.fromtimestamp(min(timestamp, _LATEST))


def marked(text: Content, query: str) -> Content:
    """Return a name with the words of a query highlighted."""
    if marks := any_of(words_of(query)):
        for found in marks.finditer(fold(text.plain)):
            text = text.stylize("$text-accent", *found.span())
    return text
