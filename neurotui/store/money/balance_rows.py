"""Charges beside the balance: which rows a fall of it may come from.

Rows are told apart by their numbers, which only grow: clocks jump, and each window has its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass

from neurotui.store.message_rows import Lives
from neurotui.store.money.charge_rows import LATELY, LATEST
from neurotui.store.money.charges import Total

_LAST = "SELECT coalesce(max(number), 0) FROM spending"
_RUNNING = "SELECT DISTINCT instance FROM spending WHERE status = 'running' AND profile NOT IN ({but})"
_ENDED = """
SELECT max(at + coalesce(total, 0)) FROM (
    SELECT at, total, profile FROM spending ORDER BY number DESC LIMIT 100
) WHERE profile NOT IN ({but})
"""
_BESIDE = """
SELECT count(*) FROM spending WHERE number > ? AND number <= ? AND profile NOT IN ({but}) AND id <> ?
AND (prompt_tokens IS NULL OR status = 'running' OR prompt_tokens + completion_tokens > 0)
"""
_SUMS = """
SELECT profile, asked_model, currency, rate, sum(micros), count(*), sum(prompt_tokens),
       sum(completion_tokens), sum(cached_tokens), sum(iif(estimated, micros, 0))
FROM spending WHERE number > ? AND number <= ? AND profile = ? AND prompt_tokens + completion_tokens > 0
GROUP BY asked_model, currency, rate, micros IS NULL
"""
_SPEED = f"""
SELECT max(completion_tokens / max(total - coalesce(first_token, 0), 0.1)) FROM (
    SELECT completion_tokens, total, first_token FROM spending
    WHERE asked_model = :model AND profile = :profile AND status IN ('complete', 'length')
    AND NOT estimated AND total > 0 AND {LATELY} ORDER BY number DESC LIMIT :latest
)
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """The place among the charges at which a balance was told."""

    number: int = 0
    """Number of the latest row."""
    running: bool = False
    """True if an answer runs that the balance may be charged with."""
    ended_at: float = 0.0
    """Unix time at which the latest of them ended."""


@dataclass(frozen=True, slots=True)
class Explained:
    """The charges between two marks."""

    totals: tuple[Total, ...]
    estimated: tuple[int, ...]
    """For each total the part whose tokens the server had not counted."""


def mark(connection: sqlite3.Connection, elsewhere: Collection[str], lives: Lives) -> Mark:
    """Return the place of now; profiles that are `elsewhere` pay from another balance."""
    but = ", ".join("?" * len(elsewhere))
    [number] = connection.execute(_LAST).fetchone()
    instances = connection.execute(_RUNNING.format(but=but), (*elsewhere,)).fetchall()
    [ended_at] = connection.execute(_ENDED.format(but=but), (*elsewhere,)).fetchone()
    return Mark(number, any(lives(instance) for (instance,) in instances), ended_at or 0.0)


def beside(
    connection: sqlite3.Connection, after: int, up_to: int, elsewhere: Collection[str], answer_id: str
) -> int:
    """Return how many charges behind a mark, but for that of one answer, may have lowered the balance."""
    query = _BESIDE.format(but=", ".join("?" * len(elsewhere)))
    [count] = connection.execute(query, (after, up_to, *elsewhere, answer_id)).fetchone()
    return int(count)


def explained(connection: sqlite3.Connection, after: int, up_to: int, profile: str) -> Explained:
    """Return the charges of a profile behind one mark and up to another."""
    rows = connection.execute(_SUMS, (after, up_to, profile)).fetchall()
    return Explained(tuple(Total(*row[:-1]) for row in rows), tuple(row[-1] or 0 for row in rows))


def speed(connection: sqlite3.Connection, model: str, profile: str) -> float | None:
    """Return the most tokens a second that a model made in its latest answers; None without any."""
    asked = {"model": model, "profile": profile, "latest": LATEST}
    [found] = connection.execute(_SPEED, asked).fetchone()
    return None if found is None else float(found)
