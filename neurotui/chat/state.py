"""The states of a reply, from the question to its last word."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """State of a reply: the word that the status line begins with."""

    PREPARING = "preparing"
    CONNECTING = "connecting"
    SENDING = "sending"
    SENT = "sent"
    ACCEPTED = "accepted"
    ALIVE = "alive"
    THINKING = "thinking"
    WRITING = "writing"
    QUIET = "quiet"
    STALLED = "stalled"
    RETRYING = "retrying"
