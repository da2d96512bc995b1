"""Attachments as rows, and rows as attachments.

They belong to a message or to a draft. The column `text` is what a search finds: the name in its first line,
then the text. Their bytes are not here (`neurotui.store.blobs`); that they are kept comes first.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from neurotui.chat.attachments import Attachment, AttachmentKind, Facts
from neurotui.store.values import dumps, from_object, loads, to_object
from neurotui.wire.surrogates import repair

if TYPE_CHECKING:
    from neurotui.wire.parts import Blob

_KINDS = {kind.value: kind for kind in AttachmentKind}

_PUT_BLOB = """
INSERT INTO blobs (digest, size, used_at) VALUES (?, ?, ?)
ON CONFLICT (digest) DO UPDATE SET size = excluded.size, used_at = excluded.used_at
"""

_COLUMNS = ("kind", "name", "media_type", "digest", "sent_digest", "facts", "text")

_PUT = f"""
INSERT INTO attachments (message_id, draft_of, position, {", ".join(_COLUMNS)})
VALUES (?, ?, ?, {", ".join("?" * len(_COLUMNS))})
"""

_GET = """
SELECT a.kind, a.name, a.media_type, a.digest, whole.size, a.sent_digest, smaller.size, a.facts, a.text
FROM attachments a
LEFT JOIN blobs whole ON whole.digest = a.digest LEFT JOIN blobs smaller ON smaller.digest = a.sent_digest
WHERE a.{} = ? ORDER BY a.position, a.number
"""

HAS_ANY = "EXISTS (SELECT 1 FROM attachments WHERE message_id = messages.id)"
"""True for a message with attachments, as a column."""

_FORGET = """
DELETE FROM attachments
WHERE draft_of IS NOT NULL AND draft_of NOT IN (SELECT conversation_id FROM drafts)
"""

_ANY = """
SELECT 1 FROM attachments a JOIN messages m ON m.id = a.message_id
JOIN conversations c ON c.id = m.conversation_id WHERE c.deleted_at IS NULL LIMIT 1
"""


def blobs_of(attachments: Iterable[Attachment]) -> Iterator[Blob]:
    """Yield the blobs that rows of attachments name."""
    for each in attachments:
        yield from (blob for blob in (each.blob, each.sent) if blob is not None and blob.digest)


def put_for_message(
    connection: sqlite3.Connection, message_id: str, attachments: Sequence[Attachment], first: int = 0
) -> None:
    """Write attachments of a message, from a position on; what stands behind them is left."""
    if attachments:
        _put(connection, "message_id", message_id, dict(enumerate(attachments, first)))


def put_for_draft(connection: sqlite3.Connection, draft_of: str, attachments: Sequence[Attachment]) -> None:
    """Write the attachments of a draft, in place of those that it had."""
    statement = "DELETE FROM attachments WHERE draft_of = ? AND position >= ?"
    connection.execute(statement, (draft_of, len(attachments)))
    _put(connection, "draft_of", draft_of, dict(enumerate(attachments)))


def of_message(connection: sqlite3.Connection, message_id: str) -> tuple[Attachment, ...]:
    """Return the attachments of a message."""
    return tuple(map(_attachment, connection.execute(_GET.format("message_id"), (message_id,))))


def of_draft(connection: sqlite3.Connection, draft_of: str) -> tuple[Attachment, ...]:
    """Return the attachments of a draft."""
    return tuple(map(_attachment, connection.execute(_GET.format("draft_of"), (draft_of,))))


def forget(connection: sqlite3.Connection) -> None:
    """Delete the attachments of drafts that are gone."""
    connection.execute(_FORGET)


def _put(connection: sqlite3.Connection, owner: str, id_: str, attachments: dict[int, Attachment]) -> None:
    """Write attachments by their positions; rows that say the same already are left."""
    query = f"SELECT position, {', '.join(_COLUMNS[:-1])} FROM attachments WHERE {owner} = ?"
    there = {position: tuple(row) for position, *row in connection.execute(query, (id_,))}
    for position, attachment in attachments.items():
        row = _row(attachment)
        if there.get(position) == row[:-1]:  # the text is made of the bytes
            continue
        for blob in blobs_of([attachment]):
            connection.execute(_PUT_BLOB, (blob.digest, blob.size, time.time()))
        connection.execute(f"DELETE FROM attachments WHERE {owner} = ? AND position = ?", (id_, position))
        owners = (id_, None) if owner == "message_id" else (None, id_)
        connection.execute(_PUT, (*owners, position, *row))


def _row(attachment: Attachment) -> tuple[str | None, ...]:
    facts = to_object(attachment.facts)
    if attachment.as_text:
        facts["as_text"] = True
    name, text = repair(attachment.name), repair(attachment.text)
    return (
        attachment.kind.value,
        name,
        repair(attachment.media_type),
        attachment.blob.digest or None,
        attachment.sent.digest or None if attachment.sent else None,
        dumps(facts) if facts else "",
        f"{name}\n{text}" if name or text else "",
    )


def _attachment(row: tuple[Any, ...]) -> Attachment:
    """Return the attachment of a row. One whose bytes were lost has a blob without a digest."""
    from neurotui.wire.parts import Blob

    kind, name, media_type, digest, size, sent_digest, sent_size, facts, text = row
    found = loads(facts) if facts else {}
    return Attachment(
        _KINDS.get(kind, AttachmentKind.FILE),
        name,
        media_type,
        Blob(digest or "", size or 0),
        Blob(sent_digest, sent_size or 0) if sent_digest else None,
        text.removeprefix(f"{name}\n"),
        from_object(Facts, found) or Facts(),
        isinstance(found, dict) and found.get("as_text") is True,
    )


def are_there(connection: sqlite3.Connection) -> bool:
    """Return True if a message of a conversation that is not deleted has attachments."""
    return connection.execute(_ANY).fetchone() is not None
