"""Conversations as rows, and rows as conversations."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import asdict, dataclass, replace

from neurotui.chat.attachments import Attachment
from neurotui.chat.conversation import Conversation, Message, Role
from neurotui.chat.joining import judged
from neurotui.store import attachment_rows
from neurotui.store.message_rows import (
    COLUMNS,
    Lives,
    finished,
    is_there,
    put_row,
    with_attachments,
)
from neurotui.store.money import charge_rows
from neurotui.store.values import dumps, loads
from neurotui.wire.surrogates import repair

_PUT_CONVERSATION = """
INSERT INTO conversations
    (id, title, system_prompt, parameters, first_sent_id, created_at, updated_at, touched, leaf_id,
     profile, chosen_model)
VALUES (:id, :title, :system_prompt, :parameters, :first_sent_id, :created_at, :created_at, 0, :leaf_id,
        :profile, :chosen_model)
ON CONFLICT (id) DO UPDATE SET
    title = iif(begun, title, excluded.title), created_at = iif(begun, created_at, excluded.created_at),
    begun = 1, system_prompt = excluded.system_prompt, parameters = excluded.parameters,
    first_sent_id = excluded.first_sent_id, leaf_id = excluded.leaf_id,
    profile = excluded.profile, chosen_model = excluded.chosen_model
"""

_TOUCH = """
UPDATE conversations
SET deleted_at = NULL,
    touched = coalesce(:touched, max(:now, (SELECT max(touched) FROM conversations) + 0.000001))
WHERE id = :id
"""

_GET = """
SELECT title, system_prompt, parameters, first_sent_id, created_at, leaf_id, profile, chosen_model
FROM conversations WHERE id = ?
"""

_CHARACTERS = """
SELECT characters + (
    SELECT coalesce(sum(length(a.text)), 0) FROM messages m CROSS JOIN attachments a ON a.message_id = m.id
    WHERE m.conversation_id = c.id
) FROM conversations c WHERE id = ?
"""


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
    profile: str = ""
    chosen_model: str = ""

    @classmethod
    def of(cls, conversation: Conversation) -> Header:
        """Return what is written of a conversation beside its messages, as it is now."""
        return cls(
            conversation.id,
            repair(conversation.title),
            repair(conversation.system_prompt),
            dumps(conversation.parameters) if conversation.parameters else "",
            conversation.first_sent_id,
            conversation.created_at,
            conversation.leaf_id,
            repair(conversation.profile),
            repair(conversation.chosen_model),
        )


def opening(question: str, attachments: tuple[Attachment, ...] = ()) -> str:
    """Return the name that a first question, or without words its files, give to their conversation."""
    text = repair(question[:1000])
    return repair(Conversation.of([Message("", Role.USER, text, attachments=attachments)]).name)


def put(
    connection: sqlite3.Connection,
    header: Header,
    messages: Iterable[Message],
    *,
    owner: str | None = None,
    known: Sequence[Message] = (),
) -> None:
    """Write a conversation and messages of it as they are now; to do so again changes nothing.

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
    """Bring a conversation to the head of the list, or to a time; one that was deleted comes back."""
    connection.execute(_TOUCH, {"id": conversation_id, "touched": at, "now": time.time()})


def put_message(
    connection: sqlite3.Connection, conversation_id: str, message: Message, owner: str | None = None
) -> None:
    """Write one message as it is now, and the name that a first question gives to its conversation."""
    put_row(connection, conversation_id, message, owner)
    if message.role is Role.USER:
        connection.execute(
            "UPDATE conversations SET opening = ? WHERE id = ? AND opening = ''",
            (opening(message.text, message.attachments), conversation_id),
        )


def settle(connection: sqlite3.Connection, conversation_id: str, message: Message) -> None:
    """Write the final form of an answer that died, unless another instance has settled it."""
    if connection.execute(
        "SELECT 1 FROM messages WHERE id = ? AND status = 'running'", (message.id,)
    ).fetchone():
        charge_rows.end(connection, message)
        put_message(connection, conversation_id, message)


def delete(connection: sqlite3.Connection, conversation_id: str, message: Message) -> None:
    """Delete an answer that died and that nothing follows; settle one that something follows."""
    followed = connection.execute(
        "SELECT 1 FROM messages WHERE conversation_id = ? AND parent_id = ?", (conversation_id, message.id)
    ).fetchone()
    if followed:
        settle(connection, conversation_id, message)
        return
    charge_rows.end(connection, message)
    connection.execute("DELETE FROM messages WHERE id = ? AND status = 'running'", (message.id,))
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
    """Return the conversation with this id, or None. A running answer that nobody receives any more is cut.

    Its messages are kept in `messages`, if that is given.
    """
    found = connection.execute(_GET, (conversation_id,)).fetchone()
    if found is None:
        return None
    title, system_prompt, parameters, first_sent_id, created_at, leaf_id, profile, chosen_model = found
    conversation = Conversation(
        conversation_id,
        title,
        created_at,
        system_prompt,
        {} if messages is None else messages,
        parameters=read_parameters(loads(parameters)),
        first_sent_id=first_sent_id,
        profile=profile,
        chosen_model=chosen_model,
    )
    rows = connection.execute(
        f"SELECT {', '.join(COLUMNS)}, {attachment_rows.HAS_ANY} FROM messages "
        "WHERE conversation_id = ? ORDER BY seq",
        (conversation_id,),
    )
    for *row, has_attachments in rows:
        message = finished(connection, row, lives)
        if has_attachments:
            message = with_attachments(connection, message)
        if message.parent_id not in conversation.messages:
            message = replace(message, parent_id=None)
        conversation.put(judged(conversation, message))
    if leaf_id in conversation.messages:
        conversation.leaf_id = leaf_id
    return conversation


def read_parameters(data: object) -> dict[str, object]:
    """Return the parameters of requests that JSON tells of; none where it tells of none."""
    return data if isinstance(data, dict) else {}


def is_kept(connection: sqlite3.Connection, conversation_id: str) -> bool:
    """True if there is a conversation with this id, deleted or not."""
    query = "SELECT 1 FROM conversations WHERE id = ?"
    return connection.execute(query, (conversation_id,)).fetchone() is not None


def characters(connection: sqlite3.Connection, conversation_id: str) -> int:
    """Return the number of characters in the texts of a conversation, its files among them."""
    found = connection.execute(_CHARACTERS, (conversation_id,)).fetchone()
    return int(found[0]) if found else 0


def receivers(connection: sqlite3.Connection, conversation_id: str) -> list[str]:
    """Return the instances that are said to receive an answer in a conversation."""
    query = "SELECT owner FROM messages WHERE conversation_id = ? AND status = 'running'"
    return [owner or "" for (owner,) in connection.execute(query, (conversation_id,))]


def keep_running(connection: sqlite3.Connection, owner: str, asked: Iterable[str]) -> list[str]:
    """Bring back what was deleted elsewhere while an instance receives an answer in it, and return the ids.

    `asked` are further conversations, in which it is about to receive one.
    """
    query = "SELECT DISTINCT conversation_id FROM messages WHERE status = 'running' AND owner = ?"
    ids = {id_ for (id_,) in connection.execute(query, (owner,))}.union(asked)
    change = "UPDATE conversations SET deleted_at = NULL WHERE id = ? AND deleted_at IS NOT NULL"
    return [id_ for id_ in ids if connection.execute(change, (id_,)).rowcount]
