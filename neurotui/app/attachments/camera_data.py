"""Places in pictures: cameras write into a file where it was taken. Pure; nothing is decoded.

The place stands in Exif data (2.32), as coordinates, or in XMP. GIF has neither.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from neurotui.chat.media_types import jpeg_segments

_EXIF = b"Exif\0\0"
_GPS = 0x8825
"""The tag of the directory with the place, in the first directory of Exif."""
_PLACES = {2, 4}
"""Latitude and longitude in that directory; cameras without reception write it without them."""
_IN_XMP = b"GPSLatitude"
_MOST_CHUNKS = 10_000


def has_place(data: bytes, media_type: str) -> bool:
    """True if a picture tells where it was taken."""
    chunks = {"image/png": _png, "image/jpeg": _jpeg, "image/webp": _webp}.get(media_type)
    try:
        return chunks is not None and any(map(_tells_place, chunks(data)))
    except (struct.error, IndexError):
        return False


def _png(data: bytes) -> Iterator[bytes]:
    at = 8
    for _chunk in range(_MOST_CHUNKS):
        if len(data) - at < 12:
            return
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind in (b"eXIf", b"iTXt"):
            yield data[at + 8 : at + 8 + length]
        at += 12 + length


def _jpeg(data: bytes) -> Iterator[bytes]:
    for marker, begin, end in jpeg_segments(data):
        if marker == 0xE1:
            yield data[begin:end]


def _webp(data: bytes) -> Iterator[bytes]:
    at = 12
    for _chunk in range(_MOST_CHUNKS):
        if len(data) - at < 8:
            return
        kind, length = struct.unpack_from("<4sI", data, at)
        if kind in (b"EXIF", b"XMP "):
            yield data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _tells_place(chunk: bytes) -> bool:
    """True if Exif data, which are a TIFF, or XMP hold a latitude or a longitude."""
    exif = chunk.removeprefix(_EXIF)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return _IN_XMP in chunk
    try:
        (first,) = struct.unpack_from(f"{order}I", exif, 4)
        place = _directory(exif, first, order).get(_GPS)
        return place is not None and not _PLACES.isdisjoint(_directory(exif, place, order))
    except struct.error:
        return False


def _directory(exif: bytes, at: int, order: str) -> dict[int, int]:
    """Return the entries of a directory of a TIFF by their tags: the value of each, or where that stands."""
    (count,) = struct.unpack_from(f"{order}H", exif, at)
    entries = (struct.unpack_from(f"{order}HHII", exif, at + 2 + 12 * place) for place in range(count))
    return {tag: value for tag, _kind, _number, value in entries}
