"""A clock that a test winds."""

from __future__ import annotations


class Clock:
    """Says the time that it was wound to, in seconds."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def wind(self, seconds: float) -> None:
        self.now += seconds
