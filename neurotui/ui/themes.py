"""The themes of our own, dark and light: quiet greys and one accent."""

from __future__ import annotations

from dataclasses import replace

from textual.theme import Theme

DARK = "neurotui-dark"
LIGHT = "neurotui-light"


def _legible(theme: Theme) -> Theme:
    """`theme` with text in its own colours, which are dark or light enough as they are."""
    words = ("primary", "secondary", "accent", "success", "warning", "error")
    return replace(theme, variables={f"text-{word}": getattr(theme, word) for word in words})


THEMES = tuple(
    _legible(theme)
    for theme in (
        Theme(
            DARK,
            dark=True,
            primary="#7aa2c8",
            secondary="#8a9ba8",
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
            secondary="#5d6b76",
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
)
