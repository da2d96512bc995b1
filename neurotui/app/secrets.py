"""What looks like an API key in a text that is to be sent."""

from __future__ import annotations

import re

_KEY_BEGINS = (
    "sk-",
    "rk-",
    "gsk_",
    "xai-",
    "nvapi-",
    "pplx-",
    "hf_",
    "ghp_",
    "github_pat_",
    "glpat-",
    "AIza",
    "AKIA",
)
_KEY = re.compile(rf"(?<![\w-])(?:{'|'.join(_KEY_BEGINS)})(?=[\w-]{{0,80}}\d)[\w-]{{16,200}}")
"""What the keys of servers look like, and little else does."""


def key_in(text: str) -> str:
    """The first key in a text; empty where there is none."""
    if not any(begin in text for begin in _KEY_BEGINS):
        return ""  # which takes a fiftieth of the time of the search
    return found[0] if (found := _KEY.search(text)) else ""
