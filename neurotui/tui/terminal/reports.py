"""Messages about the terminal, which the driver posts to the app."""

from __future__ import annotations

from textual.message import Message


class TerminalGone(Message, bubble=False):
    """The terminal has hung up: nothing can be read or shown any more. Posted once."""


class TerminalCaughtUp(Message, bubble=False):
    """The terminal has taken all that waited for it, and does not show the last picture."""
