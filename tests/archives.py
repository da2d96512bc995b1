"""Archives of conversations of any size, in our format and in ChatGPT's."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from neurotui.chat.conversation import Conversation, Message
from neurotui.transcripts.document import render_all
from tests.benchmarks.conversations import conversations

MESSAGE_BYTES = 800
"""Of a message in our format, roughly."""


def made(megabytes: float, messages: int = 12) -> Iterator[Conversation]:
    """Conversations of so many messages each, of so many MB together."""
    return conversations(max(1, round(megabytes * 1_000_000 / MESSAGE_BYTES / messages)), messages)


def write_ours(path: Path, found: Iterable[Conversation], noise: object = None) -> Path:
    """An archive as `neurotui export --all` writes it; `noise` goes into each message beside its text."""
    beside = f',"noise":{json.dumps(noise, ensure_ascii=False)},"text":'
    with path.open("w", encoding="utf-8") as file:
        file.writelines(piece.replace(',"text":', beside) if noise else piece for piece in render_all(found))
    return path


def write_chatgpt(path: Path, found: Iterable[Conversation], noise: object = None) -> Path:
    """An archive as ChatGPT sends it: `conversations.json`, in a ZIP if the path ends so."""
    plain = path.with_suffix(".part") if path.suffix == ".zip" else path
    with plain.open("w", encoding="utf-8") as file:
        for number, conversation in enumerate(found):
            file.write("," if number else "[")
            file.write(json.dumps(_object(conversation, noise), ensure_ascii=False))
        file.write("]")
    if plain != path:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.write(plain, "conversations.json")
        plain.unlink()
    return path


def _object(conversation: Conversation, noise: object) -> dict[str, Any]:
    root: dict[str, Any] = {"id": "root", "message": None, "parent": None, "children": []}
    nodes = {"root": root} | {message.id: _node(message, noise) for message in conversation.messages.values()}
    return {
        "title": "",
        "create_time": conversation.created_at,
        "mapping": nodes,
        "current_node": conversation.leaf_id,
        "conversation_id": conversation.id,
    }


def _node(message: Message, noise: object) -> dict[str, Any]:
    return {
        "id": message.id,
        "parent": message.parent_id or "root",
        "children": [],
        "message": {
            "id": message.id,
            "author": {"role": message.role, "name": None, "metadata": {}},
            "create_time": message.created_at,
            "content": {"content_type": "text", "parts": [message.text]},
            "status": "finished_successfully",
            "metadata": {"model_slug": message.model, "noise": noise},
            "recipient": "all",
        },
    }
