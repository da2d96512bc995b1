"""The terminal's capabilities by its own answers: it is asked, and left as it was."""

from __future__ import annotations

import os
import re
import select
import time
from dataclasses import dataclass

PATIENCE = 1.0
"""Seconds to wait for all answers; over a slow network they take long."""

_QUESTIONS = b"\x1b[?u\x1b[>q\x1b[?2026$p\x1b]11;?\x1b\\\x1b[c"
"""Keyboard protocol, name, synchronized output, background, and last the one that every terminal answers."""
_LAST_ANSWER = re.compile(rb"\x1b\[\?([\d;]*)c")
_CLIPBOARD = b"52"


@dataclass(frozen=True, slots=True)
class Answers:
    """A terminal's capabilities."""

    answered: bool = False
    name: str = ""
    """Name and version of the terminal."""
    kitty_keys: bool = False
    """True if it has the kitty keyboard protocol, in which all keys can be told apart."""
    clipboard: bool = False
    """True if programs may write its clipboard (OSC 52)."""
    synchronized: bool = False
    """True if it can draw a frame at once (synchronized output)."""
    dark: bool | None = None
    """True if its background is dark; None if it does not say."""


def ask() -> Answers | None:
    """Ask the terminal that controls this process; None if there is none."""
    try:
        import termios
        import tty

        descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except (ImportError, OSError):
        return None
    try:
        before = termios.tcgetattr(descriptor)
        try:
            tty.setraw(descriptor, termios.TCSANOW)
            os.write(descriptor, _QUESTIONS)
            return understood(_answers(descriptor))
        finally:
            # Flush: late answers are not for the shell.
            termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)
    except (OSError, termios.error):
        return None
    finally:
        os.close(descriptor)


def understood(data: bytes) -> Answers:
    """Parse the bytes with which a terminal answered."""
    last = _LAST_ANSWER.search(data)
    if last is None:
        return Answers()
    name = re.search(rb"\x1bP>\|([^\x1b]*)", data)
    background = re.search(rb"\x1b\]11;rgb:([0-9a-fA-F]+)/([0-9a-fA-F]+)/([0-9a-fA-F]+)", data)
    return Answers(
        answered=True,
        name=name[1].decode("ascii", "replace") if name else "",
        kitty_keys=re.search(rb"\x1b\[\?\d+u", data) is not None,
        clipboard=_CLIPBOARD in last[1].split(b";")[1:],
        synchronized=re.search(rb"\x1b\[\?2026;[123]\$y", data) is not None,
        dark=_is_dark([int(part[:2], 16) for part in background.groups()]) if background else None,
    )


def _answers(descriptor: int) -> bytes:
    data = b""
    deadline = time.monotonic() + PATIENCE
    while not _LAST_ANSWER.search(data):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            break
        data += os.read(descriptor, 1024)
    return data


def _is_dark(colour: list[int]) -> bool:
    red, green, blue = colour
    return 0.299 * red + 0.587 * green + 0.114 * blue < 128
