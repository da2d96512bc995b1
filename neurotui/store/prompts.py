"""What the user has asked in all conversations, to be recalled."""

from __future__ import annotations

import sqlite3

from neurotui.chat.attachments import Draft
from neurotui.store import attachment_rows

LONGEST = 10_000
"""A longer text is not offered to be edited (characters)."""
MOST_TEXT = 5_000_000
"""The texts of files that are read with the prompts, at most (characters); older prompts come without."""

_PROMPTS = f"""
SELECT messages.id, text, (SELECT sum(length(a.text)) FROM attachments a WHERE a.message_id = messages.id)
FROM messages JOIN conversations ON conversations.id = conversation_id
WHERE role = 'user' AND deleted_at IS NULL AND length(text) <= {LONGEST} ORDER BY seq DESC LIMIT ?
"""


def read(connection: sqlite3.Connection, limit: int) -> list[Draft]:
    """Return the last questions with their files, oldest first."""
    found, room = [], MOST_TEXT
    for id_, text, size in connection.execute(_PROMPTS, (limit,)).fetchall():
        has_room = size is not None and size <= room
        room -= size if has_room else 0
        found.append(Draft(text, attachment_rows.of_message(connection, id_) if has_room else ()))
    return [draft for draft in reversed(found) if draft]
