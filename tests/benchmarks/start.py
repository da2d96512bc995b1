"""From the start of the process to an input that echoes a key, beside a minimal textual app; then idle.

    python -m tests.benchmarks.start [--runs 15] [--idle 5]

Both are started in turn, in a real terminal, from warm files. Aim: the ratio of the medians is at most 1.3;
idle, nothing is written and nothing runs.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.figures import keep, median, percentile, table
from tests.terminal import NEUROTUI, Terminal

PROGRAMS = {
    "neurotui --demo": [*NEUROTUI, "--demo", "--lang", "en"],
    "minimal textual app": [sys.executable, str(Path(__file__).with_name("minimal.py"))],
}
PLACEHOLDER = b"essage"
"""Of the input; its first letter is under the cursor and so stands apart."""
TYPED = "ѫ"
"""A letter that stands nowhere else."""


def start(program: str, home: Path) -> tuple[float, float, float]:
    """Seconds from the start of the process to the input on the screen, to the echo, and seconds of CPU."""
    with Terminal(PROGRAMS[program], home=home) as terminal:
        shown = terminal.wait_for(lambda: PLACEHOLDER in terminal.output)
        terminal.type(TYPED)
        echoed = terminal.wait_for(lambda: TYPED.encode() in terminal.output)
        return shown - terminal.started_at, echoed - terminal.started_at, terminal.cpu_seconds()


def idle(program: str, home: Path, seconds: float) -> tuple[int, float, int]:
    """Bytes written, seconds of CPU used and wake-ups of threads in `seconds` of doing nothing."""
    with Terminal(PROGRAMS[program], home=home) as terminal:
        terminal.wait_for(lambda: PLACEHOLDER in terminal.output)
        time.sleep(2.0)
        written, cpu, wakeups = len(terminal.output), terminal.cpu_seconds(), terminal.wakeups()
        time.sleep(seconds)
        return len(terminal.output) - written, terminal.cpu_seconds() - cpu, terminal.wakeups() - wakeups


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=15, help="starts of each program")
    parser.add_argument("--idle", type=float, default=5.0, help="seconds of doing nothing")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as directory:
        homes = {program: Path(directory) / str(number) for number, program in enumerate(PROGRAMS)}
        runs: dict[str, list[tuple[float, float, float]]] = {program: [] for program in PROGRAMS}
        for home in homes.values():
            home.mkdir()
        for number in range(options.runs + 1):
            for program in PROGRAMS:
                run = start(program, homes[program])
                if number:  # The first start fills the caches.
                    runs[program].append(run)
        idling = {program: idle(program, homes[program], options.idle) for program in PROGRAMS}

    medians = {
        program: [median(values) for values in zip(*runs[program], strict=True)] for program in PROGRAMS
    }
    _, ratio, cpu_ratio = (ours / minimal for ours, minimal in zip(*medians.values(), strict=True))
    rows = []
    for program, (shown, echoed, cpu) in medians.items():
        p95 = percentile([run[1] for run in runs[program]], 95)
        written, idle_cpu, wakeups = idling[program]
        times = [f"{seconds * 1000:.0f}" for seconds in (shown, echoed, p95, cpu)]
        rows.append((program, *times, written, f"{idle_cpu * 1000:.1f}", wakeups))
    header = ("", "shown ms", "echo p50 ms", "p95 ms", "CPU ms")
    print(table((*header, f"{options.idle:g} s idle: bytes", "CPU ms", "wake-ups"), rows))
    print(f"ratio {ratio:.2f} (aim: at most 1.3), of CPU {cpu_ratio:.2f}")
    figures = {
        program: {
            "runs": [dict(zip(("shown_s", "echo_s", "cpu_s"), run, strict=True)) for run in runs[program]],
            "idle": dict(zip(("bytes", "cpu_s", "wakeups"), idling[program], strict=True)),
        }
        for program in PROGRAMS
    }
    print(
        keep("start", {"ratio": ratio, "cpu_ratio": cpu_ratio, "idle_s": options.idle, "programs": figures})
    )


if __name__ == "__main__":
    main()
