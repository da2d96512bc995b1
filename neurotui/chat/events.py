"""What moves a turn on: the events of its reply, and a stop."""

from __future__ import annotations

from dataclasses import dataclass

from neurotui.errors import NeurotuiError
from neurotui.wire.events import ReplyEvent


@dataclass(frozen=True, slots=True)
class Stopped:
    """The reply was stopped; the connection was closed `closed` seconds after the word to stop."""

    closed: float
    reason: NeurotuiError | None = None
    """Why, if it was not the user who stopped it."""


TurnEvent = ReplyEvent | Stopped
