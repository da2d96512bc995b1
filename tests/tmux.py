"""A real tmux of its own, on a socket of its own.

with tmux_server(tmp_path) as tmux:
    tmux("new-session", "-d", "sleep 60")
    environment = {"TMUX": tmux.variable}
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

PATIENCE = 30.0


class Tmux:
    """A server of tmux that reads no settings but those given."""

    def __init__(self, socket: Path, environment: Mapping[str, str]) -> None:
        self.socket = socket
        self.environment = environment

    @property
    def command(self) -> Sequence[str]:
        return ("tmux", "-S", str(self.socket), "-f", "/dev/null")

    @property
    def variable(self) -> str:
        """TMUX, as a program in it has it."""
        return f"{self.socket},1,0"

    def __call__(self, *arguments: str, text: bytes | None = None) -> bytes:
        """Run a command of tmux; return what it prints."""
        done = subprocess.run(
            [*self.command, *arguments], input=text, env=self.environment, capture_output=True, check=True
        )
        return done.stdout

    def run(self, command: Sequence[str], *, size: tuple[int, int] = (80, 24)) -> None:
        """Run a program in a new session, seen by nobody; the window has the program's name.

        Left to itself, tmux names the window after the process in it, at times before that is the program.
        """
        self("new-session", "-d", "-n", command[0], "-x", str(size[0]), "-y", str(size[1]), *command)

    @property
    def screen(self) -> str:
        """What the pane shows."""
        return self("capture-pane", "-p").decode()

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while text not in self.screen:
            assert time.monotonic() < deadline, f"no {text!r} on\n{self.screen}"
            time.sleep(0.05)


@contextmanager
def tmux_server(folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[Tmux]:
    """Run a tmux until the block is left; skips the test where there is none, or one that is too old."""
    found = shutil.which("tmux")
    version = subprocess.run([found, "-V"], capture_output=True, text=True).stdout if found else ""
    numbers = re.search(r"(\d+)\.(\d+)", version)
    if numbers is None or (int(numbers[1]), int(numbers[2])) < (3, 2):
        pytest.skip("tmux 3.2 or newer")
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    tmux = Tmux(
        folder / "tmux", {**kept, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", **(environment or {})}
    )
    try:
        yield tmux
    finally:
        subprocess.run([*tmux.command, "kill-server"], env=tmux.environment, capture_output=True)
