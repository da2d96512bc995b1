"""How long the store waits for what, in seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timings:
    """The patience of a store."""

    busy: float = 2.0
    """How long a piece of work waits for another program to let go of the file."""
    flush: float = 0.25
    """How old a delta gets before it is written."""
    first_pause: float = 1.0
    """Before what could not be written is tried again; each further pause is twice as long."""
    longest_pause: float = 60.0
    """The longest of these pauses."""


DEFAULT_TIMINGS = Timings()
