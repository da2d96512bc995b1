"""Drawing of the rows of the history: each is made into a line when it becomes visible."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from rich.cells import cell_len
from textual.content import Content

from neurotui.app import listing, wording
from neurotui.app.history_rows import Context, Heading, Row, local
from neurotui.chat.conversation import Status
from neurotui.chat.letters import any_of, fold
from neurotui.chat.text import clean, clean_line
from neurotui.i18n import _, language
from neurotui.i18n.formats import number, short_day
from neurotui.store.library import Summary
from neurotui.store.search import Hit, words_of

_WHEN = 7
"""Width of a time of day, or of a day (columns)."""
_GAP = "  "
_INDENT = " " * (1 + _WHEN + len(_GAP))
_MODEL_FROM, _COUNT_FROM = 96, 66
"""Least widths at which the model, and the number of messages, are shown (columns)."""


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


def marked(text: Content, query: str) -> Content:
    """Return a name with the words of a query highlighted."""
    if marks := any_of(words_of(query)):
        for found in marks.finditer(fold(text.plain)):
            text = text.stylize("$text-accent", *found.span())
    return text
