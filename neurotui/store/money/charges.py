"""Charges for answers, and sums of them, as values: rows of `spending` without the database."""

from __future__ import annotations

from dataclasses import dataclass

from neurotui.chat.conversation import Bill, Message
from neurotui.wire.surrogates import repair

DOLLAR = 1_000_000
"""Millionths of a unit of currency in a whole one."""
LARGEST_RATE = 10**15
LARGEST_SUM = 10**15
"""Millionths. More than a database can add up is a wrong number, and no reason to lose an answer."""


@dataclass(frozen=True, slots=True)
class Charge:
    """The cost of one answer."""

    id: str
    """Id of the answer."""
    at: float
    """Unix time at which it was asked for."""
    conversation_id: str | None
    profile: str
    asked_model: str
    status: str
    prompt_tokens: int
    completion_tokens: int
    """Received so far while it runs."""
    cached_tokens: int = 0
    """Those of the prompt that the server had read before."""
    estimated: bool = True
    """True if the server has not counted."""
    micros: int | None = None
    """Millionths of `currency`; None where no price is known, and while it runs."""
    currency: str = "USD"
    rate: int | None = DOLLAR
    """Millionths of `currency` for a US dollar at the time; None where that is not known."""
    source: str = ""
    """Source of the price; empty without a price."""
    first_token: float | None = None
    """Seconds."""
    total: float | None = None
    """Seconds."""

    @classmethod
    def of(cls, answer: Message, conversation_id: str | None = None) -> Charge:
        """Return the charge for an answer that has a bill."""
        bill, timing = answer.bill or Bill(), answer.timing
        return cls(
            answer.id,
            answer.created_at,
            conversation_id,
            repair(bill.profile),
            repair(bill.asked_model),
            answer.status,
            max(0, bill.prompt_tokens),
            max(0, bill.completion_tokens),
            max(0, bill.cached_tokens),
            not answer.counted_tokens,
            None if bill.cost is None else min(max(0, round(bill.cost * DOLLAR)), LARGEST_SUM),
            repair(bill.currency),
            bill.rate if 0 < bill.rate < LARGEST_RATE else None,
            "" if bill.cost is None else repair(bill.source) or "settings",
            first_token=timing.first_token if timing else None,
            total=timing.total if timing else None,
        )


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of the charges that share profile, model and currency, and that have a price or have none."""

    profile: str
    asked_model: str
    currency: str
    rate: int | None
    micros: int | None
    """None for those without a price."""
    answers: int
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int

    @classmethod
    def of(cls, charge: Charge) -> Total:
        """Return the sum of a single charge."""
        return cls(
            charge.profile,
            charge.asked_model,
            charge.currency,
            charge.rate,
            charge.micros,
            1,
            charge.prompt_tokens,
            charge.completion_tokens,
            charge.cached_tokens,
        )
