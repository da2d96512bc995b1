"""A server that bills its answers as gateways do: late, rounded, and in a unit of its own.

till = Till(step=0.01, late=1)
async with Server(till.answer(1000, 500), paths=till.paths()) as server:
    ...
"""

from __future__ import annotations

import math

from tests.catalogues import new_api
from tests.servers import Exchange, Script

INPUT, OUTPUT = 0.25e-6, 2e-6
"""Dollars that a token of gpt-5-mini costs by the catalogue of `new_api`."""


class Till:
    """The balance of one key."""

    def __init__(
        self,
        used: float = 12.345678,
        *,
        step: float = 0.0,
        late: int = 0,
        unit: float = 1.0,
        factor: float = 1.0,
    ) -> None:
        """It is rounded up to a `step` and tells a bill only after it was asked `late` times more.

        `unit` is what a dollar is in the unit that it tells, `factor` how many times the price it takes.
        """
        self.used, self.step, self.late, self.unit, self.factor = used, step, late, unit, factor
        self.limit = 600.0
        self.looks: list[float] = []
        """What it told."""
        self._bills: list[list[float]] = []
        """Bills that are not told yet: how often it will be asked before, and the sum."""

    def take(self, prompt: int, completion: int) -> None:
        """Bill so many tokens."""
        self._bills.append([self.late, (prompt * INPUT + completion * OUTPUT) * self.factor * self.unit])

    def paths(self) -> dict[str, Script]:
        """Tell the prices and the balance."""

        async def usage(exchange: Exchange) -> None:
            self.used += sum(sum_ for late, sum_ in self._bills if late <= 0)
            self._bills = [[late - 1, sum_] for late, sum_ in self._bills if late > 0]
            told = math.ceil(self.used / self.step - 1e-9) * self.step if self.step else self.used
            self.looks.append(told)
            await exchange.body(200, {"object": "list", "total_usage": round(told * 100, 6)})

        async def subscription(exchange: Exchange) -> None:
            await exchange.body(200, {"object": "billing_subscription", "hard_limit_usd": self.limit})

        return new_api() | {"usage": usage, "subscription": subscription}

    def answer(self, prompt: int, completion: int) -> Script:
        """Answer, tell the tokens, and bill them."""

        async def script(exchange: Exchange) -> None:
            await exchange.head()
            await exchange.text("Hello")
            self.take(prompt, completion)
            await exchange.delta("stop")
            await exchange.usage(prompt, completion)
            await exchange.event("[DONE]")
            await exchange.end()

        return script

    def endless(self, prompt: int, completion: int) -> Script:
        """Begin an answer that never ends, and bill so many tokens of it."""

        async def script(exchange: Exchange) -> None:
            await exchange.head()
            await exchange.text("word " * 200)
            self.take(prompt, completion)
            await exchange.stall()

        return script
