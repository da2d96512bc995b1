"""Conversations as JSON, complete: importing an export gives the same conversations again.

    {
      "format": "neurotui",
      "version": 1,
      "exported_at": 1795337900.5,                when, in Unix time
      "conversations": [
        {
          "id": "72316fedf66b4edc",               any string that no other conversation has
          "title": "",                            if empty, the first words of the first question name it
          "created_at": 1795337900.5,
          "system_prompt": "",
          "leaf_id": "4d294321172847e4",          the last message of the current branch, or null
          "parameters": {"temperature": 0.2},     of each request; missing if none is set
          "first_sent_id": "c170d6f5eda14263",    the message with which requests begin; missing for all
          "messages": [                           of all branches, in the order in which they were made
            {
              "id": "c170d6f5eda14263",           any string that no other message has
              "parent_id": null,                  the message it answers or follows; null for a beginning
              "role": "user",                     user, assistant or system
              "created_at": 1795337900.5,
              "text": "…",                        to the byte
              "status": "complete",               complete, stopped, cut, length, filtered or failed
              "model": "gpt-5-mini",
              "reasoning": "…",
              "refused": true,                    the text is a refusal
              "finish_reason": "stop",            the server's word
              "tool_calls": [{"id": "", "name": "", "arguments": "JSON, as the model wrote it"}],
              "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2,
                        "cached_tokens": 0, "reasoning_tokens": 0},
              "timing": {"accepted": 0.1, "first_token": 0.4, "thinking": 0.2, "total": 2.0,
                         "closed": 0.004, "pings": 3, "rhythm": 9.9},  seconds since sending
              "error": {"kind": "", "title": "", "message": "", "hint": "",
                        "http_status": 502, "code": "", "request_id": ""},
              "bill": {"asked_model": "gpt-5-mini", "prompt_tokens": 1, "completion_tokens": 1,
                       "cost": 0.0001},           counts or estimates, US dollars
              "unreadable": 1,                    pieces that could not be read: it is not complete
              "parts": [{"kind": "image", "count": 1}],        content that is not text; not in the file
              "citations": [{"url": "https://…", "title": "…"}],
              "mark": "</think>",                 the text between the reasoning and the answer
              "attachments": [{…}],               see neurotui.transcripts.attached
              "continues": "4d294321172847e4"     its parent, an answer that it goes on with
            }
          ]
        }
      ]
    }

A message's fields after `status` are there only if they say something. Readers ignore fields that they do not
know; a change that would mislead them raises `version`. Each message is on a line of its own.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from dataclasses import replace
from typing import Any

from neurotui.chat.conversation import Conversation, Message, Status, Timing, new_id
from neurotui.errors import ErrorRecord
from neurotui.store.facts import read_facts, to_facts
from neurotui.store.message_rows import ROLES, STATUSES, read_tool_calls
from neurotui.store.rows import read_parameters
from neurotui.store.values import dumps, from_object, moment, string, to_object
from neurotui.transcripts.attached import read_attachments, to_json
from neurotui.wire.parts import Blob
from neurotui.wire.usage import Usage

FORMAT = "neurotui"
VERSION = 1


def render(conversation: Conversation) -> Iterator[str]:
    """Return one conversation, in pieces."""
    return render_all([conversation])


def render_all(conversations: Iterable[Conversation], blobs: dict[str, Blob] | None = None) -> Iterator[str]:
    """Yield conversations, in pieces; put into `blobs`, by digest, what they name of files."""
    head = dumps({"format": FORMAT, "version": VERSION, "exported_at": time.time()})
    yield head[:-1] + ',"conversations":['
    for number, conversation in enumerate(conversations):
        yield "," if number else ""
        yield from _conversation(conversation, {} if blobs is None else blobs)
    yield "\n]}\n"


def read_conversation(data: dict[str, Any]) -> tuple[Conversation, int]:
    """Return a conversation from its object, and the number of its messages that could not be read."""
    found = data.get("messages")
    given = found if isinstance(found, list) else []
    messages = {message.id: message for message in map(read_message, given) if message is not None}
    return assemble(data, messages, {}), len(given) - len(messages)


def assemble(
    data: dict[str, Any], messages: Mapping[str, Message], kept: MutableMapping[str, Message]
) -> Conversation:
    """Return a conversation from its object and its messages by id; `kept` is to hold the messages."""
    conversation = Conversation.of(
        in_order(messages),
        id=string(data, "id") or new_id(),
        title=string(data, "title"),
        created_at=moment(data, "created_at"),
        system_prompt=string(data, "system_prompt"),
        parameters=read_parameters(data.get("parameters")),
        messages=kept,
    )
    if (leaf_id := string(data, "leaf_id")) in conversation.messages:
        conversation.leaf_id = leaf_id
    if (first_id := string(data, "first_sent_id")) in conversation.messages:
        conversation.first_sent_id = first_id
    return conversation


def in_order(messages: Mapping[str, Message]) -> Iterator[Message]:
    """Yield messages, parents before children; a missing parent, or a circle, makes a beginning."""
    placed: set[str] = set()
    for id_, found in messages.items():
        if id_ not in placed and found.parent_id in placed:  # the usual case: the message is read only once
            yield found
            placed.add(id_)
            continue
        ancestors: dict[str, None] = {}
        next_one = id_
        while next_one in messages and next_one not in placed and next_one not in ancestors:
            ancestors[next_one] = None
            next_one = messages[next_one].parent_id or ""
        for ancestor_id in reversed(ancestors):
            message = messages[ancestor_id]
            yield message if message.parent_id in placed else replace(message, parent_id=None)
            placed.add(ancestor_id)


def _conversation(conversation: Conversation, blobs: dict[str, Blob]) -> Iterator[str]:
    optional = {"parameters": conversation.parameters, "first_sent_id": conversation.first_sent_id}
    head = {
        "id": conversation.id,
        "title": conversation.title,
        "created_at": conversation.created_at,
        "system_prompt": conversation.system_prompt,
        "leaf_id": conversation.leaf_id,
    } | {name: value for name, value in optional.items() if value}
    yield "\n" + dumps(head)[:-1] + ',"messages":['
    for number, message in enumerate(conversation.messages.values()):
        yield ("," if number else "") + "\n" + dumps(_message(message))
        for attachment in message.attachments:
            blobs |= {each.digest: each for each in (attachment.blob, attachment.sent) if each}
    yield "\n]}"


def _message(message: Message) -> dict[str, Any]:
    optional: dict[str, Any] = {
        "model": message.model,
        "reasoning": message.reasoning,
        "refused": message.refused,
        "finish_reason": message.finish_reason,
        "tool_calls": [to_object(call) for call in message.tool_calls],
        "usage": message.usage and to_object(message.usage),
        "timing": message.timing and to_object(message.timing),
        "error": message.error and to_object(message.error),
        **to_facts(message),
        "attachments": [to_json(attachment) for attachment in message.attachments],
        "continues": message.continues,
    }
    status = Status.CUT if message.status is Status.RUNNING else message.status
    return {
        "id": message.id,
        "parent_id": message.parent_id,
        "role": message.role,
        "created_at": message.created_at,
        "text": message.text,
        "status": status,
    } | {name: value for name, value in optional.items() if value or value == {}}


def read_message(data: object) -> Message | None:
    """Return a message from its object; None if it is not one."""
    if not isinstance(data, dict):
        return None
    id_, role = string(data, "id"), string(data, "role")
    if not id_ or role not in ROLES:
        return None
    status = STATUSES.get(string(data, "status") or Status.COMPLETE, Status.CUT)
    facts = read_facts(data)
    if status is Status.RUNNING or (status is Status.COMPLETE and facts["unreadable"]):
        status = Status.CUT
    calls = data.get("tool_calls")
    return Message(
        id=id_,
        role=ROLES[role],
        text=string(data, "text"),
        parent_id=string(data, "parent_id") or None,
        created_at=moment(data, "created_at"),
        status=status,
        model=string(data, "model"),
        reasoning=string(data, "reasoning"),
        refused=data.get("refused") is True,
        tool_calls=read_tool_calls(calls),
        finish_reason=string(data, "finish_reason"),
        usage=from_object(Usage, data.get("usage")),
        error=from_object(ErrorRecord, data.get("error")),
        timing=from_object(Timing, data.get("timing")),
        continues=string(data, "continues") or None,
        attachments=read_attachments(data.get("attachments")),
        **facts,
    )
