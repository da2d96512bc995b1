"""When the user is away: a long answer that has ended says so, by the terminal's own means.

Away is where the terminal has told that it lost the focus; one that never tells is never away. The notice is
what the terminal is known to understand, else its bell; the title of the window says how it ended until the
user is back. Titles are kept and given back by the terminal's own stack of titles, where it has one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from enum import Enum

from neurotui.chat.conversation import Message, Status
from neurotui.chat.text import clean_line
from neurotui.i18n import _

LONG = 10.0
"""Seconds that make an answer a long one."""

_OSC_9 = {"iTerm.app", "WezTerm", "ghostty", "WarpTerminal"}


class Protocol(Enum):
    """Ways in which a terminal can call the user."""

    BELL = "bell"
    OSC_9 = "osc 9"
    OSC_777 = "osc 777"


def means(environ: Mapping[str, str] = os.environ) -> Protocol:
    """Return what the terminal understands, as far as its environment tells."""
    term = environ.get("TERM", "")
    if "TMUX" in environ or "STY" in environ or term.startswith(("screen", "tmux")):
        return Protocol.BELL  # they pass no notice on, but mark the window where it rings
    if environ.get("TERM_PROGRAM") in _OSC_9 or "KITTY_WINDOW_ID" in environ:
        return Protocol.OSC_9
    if term.startswith(("foot", "rxvt-unicode")) or "KONSOLE_VERSION" in environ:
        return Protocol.OSC_777
    return Protocol.BELL


class Notifier:
    """Calls the user who is away. `write` sends to the terminal."""

    def __init__(self, write: Callable[[str], None], how: Protocol | None = None) -> None:
        self.after = LONG
        """Seconds an answer must have taken to be announced; 0: none is."""
        self._write = write
        self._means = how or means()
        self._is_away = False
        self._marked = False

    def look(self, focus: bool) -> None:
        """Note that the terminal has the focus, or has lost it."""
        self._is_away = not focus
        if focus:
            self.take_mark_off()

    def answer_ended(self, answer: Message, conversation: str) -> None:
        """Announce a long answer if nobody is there to see it."""
        took = answer.timing.total if answer.timing else None
        long = self.after and (took or 0.0) >= self.after
        if not self._is_away or not long or answer.status is Status.STOPPED:
            return
        sign, text = _told(answer.status)
        name = clean_line(conversation, 60)
        match self._means:
            case Protocol.BELL:
                self._write("\a")
            case Protocol.OSC_9:
                self._write(f"\x1b]9;{text}: {name}\x1b\\" if name else f"\x1b]9;{text}\x1b\\")
            case Protocol.OSC_777:
                self._write(f"\x1b]777;notify;neurotui: {text};{name.replace(';', ',')}\x1b\\")
        self._write(("" if self._marked else "\x1b[22;2t") + f"\x1b]2;{sign} neurotui · {text}\x1b\\")
        self._marked = True

    def take_mark_off(self) -> None:
        """Give the window its title back, at the return and at the end."""
        if self._marked:
            self._marked = False
            # A terminal without a stack of titles keeps the first of these.
            self._write("\x1b]2;neurotui\x1b\\\x1b[23;2t")


def _told(status: Status) -> tuple[str, str]:
    match status:
        case Status.COMPLETE | Status.LENGTH | Status.FILTERED:
            return "✓", _("the answer is there")
        case Status.CUT:
            return "✂", _("the answer was cut")
        case _:
            return "✗", _("no answer: it failed")
