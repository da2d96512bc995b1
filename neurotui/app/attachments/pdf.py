"""PDF documents: their text by pypdf, where it is installed (the extra `pdf`)."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

from neurotui.app.attachments.file_reading import unusable
from neurotui.i18n import _

PATIENCE = 60.0
"""Seconds that a document may take."""


@dataclass(frozen=True, slots=True)
class Document:
    """The text of a document."""

    text: str
    pages: int
    blank_pages: int
    """Pages without text."""


def is_available() -> bool:
    """True if pypdf is installed."""
    from importlib.util import find_spec

    return find_spec("pypdf") is not None


def document(name: str, data: bytes, most: int, patience: float = PATIENCE) -> Document:
    """Return the text of a PDF, of at most `most` characters. Raises AttachmentUnusable."""
    if not is_available():
        raise unusable(name, _("For the text of a PDF, install neurotui[pdf]"))
    command = [sys.executable, "-P", "-m", "neurotui.app.attachments.pdf_text", str(most)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=patience, check=False)
        found = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        words = _("Reading its text took more than {n} s")
        raise unusable(name, words.format(n=round(patience))) from None
    except (OSError, ValueError):  # killed, for it needed too much memory
        raise unusable(name, _("It is damaged: its text cannot be read")) from None
    match found.get("trouble"):
        case "locked":
            raise unusable(name, _("It is protected by a password"))
        case "too_long":
            raise unusable(
                name, _("Its text is longer than {n} million characters").format(n=most // 1_000_000)
            )
        case None:
            return _document(name, found["pages"])
    raise unusable(name, _("It is damaged: its text cannot be read"))


def _document(name: str, pages: list[str]) -> Document:
    blank = sum(not page.strip() for page in pages)
    if blank == len(pages):
        raise unusable(name, _("Its pages have no text: they may be scanned pictures"))
    text = "\n\n".join(f"[{number}]\n{page.strip()}" for number, page in enumerate(pages, 1) if page.strip())
    return Document(text + "\n", len(pages), blank)
