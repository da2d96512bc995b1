"""File names made of titles: readable, in any alphabet, and good on every system."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 180
"""Bytes of UTF-8 in a name, its ending not counted: file systems take 255, and a number may be added."""

_FORBIDDEN = re.compile(r'[<>:"/\\|?*]+')
_DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{number}" for port in ("com", "lpt") for number in range(10)),
}
"""Names that Windows gives to devices, whatever their ending."""


def file_name(title: str, ending: str) -> str:
    """A name for a file with this title and this ending; not yet one that is free."""
    visible = "".join(
        " " if unicodedata.category(character)[0] in "CZ" else character
        for character in unicodedata.normalize("NFC", title)
    )
    name = " ".join(_FORBIDDEN.sub(" ", visible).split())
    # A dot would hide the file, a hyphen make it an option, a tilde a home; Windows drops dots and blanks
    # at the end.
    name = name.lstrip(".-~ ").encode()[:LONGEST].decode(errors="ignore").rstrip(". ")
    if not name:
        name = "neurotui"
    if name.split(".")[0].rstrip().lower() in _DEVICES:
        name += "_"
    return f"{name}.{ending}"
