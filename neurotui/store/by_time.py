"""The newest of the messages that match, by their own times, in a file whose rows are in another order.

Rows are in the order in which they were made, which is that of time until older conversations are imported.
Where that never happened the index is simply read from its end. Where it did, all matches are sorted if they
are few; if they are many, the latest rows and the conversations with the newest messages are looked through,
since what many messages hold is in those as well.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

Place = tuple[float, int]
"""Position of a message among all: its time and its row."""

PAGE = 50
"""Hits in one answer."""
SORTED = 2_000
"""Matches that are sorted at most."""
LOOKED_THROUGH = 100
"""Conversations that are looked through for a match of which there are more."""
TOLERANCE = 600.0
"""Seconds by which clocks may jump back."""

_SEEN = """
CREATE TABLE IF NOT EXISTS temp.search_order (up_to INTEGER, id TEXT, newest REAL, imported INTEGER)
"""
_ID = "SELECT id FROM conversations WHERE rowid = ?"
_MADE_SINCE = "SELECT rowid, id, created_at FROM conversations WHERE rowid > ? ORDER BY rowid"
_MATCHES = """
SELECT m.created_at, m.seq
FROM (SELECT rowid FROM search WHERE search MATCH ? AND rowid BETWEEN ? AND ?
      ORDER BY rowid DESC LIMIT ?) AS found
CROSS JOIN messages m ON m.seq = found.rowid
CROSS JOIN conversations c ON c.id = m.conversation_id
WHERE (m.created_at, m.seq) < (?, ?) AND c.deleted_at IS NULL
"""
_NEWEST_CONVERSATIONS = """
SELECT (SELECT min(seq) FROM messages WHERE conversation_id = c.id),
       (SELECT max(seq) FROM messages WHERE conversation_id = c.id), c.updated_at
FROM (SELECT id, updated_at FROM conversations WHERE deleted_at IS NULL AND created_at <= ?
      ORDER BY min(updated_at, ?) DESC LIMIT ?) AS c
"""
_LAST = 2**63 - 1


def in_order(connection: sqlite3.Connection) -> bool:
    """True if no conversation was made before one whose row came earlier. Looks at each conversation once."""
    connection.execute(_SEEN)
    seen = connection.execute("SELECT up_to, id, newest, imported FROM temp.search_order").fetchone()
    up_to, id_, newest, imported = seen or (0, "", float("-inf"), 0)
    if up_to and connection.execute(_ID, (up_to,)).fetchone() != (id_,):
        up_to, newest, imported = 0, float("-inf"), 0  # it was deleted: its row may be another's
    rows = connection.execute(_MADE_SINCE, (up_to,)).fetchall()
    for _row, _id, created_at in rows:
        imported = imported or int(created_at < newest - TOLERANCE)
        newest = max(newest, created_at)
    if rows:
        connection.execute("DELETE FROM temp.search_order")
        values = (rows[-1][0], rows[-1][1], newest, imported)
        connection.execute("INSERT INTO temp.search_order VALUES (?, ?, ?, ?)", values)
    return not imported


def newest(
    connection: sqlite3.Connection,
    match: str,
    conditions: str,
    values: Sequence[Any],
    limit: int,
    before: Place,
) -> list[int]:
    """Return the rows of the newest messages that match, the newest first."""
    statement = _MATCHES + conditions

    def matches(first: int, last: int) -> list[Place]:
        return connection.execute(statement, (match, first, last, SORTED, *before, *values)).fetchall()

    found = set(matches(0, _LAST))
    if _are_many(connection, match):
        for first, last, updated_at in connection.execute(
            _NEWEST_CONVERSATIONS, (before[0], before[0], LOOKED_THROUGH)
        ).fetchall():
            if len([each for each in found if each[0] >= updated_at]) >= limit:
                break  # what comes now is older
            if first is not None:
                found.update(matches(first, last))
    return [seq for _created_at, seq in sorted(found, reverse=True)[:limit]]


def _are_many(connection: sqlite3.Connection, match: str) -> bool:
    """True if there are more matches than are sorted."""
    statement = "SELECT 1 FROM search WHERE search MATCH ? ORDER BY rowid DESC LIMIT 1 OFFSET ?"
    return connection.execute(statement, (match, SORTED)).fetchone() is not None
