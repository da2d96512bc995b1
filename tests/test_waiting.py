"""A run tells what it waited: what sleeps is counted, what computes is not."""

from __future__ import annotations

import subprocess
import sys
import time

from tests.waiting import Waiting


def test_what_sleeps_is_counted() -> None:
    waiting = Waiting()
    with waiting.measured("tests/test_a.py"):
        time.sleep(0.05)
    assert waiting.waited["tests/test_a.py"] > 0.03


def test_what_computes_is_not_counted_here_or_in_a_program() -> None:
    waiting = Waiting()
    compute = "import time\nwhile time.process_time() < 0.2: pass"
    began_at = time.monotonic()
    with waiting.measured("tests/test_a.py"):
        end = time.process_time() + 0.2
        while time.process_time() < end:
            pass
        subprocess.run([sys.executable, "-c", compute], check=True)
    assert waiting.waited["tests/test_a.py"] < time.monotonic() - began_at - 0.3


def test_the_line_has_what_other_processes_measured() -> None:
    waiting = Waiting()
    waiting.add({"tests/test_a.py": 1.0, "tests/test_b.py": 2.0})
    waiting.add({"tests/test_a.py": 3.0})
    assert waiting.line(10.0, 4.0) == (
        "waited 3.0 s of 10.0 s (CPU 4.0 s, 2 processes);"
        " most in tests/test_a.py 4.0 s, tests/test_b.py 2.0 s"
    )
