"""NO_COLOR: bold, dim, underlined and reversed text in place of the colours of a theme."""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

FAINT = 0.47
"""Difference in brightness from its background below which a text is drawn dim."""
RAISED = 0.06
"""Difference in brightness from which on a background is drawn reversed: a cursor, a chosen row."""


class WithoutColors(LineFilter):
    """A filter that removes all colours."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        around = background.rich_color
        return [
            Segment(text, without_color(style, around) if style is not None else None, control)
            for text, style, control in segments
        ]


@lru_cache(4096)
def without_color(style: Style, around: RichColor) -> Style:
    """Return `style` without colours; `around` is the background of the whole screen."""
    under = _color(style.bgcolor) or Color.from_rich_color(around)
    over = _color(style.color)
    if style.reverse and over is not None:
        under, over = over, under
    raised = abs(under.brightness - Color.from_rich_color(around).brightness) >= RAISED
    raised |= bool(style.reverse) and over is None  # in the terminal's own colours, whatever they are
    faint = not raised and over is not None and abs(over.brightness - under.brightness) < FAINT
    return Style(
        bold=style.bold,
        italic=style.italic,
        underline=style.underline,
        underline2=style.underline2,
        strike=style.strike,
        dim=style.dim or faint,
        reverse=raised,
        meta=style.meta,
    )


def _color(color: RichColor | None) -> Color | None:
    return Color.from_rich_color(color) if color is not None and color.triplet is not None else None
