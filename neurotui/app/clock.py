"""The clock of all measurements: a time for which the program stood still is none."""

from __future__ import annotations

import time


class Clock:
    """A monotonic clock in seconds, called like `time.monotonic`, that leaves out suspensions."""

    def __init__(self) -> None:
        self._left_out = 0.0

    def __call__(self) -> float:
        return time.monotonic() - self._left_out

    def leave_out(self, seconds: float) -> None:
        """Go on as if the last `seconds` had not been."""
        self._left_out += seconds
