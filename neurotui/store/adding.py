"""Conversations from elsewhere, added beside what is there, of which nothing is changed or doubled."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import replace
from enum import StrEnum

from neurotui.chat.conversation import Conversation, Message, new_id
from neurotui.store import rows
from neurotui.store.message_rows import Lives, read_message
from neurotui.store.shelf import Shelf


class Added(StrEnum):
    """Results of adding a conversation."""

    NEW = "new"
    GREW = "grew"
    """It was there, and had not all of the messages."""
    KNOWN = "known"
    """It was there, with all of its messages."""
    COPIED = "copied"
    """Another one with the same ids was there: it is kept beside that one, under new ids."""


def add(
    connection: sqlite3.Connection,
    conversation: Conversation,
    lives: Lives,
    report: Callable[[float], None],
) -> Added:
    """Add a conversation, unless it is there; `report` is called with the part that is done, 0 to 1."""
    if added := _try_to_add(connection, conversation, lives, report):
        return added
    # The second ones are for a copy that was imported before and has been changed since.
    for new in (_ids_by_content(conversation), lambda _id: new_id()):
        ids = {id_: new(id_) for id_ in conversation.messages}
        copy = copied(conversation, ids, new(""))
        copy.created_at = conversation.created_at
        if added := _try_to_add(connection, copy, lives, report):
            break
    return Added.COPIED if added is Added.NEW else Added.KNOWN


def _try_to_add(
    connection: sqlite3.Connection,
    conversation: Conversation,
    lives: Lives,
    report: Callable[[float], None],
) -> Added | None:
    """Add what is not there. Return None, and add nothing, where something else has the same ids."""
    there = rows.is_kept(connection, conversation.id)
    new = []
    newest = conversation.created_at if not conversation.messages else 0.0
    steps = max(1, 2 * len(conversation.messages))
    for number, message in enumerate(conversation.messages.values()):
        report(number / steps)
        newest = max(newest, message.created_at)
        found = read_message(connection, message.id, lives)
        if found is None:
            new.append(message.id)
        elif found != (conversation.id, message):
            return None
    if not there:
        rows.put(connection, rows.Header.of(conversation), ())
    for number, id_ in enumerate(new, steps // 2):
        report(number / steps)
        rows.put_message(connection, conversation.id, conversation.messages[id_])
    if there:
        connection.execute("UPDATE conversations SET deleted_at = NULL WHERE id = ?", (conversation.id,))
        return Added.GREW if new else Added.KNOWN
    # The time when something was last said in it, but not in the future.
    rows.touch(connection, conversation.id, min(time.time(), newest))
    return Added.NEW


def _ids_by_content(conversation: Conversation) -> Callable[[str], str]:
    """Return a function from ids to ids: others for another content, the same ones for the same content.

    So a copy that was imported before is known when it is imported again.
    """
    content = hashlib.blake2b(digest_size=16)
    for message in conversation.messages.values():
        content.update(repr(message).encode("utf-8", "surrogatepass"))
    return lambda id_: hashlib.blake2b(id_.encode(), digest_size=16, key=content.digest()).hexdigest()


def copied(conversation: Conversation, ids: Mapping[str, str], id_: str) -> Conversation:
    """Return a conversation that begins now: the messages that `ids` names, under the ids it maps them to."""
    kept: MutableMapping[str, Message] = Shelf() if isinstance(conversation.messages, Shelf) else {}
    copied = ((new, conversation.messages[old]) for old, new in ids.items())
    copy = Conversation.of(
        (
            replace(
                message,
                id=new,
                parent_id=ids.get(message.parent_id or ""),
                continues=ids.get(message.continues or ""),
            )
            for new, message in copied
        ),
        id=id_,
        title=conversation.title,
        system_prompt=conversation.system_prompt,
        parameters=dict(conversation.parameters),
        profile=conversation.profile,
        chosen_model=conversation.chosen_model,
        first_sent_id=ids.get(conversation.first_sent_id or ""),
        messages=kept,
    )
    copy.leaf_id = ids.get(conversation.leaf_id or "", copy.leaf_id)
    return copy
