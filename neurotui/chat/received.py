"""Files that come in an answer, as attachments of it: they are what their first bytes say."""

from __future__ import annotations

import struct
from contextlib import suppress
from dataclasses import replace

from neurotui.chat.attachments import Attachment, AttachmentKind, Blobs, Facts
from neurotui.chat.media_types import EXTENSIONS, HEAD, media_type, picture_size
from neurotui.chat.text import clean_line
from neurotui.wire.events import MediaReceived
from neurotui.wire.parts import Blob
from neurotui.wire.payloads import decode

LONGEST_TEXT = 4_000_000
"""Bytes of a text file whose text is known; a longer one is a file like any other."""
_LONGEST_NAME = 120
_NO_BLOB = Blob("", 0)


def received(media: MediaReceived, blobs: Blobs) -> Attachment:
    """Keep a file of an answer, and return it. Blocks. Raises ValueError for broken data, and StoreError."""
    data = decode(media.data)
    attachment = replace(_described(data, media), blob=blobs.put(data))
    if media.transcript and not media.announced:  # the words of one that was announced are in the answer
        attachment = replace(attachment, text=media.transcript)
    return attachment


def file_name(attachment: Attachment, number: int) -> str:
    """Return the name under which a file of an answer is saved: its last part, with the type's extension.

    Nothing in it leads out of a folder, and no system reads it as something else; `number` (from 1) stands in
    the name of one that has none.
    """
    name = clean_line(attachment.name, 400).replace("\\", "/").rpartition("/")[2]
    name = "".join("_" if sign in '<>:"|?*' or not sign.isprintable() else sign for sign in name)
    name = name.strip(" .")
    extension = EXTENSIONS.get(attachment.media_type, "")
    stem, dot, ending = name.rpartition(".")
    if not dot or not stem:
        stem, ending = name, ""
    same = {extension, ".jpeg" if extension == ".jpg" else extension}
    if extension and f".{ending.lower()}" not in same:
        stem, ending = name, extension[1:]
    if not stem:
        stem = f"{_STEMS.get(attachment.kind, 'file')}-{number}"
    if stem.split(".")[0].upper() in _RESERVED:
        stem = f"_{stem}"
    ending = ending[:20] or _ENDINGS.get(attachment.kind, "bin")
    return f"{_shortened(stem, _LONGEST_NAME)}.{ending}"


_STEMS = {AttachmentKind.IMAGE: "picture", AttachmentKind.AUDIO: "sound", AttachmentKind.PDF: "document"}
_ENDINGS = {AttachmentKind.TEXT: "txt", AttachmentKind.PASTE: "txt", AttachmentKind.FOLDER: "txt"}
_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))}
"""Names that are devices on Windows."""


def _shortened(name: str, limit: int) -> str:
    """Return a name cut to so many bytes, between two characters."""
    return name.encode("utf-8", "replace")[:limit].decode("utf-8", "ignore")


def _described(data: bytes, media: MediaReceived) -> Attachment:
    """Return the attachment of these bytes, without a blob."""
    name, head = media.name, data[:HEAD]
    kind = media_type(head)
    family = kind.partition("/")[0]
    if family == "image":
        width, height = picture_size(head) or (0, 0)
        return Attachment(AttachmentKind.IMAGE, name, kind, _NO_BLOB, facts=Facts(width=width, height=height))
    if family == "audio":
        return Attachment(AttachmentKind.AUDIO, name, kind, _NO_BLOB, facts=Facts(seconds=_seconds(data)))
    if kind:
        return Attachment(AttachmentKind.PDF, name, kind, _NO_BLOB)
    if len(data) <= LONGEST_TEXT and b"\0" not in data:
        with suppress(UnicodeDecodeError):
            said = media.media_type or "text/plain"
            return Attachment(AttachmentKind.TEXT, name, said, _NO_BLOB, text=data.decode())
    said = media.media_type or "application/octet-stream"
    return Attachment(AttachmentKind.FILE, name, said, _NO_BLOB)


def _seconds(data: bytes) -> float:
    """Return the length of a WAV (seconds); 0 for anything else, and where its header does not tell."""
    if data[12:16] != b"fmt " or len(data) < 44:
        return 0.0
    (rate,) = struct.unpack_from("<I", data, 28)
    return (len(data) - 44) / rate if rate else 0.0
