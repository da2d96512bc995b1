"""What was measured of a reply: its times, and what the balance told of its cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """Measurements of a reply: seconds since the request was sent, None if the moment never came."""

    accepted: float | None = None
    first_token: float | None = None
    """Until the first character of the answer or of the reasoning."""
    thinking: float | None = None
    """Seconds the model reasoned before it wrote."""
    total: float | None = None
    closed: float | None = None
    """Seconds from the request to stop until the connection was closed; only for a stopped reply."""
    pings: int = 0
    rhythm: float | None = None
    """Seconds between two pings; None if fewer than two came."""
    spent: float | None = None
    """Sum by which the balance fell for this answer alone, in `spent_currency`; None if that is not known."""
    spent_currency: str = "USD"
    step: float = 0.0
    """Smallest difference that the balance tells, in `spent_currency`; 0 if not known."""
    stops_held: int = 0
    """Number of stopped answers of this model, up to this one, that were billed only for what had come."""
    stops_told: int = 0
    """Number of those of which the balance told what was billed."""
    heartbeat: str = ""
    """The last seconds in which something came, by the signs of `neurotui.chat.heartbeat`."""
