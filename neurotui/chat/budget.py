"""What may be spent: an answer that reaches a limit is stopped, as by Escape.

While an answer comes, its tokens are estimated; a count by the server, where one comes early enough, is
taken instead. Money is tokens at the prices that the user has set for the model that was asked for, whatever
name the server reports: a dated one would have no price. A model without a price costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from neurotui.chat.tokens import estimate_tokens
from neurotui.errors import BudgetReached
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import money, number
from neurotui.wire.events import Usage
from neurotui.wire.request import ChatRequest

if TYPE_CHECKING:
    from neurotui.chat.turn import Turn


class Limits(Protocol):
    """How much may be spent; 0 is no limit."""

    @property
    def answer_tokens(self) -> int: ...
    @property
    def answer_cost(self) -> float: ...
    @property
    def day_tokens(self) -> int: ...
    @property
    def day_cost(self) -> float: ...


class Price(Protocol):
    """US dollars for a million tokens."""

    @property
    def input(self) -> float: ...
    @property
    def output(self) -> float: ...
    @property
    def cached(self) -> float: ...


def any_limit(limits: Limits) -> bool:
    """True if anything is limited."""
    return any((limits.answer_tokens, limits.answer_cost, limits.day_tokens, limits.day_cost))


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent."""

    tokens: int = 0
    """Of answers; what the questions had is in the cost alone."""
    cost: float = 0.0
    """In US dollars."""

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.tokens + other.tokens, self.cost + other.cost)


NOTHING = Spent()


@dataclass(frozen=True, slots=True)
class PaidAnswer:
    """The cost of an answer, or that by which it can be told."""

    id: str
    model: str
    """The one that was asked for; of answers that do not tell, the one that answered."""
    tokens: Usage
    """Estimates, where the server did not count."""
    cost: float | None
    """In US dollars, at the prices that held; None where there was none, or where the answer runs."""


def spent(usage: Usage, price: Price | None) -> Spent:
    """What tokens come to at a price."""
    if price is None:
        return Spent(usage.completion_tokens)
    cached = min(usage.cached_tokens, usage.prompt_tokens) if price.cached else 0
    cost = (
        (usage.prompt_tokens - cached) * price.input
        + cached * price.cached
        + usage.completion_tokens * price.output
    )
    return Spent(usage.completion_tokens, cost / 1_000_000)


def estimate(request: ChatRequest) -> int:
    """About how many tokens a request has."""
    return sum(estimate_tokens(message.content) for message in request.messages)


class Budget:
    """The cost that one answer may reach, and the cost it has so far."""

    def __init__(
        self, limits: Limits, price: Price | None, prompt_tokens: int, today: Spent = NOTHING
    ) -> None:
        """`today` is what other answers of this day have cost."""
        self._limits = limits
        self._price = price
        self._prompt_tokens = prompt_tokens
        self._today = today

    def cost(self, turn: Turn) -> float | None:
        """US dollars that an answer has come to; None for a model without a price."""
        return None if self._price is None else spent(turn.tokens(self._prompt_tokens), self._price).cost

    def reached(self, turn: Turn) -> BudgetReached | None:
        """The limit that an answer has reached, as the error that ends it; None where there is none."""
        if not any_limit(self._limits):
            return None
        answer = spent(turn.tokens(self._prompt_tokens), self._price)
        limits, day = self._limits, self._today + answer
        if 0 < limits.answer_tokens <= answer.tokens:
            count = limits.answer_tokens
            return BudgetReached(
                limit=ngettext("{n} token per answer", "{n} tokens per answer", count).format(n=number(count))
            )
        if 0 < limits.answer_cost <= answer.cost:
            return BudgetReached(limit=_("{money} per answer").format(money=money(limits.answer_cost)))
        if 0 < limits.day_tokens <= day.tokens:
            count = limits.day_tokens
            return BudgetReached(
                limit=ngettext("{n} token per day", "{n} tokens per day", count).format(n=number(count))
            )
        if 0 < limits.day_cost <= day.cost:
            return BudgetReached(limit=_("{money} per day").format(money=money(limits.day_cost)))
        return None
