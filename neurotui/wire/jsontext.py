"""Reading JSON from outside, whatever it holds."""

from __future__ import annotations

import json

_decoder = json.JSONDecoder(strict=False)
"""Not strict: a tab that a careless server leaves unescaped in a string is text all the same."""


def read_json(text: str) -> object:
    """The value of `text`; raises ValueError for all that is no JSON, nests too deeply or counts too far."""
    try:
        return _decoder.decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def write_json(value: object) -> str:
    """`value`, which was read from JSON, as JSON; empty where it nests too deeply to be written again."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return ""


def is_json_document(text: str) -> bool:
    """Whether `text` is an object or a list."""
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        read_json(text)
    except ValueError:
        return False
    return True


def end_of_document(text: str) -> int:
    """Where the object or the list ends that `text` begins with; 0 where it begins with none."""
    if not text.startswith(("{", "[")):
        return 0
    try:
        return _decoder.raw_decode(text)[1]
    except (ValueError, RecursionError):
        return 0
