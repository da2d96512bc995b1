"""The balance of an account by days, as it is kept: JSON in the table of what was learnt.

Of each day the first and the last reading are kept at which nothing could be partly billed. The first of a
day ends the day before, too: so no look is needed at midnight. The step in which a balance moves is the
greatest that divides all readings; it can be taken for too large, which tells less, never for too small.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from math import gcd
from typing import Any

from neurotui.wire.price import DOLLAR

NAME = "balance"
"""Name under which it is kept."""
DAYS = 31
"""Days that are kept."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A balance as it was told."""

    used: int
    """Millionths of the unit that the server counts in."""
    limit: int | None = None
    """The same, used and left together; None for a key without a limit."""
    mark: int = 0
    """Number of the latest charge at that time."""
    begun: int = 0
    """Number of turns that had begun in this program."""
    clean: bool = False
    """True if no answer can be billed in part."""


@dataclass(frozen=True, slots=True)
class BalanceDays:
    """Readings of an account's balance that are kept."""

    currency: str = DOLLAR
    """The currency in which the balance is taken to be told."""
    step: int = 0
    """Smallest difference that the balance tells (millionths); 0 before the first reading."""
    days: Mapping[str, tuple[Reading, Reading]] = field(default_factory=dict)
    """The first and the last reading of each day, by its date: 2026-11-30."""

    @classmethod
    def read(cls, text: str) -> BalanceDays:
        """Return what `as_text` wrote; nothing where that cannot be read."""
        try:
            found = json.loads(text)
            days = {
                date.fromisoformat(day).isoformat(): (_reading(first), _reading(last))
                for day, (first, last) in found["days"].items()
            }
            return cls(str(found["currency"]), int(found["step"]), dict(sorted(days.items())))
        except (ValueError, TypeError, KeyError, AttributeError):
            return cls()

    def as_text(self) -> str:
        """Return the form that is stored."""
        days = {day: [_row(first), _row(last)] for day, (first, last) in self.days.items()}
        return json.dumps({"currency": self.currency, "step": self.step, "days": days})

    def seen(self, reading: Reading, currency: str) -> BalanceDays:
        """Learn the step from a reading; begin again if the balance is told in another currency."""
        kept = self if self.currency == currency else BalanceDays(currency)
        return replace(kept, step=gcd(kept.step, reading.used))

    def noted(self, reading: Reading, today: date) -> BalanceDays:
        """Keep a clean reading. Days behind today come of a clock that has gone back, and are dropped."""
        name, yesterday = today.isoformat(), (today - timedelta(days=1)).isoformat()
        days = {day: found for day, found in self.days.items() if day <= name}
        if name not in days and yesterday in days and _follows(days[yesterday][1], reading):
            days[yesterday] = days[yesterday][0], reading
        if name in days and _follows(days[name][1], reading):
            days[name] = days[name][0], reading
        else:
            days[name] = reading, reading
        return replace(self, days={day: days[day] for day in sorted(days)[-DAYS:]})


def _follows(last: Reading, reading: Reading) -> bool:
    """True if a reading can be held against an earlier one: of the same key, and nothing was paid in."""
    return reading.used >= last.used and reading.mark >= last.mark and reading.limit == last.limit


def _row(reading: Reading) -> list[int | None]:
    return [reading.used, reading.mark, reading.limit]


def _reading(row: list[Any]) -> Reading:
    used, mark, limit = row
    return Reading(int(used), None if limit is None else int(limit), int(mark), clean=True)
