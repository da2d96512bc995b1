"""The falls of balances by day beside the charges of these days, and what is known of stops."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from neurotui.app.money import stops
from neurotui.app.money.balance_days import NAME, BalanceDays, Reading
from neurotui.app.money.balance_units import elsewhere, in_currency
from neurotui.app.money.reconciler import Untold
from neurotui.app.server_refs import ServerRef
from neurotui.chat.reconciliation import is_coarse, unexplained
from neurotui.settings.config import Settings
from neurotui.wire.price import DOLLAR, MICROS, Money

if TYPE_CHECKING:
    from neurotui.store.learnt import Learnt
    from neurotui.store.money.spending import Spending


@dataclass(frozen=True, slots=True)
class DayFall:
    """By how much a balance fell on a day, from its first reading to its last."""

    day: str
    profile: str
    fall: int
    """Millionths of `currency`."""
    currency: str
    answers: int = 0
    """Number of the answers that it is held against."""
    explained: int | None = None
    """Cost of these answers; None if it is not known."""
    unexplained: int = 0
    """The rest, 0 where both agree; less than 0 if the answers explain more."""
    untold: Untold | None = None
    """The reason why it cannot be told; None if it can."""


@dataclass(frozen=True, slots=True)
class BalanceReport:
    """Facts that balances have told."""

    days: tuple[DayFall, ...] = ()
    """The latest first."""
    stops: tuple[tuple[str, int, int], ...] = ()
    """Models, how often a stop has stopped their bill, and how often that was told."""


NO_BALANCES = BalanceReport()


def read(
    learnt: Learnt,
    spending: Spending,
    settings: Settings,
    today: date,
    days: int | None,
    only: ServerRef | None = None,
) -> BalanceReport:
    """Return what balances told of the last days, None for all that is kept; of one server or of all.

    Blocks; raises StoreError.
    """
    since = "" if days is None else (today - timedelta(days=min(days, 1000) - 1)).isoformat()
    falls: list[DayFall] = []
    for mark, _model, text in learnt.all(NAME):
        ref, kept = ServerRef.read(mark), BalanceDays.read(text)
        if only not in {None, ref}:
            continue
        for day, (first, last) in kept.days.items():
            if day >= since and last.mark > first.mark:
                fall = _fall(day, ref, kept, (first, last), spending, settings)
                falls += [fall] if fall is not None else []
    counts: dict[str, list[tuple[int, int]]] = {}
    for server, model, text in learnt.all(stops.NAME):
        if only is not None and server != only.address.lower():
            continue
        counts.setdefault(model, []).append(stops.read(text))
    return BalanceReport(
        tuple(sorted(falls, key=lambda fall: (fall.day, fall.profile), reverse=True)),
        tuple(
            (model, sum(held for held, _told in found), sum(told for _held, told in found))
            for model, found in sorted(counts.items())
        ),
    )


def as_json(report: BalanceReport) -> dict[str, object]:
    """Return a report as `neurotui usage --json` prints it."""
    return {
        "balances": [
            {
                "day": day.day,
                "profile": day.profile,
                "answers": day.answers,
                "fell": day.fall / MICROS,
                "explained": None if day.explained is None else day.explained / MICROS,
                "unexplained": None if day.untold is not None else day.unexplained / MICROS,
                "currency": day.currency,
                "cannot_be_told": day.untold.name.lower() if day.untold is not None else None,
            }
            for day in report.days
        ],
        "stops": [
            {"model": model, "stopped_the_bill": held, "told": told} for model, held, told in report.stops
        ],
    }


def _fall(
    day: str,
    ref: ServerRef,
    kept: BalanceDays,
    readings: tuple[Reading, Reading],
    spending: Spending,
    settings: Settings,
) -> DayFall | None:
    """Hold the readings of a day against its charges, each by its own rate; None without any."""
    first, last = readings
    found = spending.explained(first.mark, last.mark, ref.profile)
    if not found.totals:
        return None
    profile, unit = settings.profiles.get(ref.profile), kept.currency
    rate = round(profile.rate * MICROS) if profile is not None else 0
    fall, answers = last.used - first.used, sum(total.answers for total in found.totals)
    costs = [Money(total.micros or 0, total.currency, total.rate or 0) for total in found.totals]
    sums = [in_currency(cost, unit, (rate,)) for cost in costs]
    parts = zip(costs, found.estimated, strict=True)
    guesses = [in_currency(replace(cost, micros=part), unit, (rate,)) for cost, part in parts]
    cost, estimated = (sum(each or 0 for each in some) for some in (sums, guesses))
    others = spending.beside(first.mark, last.mark, [*elsewhere(ref, settings), ref.profile])
    untold = None
    if others:
        untold = Untold.BESIDE
    elif any(total.micros is None for total in found.totals):
        untold = Untold.PRICE
    elif None in sums:
        untold = Untold.RATE
    elif is_coarse(kept.step, cost):
        untold = Untold.STEP
    more = 0 if untold is not None else unexplained(fall, kept.step, cost, estimated)
    shown = {cost.currency for cost in costs}
    currency = shown.pop() if len(shown) == 1 else unit
    rates = *(cost.rate for cost in reversed(costs) if cost.currency != DOLLAR), rate
    unit_rate = MICROS if unit == DOLLAR else rate
    told = [in_currency(Money(micros, unit, unit_rate), currency, rates) for micros in (fall, cost, more)]
    if None in told:
        currency, told = unit, [fall, cost, more]
    shown_fall, shown_cost, shown_more = (micros or 0 for micros in told)
    return DayFall(
        day,
        ref.profile,
        shown_fall,
        currency,
        answers,
        None if untold in {Untold.PRICE, Untold.RATE} else shown_cost,
        shown_more,
        untold,
    )
