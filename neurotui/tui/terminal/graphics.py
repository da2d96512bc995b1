"""Pictures on a terminal: as half blocks in two colours a cell, or by kitty's protocol.

Kitty and ghostty take a picture once, under a number, and then draw it wherever a cell holds a placeholder
of it (https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders): a sign whose colour is the
number, with two marks for the row and the column. So a picture is text, which scrolls, is cut and is covered
as text.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache

from rich.color import Color
from rich.style import Style

from neurotui.app.attachments.raster import Ground, Raster
from neurotui.markdown.blocks import Span
from neurotui.markdown.wrap import LaidOutLine

PLACEHOLDER = "\U0010eeee"
_MARKS = (
    "\u0305\u030d\u030e\u0310\u0312\u033d\u033e\u033f\u0346\u034a\u034b\u034c\u0350\u0351\u0352\u0357\u035b"
    "\u0363\u0364\u0365\u0366\u0367\u0368\u0369\u036a\u036b\u036c\u036d\u036e\u036f\u0483\u0484\u0485\u0486"
    "\u0487\u0592\u0593\u0594\u0595\u0597\u0598\u0599\u059c\u059d\u059e\u059f\u05a0\u05a1\u05a8\u05a9\u05ab"
    "\u05ac\u05af\u05c4\u0610\u0611\u0612\u0613\u0614\u0615\u0616\u0617\u0657\u0658\u0659\u065a\u065b\u065d"
    "\u065e\u06d6\u06d7\u06d8\u06d9\u06da\u06db\u06dc\u06df\u06e0\u06e1\u06e2\u06e4\u06e7\u06e8\u06eb\u06ec"
    "\u0730\u0732\u0733\u0735\u0736\u073a\u073d\u073f\u0740\u0741\u0743\u0745\u0747\u0749\u074a\u07eb\u07ec"
    "\u07ed\u07ee\u07ef\u07f0\u07f1\u07f3\u0816\u0817\u0818\u0819\u081b\u081c\u081d\u081e\u081f\u0820\u0821"
    "\u0822\u0823\u0825\u0826\u0827\u0829\u082a\u082b\u082c\u082d\u0951\u0953\u0954"
)
"""The marks for 0, 1, 2 and so on, as kitty lists them. A picture is not larger."""
MOST_CELLS = len(_MARKS)
"""Rows or columns of a picture that can be told."""
_PIECE = 4096
"""Characters of data in one command."""


class Graphics(Enum):
    """Ways to draw pictures."""

    NONE = "none"
    BLOCKS = "blocks"
    KITTY = "kitty"


def block_lines(picture: Raster, link: str = "") -> list[LaidOutLine]:
    """Return a picture as half blocks: each cell has a pixel above and one below."""
    row = 3 * picture.width
    pixels = picture.pixels + bytes(row) * (picture.height % 2)
    return [
        _line(_blocks(pixels[at : at + row], pixels[at + row : at + 2 * row], link))
        for at in range(0, len(pixels), 2 * row)
    ]


def _blocks(above: bytes, below: bytes, link: str) -> Iterator[Span]:
    style, count = "", 0
    for at in range(0, len(above), 3):
        found = f"#{above[at : at + 3].hex()}#{below[at : at + 3].hex()}"
        if found != style and count:
            yield Span("▀" * count, style, link)
            count = 0
        style, count = found, count + 1
    yield Span("▀" * count, style, link)


def placeholder_lines(
    number: int, size: tuple[int, int], ground: Ground, link: str = ""
) -> list[LaidOutLine]:
    """Return the placeholders of a picture that the terminal has, `size` columns and rows large."""
    style = f"#{number & 0xFFFFFF:06x}#{bytes(ground).hex()}"
    columns, rows = size
    texts = ("".join(f"{PLACEHOLDER}{row}{column}" for column in _MARKS[:columns]) for row in _MARKS[:rows])
    return [_line([Span(text, style, link)]) for text in texts]


def transmission(number: int, png: bytes, columns: int, rows: int) -> str:
    """Return the commands that give a terminal a picture to draw in so many cells, without a reply."""
    data = base64.b64encode(png).decode()
    pieces = [data[at : at + _PIECE] for at in range(0, len(data), _PIECE)]
    made = []
    for at, piece in enumerate(pieces):
        head = f"a=T,U=1,f=100,i={number},c={columns},r={rows}," if at == 0 else ""
        made.append(f"\x1b_G{head}q=2,m={int(at < len(pieces) - 1)};{piece}\x1b\\")
    return "".join(made)


def deletion(number: int) -> str:
    """Return the command that has a terminal forget a picture."""
    return f"\x1b_Ga=d,d=I,i={number},q=2\x1b\\"


@lru_cache(8192)
def pixel_style(word: str) -> Style:
    """Return the style of a cell of a picture: `#rrggbb` for the sign, and for what is behind it another."""
    _nothing, over, *under = word.split("#")
    return Style.from_color(*(Color.parse(f"#{color}") for color in (over, *under)))


def _line(spans: Iterator[Span] | list[Span]) -> LaidOutLine:
    made = tuple(spans)
    return LaidOutLine(made, sum(len(span.text) for span in made))
