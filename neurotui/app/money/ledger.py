"""The ledger: what was spent, and what is running up.

One ledger serves all sessions of a program. It grants each answer a budget before its request leaves, knows
what the running ones have come to, and keeps those that have ended until the program does, since not all of
them may be on disk. The rest of the day it reads from the rows of `spending`.

Where a day is limited, tokens are reserved for an answer before it is asked for, in the transaction that
reads the sum. Others count that reservation, or what came, where that is more. So of two windows that ask at
once the second knows of the first, although nothing has been received yet. For answers that are asked for
together, all is reserved in one transaction, or nothing.

While an answer runs, others go on as well, in other windows too. So when something comes of it, a thread
writes each `INTERVAL` how many tokens came here, and reads what the others have come to: between an answer in
one window and the stop in another lie two of these at most. Without such a limit nobody looks.

Sums are in millionths of the currency of the budget, by the rate that was kept with each answer. One without
a price of its own counts at the price that its model has now; where there is none, or no rate, as unpriced.

The days before, which a limit for the month needs, are read now and then: little changes them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from neurotui.app.money.prices import Prices
from neurotui.app.money.sums import EarlierDays, sum_of, this_day, this_month
from neurotui.chat.budget import (
    NO_OTHERS,
    NOTHING,
    Budget,
    Others,
    Spent,
    any_cost_limit,
    any_month_limit,
    any_sum_limit,
    currency_of,
    reservation,
    spent,
)
from neurotui.chat.conversation import Bill, Message, Role, Status, new_id
from neurotui.errors import BudgetReached, StoreError
from neurotui.i18n import _
from neurotui.settings.config import Settings
from neurotui.store.money.charges import Charge, Total
from neurotui.wire.price import Price
from neurotui.wire.usage import Usage

if TYPE_CHECKING:
    from neurotui.store.money.spending import Spending
    from neurotui.store.store import Store

T = TypeVar("T")

USUAL_TOKENS = 2000
"""Reserved for an answer of a model that has not answered yet."""
INTERVAL = 0.2
"""Least time between two looks at what other windows have come to (seconds)."""


@dataclass(frozen=True, slots=True)
class RunningBill:
    """A running answer and its cost up to now."""

    answer_id: str
    profile: str
    asked_model: str
    spent: Spent


@dataclass(frozen=True, slots=True)
class _Reserved:
    """The reservation of an answer that is about to be asked for."""

    at: float
    tokens: int
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

    def __init__(
        self,
        settings: Callable[[], Settings],
        spending: Spending | None = None,
        prices: Prices | None = None,
    ) -> None:
        """Without `spending`, nothing is known but the answers of this program."""
        self.prices = prices or Prices(settings)
        self._settings = settings
        self._spending = spending
        self._granting = asyncio.Lock()
        self._reserved: dict[str, _Reserved] = {}
        self._granted: dict[str, _Granted] = {}
        self._ended: dict[str, Charge] = {}
        """The answers of this program that have ended this month."""
        self._spent_here = NO_OTHERS
        """Their sums."""
        self._spent_elsewhere = NOTHING
        """The sum of all other answers of this day, at the last look."""
        self._earlier = EarlierDays(spending, self.prices)
        self._looked_at = 0.0
        self._looking = False
        self._day, self._month = this_day(), this_month()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False

    @classmethod
    def of(cls, settings: Callable[[], Settings], store: Store | None) -> Ledger:
        """Return the ledger of a program that keeps what was spent, and what the servers told of prices."""
        spending, table = (store.spending, store.prices) if store else (None, None)
        return cls(settings, spending, Prices(settings, table))

    @property
    def running(self) -> tuple[RunningBill, ...]:
        """The answers that run in this program, in the order in which they were asked for."""
        return tuple(
            RunningBill(id_, granted.bill.profile, granted.bill.asked_model, granted.budget.so_far())
            for id_, granted in self._granted.items()
        )

    async def reserve(self, bills: Sequence[Bill]) -> list[str]:
        """Reserve tokens for answers that are asked for at the same time; return the ids to give them.

        Raises BudgetReached if not all of them may be asked for; nothing is reserved then. What is not asked
        for after all is to be given back by `release`.
        """
        gone = asyncio.Event()
        reserving = self._spawn(self._reserve_together(bills, gone))
        try:
            return await asyncio.shield(reserving)
        except asyncio.CancelledError:
            gone.set()  # the thread that writes it goes on
            reserving.add_done_callback(self._release_reserved)
            raise

    def release(self, answer_ids: Iterable[str]) -> None:
        """Give back what is reserved for answers that are not asked for after all."""
        if found := [id_ for id_ in answer_ids if self._reserved.pop(id_, None) is not None]:
            self._spawn(self._give_back(found))

    async def allow(self, answer: Message, bill: Bill) -> Budget:
        """Return what an answer may cost, before its request leaves."""
        settings = self._settings()
        limits = settings.budget
        await self._price_ready(settings, [bill])
        by_sum = any_sum_limit(limits)
        async with self._granting:  # the next one knows of this one
            if (kept := self._reserved.pop(answer.id, None)) is not None:
                tokens = kept.tokens
            elif by_sum:
                granted, _allowed = await self._reserve(settings, [replace(answer, bill=bill)])
                tokens = sum(granted)
            else:
                tokens = 0
            others = (lambda: self._others(answer.id)) if by_sum else (lambda: NO_OTHERS)
            budget = Budget(limits, lambda: self._price(bill), bill.prompt_tokens, others)
            self._granted[answer.id] = _Granted(answer, bill, budget, tokens)
        return budget

    def accepted(self, answer_id: str) -> None:
        """Learn prices beside an answer, if that is due: not before, for that goes first."""
        if (granted := self._granted.get(answer_id)) is not None:
            self.prices.begin(granted.bill.profile, granted.bill.server)

    async def priced(self, answer_id: str) -> None:
        """Wait a while for the price of an answer that has ended, if it is asked for and nobody looks on."""
        if (granted := self._granted.get(answer_id)) is not None and granted.budget.price is None:
            await self.prices.begun()

    def note(self, answer: Message) -> None:
        """Remember what an answer has cost, now that it has ended."""
        self._reserved.pop(answer.id, None)
        self._granted.pop(answer.id, None)
        if answer.bill is not None:
            self._ended[answer.id] = Charge.of(answer)
            self._sum_up(self._settings())

    async def aclose(self) -> None:
        """Return when nothing is read or written any more."""
        self._closed = True
        await self.prices.aclose()
        while self._tasks:
            await asyncio.wait(self._tasks)

    # Reserving

    async def _reserve_together(self, bills: Sequence[Bill], gone: asyncio.Event) -> list[str]:
        """Reserve; give it back if nobody will ask any more."""
        settings, now = self._settings(), time.time()
        await self._price_ready(settings, bills)
        answers = [
            Message(new_id(), Role.ASSISTANT, "", None, now, Status.RUNNING, bill=bill) for bill in bills
        ]
        async with self._granting:
            reserved, allowed = await self._reserve(settings, answers)
            if allowed < len(bills):
                words = _("it allows {n} of {all} answers, so nothing was sent")
                raise BudgetReached(limit=words.format(n=allowed, all=len(bills)))
            if self._closed or gone.is_set():
                await self._give_back([answer.id for answer in answers])
                raise asyncio.CancelledError
            for answer, bill, tokens in zip(answers, bills, reserved, strict=True):
                cost = spent(
                    Usage(bill.prompt_tokens, tokens), self._price(bill), currency_of(settings.budget)
                )
                self._reserved[answer.id] = _Reserved(now, tokens, cost)
        return [answer.id for answer in answers]

    async def _reserve(self, settings: Settings, answers: Sequence[Message]) -> tuple[Sequence[int], int]:
        """Return the tokens reserved for answers, none if not all may leave, and how many may."""
        self._sum_up(settings)
        await self._read_month(settings)
        here, allowed = self._beside(""), 0
        earlier, elsewhere = Others(month=self._earlier.spent), self._spent_elsewhere

        def grant(usual: Sequence[int | None], totals: Sequence[Total]) -> list[int]:
            nonlocal allowed, elsewhere
            elsewhere = self._sum(totals, settings)
            come, granted = here.plus(earlier) + elsewhere, []
            for answer, tokens in zip(answers, usual, strict=True):
                bill = answer.bill or Bill()
                price = self._price(bill)
                count = reservation(settings.budget, price, bill.prompt_tokens, come, tokens or USUAL_TOKENS)
                if not count:
                    break
                granted.append(count)
                come += spent(Usage(bill.prompt_tokens, count), price, currency_of(settings.budget))
            allowed = len(granted)
            return granted if allowed == len(answers) else []

        if self._spending is not None and any_sum_limit(settings.budget):
            with suppress(StoreError):
                charges = [Charge.of(answer) for answer in answers]
                reserve = self._spending.reserve
                reserved, _totals = await asyncio.to_thread(reserve, charges, grant, *self._day, self._known)
                self._spent_elsewhere, self._looked_at = elsewhere, time.monotonic()
                return reserved, allowed
        return grant([None] * len(answers), ()), allowed

    def _release_reserved(self, reserving: asyncio.Task[list[str]]) -> None:
        if not reserving.cancelled() and reserving.exception() is None:
            self.release(reserving.result())

    async def _give_back(self, answer_ids: Sequence[str]) -> None:
        if self._spending is not None:
            with suppress(StoreError):  # an instance that is no more reserves nothing
                await asyncio.to_thread(self._spending.release, answer_ids)

    # Others

    def _others(self, answer_id: str) -> Others:
        """Return what all other answers come to; look again where that was a while ago."""
        is_due = not self._looking and time.monotonic() - self._looked_at >= INTERVAL
        if is_due and self._spending is not None:
            self._looking = True
            self._spawn(self._look(self._spending))
        return self._beside(answer_id).plus(Others(month=self._earlier.spent)) + self._spent_elsewhere

    async def _look(self, spending: Spending) -> None:
        """Tell others what the answers here have come to, and see what theirs have."""
        try:
            async with self._granting:
                settings = self._settings()
                self._sum_up(settings)
                await self._read_month(settings)
                counts = {id_: granted.budget.so_far().tokens for id_, granted in self._granted.items()}
                with suppress(StoreError):  # the journal tells of it
                    found = await asyncio.to_thread(spending.exchange, counts, *self._day, self._known)
                    self._spent_elsewhere = self._sum(found, settings)
        finally:
            self._looking, self._looked_at = False, time.monotonic()
        for granted in list(self._granted.values()):
            granted.budget.on_change()

    # Internals

    @property
    def _known(self) -> list[str]:
        """Ids of the answers that are counted here; of those that run here, the rows tell nothing new."""
        return [*self._ended, *self._granted]

    def _beside(self, answer_id: str) -> Others:
        """Return what the other answers of this program have come to."""
        found = self._spent_here
        for id_, granted in self._granted.items():
            if id_ != answer_id:
                found = found.plus(
                    self._at(granted.answer.created_at, granted.budget.so_far(granted.reserved))
                )
        for id_, reserved in self._reserved.items():
            if id_ != answer_id:
                found = found.plus(self._at(reserved.at, reserved.spent))
        return found

    def _at(self, at: float, come: Spent) -> Others:
        """Return what something that was asked for at a time is part of."""
        return Others(*(come if at >= start else NOTHING for start, _end in (self._day, self._month)))

    def _sum_up(self, settings: Settings) -> None:
        """Sum up the answers that ended here, and forget those that were not asked for in this month."""
        self._day, (start, end) = this_day(), this_month()
        self._month = start, end
        self._ended = {id_: charge for id_, charge in self._ended.items() if start <= charge.at < end}
        day = (charge for charge in self._ended.values() if charge.at >= self._day[0])
        self._spent_here = Others(
            self._sum(map(Total.of, day), settings),
            self._sum(map(Total.of, self._ended.values()), settings),
        )

    async def _read_month(self, settings: Settings) -> None:
        """Read what the days of this month before this one have come to, where a limit is on that."""
        if any_month_limit(settings.budget):
            period = self._month[0], self._day[0]
            await self._earlier.read(currency_of(settings.budget), *period, self._known)

    def _sum(self, totals: Iterable[Total], settings: Settings) -> Spent:
        return sum_of(totals, currency_of(settings.budget), self.prices)

    def _price(self, bill: Bill) -> Price | None:
        return self.prices.price(bill.asked_model, bill.profile, bill.server)

    async def _price_ready(self, settings: Settings, bills: Sequence[Bill]) -> None:
        """Wait until prices are known that a limit in money needs."""
        if any_cost_limit(settings.budget):
            for server in {(bill.profile, bill.server) for bill in bills if self._price(bill) is None}:
                await self.prices.ready(*server)

    def _spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
