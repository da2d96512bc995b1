"""How long to leave unread what a server sends: an answer that comes steadily is read in larger pieces.

A hundred tokens a second, each in a packet of its own, wake the program a hundred times a second, and that
is most of what receiving them costs; drawn they are sixteen times a second. So once an answer comes steadily,
each read is followed by a pause, in which the kernel collects what comes. What comes after a silence is read
at once, and so are the first pieces of an answer, and all of one that comes slowly. The end of a steady
answer is read one pause late at most.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

STEADY_READS = 8
"""So many reads, twice as close together as they may be, are a steady answer."""
FLOOD_BYTES = 16 * 1024
"""From this size on, a read has enough in it."""


def at_once() -> float:
    """Return no interval: read all as it comes."""
    return 0.0


class Pacing:
    """Tells after each read how long to pause."""

    def __init__(self, interval: Callable[[], float]) -> None:
        """`interval` returns the least time between two reads of a steady answer, in seconds, as of now."""
        self._interval = interval
        self._times: deque[float] = deque(maxlen=STEADY_READS)

    def pause_after(self, count: int, now: float) -> float:
        """Return the seconds to pause after a read of `count` bytes at the time `now`; 0 for none."""
        interval = self._interval()
        self._times.append(now)
        is_steady = len(self._times) == STEADY_READS and now - self._times[0] < 2 * STEADY_READS * interval
        return interval if is_steady and count < FLOOD_BYTES else 0.0
