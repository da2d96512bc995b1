"""Drawing of the rows of the history: each is made into a line when it becomes visible."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from rich.cells import cell_len
from textual.content import Content

from neurotui.app import listing, wording
from neurotui.app.history_rows import Context, Heading, Row, local
from neurotui.app.open_list import OpenRow
from neurotui.chat.conversation import Status
from neurotui.chat.letters import any_of, fold
from neurotui.chat.text import clean, clean_line
from neurotui.i18n import _, language
from neurotui.i18n.formats import number, short_day
from neurotui.store.library import DraftSummary, Summary
from neurotui.store.search import Hit, words_of
from neurotui.tui.dialogs.open_state import sign_of, state_of

_WHEN = 7
"""Width of a time of day, or of a day (columns)."""
_GAP = "  "
_INDENT = " " * (1 + _WHEN + len(_GAP))
_COUNT = 10
"""Width of the number of messages (columns)."""
_STATE = 18
"""Width of the words of a conversation that runs, where there is no room for more (columns)."""
_MODEL_FROM, _COUNT_FROM = 96, 66
"""Least widths at which the model, and the number of messages, are shown (columns)."""


def line(row: Row, width: int, *, query: str, today: date, current_id: str) -> Content:
    """Return a row as it is drawn, `width` columns wide; `current_id` is the open conversation."""
    match row:
        case Heading(text):
            return Content.styled(f" {text}", "$foreground-muted bold")
        case OpenRow():
            return _open(row, width, query, row.id == current_id)
        case Summary():
            return _conversation(row, width, query, today, row.id == current_id)
        case Hit():
            return _hit(row, width, today)
        case Context(hit):
            return _context(hit, width)


def _open(row: OpenRow, width: int, query: str, current: bool) -> Content:
    """Return a conversation that runs or is new: its sign and its words where others have time and end."""
    end: list[Content] = []
    if width >= _MODEL_FROM:
        end.append(_model(row.model, width))
    cells = _COUNT + len(_GAP) + _ending_width(language()) if width >= _COUNT_FROM else _STATE
    end.append(state_of(row, cells))
    mark = ("•", "$text-accent") if current else " "
    start = Content.assemble(mark, " " * (_WHEN - 1), sign_of(row), _GAP)
    return _named(start, row.name, query, end, width)


def _conversation(summary: Summary, width: int, query: str, today: date, current: bool) -> Content:
    when = local(summary.updated_at).date()
    told = today if summary.pinned else today - timedelta(days=1)  # by the heading, from this day on
    shown = short_day(when, today) if when < told else f"{local(summary.updated_at):%H:%M}"
    end: list[Content] = []
    is_draft = isinstance(summary, DraftSummary)
    if width >= _MODEL_FROM:
        end.append(_model(clean_line(summary.model), width))
    if width >= _COUNT_FROM:
        count = "" if is_draft else _("{n} msg").format(n=number(summary.message_count))
        end.append(Content.styled(count.rjust(_COUNT), "$foreground-muted"))
    end.append(_draft() if is_draft else _ending(summary.status))
    mark = ("•", "$text-accent") if current else " "
    start = Content.assemble(mark, (shown.rjust(_WHEN), "$foreground-muted"), _GAP)
    return _named(start, listing.name(summary.name), query, end, width)


def _named(start: Content, name: str, query: str, end: list[Content], width: int) -> Content:
    """Return a row whose name takes the room between its start and its end."""
    room = width - start.cell_length - sum(len(_GAP) + part.cell_length for part in end) - 1
    parts = [marked(Content(name), query).truncate(max(1, room), ellipsis=True, pad=True), *end]
    return Content("").join([start, Content(_GAP).join(parts)])


def _model(name: str, width: int) -> Content:
    return Content.styled(name, "$foreground-muted").truncate(width // 6, ellipsis=True, pad=True)


def _draft() -> Content:
    sign, _tone = wording.IDLE
    return Content.styled(f"{sign} {_('draft')}".ljust(_ending_width(language())), "$foreground-muted")


def _ending(status: Status) -> Content:
    """Return how the last answer ended, in a fixed width; blank if it is simply finished."""
    if status is Status.COMPLETE:
        return Content(" " * _ending_width(language()))
    sign, tone = wording.sign(status)
    style = "$foreground-muted" if tone == "muted" else f"$text-{tone}"
    return Content.styled(f"{sign} {listing.ending(status)}".ljust(_ending_width(language())), style)


@lru_cache
def _ending_width(_language: str) -> int:
    told = (listing.ending(status) for status in Status if status is not Status.COMPLETE)
    return 2 + max(cell_len(words) for words in told)


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
