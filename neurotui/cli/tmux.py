"""The clipboard settings of the tmux in which neurotui runs."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

PATIENCE = 5.0
"""Seconds to wait for an answer of tmux."""


@dataclass(frozen=True, slots=True)
class Clipboard:
    """Settings that decide whether copied text leaves tmux."""

    setting: str
    """`set-clipboard`: on, external or off. Concerns what programs write, but not `load-buffer -w`."""
    terminal: str
    """TERM of the terminal outside; empty if none is attached."""
    understood: bool | None
    """True if tmux believes that the terminal outside knows OSC 52; None if unknown or none is attached."""


def clipboard(environ: Mapping[str, str]) -> Clipboard | None:
    """Ask tmux for its clipboard settings; return None if it does not answer."""
    setting = _ask(environ, "show-options", "-gv", "set-clipboard")
    if setting is None:
        return None
    client = _ask(environ, "display-message", "-p", "#{client_tty} #{client_termname}")
    tty, _, terminal = (client or "").partition(" ")
    known = _ask(environ, "show-messages", "-T") if tty else None
    return Clipboard(setting, terminal, None if known is None else _has_clipboard(known, tty))


def _has_clipboard(told: str, tty: str) -> bool | None:
    """True if the terminal at `tty` has the capability Ms, from features, overrides or terminfo."""
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
