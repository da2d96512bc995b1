"""The app's access to its driver: choosing it, writing by it, and hastening Escape."""

from __future__ import annotations

import sys
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from textual import constants
from textual.app import App
from textual.driver import Driver

_drivers: WeakKeyDictionary[App[Any], Driver] = WeakKeyDictionary()
"""The driver of each app, which textual keeps private."""
_followers: WeakSet[App[Any]] = WeakSet()
"""The apps whose driver is to begin with a question for the terminal's background."""


def driver_class(textuals: type[Driver]) -> type[Driver]:
    """Return the driver class for an app, based on `textuals` on Windows or if TEXTUAL_DRIVER is set."""
    base = textuals
    if sys.platform != "win32" and constants.DRIVER is None:
        from neurotui.tui.terminal.posix_driver import PosixDriver

        base = PosixDriver

    class KnownDriver(base):  # type: ignore[misc, valid-type]
        def __init__(self, app: App[Any], **options: Any) -> None:
            super().__init__(app, **options)
            self.follows_background = app in _followers
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


def draws_pictures(app: App[Any]) -> bool:
    """Return True if the app's terminal has said that it draws pictures by kitty's protocol."""
    if sys.platform == "win32":
        return False
    from neurotui.tui.terminal.posix_driver import PosixDriver

    driver = _drivers.get(app)
    return isinstance(driver, PosixDriver) and driver.pictures.can_draw


def sixel_cell(app: App[Any]) -> tuple[int, int] | None:
    """Return width and height of a cell (pixels), if the app's terminal draws sixels and tells them."""
    if sys.platform == "win32":
        return None
    from neurotui.tui.terminal.posix_driver import PosixDriver

    driver = _drivers.get(app)
    if not isinstance(driver, PosixDriver) or not driver.pictures.can_draw_sixels:
        return None
    return driver.cell_size()


def follow_background(app: App[Any], follow: bool) -> None:
    """Have the terminal tell what its background is like, now and when it changes; or no longer.

    A reply is a message of the class `TerminalBackground`. Before the driver is made, this is for its start.
    """
    driver = _drivers.get(app)
    if driver is None:
        (_followers.add if follow else _followers.discard)(app)
    elif sys.platform != "win32":
        from neurotui.tui.terminal.posix_driver import PosixDriver

        if isinstance(driver, PosixDriver) and driver.follows_background is not follow:
            driver.follow_background(follow)
