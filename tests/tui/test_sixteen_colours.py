"""Our themes of sixteen colours, in the palettes that terminals come with."""

from __future__ import annotations

import pytest
from rich.style import Style
from textual.color import Color
from textual.theme import Theme

from neurotui.tui.terminal.sixteen_colors import dimmed
from neurotui.tui.themes import MUTED, MUTED_16, THEMES, contrast

PALETTES = {
    "VGA": "000000 aa0000 00aa00 aa5500 0000aa aa00aa 00aaaa aaaaaa"
    " 555555 ff5555 55ff55 ffff55 5555ff ff55ff 55ffff ffffff",
    "xterm": "000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5"
    " 7f7f7f ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff ffffff",
    "Tango": "2e3436 cc0000 4e9a06 c4a000 3465a4 75507b 06989a d3d7cf"
    " 555753 ef2929 8ae234 fce94f 729fcf ad7fa8 34e2e2 eeeeec",
    "Campbell": "0c0c0c c50f1f 13a10e c19c00 0037da 881798 3a96dd cccccc"
    " 767676 e74856 16c60c f9f1a5 3b78ff b4009e 61d6d6 f2f2f2",
    "Solarized": "073642 dc322f 859900 b58900 268bd2 d33682 2aa198 eee8d5"
    " 002b36 cb4b16 586e75 657b83 839496 6c71c4 93a1a1 fdf6e3",
    "macOS": "000000 c23621 25bc24 adad27 492ee1 d338d3 33bbc8 cbcccd"
    " 818383 fc391f 31e722 eaec23 5833ff f935f8 14f0f0 e9ebeb",
    "Gruvbox": "282828 cc241d 98971a d79921 458588 b16286 689d6a a89984"
    " 928374 fb4934 b8bb26 fabd2f 83a598 d3869b 8ec07c ebdbb2",
}
BACKGROUNDS = {
    "VGA": ("000000", "ffffff"),
    "xterm": ("000000", "ffffff"),
    "Tango": ("2e3436", "ffffff"),
    "Campbell": ("0c0c0c", "f2f2f2"),
    "Solarized": ("002b36", "fdf6e3"),
    "macOS": ("000000", "ffffff"),
    "Gruvbox": ("282828", "fbf1c7"),
}
"""Of each palette, on which it is dark and on which it is light."""
OURS = [theme for theme in THEMES if theme.ansi]
in_every_palette = pytest.mark.parametrize("palette", PALETTES)
in_each_theme = pytest.mark.parametrize("theme", OURS, ids=lambda theme: theme.name)


def shown(name: str, palette: str, theme: Theme) -> Color:
    """A named colour as a terminal of this palette shows it."""
    number = Color.parse(name).ansi
    if number is None or number < 0:
        return Color.parse(f"#{BACKGROUNDS[palette][not theme.dark]}")
    return Color.parse(f"#{PALETTES[palette].split()[number]}")


@in_every_palette
@in_each_theme
def test_text_differs_from_the_background(theme: Theme, palette: str) -> None:
    background = shown("ansi_default", palette, theme)
    for word in ("primary", "secondary", "accent", "success", "warning", "error"):
        for name in (getattr(theme, word), theme.variables[f"text-{word}"]):
            assert contrast(shown(name, palette, theme), background) >= MUTED, (word, name)


@in_every_palette
@in_each_theme
def test_what_is_chosen_differs_from_its_own_background(theme: Theme, palette: str) -> None:
    pairs = [
        (theme.variables["screen-selection-foreground"], theme.variables["screen-selection-background"]),
        (theme.variables["input-selection-foreground"], theme.variables["input-selection-background"]),
        (theme.variables["button-color-foreground"], theme.accent),
    ]
    for over, under in pairs:
        assert over is not None and under is not None
        assert contrast(shown(over, palette, theme), shown(under, palette, theme)) >= MUTED - 0.05


@pytest.mark.parametrize(
    ("style", "is_seen_as"),
    [
        ("bright_black", "dim default"),
        ("bold bright_black on blue", "bold dim default on blue"),
        ("reverse bright_black", "reverse not dim default"),
        ("black", "black"),
        ("default", "default"),
        ("#808080", "#808080"),
    ],
)
def test_what_is_muted_is_dim(style: str, is_seen_as: str) -> None:
    assert dimmed(Style.parse(style)) == Style.parse(is_seen_as)


def test_our_themes_mute_by_the_colour_that_becomes_dim() -> None:
    assert Color.parse(MUTED_16).rich_color.number == 8
    assert all(theme.variables["foreground-muted"] == MUTED_16 for theme in OURS)
