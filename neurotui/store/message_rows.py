"""Messages as rows, and rows as messages."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from neurotui.chat.conversation import Message, Role, Status, ToolCall
from neurotui.errors import ErrorRecord
from neurotui.store import attachment_rows
from neurotui.store.facts import from_row, to_row
from neurotui.store.values import dumps, from_object, from_text, loads, to_object, to_text
from neurotui.wire.surrogates import repair
from neurotui.wire.usage import Usage

COLUMNS = (
    *("id", "conversation_id", "parent_id", "role", "status", "owner", "created_at", "model", "refused"),
    *("finish_reason", "usage", "timing", "error", "tool_calls", "text", "reasoning"),
    *("asked_model", "unreadable", "continues"),
)
CHANGED = ("parent_id", *COLUMNS[4:])
"""Columns that the end of an answer may change: its parent too, if it was to go on with another one."""

_PUT = f"""
INSERT INTO messages ({", ".join(COLUMNS)}) VALUES ({", ".join("?" * len(COLUMNS))})
ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in CHANGED)}
"""

_GET = f"SELECT {', '.join(COLUMNS)} FROM messages WHERE id = ?"

ROLES = {role.value: role for role in Role}
"""Each role by its word."""
STATUSES = {status.value: status for status in Status}
"""Each status by its word."""

Lives = Callable[[str], bool]
"""True for the name of an instance that is running."""


def put_row(
    connection: sqlite3.Connection, conversation_id: str, message: Message, owner: str | None = None
) -> None:
    """Write one message as it is now. The deltas of one that is not running go."""
    running = message.status is Status.RUNNING
    connection.execute(
        _PUT,
        (
            message.id,
            conversation_id,
            message.parent_id,
            message.role,
            message.status,
            owner if running else None,
            message.created_at,
            repair(message.model),
            message.refused,
            repair(message.finish_reason),
            to_text(message.usage),
            to_row(message),
            to_text(message.error),
            dumps([to_object(call) for call in message.tool_calls]) if message.tool_calls else "",
            repair(message.text),
            repair(message.reasoning),
            repair(message.bill.asked_model) if message.bill else "",
            message.unreadable,
            message.continues,
        ),
    )
    attachment_rows.put_for_message(connection, message.id, message.attachments)
    if not running:
        connection.execute("DELETE FROM deltas WHERE message_id = ?", (message.id,))


def put_delta(
    connection: sqlite3.Connection, message_id: str, number: int, text: str, reasoning: str
) -> None:
    """Write a piece of a running answer, unless the answer has ended or its conversation is gone."""
    connection.execute(
        """
        INSERT OR REPLACE INTO deltas (message_id, number, text, reasoning)
        SELECT id, ?, ?, ? FROM messages WHERE id = ? AND status = 'running'
        """,
        (number, text, reasoning, message_id),
    )


def put_facts(connection: sqlite3.Connection, message: Message) -> None:
    """Write what is known of a running answer beside its texts, unless it has ended."""
    connection.execute(
        "UPDATE messages SET timing = ?, unreadable = ? WHERE id = ? AND status = 'running'",
        (to_row(message), message.unreadable, message.id),
    )


def finished(connection: sqlite3.Connection, row: Sequence[Any], lives: Lives) -> Message:
    """Return the message of a row: a running one with its deltas, cut if nobody receives it any more."""
    message = message_of(row)
    if message.status is Status.RUNNING:
        message = with_deltas(connection, message)
        if not lives(row[5] or ""):
            message = replace(message, status=Status.CUT)
    return message


def message_of(row: Sequence[Any]) -> Message:
    """Return the message of a row of `COLUMNS`, a running one without its deltas."""
    id_, _conversation, parent_id, role, status, _owner, created_at, model, refused, reason, *rest = row
    usage, timing, error, tool_calls, text, reasoning, _asked_model, unreadable, continues = rest
    facts = from_row(timing)
    # Versions 1 and 2 have the count there, and write it there still.
    facts["unreadable"] = max(unreadable, facts.get("unreadable", 0))
    return Message(
        id_,
        ROLES.get(role, Role.SYSTEM),
        text,
        parent_id,
        created_at,
        STATUSES.get(status, Status.CUT),
        model,
        reasoning,
        bool(refused),
        read_tool_calls(loads(tool_calls)) if tool_calls else (),
        reason,
        from_text(Usage, usage),
        from_text(ErrorRecord, error),
        continues=continues,
        **facts,
    )


def with_deltas(connection: sqlite3.Connection, message: Message) -> Message:
    """Return a running message with all that has come of it so far."""
    pieces = connection.execute(
        "SELECT text, reasoning FROM deltas WHERE message_id = ? ORDER BY number", (message.id,)
    ).fetchall()
    text = message.text + "".join(text for text, _reasoning in pieces)
    reasoning = message.reasoning + "".join(reasoning for _text, reasoning in pieces)
    before, mark, after = text.partition(message.mark) if message.mark else ("", "", text)
    return replace(message, text=after if mark else text, reasoning=reasoning + before if mark else reasoning)


def read_running(connection: sqlite3.Connection) -> list[tuple[str, str, Message]]:
    """Return owner, conversation and message of each answer that is said to be running, oldest first.

    Those of deleted conversations are not among them.
    """
    rows = connection.execute(
        f"""
        SELECT {", ".join(COLUMNS)} FROM messages WHERE status = 'running'
        AND conversation_id IN (SELECT id FROM conversations WHERE deleted_at IS NULL) ORDER BY seq
        """
    )
    found = []
    for row in rows.fetchall():
        message = with_deltas(connection, message_of(row))
        found.append((row[5] or "", row[1], with_attachments(connection, message)))
    return found


def read_message(connection: sqlite3.Connection, message_id: str, lives: Lives) -> tuple[str, Message] | None:
    """Return the id of its conversation and the message with this id, finished; None if there is none."""
    row = connection.execute(_GET, (message_id,)).fetchone()
    if row is None:
        return None
    conversation_id = row[1]
    message = finished(connection, row, lives)
    if (
        message.parent_id
        and not connection.execute(
            "SELECT 1 FROM messages WHERE id = ? AND conversation_id = ?",
            (message.parent_id, conversation_id),
        ).fetchone()
    ):
        message = replace(message, parent_id=None)
    return conversation_id, with_attachments(connection, message)


def with_attachments(connection: sqlite3.Connection, message: Message) -> Message:
    """Return a message with its attachments."""
    attachments = attachment_rows.of_message(connection, message.id)
    return replace(message, attachments=attachments) if attachments else message


def read_tool_calls(data: object) -> tuple[ToolCall, ...]:
    """Return the tool calls in a list of objects; what is none is passed over."""
    calls = data if isinstance(data, list) else []
    return tuple(call for call in (from_object(ToolCall, found) for found in calls) if call is not None)


def is_there(connection: sqlite3.Connection, message_id: str) -> bool:
    """True if there is a message with this id, in any conversation."""
    return connection.execute("SELECT 1 FROM messages WHERE id = ?", (message_id,)).fetchone() is not None
