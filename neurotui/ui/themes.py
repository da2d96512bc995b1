"""The themes of our own, dark and light: quiet greys and one accent."""

from __future__ import annotations

from textual.theme import Theme

DARK = "neurotui-dark"
LIGHT = "neurotui-light"

THEMES = (
    Theme(
        name=DARK,
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
        dark=True,
    ),
    Theme(
        name=LIGHT,
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
        dark=False,
    ),
)
