"""Conversations from ChatGPT's export, `conversations.json`: a tree of nodes, of which not all are messages.

Nodes without words (the root, hidden instructions, tool output) are omitted; their children are attached to
their parent. A tool's input becomes a tool call, thoughts become the reasoning of the answer that follows
them; pictures that a tool has made are an answer. A file that is not in the archive is counted. Marks of
sources become links.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any

from neurotui.chat.attachments import Attachment
from neurotui.chat.conversation import Conversation, Message, Role, Status, ToolCall, new_id
from neurotui.store.values import moment, string
from neurotui.transcripts.brought import Brought, asset_id
from neurotui.transcripts.references import with_links

_ENDINGS = {
    "max_tokens": Status.LENGTH,
    "interrupted": Status.STOPPED,
    "content_filter": Status.FILTERED,
}
"""Status of an incomplete answer, by the type of its `finish_details`."""


@dataclass(slots=True)
class Left:
    """Counts of what an import leaves out, and the files that came with it."""

    brought: Brought = field(default_factory=Brought)
    attachments: int = 0
    tools: int = 0
    """Number of tool outputs."""
    unreadable: int = 0


def read_conversation(data: dict[str, Any], left: Left) -> Conversation:
    """Return a conversation from its object; count what is omitted in `left`."""
    found = data.get("mapping")
    mapping = (
        {id_: node for id_, node in found.items() if isinstance(node, dict)}
        if isinstance(found, dict)
        else {}
    )
    return read_nodes(data, mapping, left, dict)


def read_nodes(
    data: dict[str, Any],
    mapping: Mapping[str, dict[str, Any]],
    left: Left,
    keep: Callable[[], MutableMapping[str, Message]],
) -> Conversation:
    """Return a conversation from its object and nodes; `keep` makes the mapping that holds the messages."""
    attached: dict[str, str | None] = {}
    thoughts: dict[str, str] = {}
    messages = keep()
    times: dict[str, float] = {}
    for id_, parent in _parents_first(mapping):
        parent_id = attached.get(parent or "")
        message, thought = _message(mapping[id_], left)
        thought = "\n\n".join(filter(None, (thoughts.get(parent or ""), thought)))
        if message is None:
            attached[id_] = parent_id
            thoughts[id_] = thought
            continue
        if message.id in messages:
            message = replace(message, id=new_id())
        times[message.id] = max(times[parent_id] if parent_id else 0.0, message.created_at)
        messages[message.id] = replace(
            message, parent_id=parent_id, created_at=times[message.id], reasoning=thought
        )
        attached[id_] = message.id
    left.unreadable += len(mapping) - len(attached)
    conversation = Conversation.of(
        # In the order they were made; equal times keep their order, so that parents precede their children.
        (messages[id_] for id_ in sorted(times, key=times.__getitem__)),
        id=string(data, "conversation_id") or string(data, "id") or new_id(),
        title=string(data, "title"),
        created_at=moment(data, "create_time"),
        messages=keep(),
    )
    if leaf_id := attached.get(string(data, "current_node")):
        conversation.leaf_id = leaf_id
    return conversation


def _parents_first(mapping: Mapping[str, dict[str, Any]]) -> Iterator[tuple[str, str | None]]:
    """Yield the ids of all nodes reachable from a root, with the ids of their parents."""
    children: dict[str, list[str]] = {}
    roots = []
    for id_, node in mapping.items():
        parent = string(node, "parent")
        if parent in mapping:
            children.setdefault(parent, []).append(id_)
        else:
            roots.append(id_)
    waiting: list[tuple[str, str | None]] = [(root, None) for root in reversed(roots)]
    while waiting:
        id_, parent_id = waiting.pop()
        yield id_, parent_id
        waiting += [(child, id_) for child in reversed(children.get(id_, ()))]


def _message(node: dict[str, Any], left: Left) -> tuple[Message | None, str]:
    """Return the message of a node, None if it has none, and the thoughts in it."""
    data = node.get("message")
    if not isinstance(data, dict):
        return None, ""
    content, metadata, author = (_object(data, name) for name in ("content", "metadata", "author"))
    kind = string(content, "content_type")
    role = string(author, "role")
    made = role == "tool" and any(map(_pointer, _list(content, "parts")))
    if role == "tool" and not made:
        left.tools += 1
        return None, ""
    if made:
        role, content = "assistant", content | {"parts": list(filter(_pointer, _list(content, "parts")))}
    if role not in {"user", "assistant"} or metadata.get("is_visually_hidden_from_conversation") is True:
        return None, ""
    if kind == "thoughts":
        return None, _thoughts(content)
    if kind in {"reasoning_recap", "user_editable_context", "model_editable_context"}:
        return None, ""
    words, files = _parts(content, metadata, left)
    text, citations = with_links(words, metadata)
    calls: tuple[ToolCall, ...] = ()
    recipient = string(data, "recipient")
    if role == "assistant" and recipient not in {"", "all"}:
        text, calls = "", (ToolCall(string(data, "id"), recipient, text),)
    if not text and not calls and not files:
        return None, ""
    status = _ENDINGS.get(string(_object(metadata, "finish_details"), "type"), Status.COMPLETE)
    if string(data, "status") == "in_progress":
        status = Status.CUT
    return Message(
        id=string(data, "id") or string(node, "id") or new_id(),
        role=Role(role),
        text=text,
        created_at=moment(data, "create_time"),
        status=status,
        model=string(metadata, "model_slug") if role == "assistant" else "",
        tool_calls=calls,
        citations=citations,
        attachments=files,
    ), ""


def _parts(
    content: dict[str, Any], metadata: dict[str, Any], left: Left
) -> tuple[str, tuple[Attachment, ...]]:
    """Return the text of a message, and its files."""
    parts = _list(content, "parts")
    words = [string(content, "text")] if not parts else []
    files: dict[str, Attachment | None] = {}
    listed = [each for each in _list(metadata, "attachments") if isinstance(each, dict)]
    names = {asset_id(string(each, "id")): string(each, "name") for each in listed}
    for part in parts:
        if isinstance(part, str):
            words.append(part)
        elif isinstance(part, dict) and isinstance(part.get("text"), str):
            words.append(part["text"])
        else:
            id_ = asset_id(_pointer(part))
            files[id_ or f"{len(files)}"] = left.brought.asset(id_, names.get(id_, ""))
    files |= {id_: left.brought.asset(id_, name) for id_, name in names.items() if id_ not in files}
    left.attachments += sum(found is None for found in files.values())
    text = "\n".join(string({"text": word}, "text") for word in words if word)
    return text, tuple(found for found in files.values() if found is not None)


def _pointer(part: object) -> str:
    """Return what a part of a message points to, if it is a file; empty otherwise."""
    return string(part, "asset_pointer") if isinstance(part, dict) else ""


def _thoughts(content: dict[str, Any]) -> str:
    thoughts = [thought for thought in _list(content, "thoughts") if isinstance(thought, dict)]
    return "\n\n".join(
        f"{string(thought, 'summary')}\n{string(thought, 'content')}".strip() for thought in thoughts
    )


def _list(data: dict[str, Any], name: str) -> list[Any]:
    found = data.get(name)
    return found if isinstance(found, list) else []


def _object(data: dict[str, Any], name: str) -> dict[str, Any]:
    found = data.get(name)
    return found if isinstance(found, dict) else {}
