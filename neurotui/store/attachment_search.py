"""Messages that are found by an attachment: by its name, or by the text of a text file.

Attachments are few beside messages, so that all that match are sorted, up to a bound. A text may be a long
one: of each, only the part around the first match is taken.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from neurotui.chat.letters import any_of, fold
from neurotui.store.by_time import SORTED, Place
from neurotui.store.search_terms import question

LOOKED_THROUGH = 200_000
"""Characters of a text in which the first match is looked for; one further on shows the beginning."""
_BEFORE, _AFTER = 1_000, 4_000
"""Characters that are taken around the first match."""

_MATCHES = """
SELECT min(a.number)
FROM (SELECT rowid FROM attachment_search WHERE attachment_search MATCH ?
      ORDER BY rowid DESC LIMIT ?) AS found
CROSS JOIN attachments a ON a.number = found.rowid
CROSS JOIN messages m ON m.id = a.message_id
CROSS JOIN conversations c ON c.id = m.conversation_id
WHERE {place} AND c.deleted_at IS NULL{conditions}
GROUP BY m.seq ORDER BY {order} LIMIT ?
"""
_ROW = """
SELECT m.seq, m.conversation_id, coalesce(nullif(c.title, ''), c.opening), m.id, m.role, m.model,
       m.created_at, substr(a.text, 1, ?)
FROM attachments a CROSS JOIN messages m ON m.id = a.message_id
CROSS JOIN conversations c ON c.id = m.conversation_id WHERE a.number = ?
"""


def find(
    connection: sqlite3.Connection, words: Sequence[str], limit: int, place: Place, ordered: bool
) -> Iterator[tuple[Any, ...]]:
    """Yield the newest messages before a place with such an attachment, as rows of the search.

    In them a part of the attachment is in the place of the text. If `ordered`, rows are in the order of time.
    """
    if connection.execute("SELECT 1 FROM attachments LIMIT 1").fetchone() is None:
        return
    asked = question(connection, "attachment_search", words)
    if asked is None:
        return
    statement = _MATCHES.format(
        place="m.seq < ?" if ordered else "(m.created_at, m.seq) < (?, ?)",
        order="m.seq DESC" if ordered else "m.created_at DESC, m.seq DESC",
        conditions=asked.conditions("a.text"),
    )
    places = place[1:] if ordered else place
    marks = any_of(words)
    for (number,) in connection.execute(
        statement, (asked.match, SORTED, *places, *asked.values, limit)
    ).fetchall():
        *row, text = connection.execute(_ROW, (LOOKED_THROUGH, number)).fetchone()
        at = _first(marks, text) if marks is not None else 0
        yield (*row, text[max(0, at - _BEFORE) : at + _AFTER])


def _first(marks: re.Pattern[str], text: str) -> int:
    """Return where the first match is; 0 if there is none."""
    size = _AFTER
    while True:
        if match := marks.search(fold(text[:size])):
            return match.start()
        if size >= len(text):
            return 0
        size *= 8
