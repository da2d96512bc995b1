"""Drafts: text in the input of a conversation that was not sent.

A conversation that has only a draft has a row, which is not listed, so that its settings and its draft are
found again under the id that it will keep. The row goes with the draft, unless a question is asked there.
"""

from __future__ import annotations

import sqlite3
import time

from neurotui.wire.request import repair

NEW = "new:"
"""With the name of an instance after it: the draft of a conversation that was given no id."""

_BEGIN = """
INSERT INTO conversations (id, title, system_prompt, created_at, updated_at, touched, begun)
VALUES (:id, '', '', :now, :now, 0, 0)
ON CONFLICT (id) DO UPDATE SET updated_at = excluded.updated_at WHERE NOT begun AND message_count = 0
"""

_FORGET = "DELETE FROM conversations WHERE id = ? AND NOT begun AND message_count = 0"

_LEFT = """
SELECT d.conversation_id, d.text FROM drafts d LEFT JOIN conversations c ON c.id = d.conversation_id
WHERE d.conversation_id LIKE 'new:%' OR (NOT c.begun AND c.message_count = 0)
ORDER BY d.rowid DESC
"""


def put(connection: sqlite3.Connection, conversation_id: str, text: str) -> None:
    """Keep what stands in the input of a conversation; empty where nothing does."""
    connection.execute("DELETE FROM drafts WHERE conversation_id = ?", (conversation_id,))
    is_named = not conversation_id.startswith(NEW)
    if text:
        connection.execute("INSERT INTO drafts VALUES (?, ?)", (conversation_id, repair(text)))
        if is_named:
            connection.execute(_BEGIN, {"id": conversation_id, "now": time.time()})
    elif is_named:
        connection.execute(_FORGET, (conversation_id,))


def read(connection: sqlite3.Connection, conversation_id: str) -> str:
    """Return what stood in the input of a conversation."""
    found = connection.execute("SELECT text FROM drafts WHERE conversation_id = ?", (conversation_id,))
    return next((text for (text,) in found), "")


def left(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Return the drafts of conversations that have no message, each with its id, the newest first."""
    return connection.execute(_LEFT).fetchall()
