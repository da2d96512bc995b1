"""Words from outside as they may be shown and kept: bounded, and without keys, controls and web pages."""

from __future__ import annotations

import re

from neurotui.wire.errorbody import without_page
from neurotui.wire.request import repair

HIDDEN = "***"

_KEYS = re.compile(
    r"""
      \bBearer\s+(?!\s)[^\s"'<>,;]{6,}                           # an Authorization header
    | \b(?:sk|pk|rk|gsk|xai|nvapi|pplx|hf)[-_][\w.*…-]{6,}       # keys with a prefix, masked ones too
    | \bAIza[\w-]{20,}
    | \beyJ[\w-]{10,}\.[\w.-]{10,}                               # a JSON web token
    | (?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{40,}         # anything long, of letters and digits
    """,
    re.VERBOSE,
)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_BLANKS = re.compile(r"\s{2,}")


def redact(text: str, key: str = "") -> str:
    """`text` without `key`, or the several keys on its lines, and without whatever else looks like one."""
    return _KEYS.sub(HIDDEN, _without(text, key))


def words_of(text: str, key: str = "", limit: int = 1000) -> str:
    """What a server says, as one line of at most `limit` characters to be shown as the cause of an error."""
    text = without_page(repair(_without(text, key)[: 8 * limit]))
    line = redact(_BLANKS.sub(" ", _CONTROLS.sub(" ", text)).strip())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def snippet(text: str, key: str = "") -> str:
    """The beginning of something that could not be read."""
    return words_of(text, key, 200)


def _without(text: str, secrets: str) -> str:
    """Hide secrets, one a line."""
    for secret in secrets.splitlines():
        if len(secret) >= 6:
            text = text.replace(secret, HIDDEN)
        # A local server's key may be a word like "none", which must not eat the words of its errors.
        elif any(map(str.isdigit, secret)) and any(map(str.isalpha, secret)):
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", HIDDEN, text)
    return text
