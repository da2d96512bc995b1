"""Does Stop stop the bill? By model, as the balance of a server told it here."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from neurotui.chat.budget import cost_of
from neurotui.chat.conversation import Message, Status, Timing
from neurotui.chat.reconciliation import stop_held
from neurotui.errors import StoreError
from neurotui.wire.price import MICROS
from neurotui.wire.usage import Usage

if TYPE_CHECKING:
    from neurotui.app.accounts import Account
    from neurotui.app.money.prices import Prices
    from neurotui.store.learnt import Learnt
    from neurotui.store.money.spending import Spending

NAME = "stops"
"""Name under which the count is kept: how often it did, a blank, how often that was told."""


class Stops:
    """The counts of one store."""

    def __init__(self, learnt: Learnt, spending: Spending, prices: Prices) -> None:
        self._learnt, self._spending, self._prices = learnt, spending, prices

    async def known(self, account: Account, model: str) -> tuple[int, int]:
        """Return how often a stop of a model has stopped the bill, and how often that was told."""
        with suppress(StoreError):
            return read(await asyncio.to_thread(self._learnt.get, server_of(account), model, NAME))
        return 0, 0

    async def note(self, account: Account, answer: Message) -> Timing:
        """Count a stopped answer whose cost the balance told; return its timing with the count."""
        bill, timing, cost = answer.bill, answer.timing, cost_of(answer)
        assert bill is not None and timing is not None and timing.spent is not None and cost is not None
        price = self._prices.price(bill.asked_model, account.profile, account.ref.address)
        at_most = None
        with suppress(StoreError):
            speed = await asyncio.to_thread(self._spending.speed, bill.asked_model, account.profile)
            if speed is not None and price is not None and price.currency == cost.currency and timing.total:
                usage = Usage(bill.prompt_tokens, int(speed * timing.total) + 1)
                at_most = price.cost(usage).micros
        fall, step = round(timing.spent * MICROS), round(timing.step * MICROS)
        held = stop_held(fall, step, cost.micros, at_most)
        if held is None:
            return self.told(timing, await self.known(account, bill.asked_model))

        def count(text: str) -> str:
            good, all_ = read(text)
            return f"{good + held} {all_ + 1}"

        with suppress(StoreError):
            key = server_of(account), bill.asked_model, NAME
            return self.told(timing, read(await asyncio.to_thread(self._learnt.change, *key, count)))
        return self.told(timing, (int(held), 1))

    async def with_counts(self, account: Account, answer: Message) -> Message:
        """Return a stopped answer with what is known of stops of its model; any other as it is."""
        timing, bill = answer.timing, answer.bill
        if answer.status is not Status.STOPPED or timing is None or bill is None:
            return answer
        counts = await self.known(account, bill.asked_model)
        return replace(answer, timing=self.told(timing, counts)) if counts[1] else answer

    @staticmethod
    def told(timing: Timing, counts: tuple[int, int]) -> Timing:
        """Return a timing with the counts."""
        return replace(timing, stops_held=counts[0], stops_told=counts[1])


def read(text: str) -> tuple[int, int]:
    """Return the counts that were kept; none where they cannot be read."""
    try:
        held, told = map(int, text.split())
    except ValueError:
        return 0, 0
    return (held, told) if 0 <= held <= told else (0, 0)


def server_of(account: Account) -> str:
    """Return the name of a server among what was learnt."""
    return account.ref.address.lower()
