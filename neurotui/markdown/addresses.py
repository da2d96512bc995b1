"""Addresses as people read them."""

from __future__ import annotations

import re

_BEHIND_HOST = re.compile(r"(?<=[^:/?#][/?#]).*", re.DOTALL)
_ESCAPED = re.compile(r"(?:%[89A-F][0-9A-F])+", re.IGNORECASE)


def legible(address: str) -> str:
    """Return an address with the letters after its host unescaped; everything else stays as it is."""
    return _BEHIND_HOST.sub(lambda path: _ESCAPED.sub(_letters, path[0]), address, count=1)


def _letters(escaped: re.Match[str]) -> str:
    try:
        text = bytes.fromhex(escaped[0].replace("%", "")).decode()
    except UnicodeDecodeError:
        return escaped[0]
    return text if text.isalnum() else escaped[0]
