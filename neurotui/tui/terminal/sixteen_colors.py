"""Terminals of sixteen colours: text that would turn out in the colour of its background, and muted text."""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color as RichColor
from rich.color import ColorSystem, ColorType
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

_GREYS = (0, 8, 7, 15)
"""Numbers of the greys among the sixteen colours, from black to white."""

_BRIGHT_BLACK = 8


class MutedIsDim(LineFilter):
    """A filter for our themes of sixteen colours: bright black, the one for muted text, becomes dim.

    Bright black is the background of some palettes, and black in others.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            Segment(text, dimmed(style) if style is not None else None, control)
            for text, style, control in segments
        ]


@lru_cache(4096)
def dimmed(style: Style) -> Style:
    """Return `style` with the terminal's own colour, dimmed, in place of bright black."""
    if (
        style.color is None
        or style.color.number != _BRIGHT_BLACK
        or style.color.type is not ColorType.STANDARD
    ):
        return style
    return style + Style(color="default", dim=not style.reverse)  # reversed, it would be the background


class ApartInSixteen(LineFilter):
    """A filter that gives a text that would vanish in its background the next grey."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            Segment(text, apart(style) if style is not None else None, control)
            for text, style, control in segments
        ]


@lru_cache(4096)
def apart(style: Style) -> Style:
    """Return `style` with a text colour that differs from its background in sixteen colours."""
    over, under = style.color, style.bgcolor
    if over is None or under is None or over.triplet is None or under.triplet is None:
        return style  # the terminal's own colours, or named ones
    ground = under.downgrade(ColorSystem.STANDARD).number
    if ground is None or over.downgrade(ColorSystem.STANDARD).number != ground:
        return style
    lighter = Color.from_rich_color(over).brightness >= Color.from_rich_color(under).brightness
    if ground in _GREYS:
        at = _GREYS.index(ground) + (1 if lighter else -1)
        number = _GREYS[at] if 0 <= at < len(_GREYS) else _GREYS[1 if at < 0 else -2]
    else:
        number = _GREYS[-1 if lighter else 0]
    return style + Style(color=RichColor(f"color({number})", ColorType.STANDARD, number=number))
