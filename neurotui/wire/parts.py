"""Parts of a message that a request carries: texts, and files by their digests. Pure.

The bytes of a file are not here: whoever sends the request reads them where they are kept, by the digest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes that are kept by their digest."""

    digest: str
    """SHA-256, 64 hexadecimal digits."""
    size: int
    """Number of bytes."""


@dataclass(frozen=True, slots=True)
class Base64:
    """A string in the JSON of a request: bytes in base64, with a text before them."""

    blob: Blob
    prefix: str = ""
    name: str = field(default="", compare=False)
    """The file's name, for what is said of it; empty if it has none."""


@dataclass(frozen=True, slots=True)
class TextPart:
    """A text."""

    text: str


@dataclass(frozen=True, slots=True)
class ImagePart:
    """A picture."""

    blob: Blob
    media_type: str
    name: str = field(default="", compare=False)
    """The file's name; it is not sent."""


@dataclass(frozen=True, slots=True)
class AudioPart:
    """A sound."""

    blob: Blob
    format: str
    """`wav` or `mp3`."""
    name: str = field(default="", compare=False)
    """The file's name; it is not sent."""


@dataclass(frozen=True, slots=True)
class FilePart:
    """A document that the server reads by itself."""

    blob: Blob
    media_type: str
    name: str


ContentPart = TextPart | ImagePart | AudioPart | FilePart

Content = str | tuple[ContentPart, ...]
"""What a message says: a plain string where it is text alone, for some servers take no list."""


def text_of(content: Content) -> str:
    """Return the texts of a message's content."""
    if isinstance(content, str):
        return content
    return "\n\n".join(part.text for part in content if isinstance(part, TextPart))


def blobs_of(content: Content) -> Iterator[Blob]:
    """Yield the files of a message's content."""
    if not isinstance(content, str):
        yield from (part.blob for part in content if not isinstance(part, TextPart))
