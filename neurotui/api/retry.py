"""When a request may be sent again without asking: the policy, pure.

Only where the server never had the request, or has said that no model took it. Where one may have begun to
generate (silence, a lost connection, an internal error, a gateway that gave up on the server behind it),
sending again could be paid for twice, and is left to the user. So is a pause that is longer than anybody
watches a countdown.
"""

from __future__ import annotations

from neurotui.errors import (
    ConnectionFailed,
    ConnectionRefused,
    NameNotResolved,
    NeurotuiError,
    RateLimited,
    UpstreamUnavailable,
)

MOST = 3
"""How many times one request is repeated at most."""
LONGEST = 60.0
"""Seconds: where a server asks for more, the request is not repeated by itself."""

_FIRST_DELAY: dict[type[NeurotuiError], float] = {
    ConnectionFailed: 0.5,
    ConnectionRefused: 0.5,
    NameNotResolved: 0.5,
    RateLimited: 1.0,
    UpstreamUnavailable: 1.0,
}
"""Seconds before the first repetition; each further one waits twice as long. By exact class: of the failures
of the connection, those that happen before the request leaves. A time limit is not among them: it has cost
ten seconds already."""

_STATUSES = (None, 200, 429, 503)
"""Those of an error that may be repeated; 200 is that of one in a stream which states no other. Others of the
same class, 502, 504 and 529 say, are left to the user."""


def delay(error: NeurotuiError, repetition: int, chance: float) -> float | None:
    """Seconds to wait before the `repetition`-th repetition (from 1); None where there is to be none.

    `chance`, from 0 to 1, spreads the clients that failed together.
    """
    first = _FIRST_DELAY.get(type(error))
    if first is None or repetition > MOST or error.status not in _STATUSES:
        return None
    if error.retry_after is not None:
        return error.retry_after if error.retry_after <= LONGEST else None
    return first * 2.0 ** (repetition - 1) * (0.75 + 0.5 * chance)
