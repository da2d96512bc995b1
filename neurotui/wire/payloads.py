"""The bytes in a part of an answer, as base64: where servers put them, and how they are decoded. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

LONGEST_PAYLOAD = 32 * 1024 * 1024
"""Characters of one part that are kept: 24 MiB of bytes, more than any model makes at once."""
_LONGEST_NAME = 400
_LONGEST_TYPE = 100

_DATA_URL = re.compile(r"\s*data:([^,]{0,400}),", re.IGNORECASE)
_BASE64_BEGINS = re.compile(r"[A-Za-z0-9+/_\s-]{16}")
_BOXES = (
    *(
        "image_url",
        "image",
        "input_image",
        "output_image",
        "input_audio",
        "output_audio",
        "audio",
        "audio_url",
    ),
    *("video", "video_url", "file", "file_url", "input_file", "output_file", "document", "source"),
    *("inline_data", "inlineData"),
)
"""Fields of a part that hold another object, with the data in it."""
_URLS = ("url", "uri", *_BOXES)
"""Fields that hold an address, which may be the data itself."""
_DATA = ("b64_json", "data", "image_base64", "file_data", "base64", "result")
"""Fields that hold base64, with or without `data:` before it."""
_TYPES = ("media_type", "mime_type", "mimeType", "content_type", "output_format", "format")
_NAMES = ("filename", "file_name", "fileName", "name")
_FORMATS = {"wav": "audio/wav", "mp3": "audio/mpeg", "jpg": "image/jpeg"} | {
    name: f"image/{name}" for name in ("png", "jpeg", "gif", "webp")
}


@dataclass(frozen=True, slots=True)
class Payload:
    """Data of a part."""

    data: str
    """Base64, as it came."""
    media_type: str = ""
    """By the server's own word; empty where it has none."""
    name: str = ""


def payload_of(part: object, depth: int = 0) -> Payload | None:
    """Return the data in a part: an object, or a string in a list of pictures; None where it has none."""
    if isinstance(part, str):
        return _from_text(part)
    if not isinstance(part, dict) or depth > 3:
        return None
    media_type, name = _media_type(part), _first(part, _NAMES)[:_LONGEST_NAME]
    for key in _DATA:
        value = part.get(key)
        if value and isinstance(value, str) and not _is_link(value):
            return _named(_from_url(value) or Payload(value), media_type, name)
    for key in _URLS:
        value = part.get(key)
        found = None
        if isinstance(value, dict):
            found = payload_of(value, depth + 1)
        elif isinstance(value, str):
            found = _from_url(value)
        if found is not None:
            return _named(found, media_type, name)
    return None


def link_of(part: object, depth: int = 0) -> str:
    """Return the http(s) address in a part, by which it is only named: nothing is fetched; empty if none."""
    if isinstance(part, str):
        return part if _is_link(part) else ""
    if not isinstance(part, dict) or depth > 3:
        return ""
    values = (part.get(key) for key in (*_URLS, *_DATA))
    return next((link for value in values if value and (link := link_of(value, depth + 1))), "")


def decode(data: str) -> bytes:
    """Return the bytes of base64: blanks in it, both alphabets, and pieces that end in `=` each are read.

    Raises ValueError for anything else, and where there is nothing. Costs the length: not for the event loop.
    """
    out, rest = bytearray(), b""
    for at in range(0, len(data), _PIECE):
        text = data[at : at + _PIECE]
        if any(blank in text for blank in " \t\r\n"):
            text = "".join(text.split())
        *ended, rest = (rest + text.encode("ascii").translate(_ORDINARY)).split(b"=")
        for piece in ended:
            out += _bytes_of(piece)
        whole = len(rest) - len(rest) % 4
        out += _bytes_of(rest[:whole])
        rest = rest[whole:]
    out += _bytes_of(rest)
    if not out:
        raise ValueError("no data")
    return bytes(out)


_PIECE = 1 << 20
"""Characters that are decoded at once: other threads wait as long."""
_ORDINARY = bytes.maketrans(b"-_", b"+/")


def _is_link(text: str) -> bool:
    return text[:8].lower().startswith(("http://", "https://"))


def _bytes_of(piece: bytes) -> bytes:
    return base64.b64decode(piece + b"=" * (-len(piece) % 4), validate=True)


def _from_text(text: str) -> Payload | None:
    """Return the data of a string that stands where a part does: Ollama's bare base64 too."""
    return _from_url(text) or (Payload(text) if _BASE64_BEGINS.match(text) else None)


def _from_url(url: str) -> Payload | None:
    """Return what a `data:` address holds; None for any other."""
    head = _DATA_URL.match(url)
    if head is None:
        return None
    media_type, *options = head[1].split(";")
    data = url[head.end() :]
    if not any(option.strip().lower() == "base64" for option in options):
        data = base64.b64encode(unquote_to_bytes(data)).decode() if len(data) <= LONGEST_PAYLOAD else ""
    return Payload(data, media_type.strip().lower()[:_LONGEST_TYPE])


def _named(found: Payload, media_type: str, name: str) -> Payload:
    """Return a payload with what the object around it says, where the data itself says nothing."""
    return Payload(found.data, found.media_type or media_type, found.name or name)


def _media_type(part: Mapping[str, object]) -> str:
    word = _first(part, _TYPES).strip().lower()[:_LONGEST_TYPE]
    return _FORMATS.get(word, word if "/" in word else "")


def _first(fields: Mapping[str, object], names: tuple[str, ...]) -> str:
    """Return the first text among some fields of an object; empty where there is none."""
    return next((value for name in names if isinstance(value := fields.get(name), str) and value), "")
