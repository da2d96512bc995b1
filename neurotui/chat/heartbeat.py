"""The last seconds of an answer as a line of signs, one for each: it is drawn, and kept with the answer.

A sign is a digit for text, 1 to 8 by how much of it there was beside the fullest second, `p` for pings,
`b` for other bytes, and `.` for nothing. The newest is on the right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neurotui.chat.vitals import Vitals


SECONDS = 20
"""Length of a line (seconds)."""
LEVELS = 8
"""Number of sizes that are told apart."""
NOTHING = "."


def heartbeat(vitals: Vitals, last: int) -> str:
    """Return the seconds up to `last`, counted from the beginning of the answer."""
    beats = [beat for beat in vitals.beats[-SECONDS - 1 :] if last - SECONDS < beat.second <= last]
    most = max((beat.tokens for beat in beats), default=0)
    signs = [NOTHING] * SECONDS
    for beat in beats:
        if beat.tokens:
            sign = str(-(-LEVELS * beat.tokens // most))
        else:
            sign = "p" if beat.pings else "b" if beat.bytes else NOTHING
        signs[beat.second - last - 1] = sign
    return "".join(signs)


def last_heartbeat(vitals: Vitals) -> str:
    """Return the last seconds in which something came; empty if nothing ever did."""
    return heartbeat(vitals, vitals.beats[-1].second) if vitals.beats else ""
