"""Faults of our own: their traceback goes to the log, while textual would print it.

Without this module the log has no traceback. `TerminalApp` sees to it that only a sentence is printed.
"""

from __future__ import annotations

import logging
import sys
from functools import partial
from typing import Any

from textual.app import App

log = logging.getLogger(__name__)


def supported() -> bool:
    """Return True if textual's app calls the method that is replaced here."""
    return "_fatal_error" in App._handle_exception.__code__.co_names and callable(App._fatal_error)


def log_faults(app: App[Any]) -> None:
    """Log an exception that ends `app`."""
    app._fatal_error = partial(_end, app)  # type: ignore[method-assign]


def _end(app: App[Any]) -> None:
    log.error("unexpected error", exc_info=sys.exc_info())
    app.bell()
    app.panic("")
