"""Pictures as pixels: decoded and scaled by Pillow, the extra `images`, where it is installed.

The header is read first: a picture of more pixels than fit into memory is never decoded. All of it blocks,
for up to some tenths of a second: call it on a thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from typing import BinaryIO

from neurotui.chat.attachments import Attachment, AttachmentKind

MOST_PIXELS = 40_000_000
"""A picture of more is not drawn: it would take more than 160 MB while it is decoded."""
_ORIENTATION = 0x0112
"""Exif's tag for how a picture is to be turned."""
_UPRIGHT = 4
"""The last of its values that leaves the width a width."""
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")

Ground = tuple[int, int, int]
"""The colour behind a picture: red, green, blue, each from 0 to 255."""


@dataclass(frozen=True, slots=True)
class Raster:
    """A picture as pixels."""

    width: int
    height: int
    pixels: bytes
    """Rows from the top: red, green, blue of each pixel."""


@cache
def can_decode() -> bool:
    """True if Pillow is installed."""
    return find_spec("PIL") is not None


def is_drawable(attachment: Attachment) -> bool:
    """True if a file is a picture whose header promises no more than can be decoded."""
    facts = attachment.facts
    return attachment.kind is AttachmentKind.IMAGE and 0 < facts.width * facts.height <= MOST_PIXELS


def raster(file: BinaryIO, width: int, height: int, ground: Ground) -> Raster:
    """Return a picture scaled into a box of pixels, its transparent parts in a colour.

    Raises ValueError for what is no picture or too large a one, and what Pillow raises for a damaged one.
    """
    from PIL import Image, ImageOps

    with Image.open(file, formats=_FORMATS) as image:
        if image.width * image.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        box = max(1, width), max(1, height)
        if image.getexif().get(_ORIENTATION, 1) > _UPRIGHT:
            box = box[::-1]
        image.draft("RGB", (2 * box[0], 2 * box[1]))
        scaled = image.convert("RGBA") if image.mode in {"P", "1", "I;16", "I"} else image
        scaled.thumbnail(box, Image.Resampling.LANCZOS, reducing_gap=2.0)
        shown = (ImageOps.exif_transpose(scaled) or scaled).convert("RGBA")
    behind = Image.new("RGBA", shown.size, (*ground, 255))
    flat = Image.alpha_composite(behind, shown).convert("RGB")
    return Raster(flat.width, flat.height, flat.tobytes())


def as_png(picture: Raster) -> bytes:
    """Return a raster as a PNG."""
    from PIL import Image

    out = BytesIO()
    Image.frombytes("RGB", (picture.width, picture.height), picture.pixels).save(out, "PNG", compress_level=3)
    return out.getvalue()
