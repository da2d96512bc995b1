"""The reasoning in a delta: each server has a field of its own for it, and a shape."""

from __future__ import annotations

from collections.abc import Mapping

_REASONING = ("reasoning_content", "reasoning", "thinking", "reasoning_text", "thought")
_TEXTS = ("text", "summary", "thinking", "content")
"""Fields of a part of reasoning that hold its words."""


def reasoning_of(part: Mapping[str, object]) -> str:
    """Return the reasoning in a delta: of the first field that has any, as the others repeat it."""
    for name in _REASONING:
        if (found := part.get(name)) and (text := joined(found)):
            return text
    details = part.get("reasoning_details") or part.get("thinking_blocks")
    return joined(details) if details else ""


def joined(parts: object) -> str:
    """Return the text of a list of parts, of one part, or of a plain string."""
    if isinstance(parts, str):
        return parts
    if isinstance(parts, dict):
        parts = [parts]
    if not isinstance(parts, list):
        return ""
    return "".join(
        next(filter(None, (_text(part.get(name)) for name in _TEXTS)), "")
        for part in parts
        if isinstance(part, dict)
    )


def is_thought(extra: object) -> bool:
    """True if what Google adds to a delta marks it as thought."""
    match extra:
        case {"google": {"thought": True}} | {"vertex": {"thought": True}}:
            return True
    return False


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
