"""The events of a turn: those of its reply, and a stop."""

from __future__ import annotations

from dataclasses import dataclass

from neurotui.errors import NeurotuiError
from neurotui.wire.events import ReplyEvent


@dataclass(frozen=True, slots=True)
class Stopped:
    """The reply was stopped; the connection was closed `closed` seconds after the command to stop."""

    closed: float
    reason: NeurotuiError | None = None
    """Reason for the stop; None if the user stopped the reply."""


TurnEvent = ReplyEvent | Stopped
