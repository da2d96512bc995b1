"""Which theme is shown: the one that the settings name, or one that goes with the terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from pathlib import Path

from neurotui.settings.config import AUTO
from neurotui.tui.terminal import background
from neurotui.tui.themes import DARK, DARK_16, LIGHT, LIGHT_16


class ThemeChoice:
    """The choice, and what is known of the terminal's background."""

    def __init__(self, state: Path | None, environ: Mapping[str, str]) -> None:
        """`state` is the folder in which the background is remembered."""
        self._state = state
        self._remembered = background.remembered(state)
        self.is_dark = background.likely_dark(state, environ)
        """True if the terminal's background is dark, as far as is known."""

    @staticmethod
    def follows(theme: str) -> bool:
        """Return True if a theme of the settings is to follow the terminal."""
        return theme in {AUTO, ""}

    def wanted(self, theme: str, available: Collection[str], *, few_colors: bool) -> str:
        """Return the theme to show; `few_colors` is True for a terminal that has fewer than 256."""
        if not self.follows(theme):
            return theme if theme in available else DARK
        if few_colors:
            return DARK_16 if self.is_dark else LIGHT_16
        return DARK if self.is_dark else LIGHT

    async def remember(self) -> None:
        """Keep for the next start what the terminal has said of its background."""
        if self._remembered is not self.is_dark:
            self._remembered = self.is_dark
            await asyncio.to_thread(background.remember, self._state, self.is_dark)
