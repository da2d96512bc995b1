"""The text of the status line: the state of the connection as a sign and words. Pure, without a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neurotui.app.commands import find
from neurotui.app.continuing import is_left_to_words, is_offered
from neurotui.chat.conversation import Message, Role, Status
from neurotui.chat.receipts import cached_share, estimated_tokens, has_hole, lost_pieces
from neurotui.chat.state import State
from neurotui.chat.text import clean_line
from neurotui.errors import KeyMissing
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import decimal, duration, number

if TYPE_CHECKING:
    from neurotui.chat.turn import Turn
    from neurotui.chat.vitals import Reading


@dataclass(frozen=True, slots=True)
class StatusText:
    """One status: a sign, its tone, and details, the most important first."""

    sign: str
    tone: str
    """`muted`, `accent`, `success`, `warning` or `error`: a colour of the theme."""
    parts: tuple[str, ...]
    needed: int = 0
    """Index of the part that is always shown; the parts before it are dropped if they do not fit."""

    def fit(self, width: int, measure: Callable[[str], int] = len) -> tuple[str, ...]:
        """Return the parts that fit in `width` columns with their separators; the needed one always stays."""
        room = measure(" · ".join(self.parts[: self.needed + 1])) + 2 <= width
        kept: list[str] = []
        for part in self.parts if room else self.parts[self.needed :]:
            if kept and measure(" · ".join([*kept, part])) + 2 > width:
                break
            kept.append(part)
        return tuple(kept)


IDLE = ("○", "muted")
UNMOVED_AFTER = 3
"""Seconds from which on a request that does not get on with leaving is told as one."""

_RUNNING: dict[State, tuple[str, str]] = {
    State.PREPARING: ("◌", "muted"),
    State.CONNECTING: ("◌", "muted"),
    State.SENDING: ("◔", "accent"),
    State.SENT: ("◔", "muted"),
    State.ACCEPTED: ("◑", "accent"),
    State.ALIVE: ("●", "success"),
    State.THINKING: ("◆", "accent"),
    State.WRITING: ("●", "accent"),
    State.QUIET: ("●", "muted"),
    State.STALLED: ("▲", "warning"),
    State.RETRYING: ("↻", "warning"),
}

_PROGRESS = (
    *(State.RETRYING, State.STALLED, State.PREPARING, State.CONNECTING, State.SENDING, State.SENT),
    *(State.ACCEPTED, State.ALIVE, State.QUIET, State.THINKING, State.WRITING),
)
"""The states, the furthest last."""

_ENDED: dict[Status, tuple[str, str]] = {
    Status.COMPLETE: ("✓", "success"),
    Status.STOPPED: ("■", "muted"),
    Status.CUT: ("✂", "warning"),
    Status.LENGTH: ("⋯", "warning"),
    Status.FILTERED: ("▲", "warning"),
    Status.FAILED: ("✗", "error"),
    Status.RUNNING: ("✂", "warning"),
}


def running(reading: Reading) -> StatusText:
    """Return the status of a running reply."""
    sign, tone = _RUNNING[reading.state]
    first, *others = _running_parts(reading)
    told = reconnected() if reading.reconnected else ""
    parts = tuple(part for part in (first, told, *others) if part)
    return StatusText(
        sign, tone, parts, needed=1 if reading.state is State.RETRYING and reading.retry_error else 0
    )


def compared(turns: Sequence[Turn], all_: int) -> tuple[Turn, StatusText]:
    """Return the status of answers that run beside each other, `all_` with those that have ended.

    Its sign and its words are those of the turn that is furthest, which is returned too.
    """
    readings = [turn.vitals.read() for turn in turns]
    best = max(range(len(turns)), key=lambda at: _PROGRESS.index(readings[at].state))
    sign, tone = _RUNNING[readings[best].state]
    words, more = _("{n} of {all} writing"), ""
    if readings[best].state is not State.WRITING:
        words, more = _("{n} of {all} running"), running(readings[best]).parts[0]
    told = words.format(n=number(len(turns)), all=number(all_))
    return turns[best], StatusText(sign, tone, tuple(filter(None, (told, more))))


def reconnected() -> str:
    """Return the note on a request that was sent again because the open connection turned out closed."""
    return f"↻ {_('reconnected')}"


def waiting(host: str, elapsed: float) -> StatusText:
    """Return the status of a request whose response comes in one piece."""
    sign, tone = _RUNNING[State.SENT]
    return StatusText(sign, tone, (_("waiting for {host}").format(host=host), seconds(elapsed)))


def ended(message: Message, *, settled: bool = True) -> StatusText:
    """Return the status of a reply that has ended; until its end is saved, it cannot be gone on with."""
    sign, tone = _ENDED[message.status]
    more = continue_hint(message) if settled else ""
    first, *others = _ended_parts(message, more)
    others.insert(others.index(more) + 1 if more in others else 0, lost_pieces(message.unreadable))
    return StatusText(sign, tone, tuple(part for part in (first, *others) if part))


def sign(status: Status) -> tuple[str, str]:
    """Return the sign and the tone for the status of an answer in a list."""
    return _RUNNING[State.WRITING] if status is Status.RUNNING else _ENDED[status]


def seconds(value: float) -> str:
    """Return a duration in whole seconds, as a ticking clock shows it."""
    return _("{n} s").format(n=int(value)) if value < 10 else duration(int(value))


def window_title(running_: int, news: int, name: str) -> str:
    """Return the title of the terminal's window: numbers of answers, and the conversation on the screen.

    Empty if nothing runs and nothing is new.
    """
    counts = (("●", running_), ("✓", news))
    told = " ".join(f"{sign} {number(count)}" for sign, count in counts if count)
    return f"{told} · {clean_line(name, 60) or 'neurotui'}" if told else ""


def _running_parts(reading: Reading) -> list[str]:
    waited = seconds(reading.elapsed)
    match reading.state:
        case State.PREPARING:
            return [_("saving the question")]
        case State.CONNECTING:
            return [_("connecting"), waited]
        case State.SENDING:
            return [sending(reading), _unmoved(reading), waited]
        case State.SENT:
            return [_("sent, waiting for the server"), seconds(reading.in_state)]
        case State.ACCEPTED:
            return [_("accepted, waiting for the first word"), waited]
        case State.ALIVE:
            return [_("alive"), *_pings(reading), waited]
        case State.THINKING:
            return [_("thinking"), seconds(reading.thinking or 0), _rate(reading), *_pings(reading)]
        case State.WRITING:
            is_news = (reading.ping_ago or 0) < 10  # later the text alone shows that the server is alive
            pings = _pings(reading) if is_news else []
            return [_("writing"), _rate(reading), _first_token(reading.first_token), *pings]
        case State.QUIET:
            return [_("quiet for {time}").format(time=seconds(reading.silent)), *_pings(reading)]
        case State.STALLED:
            return [_("silent for {time}").format(time=seconds(reading.silent)), _rhythm(reading)]
        case State.RETRYING:
            return [
                reading.retry_error.brief if reading.retry_error else "",
                _("again in {time}").format(time=seconds(reading.retry_in + 0.999)),
                _("attempt {n}").format(n=reading.retry_attempt + 1),
            ]


def sending(reading: Reading) -> str:
    """Return how much of a request with files has left."""
    done = int(reading.left * 100)
    if reading.size < 1_000_000:
        return _("sending {n} %").format(n=done)
    size = _("{n} MB").format(n=decimal(reading.size / 1_000_000))
    return _("sending {n} % of {size}").format(n=done, size=size)


def _unmoved(reading: Reading) -> str:
    """Say for how long no more of a request has left; empty while it moves."""
    if reading.silent < UNMOVED_AFTER:
        return ""
    return _("the network has taken nothing for {time}").format(time=seconds(reading.silent))


def _ended_parts(message: Message, more: str) -> list[str]:
    """Return the parts, the most important first; `more` is how to go on with the answer, if that can be."""
    timing = message.timing
    total = duration(timing.total) if timing and timing.total is not None else ""
    match message.status:
        case Status.COMPLETE:
            first = _first_token(timing.first_token) if timing else ""
            reason = "" if message.finish_reason in {"", "stop"} else message.finish_reason
            return [_("finished"), reason, _tokens(message), total, first, cached_share(message)]
        case Status.STOPPED:
            closed = ""
            if timing and timing.closed is not None:
                closed = _("connection closed in {time}").format(time=duration(timing.closed))
            return [_("stopped"), _title(message), more, closed, _tokens(message), total]
        case Status.CUT if has_hole(message):
            return [_("the answer is not complete"), more, _repeat()]
        case Status.CUT | Status.RUNNING:
            return [_("cut off: the answer is not complete"), more, _repeat(), _title(message)]
        case Status.LENGTH:
            return [_("cut by the limit of tokens"), more, _tokens(message), total]
        case Status.FILTERED:
            return [_("cut by the content filter"), _tokens(message), total]
        case Status.FAILED if lacks_key(message):
            return [_("failed"), *without_key()]
        case Status.FAILED:
            return [_("failed"), more, _repeat(), _title(message)]


def lacks_key(message: Message) -> bool:
    """True if a question was not sent because there is no key."""
    return message.error is not None and message.error.kind == KeyMissing.kind


def without_key() -> tuple[str, str]:
    """Return the ways out if there is no key, for the status line."""
    return (
        _("{key} add a key").format(key=find("server").key),
        _("{key} try the demo").format(key=find("demo").key),
    )


def key_hint() -> str:
    """Return the ways out if there is no key, as a sentence."""
    words = _("Press {server} to add a key, or {demo} to try the demo")
    return words.format(server=find("server").key, demo=find("demo").key)


def continue_hint(message: Message) -> str:
    """Return how to go on with an answer, joined, that is not complete; empty if that cannot be done."""
    key = find("continue").key
    if not key or not is_offered(message):
        return ""
    if is_left_to_words(message):
        return _("{key} asks it to go on, as a new question").format(key=key)
    return _("{key} continues it").format(key=key)


def model_hint() -> str:
    """Return how to choose another model."""
    return _("{key}: choose a model").format(key=find("models").key)


def repeat_hint(message: Message) -> str:
    """Return how to ask again where the last answer failed or was cut; empty for any other message."""
    if message.role is not Role.ASSISTANT or lacks_key(message):
        return ""
    return _repeat() if message.status in {Status.FAILED, Status.CUT, Status.RUNNING} else ""


def _title(message: Message) -> str:
    return message.error.title if message.error else ""


def _repeat() -> str:
    key = find("repeat").key
    return _("{key} asks again").format(key=key) if key else ""


def _tokens(message: Message) -> str:
    if count := message.counted_tokens:
        return ngettext("{n} token", "{n} tokens", count).format(n=number(count))
    count = estimated_tokens(message)
    return ngettext("about {n} token", "about {n} tokens", count).format(n=number(count)) if count else ""


def _rate(reading: Reading) -> str:
    rate = round(reading.tokens_per_second)
    return _("{n} tok/s").format(n=number(rate)) if rate else ""  # pings alone may come for a while


def _first_token(first_token: float | None) -> str:
    return "" if first_token is None else _("first token {time}").format(time=duration(first_token))


def _pings(reading: Reading) -> list[str]:
    if reading.ping_ago is None:
        return []
    return [
        _("ping {time} ago").format(time=seconds(reading.ping_ago))
        if reading.ping_ago >= 1
        else _("ping just now"),
        ngettext("{n} ping", "{n} pings", reading.pings).format(n=number(reading.pings)),
    ]


def _rhythm(reading: Reading) -> str:
    if reading.rhythm is None:
        return _("no ping came") if reading.pings == 0 else _("one ping came")
    return _("pings came every {time}").format(time=_short(reading.rhythm))


def _short(value: float) -> str:
    return _("{n} s").format(n=decimal(value)) if value < 9.95 else duration(value)
