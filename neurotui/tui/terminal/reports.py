"""Messages about the terminal, which the driver posts to the app."""

from __future__ import annotations

from textual.message import Message


class TerminalGone(Message, bubble=False):
    """The terminal has hung up: nothing can be read or shown any more. Posted once."""


class TerminalCaughtUp(Message, bubble=False):
    """The terminal has taken all that waited for it, and does not show the last picture."""


class TerminalDrawsPictures(Message, bubble=False):
    """The terminal has said that it draws pictures by kitty's protocol."""


class TerminalBackground(Message, bubble=False):
    """The terminal has said what its background is like."""

    def __init__(self, dark: bool) -> None:
        super().__init__()
        self.dark = dark
