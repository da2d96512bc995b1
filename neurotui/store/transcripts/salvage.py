"""What can be read of damaged JSON: the conversations and messages in it that are whole.

From each brace on, an object is tried. Where none can be read, what begins there may be a conversation
whose end is lost: then its head is taken, and the whole messages that follow go into it.
"""

from __future__ import annotations

import json
import re
from typing import Any

_OBJECT = re.compile(r'\{\s*"')
"""Where an object with anything in it begins."""
_CONTENT = re.compile(r'"(?:messages"\s*:\s*\[|mapping"\s*:\s*\{)')
"""Where the messages of a conversation begin: in our files, and in those of ChatGPT."""
LONGEST_HEAD = 100_000
"""Characters before the messages."""


def salvage(text: str) -> list[dict[str, Any]]:
    """The objects of the conversations in a text that is no valid JSON."""
    decoder = json.JSONDecoder(strict=False)
    found: list[dict[str, Any]] = []
    content = _CONTENT.search(text)
    end = 0
    while opened := _OBJECT.search(text, end):
        place = opened.start()
        try:
            value, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            while content and content.start() < place:
                content = _CONTENT.search(text, content.end())
            if content and (head := _head(text[place : content.end()])):
                found.append(head)
            end = place + 1
        else:
            if isinstance(whole := value.get("conversations"), list):
                found += [conversation for conversation in whole if isinstance(conversation, dict)]
            elif "messages" in value or "mapping" in value:
                found.append(value)
            elif found:
                _add(value, found[-1])
    return found


def _head(text: str) -> dict[str, Any] | None:
    """The object that begins with this text, which ends where its messages begin."""
    if len(text) > LONGEST_HEAD:
        return None
    try:
        head = json.loads(text + ("]}" if text.endswith("[") else "}}"), strict=False)
    except (ValueError, RecursionError):
        return None
    return head if isinstance(head, dict) else None


def _add(value: dict[str, Any], conversation: dict[str, Any]) -> None:
    if "role" in value and isinstance(conversation.get("messages"), list):
        conversation["messages"].append(value)
    elif "parent" in value and isinstance(conversation.get("mapping"), dict):
        conversation["mapping"][str(value.get("id"))] = value
