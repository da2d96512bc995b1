"""Sums of charges, by day, model and conversation: as values, and of the rows from a number on."""

from __future__ import annotations

import json
import operator
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from neurotui.store.money.charge_rows import unread
from neurotui.store.money.charges import Charge

LATEST = 4_000_000_000.0
"""A Unix time behind all others; clocks of other days may have gone ahead."""

_SUMS = """
SELECT coalesce(date(at, 'unixepoch', 'localtime'), '1970-01-01') AS day,
       conversation_id, profile, asked_model, iif(micros IS NULL, NULL, currency),
       count(*), sum(prompt_tokens), sum(completion_tokens), coalesce(sum(micros), 0),
       sum(micros IS NULL AND prompt_tokens + completion_tokens > 0),
       sum(status = 'stopped'), sum(status IN ('failed', 'cut'))
FROM spending
WHERE number > ? AND number <= ? AND prompt_tokens IS NOT NULL AND status <> 'running'
GROUP BY 1, 2, 3, 4, 5 HAVING day >= ?
"""

Key: TypeAlias = tuple[str, ...]
"""Whatever is summed up, and the currency behind it; empty for what has no price."""
Figures: TypeAlias = tuple[int, ...]
"""Answers, tokens of questions, tokens of answers, millionths of the currency, those without a price that a
server has seen, those that were stopped, and those that failed or were cut."""
Table: TypeAlias = dict[Key, Figures]
Row: TypeAlias = tuple[str, str | None, str, str, str | None, Figures]
"""Day, conversation, profile, model, currency, and the figures."""


@dataclass(slots=True)
class UsageSums:
    """Sums of the same answers in three ways."""

    days: Table = field(default_factory=dict)
    """By day on the local clock (2026-11-30), and currency."""
    models: Table = field(default_factory=dict)
    """By profile, model and currency."""
    conversations: Table = field(default_factory=dict)
    """By id, which is empty for answers that were not saved, and currency."""

    def count(self, row: Row) -> None:
        """Add the answers of a day in one conversation, of one model and currency."""
        day, conversation, profile, model, currency, figures = row
        currency = currency or ""
        add(self.days, (day, currency), figures)
        add(self.models, (profile, model, currency), figures)
        add(self.conversations, (conversation or "", currency), figures)

    def as_text(self) -> str:
        """Return the form that is kept."""
        found = [[[*key, *figures] for key, figures in table.items()] for table in self._tables]
        return json.dumps(found, separators=(",", ":"))

    def join_text(self, text: str) -> None:
        """Add what `as_text` wrote of other sums."""
        for table, rows, length in zip(self._tables, json.loads(text), (2, 3, 2), strict=True):
            for row in rows:
                add(table, tuple(row[:length]), tuple(row[length:]))

    @property
    def _tables(self) -> tuple[Table, Table, Table]:
        return self.days, self.models, self.conversations


def add(table: Table, key: Key, figures: Figures) -> None:
    """Add figures to those of a key."""
    known = table.get(key)
    table[key] = figures if known is None else tuple(map(operator.add, known, figures))


def ended(connection: sqlite3.Connection, after: int, up_to: int, since: str = "") -> Iterator[Row]:
    """Yield the sums of the answers behind one number and up to another that do not run any more."""
    for day, conversation, profile, model, currency, *figures in connection.execute(
        _SUMS, (after, up_to, since)
    ):
        yield day, conversation, profile, model, currency, tuple(figures)


def incomplete(connection: sqlite3.Connection, since: str = "") -> Iterator[Row]:
    """Yield the same of rows that are not complete yet, whatever their numbers."""
    start = datetime.fromisoformat(since).timestamp() if since else 0.0
    for charge in unread(connection, start, LATEST):
        if charge.status != "running":
            yield _row(charge)


def _row(charge: Charge) -> Row:
    tokens = charge.prompt_tokens, charge.completion_tokens
    return (
        datetime.fromtimestamp(charge.at).strftime("%Y-%m-%d"),
        charge.conversation_id,
        charge.profile,
        charge.asked_model,
        None if charge.micros is None else charge.currency,
        (
            *(1, *tokens, charge.micros or 0, int(charge.micros is None and any(tokens))),
            *(int(charge.status == "stopped"), int(charge.status in ("failed", "cut"))),
        ),
    )
