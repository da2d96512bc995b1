"""File names from titles: readable, in any alphabet, valid on every system."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 180
"""Bytes of UTF-8 in a name without its extension: file systems allow 255, and a number may be added."""

_FORBIDDEN = re.compile(r'[<>:"/\\|?*]+')
_DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{number}" for port in ("com", "lpt") for number in range(10)),
}
"""Names of devices on Windows, whatever the extension."""


def file_name(title: str, ending: str) -> str:
    """Return a file name for a title and an extension; it may be taken already."""
    visible = "".join(
        " " if unicodedata.category(character)[0] in "CZ" else character
        for character in unicodedata.normalize("NFC", title)
    )
    name = " ".join(_FORBIDDEN.sub(" ", visible).split())
    # A leading dot would hide the file, a hyphen make it an option, a tilde a home; Windows drops dots and
    # blanks at the end.
    name = name.lstrip(".-~ ").encode()[:LONGEST].decode(errors="ignore").rstrip(". ")
    if not name:
        name = "neurotui"
    if name.split(".")[0].rstrip().lower() in _DEVICES:
        name += "_"
    return f"{name}.{ending}"
