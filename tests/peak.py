"""The most memory that a Python program has had at once.

What `getrusage` tells of a child is not that: it begins with the memory of the parent that was forked.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

_STATUS = Path("/proc/self/status")
_REPORT = """
import atexit, sys, time
def tell(clock=time.process_time):
    with open("/proc/self/status") as status:
        peak = next(line.split()[1] for line in status if line.startswith("VmHWM"))
    print(f"\\n{peak} {clock()}", file=sys.stderr)
atexit.register(tell)
"""
NEUROTUI = "from neurotui.cli import main; sys.exit(main(sys.argv[1:]))"


@dataclass(frozen=True)
class Used:
    """What a program took."""

    mebibytes: float
    cpu: float
    """Seconds."""


def used_by(program: str, *arguments: str | Path, environment: Mapping[str, str], folder: Path) -> Used:
    """Runs a program of Python to its end; skips the test where it cannot be measured."""
    if not _STATUS.exists():
        pytest.skip("Linux tells how much memory a program has had")
    done = subprocess.run(
        [sys.executable, "-c", _REPORT + program, *map(str, arguments)],
        env=environment,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    peak, cpu = done.stderr.split()[-2:]
    return Used(int(peak) / 1024, float(cpu))
