"""Files into attachments: a file's kind by its first bytes, its limits, and what is sent of it.

Blocking, for a thread: a file is read here, once, and its bytes are kept when `attach` returns. Nothing of
what cannot be attached is kept, and nothing of it leaves.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from pathlib import Path

from neurotui.app.attachments import pdf, scaling
from neurotui.app.attachments.camera_data import has_place
from neurotui.app.attachments.file_reading import OpenFile, Stamp, check_size, unusable
from neurotui.app.attachments.folders import gathered
from neurotui.app.attachments.scaling import PictureLimits
from neurotui.app.attachments.text_files import decoded, is_binary
from neurotui.chat.attachments import Attachment, AttachmentKind, Blobs, Facts
from neurotui.chat.media_types import media_type, picture_size
from neurotui.chat.sounds import seconds_of
from neurotui.errors import AttachmentUnusable
from neurotui.i18n import _
from neurotui.i18n.formats import data_size, number
from neurotui.wire.surrogates import repair

MOST_TEXT = 4_000_000
"""Bytes of a text: more than any model reads."""
MOST_PICTURE = 100_000_000
"""Bytes of a picture, which is made smaller."""
MOST = {
    AttachmentKind.TEXT: MOST_TEXT,
    AttachmentKind.IMAGE: MOST_PICTURE,
    AttachmentKind.PDF: 32_000_000,
    AttachmentKind.AUDIO: 25_000_000,
}
"""Bytes of a file that can be attached, by its kind."""

LIMITS = PictureLimits()


def attach(
    path: Path, blobs: Blobs, *, takes: Set[str] | None = None, pictures: PictureLimits = LIMITS
) -> Attachment:
    """Return a file or a folder as an attachment, its bytes kept. Raises AttachmentUnusable and StoreError.

    `takes` is what the model takes, of `text`, `image`, `audio` and `file`; None if nobody tells.
    """
    name = path.name or path.resolve().name
    if path.is_dir():
        return _folder(path, name, blobs)
    with OpenFile(path) as file:
        head = file.head()
        if kind_of(head) is AttachmentKind.TEXT and is_binary(head):
            raise unusable(name, _unknown())
        data = file.whole(MOST[kind_of(head)])
        seen = file.stamp
    made = attach_bytes(name, data, blobs, takes=takes, pictures=pictures, path=_kept_path(path))
    _remember(made, seen)
    return made


def attach_bytes(
    name: str,
    data: bytes,
    blobs: Blobs,
    *,
    takes: Set[str] | None = None,
    pictures: PictureLimits = LIMITS,
    path: str = "",
) -> Attachment:
    """Return bytes as an attachment, as `attach` does a file."""
    if not data:
        raise unusable(name, _("It is empty"))
    kind = kind_of(data)
    check_size(name, len(data), MOST[kind])
    file = _File(repair(name), data, blobs, path)
    match kind:
        case AttachmentKind.IMAGE:
            return _image(file, pictures)
        case AttachmentKind.PDF:
            return _pdf(file, is_taken=takes is not None and "file" in takes)
        case AttachmentKind.AUDIO:
            return _sound(file)
    return _text(file)


def kind_of(head: bytes) -> AttachmentKind:
    """Return the kind of a file that begins so; a text if it is nothing else that is known."""
    match media_type(head).partition("/")[0]:
        case "image":
            return AttachmentKind.IMAGE
        case "audio":
            return AttachmentKind.AUDIO
        case "application":
            return AttachmentKind.PDF
    return AttachmentKind.TEXT


def kind_at(path: Path) -> AttachmentKind:
    """Return the kind of a file; a text for what cannot be read, too."""
    try:
        with OpenFile(path) as file:
            return kind_of(file.head())
    except AttachmentUnusable:
        return AttachmentKind.TEXT


def seen_as(attachment: Attachment) -> Stamp | None:
    """Return the marks that the file of an attachment had when this program attached it; None if unknown."""
    return _seen.get((attachment.facts.path, attachment.blob.digest))


# Internals

_seen: dict[tuple[str, str], Stamp] = {}
_MOST_SEEN = 1000


def _remember(attachment: Attachment, seen: Stamp) -> None:
    if len(_seen) >= _MOST_SEEN:
        _seen.clear()
    _seen[attachment.facts.path, attachment.blob.digest] = seen


def _kept_path(path: Path) -> str:
    """Return the path to keep; empty if its bytes are no text, and could not be kept as one."""
    whole = str(path.absolute())
    return whole if whole == repair(whole) else ""


@dataclass(frozen=True, slots=True)
class _File:
    """A file that was read."""

    name: str
    data: bytes
    blobs: Blobs
    path: str


def _unknown() -> str:
    return _(
        "It is neither a text whose encoding can be told, nor a picture (PNG, JPEG, GIF, WebP), a PDF, "
        "or a sound (WAV, MP3)"
    )


def _text(file: _File) -> Attachment:
    found = decoded(file.data)
    if found is None:
        raise unusable(file.name, _unknown())
    text, encoding = found
    facts = Facts(encoding="" if encoding == "utf-8" else encoding, path=file.path)
    text = repair(text).replace("\0", "\ufffd")  # many servers cannot store a NUL
    return Attachment(
        AttachmentKind.TEXT, file.name, "text/plain", file.blobs.put(file.data), text=text, facts=facts
    )


def _image(file: _File, limits: PictureLimits) -> Attachment:
    kind, size = media_type(file.data), picture_size(file.data)
    if size is None:
        raise unusable(file.name, _("The picture is damaged"))
    facts, sent = Facts(width=size[0], height=size[1], path=file.path), None
    if len(file.data) > limits.size or max(size) > limits.side:
        smaller = _smaller(file, size, limits)
        facts = replace(facts, sent_width=smaller.width, sent_height=smaller.height)
        sent = file.blobs.put(smaller.data)
    elif has_place(file.data, kind):
        facts = replace(facts, has_place=True)
    return Attachment(AttachmentKind.IMAGE, file.name, kind, file.blobs.put(file.data), sent, facts=facts)


def _smaller(file: _File, size: tuple[int, int], limits: PictureLimits) -> scaling.Scaled:
    """Return a picture as it is sent where it is too large. Raises AttachmentUnusable."""
    measure = f"{number(size[0])}×{number(size[1])}"
    if size[0] * size[1] > scaling.MOST_PIXELS:
        words = _("It has {measure} pixels, more than can be made smaller here")
        raise unusable(file.name, words.format(measure=measure))
    if not scaling.is_available():
        words = _(
            "It has {measure} pixels and {size}, more than the server takes; "
            "to have it made smaller, install neurotui[images]"
        )
        raise unusable(file.name, words.format(measure=measure, size=data_size(len(file.data))))
    try:
        return scaling.scaled(file.data, media_type(file.data), limits)
    except scaling.NotScaled:
        raise unusable(file.name, _("The picture is damaged, or cannot be made smaller")) from None


def _pdf(file: _File, *, is_taken: bool) -> Attachment:
    if is_taken:
        blob = file.blobs.put(file.data)
        return Attachment(AttachmentKind.PDF, file.name, "application/pdf", blob, facts=Facts(path=file.path))
    read = pdf.document(file.name, file.data, MOST_TEXT)
    facts = Facts(pages=read.pages, blank_pages=read.blank_pages, path=file.path)
    blob = file.blobs.put(file.data)
    return Attachment(
        AttachmentKind.PDF, file.name, "application/pdf", blob, text=read.text, facts=facts, as_text=True
    )


def _sound(file: _File) -> Attachment:
    facts = Facts(seconds=seconds_of(file.data), path=file.path)
    blob = file.blobs.put(file.data)
    return Attachment(AttachmentKind.AUDIO, file.name, media_type(file.data), blob, facts=facts)


def _folder(path: Path, name: str, blobs: Blobs) -> Attachment:
    folder = gathered(path, name, MOST_TEXT)
    blob = blobs.put(folder.text.encode())
    facts = Facts(files=folder.files, left_out=folder.left_out, path=_kept_path(path))
    return Attachment(AttachmentKind.FOLDER, repair(name), "text/plain", blob, text=folder.text, facts=facts)
