"""A pager that reads our output also uses the terminal: what is written there is garbage on its screen.

It has taken the terminal if that no longer waits for whole lines, and gives it back when it ends.
"""

from __future__ import annotations

import os
import signal
import stat
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from neurotui.cli.output import say

INTERVAL = 0.1
"""Seconds between two checks of the terminal."""


def say_after_pager(notes: Sequence[str]) -> None:
    """Print remarks on a finished answer, once a pager in the same pipeline has ended, too."""
    if notes and is_pipe() and _is_taken():
        _wait()
    for note in notes:
        say(note)


def is_pipe() -> bool:
    """True if another program reads standard output."""
    with suppress(OSError):
        return stat.S_ISFIFO(os.fstat(sys.stdout.fileno()).st_mode)
    return False


def _wait() -> None:
    """End our output and wait for its readers; Ctrl+C is theirs meanwhile."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    pipeline = _neighbours()
    sys.stdout.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    while _is_taken() and any(map(_lives, pipeline)):
        time.sleep(INTERVAL)
    signal.signal(signal.SIGINT, before)


def _is_taken() -> bool:
    """True if another program reads single keys from the terminal of standard error."""
    try:
        import termios

        return not termios.tcgetattr(sys.stderr.fileno())[3] & termios.ICANON
    except (ImportError, OSError, ValueError, termios.error):
        return False


def _neighbours() -> list[int]:
    """Return the ids of this pipeline's processes, without this one and its ancestors (Linux)."""
    found: dict[int, tuple[int, int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            parent, group = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[1:3]
            found[int(folder.name)] = (int(parent), int(group))
    own, process = set[int](), os.getpid()
    while process in found and process not in own:
        own.add(process)
        process = found[process][0]
    return [process for process, (_, group) in found.items() if group == os.getpgrp() and process not in own]


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True
