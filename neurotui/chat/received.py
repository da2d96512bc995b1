"""Files that come in an answer or in an import, as attachments: they are what their first bytes say."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from neurotui.chat.attachments import Attachment, AttachmentKind, Blobs, Facts
from neurotui.chat.media_types import EXTENSIONS, HEAD, media_type, picture_size
from neurotui.chat.sounds import seconds_of
from neurotui.chat.text import clean_line

if TYPE_CHECKING:
    from neurotui.wire.events import MediaReceived
    from neurotui.wire.parts import Blob

LONGEST_TEXT = 4_000_000
"""Bytes of a text file whose text is known; a longer one is a file like any other."""
_LONGEST_NAME = 120


def received(media: MediaReceived, blobs: Blobs) -> Attachment:
    """Keep a file of an answer, and return it. Blocks. Raises ValueError for broken data, and StoreError."""
    from neurotui.wire.payloads import decode

    data = decode(media.data)
    attachment = described(media.name, data, blobs.put(data), media.media_type)
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


def described(name: str, data: bytes, blob: Blob, said: str = "") -> Attachment:
    """Return bytes that came from elsewhere as an attachment; `said` is the type that was stated, if any."""
    head = data[:HEAD]
    kind = media_type(head)
    match kind.partition("/")[0]:
        case "image":
            width, height = picture_size(head) or (0, 0)
            facts = Facts(width=width, height=height)
            return Attachment(AttachmentKind.IMAGE, name, kind, blob, facts=facts)
        case "audio":
            return Attachment(AttachmentKind.AUDIO, name, kind, blob, facts=Facts(seconds=seconds_of(data)))
        case "application":
            return Attachment(AttachmentKind.PDF, name, kind, blob)
    if len(data) <= LONGEST_TEXT and b"\0" not in data:
        with suppress(UnicodeDecodeError):
            return Attachment(AttachmentKind.TEXT, name, said or "text/plain", blob, text=data.decode())
    return Attachment(AttachmentKind.FILE, name, said or "application/octet-stream", blob)
