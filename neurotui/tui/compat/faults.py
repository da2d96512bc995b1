"""Faults of our own: the log gets the traceback, which textual would print.

Without this the log has no traceback; that nothing but a sentence is printed is `TerminalApp`'s to see to.
"""

from __future__ import annotations

import logging
import sys
from functools import partial
from typing import Any

from textual.app import App

log = logging.getLogger(__name__)


def supported() -> bool:
    """Return True if textual asks its app by the name that is replaced here."""
    return "_fatal_error" in App._handle_exception.__code__.co_names and callable(App._fatal_error)


def log_faults(app: App[Any]) -> None:
    """Write what ends `app` unexpectedly to the log."""
    app._fatal_error = partial(_end, app)  # type: ignore[method-assign]


def _end(app: App[Any]) -> None:
    log.error("unexpected error", exc_info=sys.exc_info())
    app.bell()
    app.panic("")
