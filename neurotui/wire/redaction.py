"""Words from outside as they may be shown and kept: bounded, and without keys, controls and web pages."""

from __future__ import annotations

import re

from neurotui.wire.errorbody import without_page
from neurotui.wire.secrets import redact, without
from neurotui.wire.surrogates import repair

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_BLANKS = re.compile(r"\s{2,}")


def words_of(text: str, key: str = "", limit: int = 1000) -> str:
    """Return words of a server as one line of at most `limit` characters: the cause of an error."""
    text = without_page(repair(without(text, key)[: 8 * limit]))
    line = redact(_BLANKS.sub(" ", _CONTROLS.sub(" ", text)).strip())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def snippet(text: str, key: str = "") -> str:
    """Return the beginning of something that could not be read."""
    return words_of(text, key, 200)
