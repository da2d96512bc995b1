"""The events of a turn: those of its reply, a stop, and that a file of it is kept."""

from __future__ import annotations

from dataclasses import dataclass

from neurotui.chat.attachments import Attachment
from neurotui.errors import NeurotuiError
from neurotui.wire.events import ReplyEvent


@dataclass(frozen=True, slots=True)
class Stopped:
    """The reply was stopped; the connection was closed `closed` seconds after the command to stop."""

    closed: float
    reason: NeurotuiError | None = None
    """Reason for the stop; None if the user stopped the reply."""


@dataclass(frozen=True, slots=True)
class MediaKept:
    """A file of the answer is kept; it may come after the reply has ended."""

    kind: str
    """The kind by which it was named until now."""
    attachment: Attachment


TurnEvent = ReplyEvent | Stopped | MediaKept
