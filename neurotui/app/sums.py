"""Sums of what was spent, in one currency; and the day and the month that they are of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from neurotui.app.prices import Prices
from neurotui.chat.budget import NOTHING, Spent
from neurotui.store.charges import Total
from neurotui.wire.events import Usage
from neurotui.wire.price import Money


def sum_of(totals: Iterable[Total], currency: str, prices: Prices) -> Spent:
    """Return the sum of charges; those without a price of their own are counted at that of their model."""
    return sum((_counted(total, currency, prices) for total in totals), NOTHING)


def this_day() -> tuple[float, float]:
    """Return the Unix times at which the day begins and ends, by the local clock."""
    midnight = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return midnight.timestamp(), (midnight + timedelta(days=1)).timestamp()


def this_month() -> tuple[float, float]:
    """Return the Unix times at which the month begins and ends, by the local clock."""
    first = datetime.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    following = (first + timedelta(days=32)).replace(day=1)
    return first.timestamp(), following.timestamp()


def _counted(total: Total, currency: str, prices: Prices) -> Spent:
    tokens = total.completion_tokens
    if total.micros is not None:
        micros = Money(total.micros, total.currency, total.rate or 0).counted_in(currency)
    elif not total.prompt_tokens and not tokens:
        return NOTHING  # never left
    else:
        price = prices.price(total.asked_model, total.profile)
        usage = Usage(total.prompt_tokens, tokens, cached_tokens=total.cached_tokens)
        micros = price.cost(usage, total.answers).counted_in(currency) if price is not None else None
    return Spent(tokens, unpriced=total.answers) if micros is None else Spent(tokens, micros)
