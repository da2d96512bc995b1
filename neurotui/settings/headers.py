"""Headers that a profile adds to its requests: which may be added, and which are as secret as the key.

They cannot name the server or frame the request: with another Host, length or coding, a different request
would leave than the one intended.
"""

from __future__ import annotations

import base64
import re

from neurotui.i18n import _

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SECRET = re.compile(r"(?:key|token|auth|authorization|cookie|secret|password|credentials?|signature)$", re.I)
_OWN = {
    *("host", "content-length", "transfer-encoding", "content-type", "content-encoding", "accept"),
    *("accept-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "expect"),
}
_PASSWORD = re.compile(r"basic\s+([^:]*:.*)", re.IGNORECASE | re.DOTALL)


def is_secret(name: str) -> bool:
    """True if the value of a header with this name is to be hidden."""
    return _SECRET.search(name) is not None


def check_name(name: str) -> None:
    """Raise ValueError, worded for the user, if a header with this name cannot be added."""
    if not _NAME.fullmatch(name):
        raise ValueError(_("It cannot be the name of a header"))
    if name.lower() in _OWN or name.lower().startswith("proxy-"):
        raise ValueError(_("neurotui sets this header itself"))


def clean_value(name: str, text: str) -> str:
    """Return the value to send for `text`. Raises ValueError, worded for the user and quoting nothing of it.

    A name and a password for HTTP Basic (`Basic name:password`) are encoded.
    """
    text = text.strip()
    if name.lower() == "authorization" and (password := _PASSWORD.fullmatch(text)):
        return f"Basic {base64.b64encode(password[1].encode()).decode()}"
    if not text:
        raise ValueError(_("It is empty"))
    for position, character in enumerate(text, start=1):
        if not " " <= character <= "~":
            raise ValueError(_("Character number {n} cannot be in a header").format(n=position))
    return text
