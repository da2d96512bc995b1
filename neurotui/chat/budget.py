"""Limits on spending: an answer that reaches one is stopped, as by Escape.

While an answer comes, its tokens are estimated; the server's count replaces the estimate if it comes early
enough. Money is tokens at the prices that the user has set for the model that was asked for, whatever name
the server reports: a dated one would have no price. A model without a price costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Protocol

from neurotui.chat.tokens import content_tokens
from neurotui.errors import BudgetReached
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import money, number
from neurotui.wire.events import Usage
from neurotui.wire.request import ChatRequest

if TYPE_CHECKING:
    from neurotui.chat.turn import Turn


class Limits(Protocol):
    """Limits on spending, in tokens and US dollars; 0 means no limit."""

    @property
    def answer_tokens(self) -> int: ...
    @property
    def answer_cost(self) -> float: ...
    @property
    def day_tokens(self) -> int: ...
    @property
    def day_cost(self) -> float: ...


class Price(Protocol):
    """US dollars per million tokens."""

    @property
    def input(self) -> float: ...
    @property
    def output(self) -> float: ...
    @property
    def cached(self) -> float: ...


def any_limit(limits: Limits) -> bool:
    """True if any limit is set."""
    return any((limits.answer_tokens, limits.answer_cost, limits.day_tokens, limits.day_cost))


def any_day_limit(limits: Limits) -> bool:
    """True if a limit for the day is set."""
    return any((limits.day_tokens, limits.day_cost))


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens and money that were spent."""

    tokens: int = 0
    """Tokens of answers; those of the questions count towards `cost` alone."""
    cost: float = 0.0
    """US dollars."""

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.tokens + other.tokens, self.cost + other.cost)


NOTHING = Spent()


def spent(usage: Usage, price: Price | None) -> Spent:
    """Return the tokens and the cost of `usage`; without a price it costs nothing."""
    if price is None:
        return Spent(usage.completion_tokens)
    cached = min(usage.cached_tokens, usage.prompt_tokens) if price.cached else 0
    cost = (
        (usage.prompt_tokens - cached) * price.input
        + cached * price.cached
        + usage.completion_tokens * price.output
    )
    return Spent(usage.completion_tokens, cost / 1_000_000)


def reservation(limits: Limits, price: Price | None, prompt_tokens: int, others: Spent, usual: int) -> int:
    """Return the tokens to reserve for an answer; 0 if a limit lets it not leave.

    An answer may come to what the limits leave it, though its `usual` length is more: nothing beyond that is
    reserved, or those that were asked before would be stopped for it.
    """
    question = spent(Usage(prompt_tokens), price).cost
    cost, tokens = others.cost + question, limits.answer_tokens or usual
    if 0 < limits.answer_cost <= question or 0 < limits.day_cost <= cost:
        return 0
    if limits.day_tokens:
        tokens = min(tokens, limits.day_tokens - others.tokens)
    if limits.day_cost and price is not None and price.output:
        tokens = min(tokens, ceil((limits.day_cost - cost) * 1_000_000 / price.output))
    return max(0, tokens)


def estimate(request: ChatRequest) -> int:
    """Estimate the number of tokens in a request."""
    return sum(map(content_tokens, (message.content for message in request.messages)))


class Budget:
    """The cost one answer may reach, and its cost so far."""

    def __init__(
        self,
        limits: Limits,
        price: Price | None,
        prompt_tokens: int,
        others: Callable[[], Spent] = lambda: NOTHING,
    ) -> None:
        """`others` returns what all other answers of this day come to, as far as is known now."""
        self.on_change: Callable[[], None] = lambda: None
        """Called when others turn out to have cost more: look whether a limit is `reached`."""
        self._limits = limits
        self._price = price
        self._prompt_tokens = prompt_tokens
        self._others = others
        self._turn: Turn | None = None

    def so_far(self, at_least: int = 0) -> Spent:
        """Return what the answer has come to, counted as `at_least` so many tokens."""
        tokens = self._turn.tokens(self._prompt_tokens) if self._turn else Usage(self._prompt_tokens)
        return spent(replace(tokens, completion_tokens=max(at_least, tokens.completion_tokens)), self._price)

    def cost(self, turn: Turn) -> float | None:
        """Return what an answer has cost so far, in US dollars; None if its model has no price."""
        return None if self._price is None else spent(turn.tokens(self._prompt_tokens), self._price).cost

    def reached(self, turn: Turn) -> BudgetReached | None:
        """Return the error that ends an answer which has reached a limit; None if it has reached none."""
        self._turn = turn
        if not any_limit(self._limits):
            return None
        answer = spent(turn.tokens(self._prompt_tokens), self._price)
        limits, day = self._limits, self._others() + answer
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
