"""Sums of the charges of a time, by day, conversation, model and currency."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from neurotui.store.charge_rows import unread
from neurotui.store.charges import Charge

_SUMS = """
SELECT date(at, 'unixepoch', 'localtime'), conversation_id, profile, asked_model,
       iif(micros IS NULL, NULL, currency), count(*), sum(prompt_tokens), sum(completion_tokens),
       sum(micros), sum(micros IS NULL AND prompt_tokens + completion_tokens > 0),
       sum(status = 'stopped'), sum(status IN ('failed', 'cut'))
FROM spending
WHERE at >= ? AND at < ? AND prompt_tokens IS NOT NULL AND status <> 'running'
GROUP BY 1, 2, 3, 4, 5
"""


@dataclass(frozen=True, slots=True)
class UsageSum:
    """The sum of the answers of a day in one conversation, of one model and currency."""

    day: str
    """By the local clock: 2026-11-30."""
    conversation_id: str | None
    """None for answers that were not saved."""
    profile: str
    asked_model: str
    currency: str | None
    """None for those without a price."""
    answers: int
    prompt_tokens: int
    completion_tokens: int
    micros: int | None
    """Millionths of `currency`; None for those without a price."""
    unpriced: int
    """Number of those without a price that a server has seen."""
    stopped: int
    failed: int
    """Number of those that failed or were cut."""

    @classmethod
    def of(cls, charge: Charge) -> UsageSum:
        """Return the sum of a single charge."""
        unpriced = charge.micros is None and charge.prompt_tokens + charge.completion_tokens > 0
        return cls(
            datetime.fromtimestamp(charge.at).strftime("%Y-%m-%d"),
            charge.conversation_id,
            charge.profile,
            charge.asked_model,
            None if charge.micros is None else charge.currency,
            1,
            charge.prompt_tokens,
            charge.completion_tokens,
            charge.micros,
            int(unpriced),
            int(charge.status == "stopped"),
            int(charge.status in ("failed", "cut")),
        )


def usage(connection: sqlite3.Connection, start: float, end: float) -> list[UsageSum]:
    """Return the sums of what was asked for between two Unix times, and does not run any more."""
    found = [UsageSum(*row) for row in connection.execute(_SUMS, (start, end))]
    ended = (charge for charge in unread(connection, start, end) if charge.status != "running")
    return [*found, *map(UsageSum.of, ended)]
