"""What the app asks of the way to its terminal: textual's driver, and how soon Escape is known."""

from __future__ import annotations

import sys
from typing import Any

from textual import constants
from textual.app import App
from textual.driver import Driver
from textual.message import Message


class TerminalGone(Message, bubble=False):
    """The terminal has hung up: nothing can be read or shown any more. Posted to the app, once."""


def driver_class() -> type[Driver] | None:
    """The driver for `App(driver_class=…)`; None, on Windows or by TEXTUAL_DRIVER, is textual's choice."""
    if sys.platform == "win32" or constants.DRIVER is not None:
        return None
    from neurotui.tui.terminal.posix_driver import PosixDriver

    return PosixDriver


def is_behind(app: App[Any]) -> bool:
    """Whether the terminal is too slow for what it is sent, or takes nothing at all at the moment."""
    if sys.platform == "win32":
        return False
    from neurotui.tui.terminal.posix_driver import PosixDriver

    return isinstance(app._driver, PosixDriver) and app._driver.behind


def make_escape_urgent(app: App[Any], urgent: bool) -> None:
    """Says whether Escape means stop now: it is then told from other keys sooner."""
    if sys.platform != "win32":
        from neurotui.tui.terminal.posix_driver import PosixDriver

        if isinstance(app._driver, PosixDriver):
            app._driver.escape_urgent = urgent
