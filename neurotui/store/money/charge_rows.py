"""Spending: a row for each answer requested here, whatever becomes of its conversation.

A row is made when a question is sent, or when tokens are reserved for it, and gets its final form in the
transaction that ends the answer. While the answer runs, the number of tokens so far is written with its text.
A running answer counts as that number, or as the tokens reserved for it if those are more. If its instance is
killed, it counts as the tokens that had come, which is an estimate.

There are no rows for imported or copied conversations: neither pass through the journal.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import Any

from neurotui.chat.conversation import Bill, Message, Role, Status
from neurotui.chat.tokens import estimate_tokens
from neurotui.store.facts import from_row
from neurotui.store.message_rows import STATUSES, Lives, with_deltas
from neurotui.store.model_runs import read_run
from neurotui.store.money.charges import DOLLAR, Charge, Total
from neurotui.store.values import from_text
from neurotui.wire.usage import Usage

LATEST = 40
"""Number of a model's answers from which the length of its next one is estimated."""
BATCH = 100
"""Number of rows that are completed in one transaction."""


_COLUMNS = tuple(field.name for field in fields(Charge))
_values = attrgetter(*_COLUMNS)

_PUT = f"""
INSERT INTO spending ({", ".join(_COLUMNS)}, instance, reserved_tokens)
VALUES ({", ".join("?" * len(_COLUMNS))}, ?, ?)
ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[3:])},
    conversation_id = coalesce(excluded.conversation_id, conversation_id),
    instance = iif(instance = '', excluded.instance, instance),
    reserved_tokens = iif(excluded.status = 'running', max(reserved_tokens, excluded.reserved_tokens), 0)
WHERE status = 'running' OR excluded.status <> 'running'
"""
"""An upsert that never makes an ended row run again, in whatever order two threads write."""

_SUMS = """
SELECT profile, asked_model, currency, rate, sum(micros), count(*),
       sum(prompt_tokens), sum(completion_tokens), sum(cached_tokens)
FROM spending
WHERE at >= ? AND at < ? AND prompt_tokens IS NOT NULL AND status <> 'running' AND id NOT IN ({but})
    AND (micros IS NOT NULL OR prompt_tokens + completion_tokens > 0)
GROUP BY profile, asked_model, currency, rate, micros IS NULL
"""

_RUNNING = """
SELECT id, instance, profile, asked_model, prompt_tokens, completion_tokens, reserved_tokens
FROM spending WHERE status = 'running' AND prompt_tokens IS NOT NULL AND +at >= ? AND +at < ?
"""
"""By the index of those that run, which are few, not by that of times."""

_RELEASE = """
DELETE FROM spending WHERE id = ? AND status = 'running' AND reserved_tokens > 0
AND NOT EXISTS (SELECT 1 FROM messages WHERE messages.id = spending.id)
"""

_RUNNING_INSTANCES = "SELECT DISTINCT instance FROM spending WHERE status = 'running'"

_END = "UPDATE spending SET status = ?, reserved_tokens = 0 WHERE status = 'running' "

_UNREAD = """
SELECT s.id, s.at, s.conversation_id, s.instance, m.status, m.model, m.usage, m.timing, m.text, m.reasoning,
       s.number
FROM spending s LEFT JOIN messages m ON m.id = s.id WHERE s.prompt_tokens IS NULL
"""
_UNREAD_ONE = _UNREAD + "AND s.id = ?"
_UNREAD_BETWEEN = _UNREAD + "AND +s.at >= ? AND +s.at < ?"  # by the index of those, not of times
_UNREAD_AFTER = _UNREAD + "AND s.number > ? ORDER BY s.number LIMIT ?"

_LATEST = """
SELECT completion_tokens FROM spending
WHERE asked_model = ? AND status IN ('complete', 'length') ORDER BY number DESC LIMIT ?
"""


LATELY = """
number >= coalesce((SELECT number FROM spending WHERE asked_model = :model
                    ORDER BY number DESC LIMIT 1 OFFSET 2000), 0)
"""
"""Not of any age: the answers of other profiles may be a million."""

_HEALTH = f"""
SELECT s.asked_model, s.status, s.first_token, s.total, m.error
FROM (
    SELECT * FROM spending
    WHERE asked_model = :model AND profile = :profile AND status <> 'running' AND {LATELY}
    ORDER BY number DESC LIMIT :latest
) s LEFT JOIN messages m ON m.id = s.id
"""


@dataclass(frozen=True, slots=True)
class Health:
    """How the latest answers of a model went here."""

    answers: int
    """Number of those that tell anything of the model: see `Run.has_answered`."""
    first_token: float | None
    """The median (seconds)."""
    cut: int
    """Number of those that were cut, or failed through the model or who serves it."""
    rhythm: float | None = None
    """Seconds between two pings of its server, while it thinks; None if that is not known."""


def put(connection: sqlite3.Connection, charge: Charge, instance: str = "", reserved: int = 0) -> None:
    """Write a charge in its current form; repeating that changes nothing."""
    connection.execute(_PUT, (*_values(charge), instance, reserved))


def count(connection: sqlite3.Connection, answer_id: str, tokens: int) -> None:
    """Note how many tokens have come of a running answer; of two estimates the greater one holds."""
    connection.execute(
        "UPDATE spending SET completion_tokens = ? "
        "WHERE id = ? AND status = 'running' AND completion_tokens < ?",
        (tokens, answer_id, tokens),
    )


def release(connection: sqlite3.Connection, answer_id: str) -> None:
    """Delete a reservation for an answer that is not asked for after all."""
    connection.execute(_RELEASE, (answer_id,))


def end(connection: sqlite3.Connection, answer: Message) -> None:
    """End the charge for an answer that died with its instance, at the tokens that had come."""
    for row in connection.execute(_UNREAD_ONE, (answer.id,)).fetchall():
        _complete(connection, row)
    status = Status.CUT if answer.status is Status.RUNNING else answer.status
    connection.execute(_END + "AND id = ?", (status, answer.id))


def totals(
    connection: sqlite3.Connection,
    start: float,
    end: float,
    lives: Lives,
    but: Collection[str] = (),
    but_running_in: str = "",
) -> list[Total]:
    """Return the sums for requests between two Unix times.

    Answers with ids in `but`, and those that run in the instance `but_running_in`, are left out.
    """
    found = [
        Total(*row)
        for row in connection.execute(_SUMS.format(but=", ".join("?" * len(but))), (start, end, *but))
    ]
    alive: dict[str, bool] = {}
    for id_, instance, profile, model, *counts in connection.execute(_RUNNING, (start, end)).fetchall():
        prompt, came, reserved = counts
        if id_ not in but and (not but_running_in or instance != but_running_in):
            if instance not in alive:
                alive[instance] = lives(instance)
            came = max(came, reserved) if alive[instance] else came
            found.append(Total(profile, model, "USD", DOLLAR, None, 1, prompt, came, 0))
    found += [Total.of(charge) for charge in unread(connection, start, end) if charge.id not in but]
    return found


def unread(connection: sqlite3.Connection, start: float, end: float) -> list[Charge]:
    """Return the charges between two Unix times whose rows are not complete yet."""
    rows = connection.execute(_UNREAD_BETWEEN, (start, end)).fetchall()
    return [charge for row in rows if (charge := _read(connection, row)) is not None]


def usual_tokens(connection: sqlite3.Connection, model: str) -> int | None:
    """Return the 95th percentile of the lengths of a model's latest answers (tokens); None without any."""
    found = sorted(tokens for (tokens,) in connection.execute(_LATEST, (model, LATEST)))
    return found[(len(found) * 95 - 1) // 100] if found else None


def health(connection: sqlite3.Connection, models: Iterable[str], profile: str) -> dict[str, Health]:
    """Return how the latest answers of models went in a profile; nothing of one that never answered."""
    found = {}
    for model in models:
        asked = {"model": model, "profile": profile, "latest": LATEST}
        rows = connection.execute(_HEALTH, asked).fetchall()
        runs = [read_run(*row) for row in rows]
        told = [run.has_answered for run in runs if run.has_answered is not None]
        times = sorted(run.first_token for run in runs if run.first_token is not None)
        if told or times:
            median = times[len(times) // 2] if times else None
            found[model] = Health(len(told), median, told.count(False))
    return found


def settle(connection: sqlite3.Connection, lives: Lives, after: int) -> int:
    """Complete a batch of rows beyond the number `after`; return the number of its last, 0 at the end."""
    rows = connection.execute(_UNREAD_AFTER, (after, BATCH)).fetchall()
    for row in rows:
        running, instance = row[4] == Status.RUNNING, row[3]
        if not running or not lives(instance):
            _complete(connection, row)
    if len(rows) == BATCH:
        return int(rows[-1][-1])
    for (instance,) in connection.execute(_RUNNING_INSTANCES).fetchall():
        if not lives(instance):
            connection.execute(_END + "AND instance = ?", (Status.CUT, instance))
    return 0


def _complete(connection: sqlite3.Connection, row: tuple[Any, ...]) -> None:
    """Write the figures of a row that has none, or remove it if nothing was spent here."""
    charge = _read(connection, row)
    if charge is None:
        connection.execute("DELETE FROM spending WHERE id = ?", (row[0],))
    else:
        put(connection, replace(charge, status=Status.CUT) if charge.status == Status.RUNNING else charge)


def _read(connection: sqlite3.Connection, row: tuple[Any, ...]) -> Charge | None:
    """Return the charge computed from its message; None if that is gone, or from another program."""
    id_, at, conversation_id, _instance, status, model, usage, measured, text, reasoning, _number = row
    if status is None:
        return None
    facts, counted = from_row(measured), from_text(Usage, usage)
    bill = facts.get("bill")
    if bill is None and counted is None and not measured and status != Status.RUNNING:
        return None
    answer = Message(id_, Role.ASSISTANT, text, reasoning=reasoning)
    if status == Status.RUNNING:
        answer = with_deltas(connection, answer)
    bill, usage_ = bill or Bill(), counted or Usage()
    said = estimate_tokens(answer.text) + estimate_tokens(answer.reasoning)
    whole = replace(
        bill,
        asked_model=bill.asked_model or model,
        prompt_tokens=bill.prompt_tokens or usage_.prompt_tokens,
        completion_tokens=bill.completion_tokens or usage_.completion_tokens or said,
        cached_tokens=bill.cached_tokens or usage_.cached_tokens,
    )
    ended = STATUSES.get(status, Status.CUT)
    answer = replace(answer, created_at=at, status=ended, usage=counted, bill=whole, timing=facts["timing"])
    return Charge.of(answer, conversation_id)
