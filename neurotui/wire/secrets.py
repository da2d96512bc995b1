"""Texts that look like an API key: the one place that decides.

Two questions are asked. Of a text that its user is about to send or has typed as an address, whether it holds
a key: a wrong yes is a nuisance, so that only what is long enough, has a digit and begins as keys do counts.
Of a text from outside that is to be shown or kept, what to hide: a wrong no is a leak, so that all that might
be one is hidden, masked keys, tokens and long strings too.
"""

from __future__ import annotations

import re

HIDDEN = "***"

_DASHED = ("sk", "pk", "rk", "gsk", "xai", "nvapi", "pplx", "hf", "ghp", "github_pat", "glpat")
"""The beginnings of keys that a dash or an underscore follows."""
_JOINED = ("AIza", "AKIA")
"""Those that nothing follows."""
_BEGINS = (*(f"{begin}{dash}" for begin in _DASHED for dash in "-_"), *_JOINED)

_KEY = re.compile(rf"(?<![\w-])(?:{'|'.join(_BEGINS)})(?=[\w-]{{0,80}}\d)[\w-]{{16,200}}")
_PERHAPS_A_KEY = rf"""
      \bBearer\s+(?!\s)[^\s"'<>,;]{{6,}}                           # an Authorization header
    | \b(?:{"|".join(_DASHED)})[-_][\w.*…-]{{6,}}                  # keys with a prefix, masked ones too
    | \b(?:{"|".join(_JOINED)})[\w-]{{16,}}
    | \beyJ[\w-]{{10,}}\.[\w.-]{{10,}}                             # a JSON web token
    | (?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{{40,}}         # anything long, of letters and digits
"""


def key_in(text: str) -> str:
    """Return the first key in a text that its user wrote; empty if there is none."""
    if not any(begin in text for begin in _BEGINS):
        return ""  # which takes a fraction of the time of the search
    return found[0] if (found := _KEY.search(text)) else ""


def redact(text: str, key: str = "") -> str:
    """Hide `key`, or the several keys on its lines, and whatever else looks like one."""
    return re.sub(_PERHAPS_A_KEY, HIDDEN, without(text, key), flags=re.VERBOSE)


def without(text: str, secrets: str) -> str:
    """Hide secrets, one a line."""
    for secret in secrets.splitlines():
        if len(secret) >= 6:
            text = text.replace(secret, HIDDEN)
        # A local server's key may be a word like "none", which must not eat the words of its errors.
        elif any(map(str.isdigit, secret)) and any(map(str.isalpha, secret)):
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", HIDDEN, text)
    return text
