"""Notices for a user who is away: the end of a long answer is announced by the terminal's own means.

The user is away if the terminal has reported that it lost the focus; if it never reports, the user is never
away. The notice is the kind that the terminal is known to understand, otherwise its bell; the title of the
window tells how the answer ended until the user is back.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from enum import Enum

from neurotui.chat.conversation import Message, Status
from neurotui.chat.text import clean_line
from neurotui.i18n import _
from neurotui.tui.terminal.window_title import WindowTitle

LONG = 10.0
"""Duration that makes an answer a long one (seconds)."""

_OSC_9 = {"iTerm.app", "WezTerm", "ghostty", "WarpTerminal"}


class Protocol(Enum):
    """Kinds of notices that terminals understand."""

    BELL = "bell"
    OSC_9 = "osc 9"
    OSC_777 = "osc 777"


def means(environ: Mapping[str, str] = os.environ) -> Protocol:
    """Return the kind of notice that the terminal understands, as far as its environment tells."""
    term = environ.get("TERM", "")
    if "TMUX" in environ or "STY" in environ or term.startswith(("screen", "tmux")):
        return Protocol.BELL  # they pass no notice on, but mark the window where it rings
    if environ.get("TERM_PROGRAM") in _OSC_9 or "KITTY_WINDOW_ID" in environ:
        return Protocol.OSC_9
    if term.startswith(("foot", "rxvt-unicode")) or "KONSOLE_VERSION" in environ:
        return Protocol.OSC_777
    return Protocol.BELL


class Notifier:
    """Notices for a user who is away; `write` sends to the terminal."""

    def __init__(self, write: Callable[[str], object], how: Protocol | None = None) -> None:
        self.title = WindowTitle(write)
        self.after = LONG
        """Least duration of an answer that is announced (seconds); 0 announces none."""
        self._write = write
        self._means = how or means()
        self._is_away = False

    def look(self, focus: bool) -> None:
        """Note that the terminal has gained or lost the focus."""
        self._is_away = not focus
        if focus:
            self.take_mark_off()

    def answer_ended(self, answer: Message, conversation: str) -> None:
        """Announce the end of a long answer if the user is away."""
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
        self.title.mark = f"{sign} neurotui · {text}"
        self.title.show()

    def take_mark_off(self) -> None:
        """Let the title of the window tell of nothing that has ended, because the user is back."""
        self.title.mark = ""
        self.title.show()


def _told(status: Status) -> tuple[str, str]:
    match status:
        case Status.COMPLETE | Status.LENGTH | Status.FILTERED:
            return "✓", _("the answer is there")
        case Status.CUT:
            return "✂", _("the answer was cut")
        case _:
            return "✗", _("no answer: it failed")
