"""Something done once nobody types any more: a key itself costs a look at the clock."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from textual.timer import Timer
from textual.widget import Widget

QUIET = 0.25
"""Seconds without a key after which it is done."""


class Debounce:
    """Calls `do` once, `QUIET` after the last of the calls that asked for it."""

    def __init__(self, widget: Widget, do: Callable[[], object]) -> None:
        """No timer of `widget` outlives it, so nothing is done after its end."""
        self._widget = widget
        self._do = do
        self._asked_at = 0.0
        self._timer: Timer | None = None

    def __call__(self) -> None:
        """Ask for it, again or for the first time."""
        self._asked_at = monotonic()
        if self._timer is None:
            self._timer = self._widget.set_timer(QUIET, self._look)

    def _look(self) -> None:
        self._timer = None
        since = monotonic() - self._asked_at
        if since < 0.9 * QUIET:
            self._timer = self._widget.set_timer(QUIET - since, self._look)
        else:
            self._do()
