"""Textual's app with what it keeps to itself: its terminal, its pictures, its last words."""

from __future__ import annotations

import logging
import sys
from typing import Any

from rich.console import RenderableType
from textual.app import App
from textual.screen import Screen
from textual.timer import Timer

from neurotui.i18n import _
from neurotui.tui.terminal.driver import is_behind

log = logging.getLogger(__name__)

CATCH_UP_INTERVAL = 0.05
"""Seconds between two looks at whether a terminal that was behind has caught up."""


class CompatApp(App[int]):
    """The base of the application."""

    def __init__(self, driver_class: Any) -> None:
        super().__init__(driver_class=driver_class)
        self.copied = ""
        """The text that was copied last, for pasting within the app."""
        self._catching_up: Timer | None = None

    @property
    def clipboard(self) -> str:
        return self.copied

    def send(self, sequence: str) -> None:
        """Write a control sequence to the terminal."""
        if self._driver is not None and not self.is_headless:
            self._driver.write(sequence)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """As textual's; but a terminal that is behind gets no more until it has caught up, and then all."""
        if not is_behind(self):
            super()._display(screen, renderable)
        elif self._catching_up is None:
            self._catching_up = self.set_interval(CATCH_UP_INTERVAL, self._catch_up)

    def _catch_up(self) -> None:
        if self._catching_up is not None and not is_behind(self):
            self._catching_up.stop()
            self._catching_up = None
            self.screen.refresh()

    def _fatal_error(self) -> None:
        """A fault of our own. Textual would print the traceback with all local variables, the key too."""
        log.error("unexpected error", exc_info=sys.exc_info())
        self.bell()
        self.panic(_("neurotui met an error of its own and had to end. The conversation is saved."))
