"""The ledger: what was spent, and what is running up.

One ledger serves all sessions of a program. It grants each answer a budget before its request leaves, knows
what the running ones have come to, and keeps those that have ended until the program does, since not all of
them may be on disk. The rest of the day it reads from the rows of `spending`.

Where a day is limited, tokens are reserved for an answer before it is asked for, in the transaction that
reads the sum. Others count that reservation, or what came, where that is more. So of two windows that ask at
once the second knows of the first, although nothing has been received yet.

Sums are in millionths of a US dollar. An answer without a price of its own is counted at the price that its
model has now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from neurotui.app.prices import price_of
from neurotui.chat.budget import NOTHING, Budget, Spent, any_limit, spent
from neurotui.chat.conversation import Bill, Message
from neurotui.errors import StoreError
from neurotui.settings.config import Settings
from neurotui.store.charges import DOLLAR, Charge, Total
from neurotui.wire.events import Usage

if TYPE_CHECKING:
    from neurotui.store.spending import Spending

USUAL_TOKENS = 2000
"""Reserved for an answer of a model that has not answered yet."""


@dataclass(frozen=True, slots=True)
class RunningBill:
    """A running answer and its cost up to now."""

    answer_id: str
    profile: str
    asked_model: str
    spent: Spent


@dataclass(frozen=True, slots=True)
class _Granted:
    """The budget of a running answer, and the tokens that were reserved for it."""

    answer: Message
    bill: Bill
    budget: Budget
    reserved: int


class Ledger:
    """Grants budgets to the sessions of a program, and sums up what they spend."""

    def __init__(self, settings: Callable[[], Settings], spending: Spending | None = None) -> None:
        """Without `spending`, nothing is known but the answers of this program."""
        self._settings = settings
        self._spending = spending
        self._granting = asyncio.Lock()
        self._granted: dict[str, _Granted] = {}
        self._ended: dict[str, Charge] = {}
        """The answers of this program that have ended today."""
        self._spent_here = NOTHING
        """Their sum."""

    @property
    def running(self) -> tuple[RunningBill, ...]:
        """The answers that run in this program, in the order in which they were asked for."""
        return tuple(
            RunningBill(id_, granted.bill.profile, granted.bill.asked_model, granted.budget.so_far())
            for id_, granted in self._granted.items()
        )

    async def allow(self, answer: Message, bill: Bill) -> Budget:
        """Return what an answer may cost, before its request leaves."""
        settings = self._settings()
        limits = settings.budget
        async with self._granting:  # the next one knows of this one
            start, end = _day()
            reserved, today = 0, NOTHING
            if limits.day_tokens or limits.day_cost:
                charge = Charge.of(replace(answer, bill=bill))
                known = [*self._ended, *self._granted]
                self._sum_up(settings, start, end)
                reserved, totals = await asyncio.to_thread(self._reserve, settings, charge, start, end, known)
                today = _sum(totals, settings)
            price = price_of(settings, bill.asked_model, bill.profile)
            budget = Budget(limits, price, bill.prompt_tokens, today, lambda: self._beside(answer.id, start))
            self._granted[answer.id] = _Granted(answer, bill, budget, reserved)
        return budget

    async def allowed(self, bills: Sequence[Bill]) -> int:
        """Return how many of these answers, asked for in this order, may leave by what is spent and reserved.

        Nothing is reserved by it.
        """
        settings = self._settings()
        limits = settings.budget
        if not any_limit(limits):
            return len(bills)
        async with self._granting:
            start, end = _day()
            known = [*self._ended, *self._granted]
            self._sum_up(settings, start, end)
            usual, totals = await asyncio.to_thread(self._outlook, bills, start, end, known)
            come = _sum(totals, settings) + self._beside("", start)
            for count, (bill, tokens) in enumerate(zip(bills, usual, strict=True)):
                price = price_of(settings, bill.asked_model, bill.profile)
                question = spent(Usage(bill.prompt_tokens), price)
                if (
                    0 < limits.answer_cost <= question.cost
                    or 0 < limits.day_tokens <= come.tokens
                    or 0 < limits.day_cost <= come.cost + question.cost
                ):
                    return count
                reserved = limits.answer_tokens or tokens or USUAL_TOKENS
                come += spent(Usage(bill.prompt_tokens, reserved), price)
        return len(bills)

    def note(self, answer: Message) -> None:
        """Remember what an answer has cost, now that it has ended."""
        self._granted.pop(answer.id, None)
        if answer.bill is not None:
            self._ended[answer.id] = Charge.of(answer)
            self._sum_up(self._settings(), *_day())

    def _reserve(
        self, settings: Settings, charge: Charge, start: float, end: float, known: Collection[str]
    ) -> tuple[int, Sequence[Total]]:
        """Return the tokens that are reserved for an answer, and what others have cost on this day."""
        reserved = settings.budget.answer_tokens or USUAL_TOKENS

        def decide(usual: int | None) -> int:
            nonlocal reserved
            reserved = settings.budget.answer_tokens or usual or USUAL_TOKENS
            return reserved

        if self._spending is None:
            return reserved, ()
        try:
            totals = self._spending.reserve(charge, decide, start, end, known)
        except StoreError:
            totals = []
        return reserved, totals

    def _outlook(
        self, bills: Sequence[Bill], start: float, end: float, known: Collection[str]
    ) -> tuple[Sequence[int | None], Sequence[Total]]:
        """Return the usual tokens of each answer, None where not known, and what others cost on this day."""
        if self._spending is not None:
            with suppress(StoreError):
                return self._spending.outlook([bill.asked_model for bill in bills], start, end, known)
        return [None] * len(bills), ()

    def _beside(self, answer_id: str, start: float) -> Spent:
        """Return what the other answers of this program have come to since a time."""
        running = (
            granted.budget.so_far(granted.reserved)
            for id_, granted in self._granted.items()
            if id_ != answer_id and granted.answer.created_at >= start
        )
        return sum(running, self._spent_here)

    def _sum_up(self, settings: Settings, start: float, end: float) -> None:
        """Sum up the answers that ended here, and forget those that were not asked for on this day."""
        self._ended = {id_: charge for id_, charge in self._ended.items() if start <= charge.at < end}
        self._spent_here = _sum(map(Total.of, self._ended.values()), settings)


def _day() -> tuple[float, float]:
    """Return the Unix times at which the day begins and ends, by the local clock."""
    midnight = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return midnight.timestamp(), (midnight + timedelta(days=1)).timestamp()


def _sum(totals: Iterable[Total], settings: Settings) -> Spent:
    tokens = micros = 0
    for total in totals:
        tokens += total.completion_tokens
        if total.micros is not None:
            micros += total.micros * DOLLAR // total.rate if total.rate else 0
        else:
            usage = Usage(total.prompt_tokens, total.completion_tokens, cached_tokens=total.cached_tokens)
            micros += round(spent(usage, price_of(settings, total.asked_model, total.profile)).cost * DOLLAR)
    return Spent(tokens, micros / DOLLAR)
