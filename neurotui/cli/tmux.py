"""How the tmux around treats a text that is copied in it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

PATIENCE = 5.0
"""Seconds that tmux may take for an answer."""


@dataclass(frozen=True, slots=True)
class Clipboard:
    """How a text gets on from tmux."""

    setting: str
    """`set-clipboard`: on, external or off. It is about what programs write; load-buffer -w needs none."""
    terminal: str
    """TERM of the terminal around; empty where nobody is attached."""
    understood: bool | None
    """True if tmux takes that terminal for one with OSC 52, None if nobody is attached."""


def clipboard(environ: Mapping[str, str]) -> Clipboard | None:
    """Return what tmux tells of itself; None where it does not answer."""
    setting = _ask(environ, "show-options", "-gv", "set-clipboard")
    if setting is None:
        return None
    client = _ask(environ, "display-message", "-p", "#{client_tty} #{client_termname}")
    tty, _, terminal = (client or "").partition(" ")
    known = _ask(environ, "show-messages", "-T") if tty else None
    return Clipboard(setting, terminal, None if known is None else _has_clipboard(known, tty))


def _has_clipboard(told: str, tty: str) -> bool | None:
    """True if the terminal at `tty` has the capability Ms, by features, overrides or terminfo."""
    for terminal in re.split(r"^Terminal \d+: ", told, flags=re.MULTILINE)[1:]:
        if f" for {tty}," in terminal.split("\n", 1)[0]:
            return re.search(r"^ *\d+: Ms: \(string\)", terminal, re.MULTILINE) is not None
    return None


def _ask(environ: Mapping[str, str], *command: str) -> str | None:
    try:
        answer = subprocess.run(
            ["tmux", *command], env=environ, capture_output=True, check=True, timeout=PATIENCE
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.decode("utf-8", "replace").strip()
