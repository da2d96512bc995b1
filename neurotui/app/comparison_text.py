"""Texts for an answer in a comparison: its state and its figures. Pure, without a terminal."""

from __future__ import annotations

from neurotui.app import wording
from neurotui.app.comparison import Comparison
from neurotui.app.wording import StatusText
from neurotui.chat.budget import cost_of
from neurotui.chat.conversation import Message, Status
from neurotui.chat.receipts import estimated_tokens
from neurotui.chat.session import Session
from neurotui.chat.text import clean_line
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import about, duration, money, number
from neurotui.wire.price import Money

LONGEST_NAME = 60
"""Characters of a name that are shown."""


def name_of(comparison: Comparison, session: Session) -> str:
    """Return the model that was asked, behind its profile where several profiles are asked, and clean."""
    several = len({each.participant.profile for each in comparison.sessions}) > 1
    profile, model = session.participant.profile, session.participant.model
    return clean_line(f"{profile}:{model}" if several and profile else model, LONGEST_NAME)


def status_of(comparison: Comparison, session: Session) -> StatusText:
    """Return how an answer stands, in one part, and when its first token came."""
    if comparison.runs(session) and session.turn is not None:
        reading = session.turn.vitals.read()
        status, first = wording.running(reading), reading.first_token
    else:
        answer = comparison.answer(session)
        if answer.status is Status.RUNNING:
            return StatusText("◌", "muted", (_("being written elsewhere"),))
        status, first = wording.ended(answer), answer.timing.first_token if answer.timing else None
    parts = [status.parts[status.needed] if status.needed else status.parts[0]]
    if first is not None:
        parts.append(_("first token {time}").format(time=duration(first)))
    elif status.tone != "error" and len(status.parts) > 1:
        parts.append(status.parts[1])
    return StatusText(status.sign, status.tone, tuple(parts))


def figures_of(comparison: Comparison, session: Session) -> tuple[str, ...]:
    """Return tokens a second, tokens, and the cost; an estimate is marked by ~."""
    if comparison.runs(session) and session.turn is not None:
        reading = session.turn.vitals.read()
        return _figures(reading.tokens, True, reading.tokens_per_second, session.cost)
    answer = comparison.answer(session)
    count = answer.counted_tokens
    tokens = count or estimated_tokens(answer)
    return _figures(tokens, not count, _rate(answer, tokens), cost_of(answer))


def _figures(tokens: int, estimated: bool, rate: float, cost: Money | None) -> tuple[str, ...]:
    if not tokens:
        return ()
    sign = about if estimated else str
    words = ngettext("{n} token", "{n} tokens", tokens)
    return tuple(
        filter(
            None,
            (
                _("{n} tok/s").format(n=number(round(rate))) if rate else "",
                words.format(n=sign(number(tokens))),
                sign(money(cost.amount, cost.currency)) if cost is not None else _("price unknown"),
            ),
        )
    )


def _rate(answer: Message, tokens: int) -> float:
    """Return the tokens a second, from the first one to the end."""
    timing = answer.timing
    if timing is None or timing.total is None or timing.first_token is None:
        return 0.0
    span = timing.total - timing.first_token
    return tokens / span if span > 0.05 else 0.0
