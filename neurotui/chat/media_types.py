"""The type of a file by its first bytes, and the size of a picture by its header: nothing is decoded. Pure.

Names and what a server says of a file are not asked: a program that opens one goes by its bytes as well.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

HEAD = 64 * 1024
"""Bytes from the beginning of a file that tell all there is to be told here."""

EXTENSIONS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "application/pdf": ".pdf",
    "audio/wav": ".wav",
    "audio/mpeg": ".mp3",
}
"""The types that are known, and the extension of each."""

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Segments of a JPEG that tell its size."""
_PICTURE = {0xD9, 0xDA}
"""The end of a JPEG, and the beginning of its picture."""


def media_type(head: bytes) -> str:
    """Return the type of a file that begins with these bytes; empty if it is none of `EXTENSIONS`."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head[:6] in {b"GIF87a", b"GIF89a"}:
        return "image/gif"
    if head[:4] == b"RIFF" and head[8:12] in {b"WEBP", b"WAVE"}:
        return "image/webp" if head[8:12] == b"WEBP" else "audio/wav"
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith(b"ID3") or _is_mpeg_frame(head):
        return "audio/mpeg"
    return ""


def picture_size(head: bytes) -> tuple[int, int] | None:
    """Return width and height of a picture (pixels), as it is stored; None where its header does not tell."""
    size: tuple[int, ...] | None
    try:
        match media_type(head):
            case "image/png" if head[12:16] == b"IHDR":
                size = struct.unpack_from(">II", head, 16)
            case "image/gif":
                size = struct.unpack_from("<HH", head, 6)
            case "image/jpeg":
                size = _jpeg_size(head)
            case "image/webp":
                size = _webp_size(head)
            case _:
                return None
    except (struct.error, IndexError):
        return None
    return (size[0], size[1]) if size and all(size) else None


def jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the segments of a JPEG before its picture: marker, and where the content begins and ends.

    Raises IndexError where the data end before.
    """
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker in {0xFF, 0x01} or 0xD0 <= marker <= 0xD8:  # fill bytes, and markers without a length
            at += 1 if marker == 0xFF else 2
            continue
        if marker in _PICTURE:
            return
        end = at + 2 + max(2, int.from_bytes(data[at + 2 : at + 4]))
        yield marker, at + 4, end
        at = end


def _jpeg_size(head: bytes) -> tuple[int, ...] | None:
    found = (begin for marker, begin, _end in jpeg_segments(head) if marker in _FRAMES)
    begin = next(found, None)
    return None if begin is None else struct.unpack_from(">HH", head, begin + 1)[::-1]


def _webp_size(head: bytes) -> tuple[int, ...] | None:
    match head[12:16]:
        case b"VP8X":
            return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
        case b"VP8L":
            bits = struct.unpack_from("<I", head, 21)[0]
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case b"VP8 ":
            return tuple(side & 0x3FFF for side in struct.unpack_from("<HH", head, 26))
    return None


def _is_mpeg_frame(head: bytes) -> bool:
    """True for the head of a frame of MPEG audio, layer 3: its bits rule out nearly everything else."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2 or head[1] & 0x18 == 0x08:
        return False
    return head[2] & 0xF0 not in {0x00, 0xF0} and head[2] & 0x0C != 0x0C
