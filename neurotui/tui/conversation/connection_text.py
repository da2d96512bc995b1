"""The text of the connection panel: plots over the seconds of a turn, its steps, and facts. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from textual.content import Content

from neurotui.app import wording
from neurotui.chat.events import Stopped, TurnEvent
from neurotui.chat.state import State
from neurotui.chat.text import clean_line
from neurotui.chat.turn import Turn
from neurotui.errors import Disconnected, HeadTimeout, LimitExceeded, NeurotuiError, SilenceTimeout
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import data_size, decimal, duration, number
from neurotui.tui.conversation.status import Fact
from neurotui.tui.widgets.plot import Scale
from neurotui.wire.events import (
    Accepted,
    Connecting,
    Failed,
    Finished,
    Ping,
    ReasoningDelta,
    Reconnected,
    RetryScheduled,
    Sending,
    Sent,
    TextDelta,
)

_MUTED = "$foreground-muted"
_ACCENT = "$accent"
_GAP = 2


def beside(turn: Turn, width: int, height: int, more: Sequence[Fact] = ()) -> Content:
    """Return the text for a panel beside the conversation; `more` are facts from elsewhere."""
    steps = [(_at(at), words, tone) for at, words, tone in _steps(turn)]
    facts = [(name, words, "") for name, words in [*more, *_facts(turn)]]
    table = [*_table(steps, width), Content(""), *_table(facts, width)]
    plots = _plots(turn, width, rows=4 if height >= len(table) + 8 else 1)
    return Content("\n").join([*plots, Content(""), *table][:height])


def below(turn: Turn, width: int, height: int, more: Sequence[Fact] = ()) -> Content:
    """Return the text for a panel below the conversation: plots, the latest steps, and facts that fit."""
    lines = _plots(turn, width, rows=1)
    steps = [f"{_at(at)} {words}" for at, words, _tone in _steps(turn)]
    facts = [f"{name} {words}" for name, words in [*more, *_facts(turn)]]
    room = height - len(lines)
    flowed = _flowed(facts, width)[: max(room - 1, 0)]
    told = _flowed(steps, width)
    while len(told) > max(room - len(flowed), 1) and len(steps) > 1:
        del steps[0]
        told = _flowed(steps, width)
    return Content("\n").join([*lines, *told, *flowed][:height])


def _plots(turn: Turn, width: int, rows: int) -> list[Content]:
    """Plot bytes, pings and tokens over the same seconds; the tokens are `rows` lines tall."""
    beats = turn.vitals.beats
    seconds = int(turn.lasted) + 1
    notes = [data_size(sum(beat.bytes for beat in beats)), number(turn.vitals.pings), _speed(turn)]
    names = [_("bytes"), _("pings"), _("tokens")]
    indent = max(map(cell_len, names)) + _GAP
    note_width = max(map(cell_len, notes))
    columns = max(width - indent - note_width - _GAP, 8)
    scale = Scale.of(seconds, columns)
    drawn = [
        scale.bars(scale.sums((beat.second, beat.bytes) for beat in beats)),
        [scale.dots(scale.sums((beat.second, beat.pings) for beat in beats))],
        scale.bars(scale.sums((beat.second, beat.tokens) for beat in beats), rows),
    ]
    lines = []
    for name, note, bars, style in zip(names, notes, drawn, (_MUTED, _MUTED, _ACCENT), strict=True):
        *upper, lowest = bars
        lines += [Content.styled(" " * indent + bar, style) for bar in upper]
        lines.append(
            Content.assemble(
                (_padded(name, indent), _MUTED),
                (_padded(lowest, columns + _GAP), style),
                (" " * (note_width - cell_len(note)) + note, _MUTED),
            )
        )
    ruler = scale.ruler(seconds, columns, _("s"))
    lines.append(Content.styled(" " * indent + ruler, _MUTED))
    return lines


def _steps(turn: Turn) -> Iterator[tuple[float, str, str]]:
    """Yield the time of each step (seconds), its text, and its tone."""
    for step in turn.timeline:
        words, tone = _stop(turn) if isinstance(step.event, Stopped) else _told(step.event)
        yield step.at, words, tone
    if not turn.ended and (reading := turn.vitals.read()).state is State.STALLED:
        yield reading.elapsed, _("silent for {time}").format(time=wording.seconds(reading.silent)), "warning"


def _told(event: TurnEvent) -> tuple[str, str]:
    match event:
        case Connecting():
            return _("a connection is opened"), ""
        case Sending(_, total):
            return _("sending {size}").format(size=data_size(total)), ""
        case Sent(reused):
            return _("sent over the open connection") if reused else _("sent"), ""
        case Accepted(http_status):
            return _("accepted: {status}").format(status=http_status), ""
        case Ping():
            return _("first ping"), ""
        case ReasoningDelta():
            return _("thinking"), ""
        case TextDelta():
            return _("writing"), ""
        case Reconnected():
            words = _("the open connection turned out closed; the question is sent once more, over a new one")
            return f"↻ {words}", "warning"
        case RetryScheduled(error, delay):
            words = _("{error}; again in {time}")
            return words.format(error=_titled(error), time=duration(delay)), "warning"
        case Finished(whole=True):
            return _("finished"), "success"
        case Finished():
            return _("the server ended the answer before it was whole"), "warning"
        case Failed(error):
            return ". ".join(filter(None, (_titled(error), _closed_by(error)))), "error"
        case _:
            return "", ""


def _stop(turn: Turn) -> tuple[str, str]:
    words = turn.error.title if turn.error else _("stopped by you")
    if turn.closed is not None:
        closed = _("neurotui closed the connection in {time}").format(time=duration(turn.closed))
        words = f"{words}; {closed}"
    return words, ""


def _titled(error: NeurotuiError) -> str:
    return f"{error.http_status}: {error.title}" if (error.http_status or 200) >= 300 else error.title


def _closed_by(error: NeurotuiError) -> str:
    match error:
        case Disconnected():
            return _("The server or the network closed the connection")
        case SilenceTimeout() | HeadTimeout() | LimitExceeded():
            return _("neurotui closed the connection")
    return ""


def _facts(turn: Turn) -> Iterator[Fact]:
    vitals = turn.vitals
    if (headers := vitals.since_sent(vitals.accepted_at)) is not None:
        yield _("headers"), _("after {time}").format(time=duration(headers))
    if (first := vitals.since_sent(vitals.first_token_at)) is not None:
        yield _("first token"), _("after {time}").format(time=duration(first))
    limit = duration(vitals.stall_after)
    if vitals.rhythm is not None:
        words = _("every {time}; stalled after {limit} of silence")
        yield _("rhythm"), words.format(time=_short(vitals.rhythm), limit=limit)
    else:
        yield _("rhythm"), _("not known yet; stalled after {limit} of silence").format(limit=limit)
    if turn.sent is not None:
        kind = _("kept open from before") if turn.sent.reused else _("newly opened")
        yield _("connection"), ", ".join(filter(None, (kind, turn.sent.http_version, turn.sent.tls)))
    if request_id := turn.request_id or (turn.error.request_id if turn.error else None):
        yield _("request"), request_id
    if turn.malformed:
        words = ngettext("{n} event could not be read", "{n} events could not be read", turn.malformed)
        yield _("skipped"), words.format(n=number(turn.malformed))


def _table(rows: Sequence[tuple[str, str, str]], width: int) -> list[Content]:
    """Lay out names and words in two columns, wrapping the words."""
    if not rows:
        return []
    indent = max(cell_len(name) for name, _words, _tone in rows) + _GAP
    lines: list[Content] = []
    for name, words, tone in rows:
        style = f"$text-{tone}" if tone else ""
        wrapped = Content.styled(clean_line(words), style).wrap(max(width - indent, 8)) or [Content("")]
        for number_, line in enumerate(wrapped):
            lines.append(Content.styled(_padded("" if number_ else name, indent), _MUTED) + line)
    return lines


def _flowed(parts: Sequence[str], width: int) -> list[Content]:
    """Lay out parts one after the other; a part that fits in a line is not broken."""
    lines: list[str] = []
    for part in map(clean_line, parts):
        joined = f"{lines[-1]} · {part}" if lines else part
        if lines and cell_len(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(part)
    return [piece for line in lines for piece in Content.styled(line, _MUTED).wrap(max(width, 8))]


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))


def _at(seconds: float) -> str:
    """Return the time of a step: 0.15 s."""
    if seconds < 9.995:
        return _("{n} s").format(n=decimal(seconds, 2))
    return duration(seconds)


def _speed(turn: Turn) -> str:
    """Return the tokens per second: now, or over the whole of an answer that has ended."""
    vitals = turn.vitals
    rate = vitals.read().tokens_per_second
    if turn.ended and vitals.first_token_at is not None:
        writing = turn.lasted - (vitals.first_token_at - vitals.started_at)
        rate = vitals.tokens / max(writing, 0.5)
    return _("{n} tok/s").format(n=number(round(rate))) if vitals.tokens else ""


def _short(seconds: float) -> str:
    return _("{n} s").format(n=decimal(seconds)) if seconds < 9.95 else duration(seconds)
