"""Pictures as sixels, which a terminal draws where its cursor stands.

A sixel is a column of six pixels, and a row of them is written once for each colour in it
(https://vt100.net/docs/vt3xx-gp/chapter14.html). The bits of six rows of pixels are put together by
`bytes.translate` and long integers, a row of sixels at a time: a loop over pixels would take many seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from neurotui.app.attachments.raster import Raster

COLORS = 128
_REPEATED = re.compile(rb"(.)\1{3,}", re.DOTALL)
_TO_SIGN = bytes(min(63, value) + 63 for value in range(256))


def sixels(picture: Raster) -> str:
    """Return the sequence that draws a picture. Takes some tenths of a second: call it on a thread."""
    from PIL import Image

    image = Image.frombytes("RGB", (picture.width, picture.height), picture.pixels)
    reduced = image.quantize(COLORS, dither=Image.Dither.FLOYDSTEINBERG)
    palette, pixels = reduced.getpalette() or [], reduced.tobytes()
    head = f'\x1bP0;1q"1;1;{picture.width};{picture.height}'
    colors = "".join(
        f"#{at // 3};2;" + ";".join(str(round(value * 100 / 255)) for value in palette[at : at + 3])
        for at in range(0, len(palette), 3)
    )
    width, band = picture.width, 6 * picture.width
    rows = ("$".join(_passes(pixels[at : at + band], width)) for at in range(0, len(pixels), band))
    return f"{head}{colors}{'-'.join(rows)}\x1b\\"


def _passes(band: bytes, width: int) -> Iterator[str]:
    """Yield what is written for each colour of six rows of pixels."""
    rows = [band[at : at + width] for at in range(0, len(band), width)]
    for color in sorted(set(band)):
        bits = 0
        for number, row in enumerate(rows):
            table = bytes(color) + bytes([1 << number]) + bytes(255 - color)
            bits |= int.from_bytes(row.translate(table))
        signs = bits.to_bytes(width).translate(_TO_SIGN).rstrip(b"?")
        yield f"#{color}{_REPEATED.sub(_shorter, signs).decode()}"


def _shorter(match: re.Match[bytes]) -> bytes:
    return b"!%d%b" % (len(match[0]), match[1])
