"""What can be read of damaged JSON: the conversations and messages in it that are whole.

From each brace on, an object is tried. Where none can be read, what begins there may be a conversation
whose end is lost: then its head is taken, and the whole messages that follow go into it.
"""

from __future__ import annotations

import json
import re
from typing import Any

_CONTENT = re.compile(r'"(?:messages"\s*:\s*\[|mapping"\s*:\s*\{)')
"""Where the messages of a conversation begin: in our files, and in those of ChatGPT."""
_LONGEST_HEAD = 100_000
"""Characters before the messages."""


def salvage(text: str) -> list[dict[str, Any]]:
    """The objects of the conversations in a text that is no valid JSON."""
    decoder = json.JSONDecoder(strict=False)
    found: list[dict[str, Any]] = []
    place = text.find("{")
    while place >= 0:
        try:
            value, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            if head := _head(text, place):
                found.append(head)
            end = place + 1
        else:
            if "messages" in value or "mapping" in value:
                found.append(value)
            elif found:
                _add(value, found[-1])
        place = text.find("{", end)
    return found


def _head(text: str, place: int) -> dict[str, Any] | None:
    content = _CONTENT.search(text, place, place + _LONGEST_HEAD)
    if content is None:
        return None
    try:
        head = json.loads(
            text[place : content.end()] + ("]}" if content[0].endswith("[") else "}}"), strict=False
        )
    except (ValueError, RecursionError):
        return None
    return head if isinstance(head, dict) else None


def _add(value: dict[str, Any], conversation: dict[str, Any]) -> None:
    if "role" in value and isinstance(conversation.get("messages"), list):
        conversation["messages"].append(value)
    elif "parent" in value and isinstance(conversation.get("mapping"), dict):
        conversation["mapping"][str(value.get("id"))] = value
