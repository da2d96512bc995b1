"""Conversations as rows, and what is found in the rows as conversations."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from neurotui.chat.conversation import Bill, Conversation, Message, Role, Status, ToolCall, new_id
from neurotui.chat.tokens import estimate_tokens
from neurotui.errors import ErrorRecord
from neurotui.store.facts import from_row, to_row
from neurotui.store.values import dumps, from_object, from_text, loads, to_object, to_text
from neurotui.wire.events import Usage
from neurotui.wire.request import repair

_COLUMNS = (
    *("id", "conversation_id", "parent_id", "role", "status", "owner", "created_at", "model", "refused"),
    *("finish_reason", "usage", "timing", "error", "tool_calls", "text", "reasoning"),
)

_PUT_CONVERSATION = """
INSERT INTO conversations
    (id, title, system_prompt, parameters, first_sent_id, created_at, updated_at, touched, leaf_id)
VALUES (:id, :title, :system_prompt, :parameters, :first_sent_id, :created_at, :created_at, 0, :leaf_id)
ON CONFLICT (id) DO UPDATE SET
    system_prompt = excluded.system_prompt, parameters = excluded.parameters,
    first_sent_id = excluded.first_sent_id, leaf_id = excluded.leaf_id
"""

_TOUCH = """
UPDATE conversations
SET deleted_at = NULL,
    touched = coalesce(:touched, max(:now, (SELECT max(touched) FROM conversations) + 0.000001))
WHERE id = :id
"""

_PUT_MESSAGE = f"""
INSERT INTO messages ({", ".join(_COLUMNS)}) VALUES ({", ".join("?" * len(_COLUMNS))})
ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[4:])}
"""

_GET_MESSAGE = f"SELECT {', '.join(_COLUMNS)} FROM messages WHERE id = ?"

ROLES = {role.value: role for role in Role}
"""Each role by its word."""
STATUSES = {status.value: status for status in Status}
"""Each status by its word."""

Lives = Callable[[str], bool]
"""Whether the instance of this name is running."""


@dataclass(frozen=True, slots=True)
class Header:
    """All of a conversation but its messages."""

    id: str
    title: str
    system_prompt: str
    parameters: str
    """As JSON; empty where there are none."""
    first_sent_id: str | None
    created_at: float
    leaf_id: str | None

    @classmethod
    def of(cls, conversation: Conversation) -> Header:
        """What is written of a conversation beside its messages, as it is now."""
        return cls(
            conversation.id,
            repair(conversation.title),
            repair(conversation.system_prompt),
            dumps(conversation.parameters) if conversation.parameters else "",
            conversation.first_sent_id,
            conversation.created_at,
            conversation.leaf_id,
        )


def opening(question: str) -> str:
    """The name that a first question gives to its conversation."""
    return Conversation.of([Message("", Role.USER, repair(question[:1000]))]).name


def put(
    connection: sqlite3.Connection,
    header: Header,
    messages: Iterable[Message],
    *,
    owner: str | None = None,
    known: Sequence[Message] = (),
) -> None:
    """Writes a conversation and messages of it as they are now; to do so again changes nothing.

    A running message gets an owner; any other one is final, and its deltas go. New messages bring the
    conversation to the head of the list. Where the parent of a message is not there
    (the file was replaced, another instance purged the conversation), all that is `known` is written.
    """
    connection.execute(_PUT_CONVERSATION, asdict(header))
    messages = tuple(messages)
    new = [message for message in messages if not is_there(connection, message.id)]
    parents = {message.parent_id for message in new if message.parent_id} - {
        message.id for message in messages
    }
    if not all(is_there(connection, parent_id) for parent_id in parents):
        messages = (*(message for message in known if not is_there(connection, message.id)), *messages)
    for message in messages:
        put_message(connection, header.id, message, owner)
    if new:
        touch(connection, header.id)


def touch(connection: sqlite3.Connection, conversation_id: str, at: float | None = None) -> None:
    """Brings a conversation to the head of the list, or to a time; one that was deleted comes back."""
    connection.execute(_TOUCH, {"id": conversation_id, "touched": at, "now": time.time()})


def put_message(
    connection: sqlite3.Connection, conversation_id: str, message: Message, owner: str | None = None
) -> None:
    """Writes one message as it is now."""
    running = message.status is Status.RUNNING
    connection.execute(
        _PUT_MESSAGE,
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
        ),
    )
    if not running:
        connection.execute("DELETE FROM deltas WHERE message_id = ?", (message.id,))
    if message.role is Role.USER:
        connection.execute(
            "UPDATE conversations SET opening = ? WHERE id = ? AND opening = ''",
            (opening(message.text), conversation_id),
        )


def put_spent(connection: sqlite3.Connection, answer: Message) -> None:
    """Writes down what an answer has cost, of which nothing else is kept: no text, and in no list.

    It is in the trash from the beginning, and goes with that.
    """
    bill = answer.bill or Bill()
    if not bill.completion_tokens:
        said = estimate_tokens(answer.text) + estimate_tokens(answer.reasoning)
        bill = replace(bill, completion_tokens=answer.usage.completion_tokens if answer.usage else said)
    unsaid = Message(
        new_id(), Role.ASSISTANT, "", None, answer.created_at, answer.status, answer.model, bill=bill
    )
    spent = Conversation.of([unsaid])
    put(connection, Header.of(spent), spent.messages.values())
    connection.execute("UPDATE conversations SET deleted_at = ? WHERE id = ?", (time.time(), spent.id))


def put_delta(
    connection: sqlite3.Connection, message_id: str, number: int, text: str, reasoning: str
) -> None:
    """Writes a piece of a running answer, unless the answer has ended or its conversation is gone."""
    connection.execute(
        """
        INSERT OR REPLACE INTO deltas (message_id, number, text, reasoning)
        SELECT id, ?, ?, ? FROM messages WHERE id = ? AND status = 'running'
        """,
        (number, text, reasoning, message_id),
    )


def put_facts(connection: sqlite3.Connection, message: Message) -> None:
    """Writes what is known of a running answer beside its texts, unless it has ended."""
    connection.execute(
        "UPDATE messages SET timing = ? WHERE id = ? AND status = 'running'", (to_row(message), message.id)
    )


NEW = "new:"
"""With the name of an instance after it: where that keeps the draft of its new conversation."""


def put_draft(connection: sqlite3.Connection, conversation_id: str, text: str) -> None:
    """Keeps what stands in the input of a conversation."""
    connection.execute("DELETE FROM drafts WHERE conversation_id = ?", (conversation_id,))
    if text:
        connection.execute("INSERT INTO drafts VALUES (?, ?)", (conversation_id, repair(text)))


def settle(connection: sqlite3.Connection, conversation_id: str, message: Message) -> None:
    """Writes the final form of an answer that died, unless another instance has settled it."""
    if connection.execute(
        "SELECT 1 FROM messages WHERE id = ? AND status = 'running'", (message.id,)
    ).fetchone():
        put_message(connection, conversation_id, message)


def delete(connection: sqlite3.Connection, conversation_id: str, message: Message) -> None:
    """Deletes an answer that died and that nothing follows; settles one that something follows."""
    followed = connection.execute(
        "SELECT 1 FROM messages WHERE conversation_id = ? AND parent_id = ?", (conversation_id, message.id)
    ).fetchone()
    if followed:
        settle(connection, conversation_id, message)
        return
    deleted = connection.execute("DELETE FROM messages WHERE id = ? AND status = 'running'", (message.id,))
    if deleted.rowcount and message.bill is not None:
        put_spent(connection, message)
    connection.execute(
        "UPDATE conversations SET leaf_id = ? WHERE id = ? AND leaf_id = ?",
        (message.parent_id, conversation_id, message.id),
    )


def read(
    connection: sqlite3.Connection,
    conversation_id: str,
    lives: Lives,
    messages: MutableMapping[str, Message] | None = None,
) -> Conversation | None:
    """The conversation with this id, or None. A running answer that nobody receives any more is cut.

    Its messages are kept in `messages`, if that is given.
    """
    found = connection.execute(
        "SELECT title, system_prompt, parameters, first_sent_id, created_at, leaf_id FROM conversations "
        "WHERE id = ?",
        (conversation_id,),
    ).fetchone()
    if found is None:
        return None
    title, system_prompt, parameters, first_sent_id, created_at, leaf_id = found
    conversation = Conversation(
        conversation_id,
        title,
        created_at,
        system_prompt,
        {} if messages is None else messages,
        parameters=read_parameters(loads(parameters)),
        first_sent_id=first_sent_id,
    )
    rows = connection.execute(
        f"SELECT {', '.join(_COLUMNS)} FROM messages WHERE conversation_id = ? ORDER BY seq",
        (conversation_id,),
    )
    for row in rows:
        message = _finished(connection, row, lives)
        if message.parent_id not in conversation.messages:
            message = replace(message, parent_id=None)
        conversation.put(message)
    if leaf_id in conversation.messages:
        conversation.leaf_id = leaf_id
    return conversation


def _finished(connection: sqlite3.Connection, row: tuple[Any, ...], lives: Lives) -> Message:
    """The message of a row; a running one has what came of it, and is cut if nobody receives it any more."""
    message = _message(row)
    if message.status is Status.RUNNING:
        message = with_deltas(connection, message)
        if not lives(row[5] or ""):
            message = replace(message, status=Status.CUT)
    return message


def read_parameters(data: object) -> dict[str, object]:
    """The parameters of requests that JSON tells of; none where it tells of none."""
    return data if isinstance(data, dict) else {}


def with_deltas(connection: sqlite3.Connection, message: Message) -> Message:
    """A running message with all that has come of it so far."""
    pieces = connection.execute(
        "SELECT text, reasoning FROM deltas WHERE message_id = ? ORDER BY number", (message.id,)
    ).fetchall()
    text = message.text + "".join(text for text, _reasoning in pieces)
    reasoning = message.reasoning + "".join(reasoning for _text, reasoning in pieces)
    before, mark, after = text.partition(message.mark) if message.mark else ("", "", text)
    return replace(message, text=after if mark else text, reasoning=reasoning + before if mark else reasoning)


def read_running(connection: sqlite3.Connection) -> list[tuple[str, str, Message]]:
    """The owner, the conversation and the message of each answer that is said to be running, oldest first.

    Those of deleted conversations are not among them.
    """
    rows = connection.execute(
        f"""
        SELECT {", ".join(_COLUMNS)} FROM messages WHERE status = 'running'
        AND conversation_id IN (SELECT id FROM conversations WHERE deleted_at IS NULL) ORDER BY seq
        """
    )
    return [(row[5] or "", row[1], with_deltas(connection, _message(row))) for row in rows.fetchall()]


def _message(row: tuple[Any, ...]) -> Message:
    id_, _conversation, parent_id, role, status, _owner, created_at, model, refused, reason, *rest = row
    usage, timing, error, tool_calls, text, reasoning = rest
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
        **from_row(timing),
    )


def read_bill(measured: str) -> Bill | None:
    """The bill in what `facts.to_row` wrote; None where there is none, as of an answer from elsewhere."""
    data = loads(measured) if measured else None
    return from_object(Bill, data.get("bill")) if isinstance(data, dict) else None


def read_tool_calls(data: object) -> tuple[ToolCall, ...]:
    """The tool calls in a list of objects; what is none is passed over."""
    calls = data if isinstance(data, list) else []
    return tuple(call for call in (from_object(ToolCall, found) for found in calls) if call is not None)


def read_message(connection: sqlite3.Connection, message_id: str, lives: Lives) -> tuple[str, Message] | None:
    """The id of its conversation and the message with this id, as `read` has it; None if there is none."""
    row = connection.execute(_GET_MESSAGE, (message_id,)).fetchone()
    if row is None:
        return None
    conversation_id = row[1]
    message = _finished(connection, row, lives)
    if (
        message.parent_id
        and not connection.execute(
            "SELECT 1 FROM messages WHERE id = ? AND conversation_id = ?",
            (message.parent_id, conversation_id),
        ).fetchone()
    ):
        message = replace(message, parent_id=None)
    return conversation_id, message


def is_kept(connection: sqlite3.Connection, conversation_id: str) -> bool:
    """True if there is a conversation with this id, deleted or not."""
    query = "SELECT 1 FROM conversations WHERE id = ?"
    return connection.execute(query, (conversation_id,)).fetchone() is not None


def is_there(connection: sqlite3.Connection, message_id: str) -> bool:
    """Whether there is a message with this id, in any conversation."""
    return connection.execute("SELECT 1 FROM messages WHERE id = ?", (message_id,)).fetchone() is not None
