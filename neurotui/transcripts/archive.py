"""An archive: conversations as JSON, and the files that belong to their messages.

A ZIP of `conversation.json`, which is what a JSON export without files is, and `blobs/ab/<digest>`. It is
written as it is made: neither it nor a file of it is ever whole in memory.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator

from neurotui.chat.attachments import Blobs
from neurotui.chat.conversation import Conversation
from neurotui.errors import AttachmentLost
from neurotui.transcripts.attached import place_of
from neurotui.transcripts.document import render_all
from neurotui.wire.parts import Blob

DOCUMENT = "conversation.json"

_PIECE = 1 << 20


class _Written(io.RawIOBase):
    """A file that cannot be moved about in; what is written to it is taken away."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._pieces.append(piece)
        return len(piece)

    def take(self) -> bytes:
        """Return what was written since the last time."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def render(conversations: Iterable[Conversation], blobs: Blobs) -> Iterator[bytes]:
    """Yield the pieces of an archive. A file whose bytes are lost is named in the document alone."""
    written = _Written()
    found: dict[str, Blob] = {}
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(DOCUMENT, "w", force_zip64=True) as document:
            for piece in render_all(conversations, found):
                document.write(piece.encode())
                yield written.take()
        for blob in found.values():
            try:
                source = blobs.open(blob)
            except AttachmentLost:
                continue
            # Pictures and documents are packed already.
            with source, archive.open(zipfile.ZipInfo(place_of(blob)), "w", force_zip64=True) as file:
                while data := source.read(_PIECE):
                    file.write(data)
                    yield written.take()
    yield written.take()


def has_attachments(conversation: Conversation) -> bool:
    """True if a message of a conversation has files."""
    return any(message.attachments for message in conversation.messages.values())
