"""Prices and sums of money. Exact: whole millionths of a currency, a price for a million tokens."""

from __future__ import annotations

from dataclasses import dataclass, replace

from neurotui.i18n.currencies import currency_code as currency_code
from neurotui.wire.usage import Usage

MICROS = 1_000_000
"""Millionths of a unit of currency in a whole one; also the number of tokens that a price is for."""
DOLLAR = "USD"


@dataclass(frozen=True, slots=True)
class Money:
    """A sum in a currency."""

    micros: int
    currency: str = DOLLAR
    rate: int = MICROS
    """Millionths of the currency for a US dollar at the time; 0 if not known."""

    @property
    def amount(self) -> float:
        """The sum in whole units."""
        return self.micros / MICROS

    def counted_in(self, currency: str) -> int | None:
        """Return the sum in millionths of another currency, by the rate of the time; None if not known."""
        if currency == self.currency:
            return self.micros
        if currency == DOLLAR and self.rate > 0:
            return (self.micros * MICROS + self.rate // 2) // self.rate
        return None


@dataclass(frozen=True, slots=True)
class Price:
    """The price of a model, in millionths of `currency` for a million tokens."""

    input: int
    """For the tokens of the question."""
    output: int
    """For the tokens of the answer, the reasoning included."""
    cached: int | None = None
    """For those of the question that the server had read before; None if they cost as the others do."""
    per_call: int = 0
    """For each answer, however long."""
    currency: str = DOLLAR
    rate: int = MICROS
    """Millionths of `currency` for a US dollar; 0 if not known."""
    source: str = ""
    """`settings`, `models` (the server's list) or `pricing` (the public catalogue of its gateway)."""
    told_at: float = 0.0
    """Unix time at which the server told it; 0 for one of the settings."""
    at_least: bool = False
    """True if something is paid beside tokens of text: pictures, sound, writing to a cache."""

    def cost(self, usage: Usage, answers: int = 1) -> Money:
        """Return the cost of so many answers together; one that never left costs nothing."""
        cached = min(usage.cached_tokens, usage.prompt_tokens) if self.cached is not None else 0
        tokens = (
            (usage.prompt_tokens - cached) * self.input
            + cached * (self.cached or 0)
            + usage.completion_tokens * self.output
        )
        calls = self.per_call * answers if usage.prompt_tokens or usage.completion_tokens else 0
        return Money(calls + (tokens + MICROS // 2) // MICROS, self.currency, self.rate)

    def sold_in(self, currency: str, rate: int) -> Price | None:
        """Return the price in another currency at so many millionths for a dollar; None if not known."""
        if currency == self.currency:
            return replace(self, rate=rate or self.rate)
        if rate <= 0 or self.rate <= 0:
            return None

        def sold(micros: int) -> int:
            return (micros * rate + self.rate // 2) // self.rate

        return replace(
            self,
            input=sold(self.input),
            output=sold(self.output),
            cached=None if self.cached is None else sold(self.cached),
            per_call=sold(self.per_call),
            currency=currency,
            rate=rate,
        )
