"""Limits on spending: an answer that reaches one is stopped, as by Escape.

While an answer comes, its tokens are estimated; the server's count replaces the estimate if it comes early
enough. Money is tokens at the price of the model that was asked for, whatever name the server reports: a
dated one would have no price. Limits in money are in one currency, `Limits.currency`. An answer whose price
is unknown, or is in a currency whose rate is, counts there as unpriced: that is told, and no limit in money
holds it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from neurotui.chat.conversation import UNKNOWN_PRICE
from neurotui.chat.text import clean_line
from neurotui.chat.tokens import content_tokens
from neurotui.errors import BudgetReached
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import money, number
from neurotui.wire.price import DOLLAR, MICROS, Money, Price, currency_code
from neurotui.wire.usage import Usage

if TYPE_CHECKING:
    from neurotui.chat.conversation import Bill, Message
    from neurotui.chat.turn import Turn
    from neurotui.wire.request import ChatRequest


class Limits(Protocol):
    """Limits on spending, in tokens and in units of a currency; 0 means no limit."""

    @property
    def answer_tokens(self) -> int: ...
    @property
    def answer_cost(self) -> float: ...
    @property
    def day_tokens(self) -> int: ...
    @property
    def day_cost(self) -> float: ...
    @property
    def month_tokens(self) -> int: ...
    @property
    def month_cost(self) -> float: ...
    @property
    def currency(self) -> str: ...


def any_limit(limits: Limits) -> bool:
    """True if any limit is set."""
    return any((limits.answer_tokens, limits.answer_cost)) or any_sum_limit(limits)


def any_cost_limit(limits: Limits) -> bool:
    """True if a limit in money is set."""
    return any((limits.answer_cost, limits.day_cost, limits.month_cost))


def any_month_limit(limits: Limits) -> bool:
    """True if a limit for the month is set."""
    return any((limits.month_tokens, limits.month_cost))


def any_sum_limit(limits: Limits) -> bool:
    """True if a limit on many answers together is set: for the day or for the month."""
    return any((limits.day_tokens, limits.day_cost)) or any_month_limit(limits)


def currency_of(limits: Limits) -> str:
    """Return the currency of the limits in money; US dollars if what is set is none."""
    return currency_code(limits.currency) or DOLLAR


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens and money that were spent."""

    tokens: int = 0
    """Tokens of answers; those of the questions count towards the money alone."""
    micros: int = 0
    """Millionths of the currency of the limits."""
    unpriced: int = 0
    """Number of answers whose cost is not known in that currency, and not among `micros`."""

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.tokens + other.tokens, self.micros + other.micros, self.unpriced + other.unpriced)


NOTHING = Spent()


def spent(usage: Usage, price: Price | None, currency: str = DOLLAR) -> Spent:
    """Return the tokens and the cost of one answer."""
    micros = None if price is None else price.cost(usage).counted_in(currency)
    if micros is None:
        return Spent(usage.completion_tokens, unpriced=1 if _is_something(usage) else 0)
    return Spent(usage.completion_tokens, micros)


@dataclass(frozen=True, slots=True)
class Others:
    """The sums of all other answers, that of the one a limit is held against left out."""

    day: Spent = NOTHING
    month: Spent = NOTHING
    """The same month; the day is part of it."""

    def __add__(self, other: Spent) -> Others:
        """Add an answer of this day."""
        return Others(self.day + other, self.month + other)

    def plus(self, other: Others) -> Others:
        """Return both sums together."""
        return Others(self.day + other.day, self.month + other.month)


NO_OTHERS = Others()


def reservation(limits: Limits, price: Price | None, prompt_tokens: int, others: Others, usual: int) -> int:
    """Return the tokens to reserve for an answer; 0 if a limit lets it not leave.

    An answer may come to what the limits leave it, though its `usual` length is more: nothing beyond that is
    reserved, or those that were asked before would be stopped for it.
    """
    currency = currency_of(limits)
    question = spent(Usage(prompt_tokens), price, currency).micros
    tokens = limits.answer_tokens or usual
    if 0 < micros(limits.answer_cost) <= question:
        return 0
    per_million = None if price is None else Money(price.output, price.currency, price.rate)
    output = (per_million.counted_in(currency) if per_million else None) or 0
    periods = (
        (limits.day_tokens, limits.day_cost, others.day),
        (limits.month_tokens, limits.month_cost, others.month),
    )
    for most_tokens, most_cost, come in periods:
        if most_tokens:
            tokens = min(tokens, most_tokens - come.tokens)
        left = micros(most_cost) - come.micros - question
        if most_cost and left <= 0:
            return 0
        if most_cost and output:
            tokens = min(tokens, -(-left * MICROS // output))
    return max(0, tokens)


def micros(amount: float) -> int:
    """Return a limit in millionths; one that is set is never 0."""
    return max(1, round(amount * MICROS)) if amount > 0 else 0


def estimate(request: ChatRequest) -> int:
    """Estimate the number of tokens in a request."""
    return sum(map(content_tokens, (message.content for message in request.messages)))


class Budget:
    """The cost one answer may reach, and its cost so far."""

    def __init__(
        self,
        limits: Limits,
        find_price: Callable[[], Price | None],
        prompt_tokens: int,
        others: Callable[[], Others] = lambda: NO_OTHERS,
    ) -> None:
        """`find_price` is asked until it knows the price, which then holds to the end of the answer.

        `others` returns what all other answers come to, as far as is known now.
        """
        self.on_change: Callable[[], None] = lambda: None
        """Called when others turn out to have cost more: look whether a limit is `reached`."""
        self._price = find_price()
        self._find_price = find_price
        self._limits = limits
        self._currency = currency_of(limits)
        self._prompt_tokens = prompt_tokens
        self._others = others
        self._turn: Turn | None = None

    @property
    def is_in_money(self) -> bool:
        """True if a limit in money is set."""
        return any_cost_limit(self._limits)

    @property
    def price(self) -> Price | None:
        """The price of this answer; None while it is not known."""
        if self._price is None:
            self._price = self._find_price()
        return self._price

    def so_far(self, at_least: int = 0) -> Spent:
        """Return what the answer has come to, counted as `at_least` so many tokens."""
        tokens = self._turn.tokens(self._prompt_tokens) if self._turn else Usage(self._prompt_tokens)
        tokens = replace(tokens, completion_tokens=max(at_least, tokens.completion_tokens))
        return spent(tokens, self.price, self._currency)

    def cost(self, turn: Turn) -> Money | None:
        """Return what an answer has cost so far; None if its model has no price."""
        return None if self.price is None else self.price.cost(turn.tokens(self._prompt_tokens))

    def reached(self, turn: Turn) -> BudgetReached | None:
        """Return the error that ends an answer which has reached a limit; None if it has reached none."""
        self._turn = turn
        if not any_limit(self._limits):
            return None
        limits = self._limits
        answer = spent(turn.tokens(self._prompt_tokens), self.price, self._currency)
        sums = self._others() + answer
        if 0 < limits.answer_tokens <= answer.tokens:
            count = limits.answer_tokens
            return BudgetReached(
                limit=ngettext("{n} token per answer", "{n} tokens per answer", count).format(n=number(count))
            )
        if 0 < micros(limits.answer_cost) <= answer.micros:
            return BudgetReached(limit=_("{money} per answer").format(money=self._money(limits.answer_cost)))
        if 0 < limits.day_tokens <= sums.day.tokens:
            count = limits.day_tokens
            return BudgetReached(
                limit=ngettext("{n} token per day", "{n} tokens per day", count).format(n=number(count))
            )
        if 0 < micros(limits.day_cost) <= sums.day.micros:
            words = _("{money} per day").format(money=self._money(limits.day_cost))
            return BudgetReached(limit=_with_unpriced(words, sums.day))
        if 0 < limits.month_tokens <= sums.month.tokens:
            count = limits.month_tokens
            return BudgetReached(
                limit=ngettext("{n} token per month", "{n} tokens per month", count).format(n=number(count))
            )
        if 0 < micros(limits.month_cost) <= sums.month.micros:
            words = _("{money} per month").format(money=self._money(limits.month_cost))
            return BudgetReached(limit=_with_unpriced(words, sums.month))
        return None

    def _money(self, amount: float) -> str:
        return money(amount, self._currency)


def unpriced_answers(count: int) -> str:
    """Say how many answers have no price; empty for none."""
    if not count:
        return ""
    words = ngettext("{n} answer without a price", "{n} answers without a price", count)
    return words.format(n=number(count))


def cost_of(message: Message) -> Money | None:
    """Return what an answer has cost, by the price of its time; None if that is not known."""
    bill = message.bill
    if bill is None or bill.cost is None:
        return None
    return Money(round(bill.cost * MICROS), currency_code(bill.currency), bill.rate)


def not_held(model: str, *, lacks_rate: bool = False) -> str:
    """Say that no limit in money holds the answers of a model, which may be any text.

    `lacks_rate` tells that its price is known, and not what that is in the currency of the limits.
    """
    words = _("the price of {model} is not known: a limit in money does not hold it")
    if lacks_rate:
        words = _(
            "the price of {model} is in another currency, and no rate is set: "
            "a limit in money does not hold it"
        )
    return words.format(model=clean_line(model, 60))


def was_held(answer: Message, limits: Limits) -> bool:
    """True if limits in money could hold an answer, or if there are none."""
    if not any_cost_limit(limits) or answer.bill is None:
        return True
    cost = cost_of(answer)
    is_free = not (answer.bill.prompt_tokens or answer.bill.completion_tokens)
    return is_free or (cost is not None and cost.counted_in(currency_of(limits)) is not None)


def final_bill(estimated: Bill, turn: Turn, budget: Budget | None) -> Bill:
    """Return the bill of an answer that has ended."""
    tokens = turn.tokens(estimated.prompt_tokens)
    cost = budget.cost(turn) if budget is not None else None
    bill = replace(
        estimated,
        prompt_tokens=tokens.prompt_tokens,
        completion_tokens=tokens.completion_tokens,
        cached_tokens=tokens.cached_tokens,
    )
    if cost is None or budget is None or budget.price is None:
        is_missed = budget is not None and budget.is_in_money and _is_something(tokens)
        return replace(bill, source=UNKNOWN_PRICE) if is_missed else bill
    return replace(bill, cost=cost.amount, currency=cost.currency, rate=cost.rate, source=budget.price.source)


def _with_unpriced(words: str, come: Spent) -> str:
    """Return a limit with the number of answers that it does not count."""
    beside = unpriced_answers(come.unpriced)
    return f"{words} ({_('beside {answers}').format(answers=beside)})" if beside else words


def _is_something(usage: Usage) -> bool:
    return bool(usage.prompt_tokens or usage.completion_tokens)
