"""The heartbeat of the last answer, which goes with its conversation."""

from __future__ import annotations

import sqlite3

from neurotui.store.facts import from_row

_TIMING = """
SELECT timing FROM messages WHERE role = 'assistant' AND status <> 'running' AND conversation_id = (
    SELECT id FROM conversations WHERE deleted_at IS NULL AND message_count > 0 ORDER BY touched DESC LIMIT 1
) ORDER BY seq DESC LIMIT 1
"""


def read(connection: sqlite3.Connection) -> str:
    """Return the signs of the last answer in the last conversation; empty if none are kept."""
    row = connection.execute(_TIMING).fetchone()
    timing = from_row(row[0])["timing"] if row is not None else None
    return timing.heartbeat if timing is not None else ""
