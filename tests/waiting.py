"""Whether the suite works or waits: a line at the end of a run, so that waiting is seen when it begins.

    waited 14.2 s of 131.0 s (CPU 190.3 s, 2 processes); most in tests/store/test_kill.py 3.1 s, …

A test waits while neither it nor a program that it started computes. Where the system tells how long a thread
stood in the queue for a processor (Linux does), that is no waiting: the line says the same beside a load.
Nothing fails by it.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests import fork_server

_NAMED = 5
"""How many files are named."""
_QUEUE = Path("/proc/thread-self/schedstat")
_KEY = "waiting"


def busy_seconds() -> float:
    """Seconds that this process, and programs of it that have ended, computed or stood in the queue to."""
    times = os.times()
    computed = time.process_time() + times.children_user + times.children_system + fork_server.computed
    queued = 0.0
    with suppress(OSError):
        queued = int(_QUEUE.read_text().split()[1]) / 1e9
    return computed + queued


class Waiting:
    """A plugin of pytest: measures in each process, and tells in the one that has the terminal."""

    def __init__(self) -> None:
        self.waited: dict[str, float] = defaultdict(float)
        """Seconds by file."""
        self.processes = 0
        self.began_at = time.monotonic()

    @contextmanager
    def measured(self, file: str) -> Iterator[None]:
        """Count what `file` waits meanwhile."""
        began_at, busy = time.monotonic(), busy_seconds()
        try:
            yield
        finally:
            self.waited[file] += max(0.0, time.monotonic() - began_at - (busy_seconds() - busy))

    def add(self, told: Mapping[str, float]) -> None:
        """Count what another process has measured."""
        self.processes += 1
        for file, seconds in told.items():
            self.waited[file] += seconds

    def line(self, seconds: float, computed: float) -> str:
        """All that was measured, in words."""
        ranking = sorted(self.waited.items(), key=lambda item: -item[1])[:_NAMED]
        most = ", ".join(f"{file} {waited:.1f} s" for file, waited in ranking)
        processes = max(1, self.processes)
        total = sum(self.waited.values())
        return (
            f"waited {total / processes:.1f} s of {seconds:.1f} s"
            f" (CPU {computed:.1f} s, {processes} process{'es' if processes > 1 else ''}); most in {most}"
        )

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        output = getattr(session.config, "workeroutput", None)
        if output is not None:  # a process of xdist's
            output[_KEY] = dict(self.waited)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self.add(getattr(node, "workeroutput", {}).get(_KEY, {}))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.waited:
            times = os.times()
            computed = sum(times[:4]) + fork_server.computed
            terminalreporter.write_line(self.line(time.monotonic() - self.began_at, computed))
