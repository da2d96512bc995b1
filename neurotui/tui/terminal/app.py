"""Textual's app on a terminal that may be slow or go away, with last words that keep the key."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.segment import Segments
from textual.app import App
from textual.driver import Driver

from neurotui.i18n import _
from neurotui.tui.compat import available
from neurotui.tui.terminal.driver import driver_class, write


class TerminalApp(App[int]):
    """The base of the application."""

    def __init__(self) -> None:
        super().__init__()
        self.copied = ""
        """The text that was copied last, for pasting within the app."""
        self.error_console = _LastWords(markup=False, highlight=False, stderr=True)
        if available("faults"):
            from neurotui.tui.compat.faults import log_faults

            log_faults(self)

    def get_driver_class(self) -> type[Driver]:
        return driver_class(super().get_driver_class())

    @property
    def clipboard(self) -> str:
        return self.copied

    def send(self, sequence: str) -> None:
        """Write a control sequence to the terminal."""
        write(self, sequence)

    def on_terminal_caught_up(self) -> None:
        """Draw all again: pictures were left out while the terminal took nothing."""
        self.screen.refresh()


class _LastWords(Console):
    """Prints what is told at the end, but no picture of an error.

    Textual's would be a traceback with all local variables, the key among them.
    """

    def print(self, *objects: Any, **options: Any) -> None:
        fault = _("neurotui met an error of its own and had to end. The conversation is saved.")
        super().print(*(fault if isinstance(one, Segments) else one for one in objects), **options)
