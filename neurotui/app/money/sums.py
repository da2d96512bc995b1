"""Sums of what was spent, in one currency; and the day and the month that they are of."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from neurotui.app.money.prices import Prices
from neurotui.chat.budget import NOTHING, Spent
from neurotui.errors import StoreError
from neurotui.store.money.charges import Total
from neurotui.wire.price import Money
from neurotui.wire.usage import Usage

if TYPE_CHECKING:
    from neurotui.store.money.spending import Spending


EARLIER = 600.0
"""Seconds for which the sum of earlier days holds: only an answer that runs past midnight changes it."""


class EarlierDays:
    """The sum of the days of a month before the present one, read now and then."""

    def __init__(self, spending: Spending | None, prices: Prices) -> None:
        self.spent = NOTHING
        self._spending = spending
        self._prices = prices
        self._read: tuple[str, float, float] | None = None
        self._read_at = 0.0

    async def read(self, currency: str, start: float, end: float, but: Collection[str]) -> None:
        """Read it, without the answers with some ids, unless that was done not long ago."""
        wanted, now = (currency, start, end), time.monotonic()
        if self._spending is None or (wanted == self._read and now - self._read_at < EARLIER):
            return
        with suppress(StoreError):  # the journal tells of it
            found = await asyncio.to_thread(self._spending.past_totals, start, end, but)
            self.spent = sum_of(found, currency, self._prices)
            self._read, self._read_at = wanted, now


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
