"""Holds the fall of a balance against receipts: of a turn that ran alone, and of a day.

A balance is looked at only where an answer is seen, and not sooner than `SETTLING` after its end, since
servers bill late; again until it has fallen and stands still, and then no more. Whether anything else ran is
told by the rows of `spending`, which each window writes before a request leaves. So no clock is asked.

A server tells its balance in a unit of its own. It is taken for US dollars, in which gateways count, unless
the profile says otherwise (`balance`). A rate turns it into the currency that the answer was priced in: the
rate that was kept with the answer, or that of the profile.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum, auto
from typing import TYPE_CHECKING

from neurotui.app.money.balance_units import balance_unit, elsewhere, in_currency
from neurotui.app.money.stops import Stops
from neurotui.chat.budget import cost_of
from neurotui.chat.conversation import Message, Status, Timing
from neurotui.chat.reconciliation import is_coarse
from neurotui.errors import StoreError
from neurotui.wire.price import MICROS, Money

if TYPE_CHECKING:
    from neurotui.app.accounts import Account
    from neurotui.app.money.balance_days import Reading
    from neurotui.app.money.prices import Prices
    from neurotui.settings.config import Settings
    from neurotui.store.store import Store

PAUSES = (1, 1, 2, 4)
"""Pauses before each look, in times of the settling."""
REST = 6
"""Times of the settling after which an answer is billed, though the balance was looked at only once."""
_LAST = 2**62


class Untold(Enum):
    """The reason why a balance does not tell what an answer has cost."""

    BEGINNING = auto()
    """The balance before it is not known, or something may still have been billed then."""
    BESIDE = auto()
    """Something else ran on the account."""
    UNSETTLED = auto()
    """It has not fallen yet, or does not stand still."""
    STEP = auto()
    """It moves in steps that are too large."""
    PRICE = auto()
    """The price is not known, or only a part of it."""
    RATE = auto()
    """The price is in another currency, and the rate is not set."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of holding a balance against an answer."""

    answer_id: str
    timing: Timing | None = None
    """The timing of the answer with what was told; None if nothing was."""
    untold: Untold | None = None
    """None if the answer can be held against the balance."""


class Reconciler:
    """Looks at the balances of accounts. Call its methods on the event loop."""

    def __init__(
        self,
        store: Store,
        prices: Prices,
        settings: Callable[[], Settings],
        settling: float,
        clock: Callable[[], float] = lambda: time.time(),
    ) -> None:
        """`settling` is the number of seconds that a server may take to bill an answer."""
        self.stops = Stops(store.learnt, store.spending, prices)
        self._spending, self._learnt = store.spending, store.learnt
        self._prices, self._settings = prices, settings
        self._settling, self._clock = settling, clock

    async def begin(self, account: Account) -> None:
        """Ask for the balance before the first turn of an account, once."""
        if not account.is_new:
            return
        account.is_new = False
        account.reading = await self._read(account, REST * self._settling)
        if account.reading is not None:
            await self._keep(account, account.reading)

    async def look(
        self, account: Account, answer: Message, told: Callable[[Account], None], changes: int
    ) -> Outcome | None:
        """Ask what an answer has cost; `told` is called with each balance that is told.

        `changes` are those of the account at the end of the answer. None if another turn has begun or ended
        since, for then that one asks.
        """
        before, last = account.reading, None
        for pause in PAUSES:
            await asyncio.sleep(pause * self._settling)
            if account.is_busy or account.changes != changes:
                return None
            reading = await self._read(account, self._settling)
            told(account)
            if reading is None or account.changes != changes:
                return None
            fell = before is None or reading.used != before.used
            if not fell and not _is_priced(answer):
                break  # nothing has to come
            if fell and last is not None and reading.used == last.used:
                break
            last = reading
        else:
            account.reading = replace(last, clean=False) if last is not None else None
            return Outcome(answer.id, untold=Untold.UNSETTLED)
        if not fell and not _is_free(answer):  # it may still be billed
            reading = replace(reading, clean=False)
        account.reading = reading
        step = await self._keep(account, reading)
        if before is None or not before.clean or reading.used < before.used:
            return Outcome(answer.id, untold=Untold.BEGINNING)
        if reading.begun - before.begun != 1 or await self._beside(account, before, answer):
            return Outcome(answer.id, untold=Untold.BESIDE)
        return await self._told(account, answer, reading.used - before.used, step)

    # Internals

    async def _read(self, account: Account, rest: float) -> Reading | None:
        """Ask for the balance; it is clean if nothing runs, or has ended within so many seconds."""
        from neurotui.app.money.balance_days import Reading

        profiles, begun, changes = elsewhere(account.ref, self._settings()), account.begun, account.changes
        clean = not account.is_busy
        number = 0
        try:
            before = await asyncio.to_thread(self._spending.mark, profiles)
            await account.ask()
            after = await asyncio.to_thread(self._spending.mark, profiles)
            number = after.number
            resting = not 0 <= self._clock() - after.ended_at < rest  # a clock may have gone back
            clean &= before.number == number and not before.running and not after.running and resting
        except StoreError:  # other windows are not known
            clean = False
            await account.ask()
        if account.balance is None:
            return None
        used, left = account.balance.used, account.balance.remaining
        return Reading(
            round(used * MICROS),
            None if left is None else round((used + left) * MICROS),
            number,
            begun,
            clean and account.changes == changes,
        )

    async def _keep(self, account: Account, reading: Reading) -> int:
        """Keep a reading for its day; return the step in which the balance moves."""
        from neurotui.app.money.balance_days import NAME, BalanceDays

        if not account.profile or account.ref.kind:
            account.step = BalanceDays(step=account.step).seen(reading, "USD").step
            return account.step
        currency, _rate = balance_unit(self._settings(), account.profile)

        def change(text: str) -> str:
            kept = BalanceDays.read(text).seen(reading, currency)
            if reading.clean:
                kept = kept.noted(reading, date.fromtimestamp(self._clock()))
            return kept.as_text()

        with suppress(StoreError):
            text = await asyncio.to_thread(self._learnt.change, account.ref.mark, "", NAME, change)
            account.step = BalanceDays.read(text).step
        return account.step

    async def _beside(self, account: Account, before: Reading, answer: Message) -> bool:
        profiles = elsewhere(account.ref, self._settings())
        try:
            return bool(
                await asyncio.to_thread(self._spending.beside, before.mark, _LAST, profiles, answer.id)
            )
        except StoreError:
            return True

    async def _told(self, account: Account, answer: Message, fall: int, step: int) -> Outcome:
        """Hold a fall against the receipt of the one answer it is of."""
        unit, rate = balance_unit(self._settings(), account.profile)
        cost, bill, timing = cost_of(answer), answer.bill, answer.timing or Timing()
        currency, rates = (cost.currency, (cost.rate, rate)) if cost is not None else (unit, (0, rate))
        spent, coarse = (in_currency(Money(sum_, unit, rate), currency, rates) for sum_ in (fall, step))
        if spent is None or coarse is None:
            return Outcome(answer.id, untold=Untold.RATE)
        if fall <= 0 and not _is_free(answer):
            return Outcome(answer.id, untold=Untold.UNSETTLED)
        if is_coarse(coarse, spent if cost is None else cost.micros) and not (cost and fall <= 0):
            return Outcome(answer.id, untold=Untold.STEP)
        price = self._prices.price(bill.asked_model, account.profile, account.ref.address) if bill else None
        whole = cost is not None and not (price is not None and price.at_least)
        timing = replace(
            timing,
            spent=spent / MICROS,
            spent_currency=currency,
            step=max(coarse, 1) / MICROS if whole else 0.0,
        )
        if answer.status is Status.STOPPED and timing.closed is not None and bill is not None:
            if whole:
                timing = await self.stops.note(account, replace(answer, timing=timing))
            else:
                timing = self.stops.told(timing, await self.stops.known(account, bill.asked_model))
        return Outcome(answer.id, timing, None if whole else Untold.PRICE)


def _is_priced(answer: Message) -> bool:
    """True if an answer must lower a balance."""
    cost = cost_of(answer)
    return cost is not None and cost.micros > 0


def _is_free(answer: Message) -> bool:
    cost = cost_of(answer)
    return cost is not None and cost.micros == 0
