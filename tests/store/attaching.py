"""Attachments in a store, and a look at its blobs without the code that is tested."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

from neurotui.chat.attachments import Attachment, AttachmentKind, Blobs, Facts
from neurotui.store.store import FILE_NAME

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4


def picture(blobs: Blobs, data: bytes = PNG, name: str = "кот.png") -> Attachment:
    """A picture, with a smaller form."""
    facts = Facts(width=4000, height=3000, sent_width=400, sent_height=300, path="/tmp/кот.png")
    return Attachment(
        AttachmentKind.IMAGE, name, "image/png", blobs.put(data), blobs.put(data[:100]), facts=facts
    )


def text_file(blobs: Blobs, text: str, name: str = "отчёт.md") -> Attachment:
    """A text file."""
    return Attachment(AttachmentKind.TEXT, name, "text/markdown", blobs.put(text.encode()), text=text)


def document(blobs: Blobs, text: str) -> Attachment:
    """A document that is sent as its text."""
    facts = Facts(pages=3, blank_pages=1, seconds=0.5)
    blob = blobs.put(b"%PDF-" + text.encode())
    return Attachment(AttachmentKind.PDF, "d.pdf", "application/pdf", blob, None, text, facts, True)


def check_blobs(folder: Path) -> None:
    """Asserts that each blob is what its name says, and that each row names one that is there."""
    for path in (folder / "blobs").glob("??/*"):
        if len(path.name) == 64:
            assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name
            assert path.parent.name == path.name[:2]
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        named = connection.execute(
            "SELECT digest, size FROM blobs WHERE digest IN (SELECT digest FROM attachments"
            " UNION SELECT sent_digest FROM attachments)"
        ).fetchall()
    for digest, size in named:
        assert (folder / "blobs" / digest[:2] / digest).stat().st_size == size
