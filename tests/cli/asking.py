"""`neurotui` as a shell calls it, talking to a server of the tests, in a home of its own."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from neurotui.cli import main
from tests.fork_server import PIPE, Process, start
from tests.servers import Server
from tests.terminal import NEUROTUI, kept_environment

KEY = "sk-abcdefghijklmnopqrstuvwxyz0123456789"


def environment(home: Path, server: Server | None = None, **variables: str) -> dict[str, str]:
    """The variables of a program that talks to `server`, with a key."""
    found = kept_environment() | {
        "HOME": str(home),
        "NEUROTUI_LANG": "en",
        "NEUROTUI_API_KEY": KEY,
    }
    if server is not None:
        found["NEUROTUI_BASE_URL"] = server.url
    return found | variables


@dataclass(frozen=True)
class Program:
    """A program that runs, its output in pipes and nothing piped into it."""

    out: IO[bytes]
    err: IO[bytes]
    process: Process

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def wait(self) -> int:
        """Its exit code."""
        return self.process.wait(60)


@contextmanager
def running(home: Path, server: Server | None, *arguments: str, **variables: str) -> Iterator[Program]:
    """A process of its own."""
    env = environment(home, server, **variables)
    with start([*NEUROTUI, *arguments], cwd=home, env=env, stdout=PIPE, stderr=PIPE) as process:
        assert process.stdout and process.stderr
        try:
            yield Program(process.stdout, process.stderr, process)
        finally:
            process.kill()


@dataclass(frozen=True)
class Done:
    """What a command did."""

    code: int
    out: bytes
    err: str


class Shell:
    """Runs commands in this process: a start of Python costs more than all that they do."""

    def __init__(self, home: Path, patch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[bytes]) -> None:
        self._home = home
        self._patch = patch
        self._captured = captured

    def __call__(
        self,
        server: Server | None,
        *arguments: str,
        piped: bytes = b"",
        variables: Mapping[str, str] | None = None,
    ) -> Done:
        with self._patch.context() as patch:
            wanted = environment(self._home, server, **(variables or {}))
            for name in os.environ:
                if name not in wanted and not name.startswith("PYTEST"):
                    patch.delenv(name)
            for name, value in wanted.items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(piped)))
            try:
                code = main(arguments)
            except SystemExit as end:
                assert isinstance(end.code, int)
                code = end.code
        out, err = self._captured.readouterr()
        return Done(code, out, err.decode())
