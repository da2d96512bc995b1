"""Sums of usage, kept: so that a million answers are looked up and not summed up.

Rows are numbered as they are added, and a row that has ended changes no more. So all rows up to some number,
none of which is open, have sums that hold for good, whatever the clock says of them; the rows behind that
number are summed up each time, and taken into the kept sums once they are many. The latest are left out for a
while, as their answers may still be written again.

What is kept is a text for each day and one for each month, beside what was learnt. Days are those of the
local clock: in another time zone all of it is summed up again.
"""

from __future__ import annotations

import json
import sqlite3
import time
from dataclasses import dataclass

from neurotui.store.money.usage import UsageSums, ended, incomplete

NAME = "usage_sum"
HEAD = "upto"
"""In the place of a day: the number of the last row that the sums know of, and the time zone."""
LIVE = 1000
"""Latest rows that are not taken in."""
MANY = 2000
"""So many rows are worth to be taken in."""
PIECE = 20_000
"""Rows that are taken in at once: some hundredths of a second."""
_ALL = 2**62

_LAST = "SELECT coalesce(max(number), 0) FROM spending"
_OPEN = """
SELECT coalesce(min(number), 0) FROM (
    SELECT min(number) AS number FROM spending WHERE status = 'running'
    UNION ALL SELECT min(number) FROM spending WHERE prompt_tokens IS NULL
)
"""
_GET = "SELECT value FROM learnt WHERE server = '' AND model = ? AND name = ?"
_BETWEEN = """
SELECT value FROM learnt
WHERE server = '' AND model >= ? AND model < ? AND name = ? AND length(model) = length(?)
"""
_PUT = "INSERT OR REPLACE INTO learnt (server, model, name, value, learnt_at) VALUES ('', ?, ?, ?, ?)"
_CLEAR = "DELETE FROM learnt WHERE server = '' AND name = ?"


@dataclass(frozen=True, slots=True)
class Piece:
    """Sums of some rows that are to be taken in."""

    former: str
    """The head that they follow."""
    after: int
    """The number that this head holds for; 0 if it holds no more."""
    up_to: int
    end: int
    """The number of the last row that can be taken in now."""
    sums: dict[str, UsageSums]
    """By day and by month."""


def next_piece(connection: sqlite3.Connection) -> Piece | None:
    """Return the next rows to be taken in; None if there are not enough of them."""
    former, after = _head(connection)
    end = _number(connection, _LAST) - LIVE
    if first_open := _number(connection, _OPEN):
        end = min(end, first_open - 1)
    if end - after < MANY:
        return None
    up_to = min(after + PIECE, end)
    sums: dict[str, UsageSums] = {}
    for row in ended(connection, after, up_to):
        for period in (row[0], row[0][:7]):
            sums.setdefault(period, UsageSums()).count(row)
    return Piece(former, after, up_to, end, sums)


def take_in(connection: sqlite3.Connection, piece: Piece) -> None:
    """Keep the sums of some rows, unless others were taken in meanwhile."""
    former, after = _head(connection)
    if (former, after) != (piece.former, piece.after):
        return
    if not after:
        connection.execute(_CLEAR, (NAME,))
    values = {HEAD: json.dumps([piece.up_to, _zone()])}
    for period, sums in piece.sums.items():
        if kept := _get(connection, period):
            sums.join_text(kept)
        values[period] = sums.as_text()
    now = time.time()
    connection.executemany(_PUT, [(period, NAME, value, now) for period, value in values.items()])


def usage(connection: sqlite3.Connection, since: str = "") -> UsageSums:
    """Return the sums of all that was asked for from a day on, and does not run any more."""
    found = UsageSums()
    _former, after = _head(connection)
    if after:
        month = since[:7]
        periods = [(month, "9999-99", "2026-11")]
        if since[8:] not in {"", "01"}:  # the days that are left of a month, and the months behind it
            periods = [(since, f"{month}-99", since), (f"{month}-99", "9999-99", month)]
        for start, end, form in periods:
            for (text,) in connection.execute(_BETWEEN, (start, end, NAME, form)):
                found.join_text(text)
    for row in ended(connection, after, _ALL, since):
        found.count(row)
    for row in incomplete(connection, since):
        found.count(row)
    return found


def _head(connection: sqlite3.Connection) -> tuple[str, int]:
    """Return the head as it is kept, and the number that it holds for; 0 if it holds no more."""
    kept = _get(connection, HEAD)
    number, zone = json.loads(kept) if kept else (0, [])
    return kept, int(number) if zone == _zone() and number <= _number(connection, _LAST) else 0


def _get(connection: sqlite3.Connection, period: str) -> str:
    found = connection.execute(_GET, (period, NAME)).fetchone()
    return found[0] if found else ""


def _number(connection: sqlite3.Connection, query: str) -> int:
    [found] = connection.execute(query).fetchone()
    return int(found)


def _zone() -> list[object]:
    """Return what tells the local time zone from others."""
    return [*time.tzname, time.timezone, time.altzone]
