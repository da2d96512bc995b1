"""The app's access to its driver: choosing it, writing by it, and hastening Escape."""

from __future__ import annotations

import sys
from typing import Any
from weakref import WeakKeyDictionary

from textual import constants
from textual.app import App
from textual.driver import Driver

_drivers: WeakKeyDictionary[App[Any], Driver] = WeakKeyDictionary()
"""The driver of each app, which textual keeps private."""


def driver_class(textuals: type[Driver]) -> type[Driver]:
    """Return the driver class for an app, based on `textuals` on Windows or if TEXTUAL_DRIVER is set."""
    base = textuals
    if sys.platform != "win32" and constants.DRIVER is None:
        from neurotui.tui.terminal.posix_driver import PosixDriver

        base = PosixDriver

    class KnownDriver(base):  # type: ignore[misc, valid-type]
        def __init__(self, app: App[Any], **options: Any) -> None:
            super().__init__(app, **options)
            _drivers[app] = self

    return KnownDriver


def write(app: App[Any], sequence: str) -> None:
    """Write a control sequence to the app's terminal, if it has one."""
    driver = _drivers.get(app)
    if driver is not None:
        driver.write(sequence)


def make_escape_urgent(app: App[Any], urgent: bool) -> None:
    """Recognise Escape sooner while it means stop."""
    if sys.platform != "win32":
        from neurotui.tui.terminal.posix_driver import PosixDriver

        driver = _drivers.get(app)
        if isinstance(driver, PosixDriver):
            driver.escape_urgent = urgent
