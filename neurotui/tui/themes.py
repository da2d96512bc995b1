"""The themes: our own, quiet greys and one accent or the terminal's colours, and textual's, made legible.

A theme lists its colours, but not which of them can be read on which. Here each theme gets text colours with
enough contrast to every background that text is drawn on, and a selection in one colour on another, whatever
the colours of the selected text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from textual.color import Color
from textual.theme import Theme

DARK = "neurotui-dark"
LIGHT = "neurotui-light"
DARK_16 = "neurotui-16-dark"
LIGHT_16 = "neurotui-16-light"

TEXT = 4.5
"""Least contrast of text to its background (WCAG 2.1, 1.4.3)."""
MUTED = 3.0
"""Least contrast of muted text, which explains other text beside it."""
MUTED_16 = "ansi_bright_black"
"""Stands for muted text in our themes of sixteen colours; the colour itself is some palettes' background."""
SOFT = "foreground-soft"
"""Name of the colour of text that is read after other text: a model's reasoning, a notice."""
_STEPS = 50
_BLACK, _WHITE = Color(0, 0, 0), Color(255, 255, 255)
_WORDS = ("primary", "secondary", "accent", "success", "warning", "error")


def contrast(one: Color, other: Color) -> float:
    """Return the contrast ratio of two opaque colours, from 1 to 21 (WCAG 2.1)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@cache
def _luminance(color: Color) -> float:
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in color.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def lifted(color: Color, grounds: Sequence[Color], least: float, end: Color) -> Color:
    """Return the first colour between `color` and `end` with the contrast `least` to all `grounds`.

    Return `end` itself if there is none.
    """
    for step in range(_STEPS):
        way = color.blend(end, step / _STEPS, alpha=1.0)
        if all(contrast(way, ground) >= least for ground in grounds):
            return way
    return end


def legible(theme: Theme) -> Theme:
    """Return `theme` with text that is legible on all its backgrounds."""
    return _legible_ansi(theme) if theme.ansi else _legible_rgb(theme)


def _legible_rgb(theme: Theme) -> Theme:
    generated = theme.to_color_system().generate()
    names = ("foreground", "background", "surface", "panel", *_WORDS, *(f"text-{word}" for word in _WORDS))
    colors = {name: Color.parse(generated[name]) for name in names}
    end = _WHITE if theme.dark else _BLACK
    background, surface, panel = (colors[name] for name in ("background", "surface", "panel"))
    grounds = [background, surface, panel]
    foreground = lifted(colors["foreground"], grounds, TEXT, end)
    # Backgrounds of the focused field, the hovered row, the row at the cursor, the sign of a paste.
    cursor = background.blend(colors["accent"], 0.2, alpha=1.0)
    grounds += [panel.blend(end, 0.05), cursor]
    foreground = lifted(foreground, grounds, TEXT, end)
    muted = lifted(background.blend(foreground, 0.62, alpha=1.0), grounds, MUTED, foreground)
    soft = lifted(background.blend(foreground, 0.72, alpha=1.0), grounds, TEXT, foreground)
    selection = background.blend(colors["primary"], 0.45, alpha=1.0)
    variables = {
        **theme.variables,
        **{f"text-{word}": lifted(_said(theme, word, colors), grounds, TEXT, end).hex for word in _WORDS},
        "foreground-muted": muted.hex,
        SOFT: soft.hex,
        **_scrollbars(foreground.hex, background.hex, colors["accent"].hex),
        "block-cursor-background": cursor.hex,
        "block-cursor-text-style": "bold",
        "button-color-foreground": _on(colors["accent"], background, foreground).hex,
        **_selection(_on(selection, foreground, background).hex, selection.hex),
    }
    return replace(theme, foreground=foreground.hex, variables=variables)


def _on(ground: Color, *wanted: Color) -> Color:
    """Return the first of the `wanted` colours that is legible on `ground`; else black or white."""
    fits = (color for color in wanted if contrast(color, ground) >= TEXT)
    return next(fits, max(_BLACK, _WHITE, key=lambda color: contrast(color, ground)))


def _said(theme: Theme, word: str, colors: Mapping[str, Color]) -> Color:
    """Return the colour from which to make a text colour: in our themes the theme's own, undiluted."""
    return colors[word if theme.name in {DARK, LIGHT} else f"text-{word}"]


def _legible_ansi(theme: Theme) -> Theme:
    """Return an ANSI theme with pairs of colours that are distinct in every common palette.

    The row at the cursor is reversed, because no colour is a background for every other. Blue is too dark for
    text in many dark palettes, cyan too light in many light ones.
    """
    text = "ansi_cyan" if theme.dark else "ansi_blue"
    light, dark = "ansi_white", "ansi_black"
    variables = {
        SOFT: theme.foreground or "ansi_default",
        **_scrollbars("ansi_default", "ansi_default", theme.accent or "ansi_default"),
        **theme.variables,
        **(
            {}
            if theme.name in {DARK_16, LIGHT_16}
            else {"text-primary": text, "text-secondary": "ansi_magenta"}
        ),
        "block-cursor-background": "ansi_default",
        "block-cursor-text-style": "bold reverse",
        "button-color-foreground": "ansi_bright_white" if theme.name == LIGHT_16 else dark,
        **_selection(*((dark, light) if theme.dark else (light, dark))),
    }
    return replace(theme, variables=variables)


def _scrollbars(color: str, background: str, active: str) -> dict[str, str]:
    """Return the theme variables of scrollbars: thin marks on the ground that they stand on."""
    grounds = ("scrollbar-background", "scrollbar-background-hover", "scrollbar-background-active")
    return {
        **dict.fromkeys((*grounds, "scrollbar-corner-color"), background),
        "scrollbar": f"{color} 18%",
        "scrollbar-hover": f"{color} 30%",
        "scrollbar-active": f"{active} 70%",
    }


def _selection(color: str, background: str) -> dict[str, str]:
    """Return the theme variables of a selection, on the screen and in a field."""
    return {
        f"{place}-selection-{part}": value
        for place in ("screen", "input")
        for part, value in (("foreground", color), ("background", background))
    }


_OWN = (
    Theme(
        DARK,
        dark=True,
        primary="#7aa2c8",
        secondary="#ab9bd6",
        accent="#e0a868",
        foreground="#d8d6d0",
        background="#16181c",
        surface="#1e2126",
        panel="#262a31",
        success="#8fb57e",
        warning="#dfb45f",
        error="#d9776f",
    ),
    Theme(
        LIGHT,
        dark=False,
        primary="#2f6391",
        secondary="#6b4fa0",
        accent="#a85f14",
        foreground="#2b2d31",
        background="#fbfaf7",
        surface="#f1efe9",
        panel="#e6e3db",
        success="#3f7a35",
        warning="#8f6400",
        error="#b0342c",
    ),
)


def _in_sixteen(theme: Theme) -> Theme:
    """Return a theme of the terminal's own colours, in which the filter `MutedIsDim` makes the greys.

    Its hues have a contrast of 3 to the background in every common palette: blue would be too dark for text
    on black, and green too light on white.
    """
    default = "ansi_default"
    variables = {
        **{f"text-{word}": getattr(theme, word) for word in _WORDS},
        **dict.fromkeys(("foreground-muted", "text-muted", "text-disabled"), MUTED_16),
        **dict.fromkeys(("border", "border-blurred"), MUTED_16),
        **dict.fromkeys(("ansi-foreground", "ansi-background"), default),  # textual's names
    }
    return replace(
        theme,
        ansi=True,
        foreground=default,
        background=default,
        surface=default,
        panel=default,
        boost=default,
        variables=variables,
    )


_SIXTEEN = (
    Theme(
        DARK_16,
        dark=True,
        primary="ansi_cyan",
        secondary="ansi_bright_magenta",
        accent="ansi_yellow",
        success="ansi_green",
        warning="ansi_yellow",
        error="ansi_bright_red",
    ),
    Theme(
        LIGHT_16,
        dark=False,
        primary="ansi_blue",
        secondary="ansi_magenta",
        accent="ansi_magenta",
        success="ansi_blue",
        warning="ansi_magenta",
        error="ansi_red",
    ),
)
THEMES = tuple(map(legible, (*_OWN, *map(_in_sixteen, _SIXTEEN))))
