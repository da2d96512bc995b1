"""Prices of models. Exact: whole millionths of a currency, for a million tokens."""

from __future__ import annotations

from dataclasses import dataclass

from neurotui.wire.events import Usage

MICROS = 1_000_000
"""Millionths of a unit of currency in a whole one; also the number of tokens that a price is for."""


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
    currency: str = "USD"
    rate: int | None = MICROS
    """Millionths of `currency` for a US dollar; None where that is not known."""
    source: str = ""
    """`settings`, `models` (the server's list) or `pricing` (the public catalogue of its gateway)."""
    told_at: float = 0.0
    """Unix time at which the server told it; 0 for one of the settings."""
    at_least: bool = False
    """True if something is paid beside tokens of text: pictures, sound, writing to a cache."""

    def cost(self, usage: Usage) -> int:
        """Return the cost of an answer, in millionths of `currency`."""
        cached = min(usage.cached_tokens, usage.prompt_tokens) if self.cached is not None else 0
        tokens = (
            (usage.prompt_tokens - cached) * self.input
            + cached * (self.cached or 0)
            + usage.completion_tokens * self.output
        )
        return self.per_call + (tokens + MICROS // 2) // MICROS
