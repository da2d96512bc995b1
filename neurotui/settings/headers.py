"""Headers that a profile adds to its requests: which may be added, and which are as secret as the key.

The server and the framing of a request are not theirs to say: with another Host, length or coding, what
leaves would be another request than the one that is meant.
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
    """Return whether what a header holds is to be hidden, by its name."""
    return _SECRET.search(name) is not None


def check_name(name: str) -> None:
    """Raise ValueError, whose text is for the user, for a header that cannot be added."""
    if not _NAME.fullmatch(name):
        raise ValueError(_("It cannot be the name of a header"))
    if name.lower() in _OWN or name.lower().startswith("proxy-"):
        raise ValueError(_("neurotui sets this header itself"))


def clean_value(name: str, text: str) -> str:
    """Return a value as it is sent. Raises ValueError, whose text is for the user and repeats nothing of it.

    A name and a password for HTTP Basic (`Basic name:password`) are encoded as that wants it.
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
