"""The terminal's background: asked for, followed while it changes, and remembered for the next start.

The question is OSC 11, with DA1 behind it, which every terminal answers: a terminal that has answered that
and not the first will not. Nothing waits for either. Until a reply has come, the background of last time
holds; over a slow link a reply may come after the first picture, and from an old tmux none does.

A terminal with mode 2031 tells when its colours have changed, as light or as dark. What it prefers need not
be what it draws on, so it is asked again, and its word counts where it does not answer.
https://contour-terminal.org/vt-extensions/color-palette-update-notifications/
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

log = logging.getLogger(__name__)

ASK = "\x1b]11;?\x07\x1b[c"
"""With BEL at its end: some versions of rxvt reply to ST with half of one."""
FOLLOW, LEAVE = "\x1b[?2031h", "\x1b[?2031l"
SOON = 1.0
"""Time within which a reply may still be on its way (seconds)."""
LAST_WAIT = 0.2
"""Longest time to wait for a reply on its way before the terminal is given back (seconds)."""

_FILE = "background"
_MUTE = re.compile(r"linux|dumb|eterm|cons\d|vt\d|sun", re.ASCII)
"""Terminals, by TERM, that show a question as text, or have no such reply."""
_REPLY = re.compile(r"\x1b\]11;([^\x07\x1b\x9c]{1,64})(?:\x07|\x9c|\x1b\\)")
_CHANGED = re.compile(r"\x1b\[\?997;([12])n")
_END = re.compile(r"\x1b\[\?[\d;]*c")
_COLOR = re.compile(r"rgba?:((?:[\da-f]{1,4}/){2,3}[\da-f]{1,4})", re.ASCII | re.IGNORECASE)
_HASH = re.compile(r"#((?:[\da-f]{3}){1,4})", re.ASCII | re.IGNORECASE)
_LIGHT = {7, *range(9, 16)}
"""Numbers of the light ones among the sixteen colours."""


def answers(term: str) -> bool:
    """Return True if a terminal of this TERM can be asked."""
    return bool(term) and _MUTE.match(term) is None


def is_dark(color: str) -> bool | None:
    """Return True for a dark colour as X11 writes it, such as `rgb:1e1e/2020/2e2e`; None if it is not one."""
    if (match := _COLOR.fullmatch(color)) is not None:
        parts = match[1].split("/")
        if len(parts) != (4 if color[3] in "aA" else 3):
            return None
    elif (match := _HASH.fullmatch(color)) is not None:
        digits = len(match[1]) // 3
        parts = [match[1][at : at + digits] for at in range(0, len(match[1]), digits)]
    else:
        return None
    red, green, blue = (int(part, 16) / int("f" * len(part), 16) for part in parts[:3])
    return 0.299 * red + 0.587 * green + 0.114 * blue < 0.5


def likely_dark(folder: Path | None, environ: Mapping[str, str]) -> bool:
    """Return True if the background is dark by what was remembered, else by COLORFGBG, or is not known."""
    known = remembered(folder) if answers(environ.get("TERM", "")) else None
    number = environ.get("COLORFGBG", "").rpartition(";")[2]
    return (
        known if known is not None else not (number.isascii() and number.isdigit() and int(number) in _LIGHT)
    )


def remembered(folder: Path | None) -> bool | None:
    """Return True if the background was dark last time; None if that is not known."""
    if folder is None:
        return None
    try:
        word = (folder / _FILE).read_text("ascii").strip()
    except (OSError, UnicodeError):
        return None
    return {"dark": True, "light": False}.get(word)


def remember(folder: Path | None, dark: bool) -> None:
    """Keep for the next start whether the background is dark."""
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _FILE).write_text("dark\n" if dark else "light\n", "ascii")
    except OSError as error:
        log.warning("the background is not remembered: %s", error)


class BackgroundReplies:
    """The questions about the background, and the replies. `read` may be called by another thread."""

    def __init__(self, write: Callable[[str], None], tell: Callable[[bool], None]) -> None:
        """`tell` is called with True for dark and False for light."""
        self._write = write
        self._tell = tell
        self._asked_at = -SOON
        self._all_came = threading.Event()
        """Clear while replies are on their way."""
        self._all_came.set()
        self._told = False
        """True if the last question was answered."""
        self._word: bool | None = None
        """What the terminal said of itself by mode 2031: True for dark."""
        self._once_more = False
        """True if the colours have changed since the last question."""

    def ask(self) -> None:
        """Ask for the background."""
        self._told = self._once_more = False
        self._asked_at = time.monotonic()
        self._all_came.clear()
        self._write(ASK)

    def read(self, reply: str) -> None:
        """Read a reply of the terminal, whatever it is about."""
        if (match := _REPLY.fullmatch(reply)) is not None:
            if (dark := is_dark(match[1])) is not None:
                self._told = True
                self._tell(dark)
        elif (match := _CHANGED.fullmatch(reply)) is not None:
            self._word = match[1] == "1"
            if self._awaited:
                self._once_more = True
            else:
                self.ask()
        elif _END.fullmatch(reply) is not None and not self._all_came.is_set():
            self._all_came.set()
            if self._once_more:
                self.ask()
            elif not self._told and self._word is not None:
                self._tell(self._word)

    def wait_for_all(self) -> None:
        """Wait for replies on their way, so that no shell gets them, but not for long."""
        if self._awaited:
            self._all_came.wait(LAST_WAIT)

    @property
    def _awaited(self) -> bool:
        return not self._all_came.is_set() and time.monotonic() - self._asked_at < SOON
