"""Files that come with an import: in the archive, beside the conversations, by digest or by ChatGPT's names.

Names in an archive are looked up and never made into paths, so nothing in it can be written elsewhere. What
has another digest or another size than the conversation says, or is packed as no honest file is, is left out.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Iterable, MutableMapping
from contextlib import suppress
from dataclasses import replace

from neurotui.chat.attachments import Attachment, Blobs
from neurotui.chat.conversation import Conversation, Message, Part
from neurotui.chat.media_types import EXTENSIONS, media_type
from neurotui.chat.received import described
from neurotui.errors import AttachmentLost, WorkStopped
from neurotui.transcripts.attached import place_of
from neurotui.wire.parts import Blob

LARGEST = 100_000_000
"""Bytes of a file that are taken."""
MOST_PACKED = 300
"""Bytes in the place of one, in a packed file of some size: no text is packed better."""
_SMALL = 1_000_000

_ASSET = re.compile(r"(?:[a-z-]+://)?(file[-_][A-Za-z0-9]+)")
"""ChatGPT's id of a file, after the scheme of a pointer, or at the beginning of a name in the archive."""


class Brought:
    """The files of one import."""

    def __init__(self, blobs: Blobs | None = None) -> None:
        """Without `blobs`, nothing can be kept."""
        self._blobs = blobs
        self._archive: zipfile.ZipFile | None = None
        self._entries: dict[str, zipfile.ZipInfo] = {}
        self._assets: dict[str, zipfile.ZipInfo] = {}

    def look_into(self, archive: zipfile.ZipFile) -> None:
        """Look for files in an archive from now on."""
        self._archive = archive
        for info in archive.infolist():
            self._entries.setdefault(info.filename, info)
            if id_ := asset_id(info.filename.rpartition("/")[2]):
                self._assets.setdefault(id_, info)

    def keep(self, conversation: Conversation) -> int:
        """Keep the files that a conversation names; return the number of those that are not there.

        In their place stands that there was something.
        """
        lost = 0
        messages: MutableMapping[str, Message] = conversation.messages
        for id_, message in messages.items():
            if message.attachments:
                kept = [self._kept(attachment) for attachment in message.attachments]
                gone = [old for old, new in zip(message.attachments, kept, strict=True) if new is None]
                lost += len(gone)
                found = tuple(each for each in kept if each is not None)
                if found != message.attachments:
                    parts = (*message.parts, *named(gone))
                    messages[id_] = replace(message, attachments=found, parts=parts)
        return lost

    def asset(self, id_: str, name: str = "") -> Attachment | None:
        """Return a file by the id that ChatGPT gave it, kept; None if it is not there."""
        info = self._assets.get(id_)
        if info is None or self._blobs is None or (data := self._unpacked(info)) is None:
            return None
        name = name or info.filename.rpartition("/")[2]
        return described(_ending(name, media_type(data)), data, self._blobs.put(data))

    def _kept(self, attachment: Attachment) -> Attachment | None:
        """Return an attachment whose bytes are kept, with its smaller form if that is there; None if not."""
        if not self._brings(attachment.blob):
            return None
        if attachment.sent is not None and not self._brings(attachment.sent):
            return replace(attachment, sent=None)
        return attachment

    def _brings(self, blob: Blob) -> bool:
        """Keep bytes by their digest; return whether they are there."""
        if self._blobs is None:
            return False
        info = self._entries.get(place_of(blob))
        if info is None or info.file_size != blob.size:
            return self._has(blob)
        data = self._unpacked(info)
        if data is None or hashlib.sha256(data).hexdigest() != blob.digest:
            return self._has(blob)
        self._blobs.put(data)
        return True

    def _has(self, blob: Blob) -> bool:
        """True if bytes are kept here already, from an earlier import or because they were attached here."""
        assert self._blobs is not None
        with suppress(AttachmentLost), self._blobs.open(blob) as file:
            return hashlib.sha256(file.read()).hexdigest() == blob.digest
        return False

    def _unpacked(self, info: zipfile.ZipInfo) -> bytes | None:
        """Return a file of the archive; None if it cannot be unpacked, or should not be."""
        bomb = info.file_size > _SMALL and info.file_size > MOST_PACKED * max(1, info.compress_size)
        if self._archive is None or bomb or info.file_size > LARGEST:
            return None
        try:
            with self._archive.open(info) as file:
                data = file.read(info.file_size + 1)
        except WorkStopped:
            raise
        except Exception:  # noqa: BLE001 - each compression has errors of its own, and so has encryption
            return None
        return data if len(data) == info.file_size else None


def asset_id(pointer: str) -> str:
    """Return ChatGPT's id of a file, from what points to it or from its name; empty if there is none."""
    found = _ASSET.match(pointer)
    return found[1] if found else ""


def named(attachments: Iterable[Attachment]) -> list[Part]:
    """Return what is said of attachments whose bytes are not there."""
    return [
        Part(kind if kind in {"image", "audio"} else "file") for kind in (each.kind for each in attachments)
    ]


def _ending(name: str, kind: str) -> str:
    """Return a file's name with the extension of its type, if it has none that says anything."""
    stem, _dot, ending = name.rpartition(".")
    return f"{stem}{EXTENSIONS[kind]}" if kind and stem and ending in {"dat", "bin"} else name
