"""Files that belong to a message: of a question, as they were attached; of an answer, as they came. Pure.

An attachment is a value. Its bytes are kept by their digest (`Blobs`), and read where they are needed. What
the request says of it depends on the attachment alone, so that the bytes of earlier turns stay the same from
turn to turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO, Protocol

from neurotui.chat.text import clean_line

if TYPE_CHECKING:
    from neurotui.wire.parts import Blob, Content, ContentPart


class AttachmentKind(StrEnum):
    """Kinds of attachments, by what is done with them."""

    TEXT = "text"
    """A text file, sent as its text."""
    PASTE = "paste"
    """A long text that was pasted; it has no name."""
    FOLDER = "folder"
    """The text files of a folder, sent as one text."""
    IMAGE = "image"
    PDF = "pdf"
    AUDIO = "audio"
    FILE = "file"
    """Anything else; it comes only in answers, and is saved, never opened."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts about an attachment; 0 and "" where they are not known or say nothing."""

    width: int = 0
    """Pixels."""
    height: int = 0
    sent_width: int = 0
    """Pixels of the smaller form that is sent."""
    sent_height: int = 0
    pages: int = 0
    blank_pages: int = 0
    """Pages without text."""
    seconds: float = 0.0
    files: int = 0
    """Number of files of a folder."""
    left_out: int = 0
    """Number of files of the folder that are not sent."""
    encoding: str = ""
    """The encoding of a text file, if it is not UTF-8."""
    path: str = ""
    """The file's path when it was attached."""
    has_place: bool = False
    """True if the picture tells where it was taken."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message."""

    kind: AttachmentKind
    name: str
    """The file's name, as it is called where it came from."""
    media_type: str
    blob: Blob
    """The bytes of the file."""
    sent: Blob | None = None
    """The smaller form that is sent in its place."""
    text: str = ""
    """The text of a text, of a document's pages, or of a sound; it is what is found by a search."""
    facts: Facts = Facts()
    as_text: bool = False
    """True if a document is sent as its text."""

    @property
    def is_text(self) -> bool:
        """True if it is sent as a text."""
        return self.as_text or self.kind in _TEXTS

    @property
    def sent_blob(self) -> Blob:
        """The bytes that are sent."""
        return self.sent or self.blob


_TEXTS = {AttachmentKind.TEXT, AttachmentKind.PASTE, AttachmentKind.FOLDER}


OBJECT = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands in the text of a draft for an attachment."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A question that was not asked yet."""

    text: str
    """With an object character for each attachment that has a place in it."""
    attachments: tuple[Attachment, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.text.strip() or self.attachments)


NOTHING = Draft("")
"""The draft of an empty input."""


class Blobs(Protocol):
    """The bytes of attachments, kept by their digest."""

    def open(self, blob: Blob) -> BinaryIO:
        """Open bytes for reading. Raises AttachmentLost where they are gone or of another size."""

    def put(self, data: bytes) -> Blob:
        """Keep bytes, whole and on the disk when it returns. Raises StoreError."""


def content(text: str, attachments: Sequence[Attachment]) -> Content:
    """Return what a request says for a question: the texts first, the question last among them."""
    from neurotui.wire.parts import TextPart

    texts = [text_part(each) for each in attachments if each.is_text]
    if text.strip() or not attachments:
        texts.append(text)
    media = [part for each in attachments if (part := media_part(each)) is not None]
    if not media:
        return "\n\n".join(texts)
    return (*map(TextPart, texts), *media)


def text_part(attachment: Attachment) -> str:
    """Return an attachment's text as it is sent: with its name, fenced by more backticks than it holds."""
    if attachment.kind is AttachmentKind.FOLDER:
        return attachment.text
    return fenced(attachment.name, attachment.text)


def fenced(name: str, text: str) -> str:
    """Return a text in a fence that it cannot close, with its name in a line of its own before it."""
    fence = "`" * _fence_length(text)
    head = f"{clean_line(name, 400)}:\n" if name else ""
    end = "" if text.endswith("\n") else "\n"
    return f"{head}{fence}\n{text}{end}{fence}"


def _fence_length(text: str) -> int:
    """Return the number of backticks, at least three, that stand nowhere in a row in a text.

    Found by searching, for a pattern takes twenty times as long, and the event loop waits.
    """
    within, beyond = 2, 3
    while "`" * beyond in text:
        within, beyond = beyond, 2 * beyond
    while beyond - within > 1:
        middle = (within + beyond) // 2
        within, beyond = (middle, beyond) if "`" * middle in text else (within, middle)
    return beyond


def media_part(attachment: Attachment) -> ContentPart | None:
    """Return an attachment as a part of a request; None if it is sent as text, or cannot be sent."""
    from neurotui.wire.parts import AudioPart, FilePart, ImagePart

    blob = attachment.sent_blob
    if attachment.is_text:
        return None
    match attachment.kind:
        case AttachmentKind.IMAGE:
            return ImagePart(blob, attachment.media_type, attachment.name)
        case AttachmentKind.AUDIO:
            form = "mp3" if attachment.media_type == "audio/mpeg" else "wav"
            return AudioPart(blob, form, attachment.name)
        case AttachmentKind.PDF:
            return FilePart(blob, attachment.media_type, attachment.name)
    return None


def pictures(attachments: Sequence[Attachment]) -> Iterator[Attachment]:
    """Yield the pictures among attachments."""
    return (each for each in attachments if each.kind is AttachmentKind.IMAGE)
