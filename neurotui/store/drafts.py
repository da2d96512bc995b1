"""Drafts: text in the input of a conversation that was not sent.

A conversation that has only a draft has a row, so that its settings and its draft are found again under the
id that it will keep. It is listed among the drafts alone. The row goes with the draft, unless a question is
asked there.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from neurotui.chat.attachments import Attachment
from neurotui.chat.conversation import Conversation
from neurotui.store import attachment_rows
from neurotui.store.rows import Header
from neurotui.wire.surrogates import repair

PLACE = "\ufffc"
"""Stands in the text of a draft for each of its files."""

NEW = "new:"
"""With the name of an instance after it: the draft of a conversation that was given no id."""

_BEGIN = """
INSERT INTO conversations
    (id, title, system_prompt, parameters, first_sent_id, profile, chosen_model, created_at, updated_at,
     touched, begun)
VALUES (:id, :title, :system_prompt, :parameters, :first_sent_id, :profile, :chosen_model, :now, :now, 0, 0)
ON CONFLICT (id) DO UPDATE SET updated_at = excluded.updated_at, deleted_at = NULL{settings}
WHERE NOT begun AND message_count = 0
"""
"""Typing in a draft that was deleted in another window brings it back."""

_SETTINGS = "".join(
    f", {name} = excluded.{name}" for name in ("system_prompt", "parameters", "profile", "chosen_model")
)

_FORGET = "DELETE FROM conversations WHERE id = ? AND NOT begun AND message_count = 0"

_LEFT = """
SELECT d.conversation_id, d.text FROM drafts d LEFT JOIN conversations c ON c.id = d.conversation_id
WHERE d.conversation_id LIKE 'new:%' OR (NOT c.begun AND c.message_count = 0 AND c.deleted_at IS NULL)
ORDER BY d.rowid DESC
"""

_LISTED = """
SELECT c.id, c.title, substr(d.text, 1, 2000), c.pinned, c.created_at, c.updated_at, c.chosen_model,
       length(d.text),
       (SELECT group_concat(name, ', ') FROM
           (SELECT name FROM attachments WHERE draft_of = d.conversation_id AND name <> '' ORDER BY position))
FROM drafts d JOIN conversations c ON c.id = d.conversation_id
WHERE NOT c.begun AND c.message_count = 0 AND c.deleted_at IS NULL ORDER BY c.updated_at DESC
"""

_PURGE = """
DELETE FROM drafts WHERE conversation_id IN (SELECT id FROM conversations WHERE deleted_at < ?)
"""


def put(
    connection: sqlite3.Connection,
    conversation_id: str,
    text: str,
    header: Header | None = None,
    attachments: Sequence[Attachment] = (),
) -> None:
    """Keep what stands in the input of a conversation, and how that is set up; empty where nothing does."""
    connection.execute("DELETE FROM drafts WHERE conversation_id = ?", (conversation_id,))
    attachment_rows.put_for_draft(connection, conversation_id, attachments if text else ())
    is_named = not conversation_id.startswith(NEW)
    if text:
        connection.execute("INSERT INTO drafts VALUES (?, ?)", (conversation_id, repair(text)))
        if is_named:
            begin = _BEGIN.format(settings=_SETTINGS if header is not None else "")
            header = header or Header.of(Conversation(conversation_id))
            connection.execute(begin, {**asdict(header), "now": time.time()})
    elif is_named:
        connection.execute(_FORGET, (conversation_id,))


def read(connection: sqlite3.Connection, conversation_id: str) -> str:
    """Return what stood in the input of a conversation."""
    found = connection.execute("SELECT text FROM drafts WHERE conversation_id = ?", (conversation_id,))
    return next((text for (text,) in found), "")


def attachments_of(connection: sqlite3.Connection, conversation_id: str) -> tuple[Attachment, ...]:
    """Return the files of a draft, one for each of the places in its text that stand for them."""
    places = read(connection, conversation_id).count(PLACE)
    return attachment_rows.of_draft(connection, conversation_id)[:places] if places else ()


def left(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Return the drafts of conversations that have no message, each with its id, the newest first."""
    return connection.execute(_LEFT).fetchall()


def listed(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """Return the conversations that have only a draft, the newest first.

    Each as id, title, the beginning of the text, pinned, created_at, updated_at, model, characters, the
    names of its files.
    """
    return connection.execute(_LISTED).fetchall()


def purge(connection: sqlite3.Connection, before: float) -> None:
    """Remove for good the drafts of conversations that were deleted before a Unix time."""
    connection.execute(_PURGE, (before,))
    attachment_rows.forget(connection)
