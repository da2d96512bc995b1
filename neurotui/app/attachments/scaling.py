"""Pictures made smaller by Pillow, where it is installed (the extra `images`).

The form stays that of the file. What a camera wrote into it (Exif: the place, the time, the device) is not
in the smaller picture; which way is up is turned into the pixels.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

MOST_PIXELS = 120_000_000
"""A picture of more is not decoded: four bytes of memory are needed for each."""
_KEPT = ("transparency", "icc_profile")
"""Of what stands beside the pixels, what their colours depend on."""
_STEP = 0.7
"""By so much a side is made shorter until the bytes are few enough."""


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """The largest picture that a server takes."""

    size: int = 20_000_000
    """Bytes."""
    side: int = 8000
    """Pixels of the longer side."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """A picture that was made smaller."""

    data: bytes
    width: int
    height: int


class NotScaled(Exception):
    """A picture cannot be made smaller: it is damaged."""


def is_available() -> bool:
    """True if Pillow is installed."""
    from importlib.util import find_spec

    return find_spec("PIL") is not None


def scaled(data: bytes, media_type: str, limits: PictureLimits) -> Scaled:
    """Return a picture that keeps the limits. Raises NotScaled."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(data), formats=[_FORMATS[media_type]]) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise NotScaled
            opened.draft(None, (limits.side, limits.side))  # a JPEG is decoded smaller at once
            whole = ImageOps.exif_transpose(opened)
            for side in _sides(min(limits.side, max(whole.size))):
                smaller = whole.copy()
                smaller.thumbnail((side, side))
                written = _written(smaller, media_type)
                if len(written) <= limits.size:
                    return Scaled(written, *smaller.size)
    except NotScaled:
        raise
    except Exception as error:
        raise NotScaled from error
    raise NotScaled


_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}


def _sides(first: int) -> Iterator[int]:
    side = float(first)
    while side >= 64:
        yield round(side)
        side *= _STEP


def _written(image: object, media_type: str) -> bytes:
    """Return a picture as a file."""
    from PIL import Image

    assert isinstance(image, Image.Image)
    into, options = io.BytesIO(), {"quality": 90} if media_type in ("image/jpeg", "image/webp") else {}
    # It depends on Pillow's version what else would be written, and a place may be in it.
    image.info = {name: image.info[name] for name in _KEPT if name in image.info}
    image.save(into, _FORMATS[media_type], **options)
    return into.getvalue()
