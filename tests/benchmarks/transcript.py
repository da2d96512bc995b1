"""The transcript beside textual's own `Markdown.get_stream` and its `Log`, each in a real terminal.

    python -m tests.benchmarks.transcript [--full] [--only reply …] [--json PATH]

What is compared runs one after the other in one run, on the same text, in a terminal of 100 by 30. CPU is
that of the whole process. Without `--full` the texts are shorter. Aims stand in the last column; a machine
that does other work at the time makes latencies worse, and CPU hardly.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from neurotui.tui.message_list.markdown_stream import MarkdownStream
from tests.benchmarks.figures import keep, median, percentile, table
from tests.benchmarks.replies import BLOCKS, HOSTILE, block, tokenized
from tests.benchmarks.streaming_app import MARK, Plan, Report
from tests.terminal import Terminal

OURS, MARKDOWN, LOG = "ours", "markdown", "log"
NAMES = {OURS: "neurotui", MARKDOWN: "textual's Markdown", LOG: "textual's Log"}
SIZE = (100, 30)
LETTERS = "абвгдежзиклмнопрстуфхцчшщэюя"

Row = tuple[str, str, str]
"""What was measured, how much it is, how much it should be."""


class Run:
    """One run of the program, from its start to the report."""

    def __init__(self, terminal: Terminal, path: Path) -> None:
        self.terminal = terminal
        self._path = path
        self.shown = 0.0
        """When the first token was on the screen."""
        self._before = 0

    def wait_for_first_token(self) -> None:
        mark = MARK.encode()
        self.shown = self.terminal.wait_for(lambda: mark in self.terminal.output, 60)
        self._before = len(self.terminal.output)

    def report(self, timeout: float = 300) -> Report:
        self.terminal.wait_for(lambda: self._path.exists() and self._path.stat().st_size > 0, timeout)
        time.sleep(0.05)
        self.bytes = len(self.terminal.output) - self._before
        return Report(**json.loads(self._path.read_text()))


@contextmanager
def running(view: str, **plan: Any) -> Iterator[Run]:
    """Runs the program with a plan."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "report"
        plan_text = json.dumps({**Plan().__dict__, **plan})
        command = [sys.executable, "-m", "tests.benchmarks.streaming_app", view, plan_text, str(path)]
        environment = {"TEXTUAL_FPS": os.environ["TEXTUAL_FPS"]} if view == OURS else {}
        with Terminal(command, home=Path(directory), size=SIZE, environment=environment) as terminal:
            yield Run(terminal, path)


def spent(report: Report) -> float:
    return report.cpu[-1] - report.cpu[0]


def of_a_core(report: Report) -> float:
    return spent(report) / (report.wall[-1] - report.wall[0])


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


# Each returns its rows, and keeps its figures.


def reply(full: bool, figures: dict[str, Any]) -> list[Row]:
    """A reply at the pace of a model."""
    seconds = 20 if full else 6
    rows: list[Row] = []
    cpu: dict[str, float] = {}
    for view in (OURS, MARKDOWN, LOG):
        with running(view, tokens=100 * seconds, rate=100.0) as run:
            run.wait_for_first_token()
            report = run.report()
            written = run.bytes / report.tokens
        cpu[view] = spent(report)
        figures[view] = {
            "core": of_a_core(report),
            "cpu_s": spent(report),
            "bytes_a_token": written,
            "first_token_s": run.shown - report.first_token,
        }
        aim = "≤ 10 %, ≤ 450" if view == OURS else ""
        rows.append((NAMES[view], f"{of_a_core(report):.1%} of a core, {written:.0f} bytes a token", aim))
    figures["ratio"] = cpu[OURS] / cpu[MARKDOWN]
    return [*rows, ("CPU to Markdown's", f"{figures['ratio']:.3f}", "≤ 0.15")]


def flood(full: bool, figures: dict[str, Any]) -> list[Row]:
    """Tokens as fast as they come."""
    count = 20_000 if full else 4_000
    rows: list[Row] = []
    for view in (OURS, MARKDOWN, LOG):
        with running(view, tokens=count) as run:
            report = run.report(600)
        figures[view] = {"cpu_s": spent(report), "resident_kib": report.resident}
        rows.append((NAMES[view], f"{spent(report):.2f} s CPU", ""))
    figures["ratio"] = figures[OURS]["cpu_s"] / figures[MARKDOWN]["cpu_s"]
    rows.append(("CPU to Markdown's", f"{figures['ratio']:.3f}", "≤ 0.05"))
    with running(OURS, tokens=20_000, rate=2000.0) as run:
        report = run.report(600)
    fifths = [after - before for before, after in zip(report.cpu, report.cpu[1:], strict=False)]
    figures["last_to_first_fifth"] = fifths[-1] / fifths[0]
    figures["memory"] = report.resident[1] / report.resident[0]
    rows.append(("at 2,000 a second, the last fifth to the first", f"{fifths[-1] / fifths[0]:.2f}", "≤ 1.2"))
    rows.append(("memory after 20,000 tokens to before", f"{figures['memory']:.2f}", "≤ 1.3"))
    return rows


def blocks(full: bool, figures: dict[str, Any]) -> list[Row]:
    """One long block, each token of it laid out: what twice the text costs."""
    size = 20_000 if full else 8_000
    rows = []
    for kind in BLOCKS:
        runs = [token_by_token(kind, 2 * size) for _ in range(3)]
        halves = [min(run[half] for run in runs) for half in (0, 1)]
        ratio = sum(halves) / halves[0]
        figures[kind] = {"cpu_s": halves, "ratio": ratio}
        rows.append((f"{kind} of {size // 1000} and {2 * size // 1000} kB", f"{ratio:.2f}", "≤ 2.3"))
    return rows


def token_by_token(kind: str, size: int) -> tuple[float, float]:
    """CPU seconds of the first half of a block and of the second: in one run, for a machine's pace varies."""
    flow = MarkdownStream("")
    tokens = tokenized(block(kind, size))
    times = [time.process_time()]
    for half in (tokens[: len(tokens) // 2], tokens[len(tokens) // 2 :]):
        for token in half:
            flow.take(token)
            flow.read(time.monotonic() + 1)
            for unit in flow.units[-3:]:
                unit.lay_out(96)
        times.append(time.process_time())
    start, middle, end = times
    return middle - start, end - middle


def history(full: bool, figures: dict[str, Any]) -> list[Row]:
    """A conversation of 10,000 messages."""
    counts = (0, 10, 10_000)
    costs: dict[int, list[float]] = {count: [] for count in counts}
    rows: list[Row] = []
    tokens = 1000 if full else 400
    for count in counts * 3:  # in turns, and the least counts: what disturbs a run only adds to it
        with running(OURS, history=count, tokens=tokens, rate=100.0) as run:
            run.wait_for_first_token()
            report = run.report()
            costs[count].append(spent(report))
            if count == 10_000:
                opened = report.opened
                terminal = run.terminal
                focus = [drawn(terminal, partial(terminal.send, b"\x1b[O\x1b[Ix")) for _ in range(10)]
                resize = [drawn(terminal, partial(terminal.resize, 90 + at, 30)) for at in range(10)]
    rates = {count: min(spent_in) for count, spent_in in costs.items()}
    figures |= {"opened_s": opened, "token_ratio": rates[10_000] / rates[0]}
    figures["token_ratio_full_screen"] = rates[10_000] / rates[10]
    figures |= {"focus_s": focus, "resize_s": resize}
    rows.append(("opened in", milliseconds(opened), "≤ 300 ms"))
    rows.append(("a token in it to one in an empty one", f"{rates[10_000] / rates[0]:.2f}", "≤ 1.1"))
    full_screen = f"{rates[10_000] / rates[10]:.2f}"
    rows.append(("to one after ten messages, which fill the screen as well", full_screen, "≤ 1.1"))
    rows.append(("a key after focus out and in, on the screen", milliseconds(median(focus)), "≤ 50 ms"))
    rows.append(("the whole picture after a resize", milliseconds(median(resize)), "≤ 50 ms"))
    return rows


def drawn(terminal: Terminal, happen: Callable[[], float]) -> float:
    """Seconds from something that happens, at the time that it gives, to the end of what is drawn for it."""
    terminal.wait_until_quiet(0.2)
    happened = happen()
    return terminal.wait_until_quiet(0.1) - happened


def echoed(terminal: Terminal, letter: str) -> float:
    """Seconds from a key to its letter on the screen."""
    before, wanted = len(terminal.output), letter.encode()
    pressed = terminal.type(letter)
    return terminal.wait_for(lambda: wanted in terminal.output[before:]) - pressed


def keys(full: bool, figures: dict[str, Any]) -> list[Row]:
    """Keys typed into the input while an answer streams."""
    count = 100 if full else 30
    rows: list[Row] = []
    with running(OURS, text="", tokens=0, after=0.0) as run:
        run.report()
        idle = percentile(echoes(run, count), 95)
    figures["idle_s"] = idle
    rows.append(("neurotui, idle", f"p95 {milliseconds(idle)}", ""))
    for view in (OURS, MARKDOWN, LOG):
        with running(view, tokens=15 * count + 500, rate=100.0) as run:
            run.wait_for_first_token()
            times = echoes(run, count)
        figures[view] = {"p50_s": median(times), "p95_s": percentile(times, 95)}
        aim = f"≤ {milliseconds(max(0.015, 2 * idle))}" if view == OURS else ""
        shown = f"p50 {milliseconds(median(times))}, p95 {milliseconds(percentile(times, 95))}"
        rows.append((NAMES[view], shown, aim))
    return rows


def echoes(run: Run, count: int) -> list[float]:
    times = []
    for number in range(count):
        times.append(echoed(run.terminal, LETTERS[number % len(LETTERS)].upper()))
        time.sleep(0.1 + 0.013 * (number % 7))
    return times


def hostile(full: bool, figures: dict[str, Any]) -> list[Row]:
    """What has frozen others, token by token and as a whole."""
    rows = []
    for name in HOSTILE:
        for whole in (False, True):
            with running(
                OURS, text=f"hostile {name}", whole=whole, lag=True, after=1.0 if whole else 0.3
            ) as run:
                report = run.report()
            lag = percentile(report.lag, 99)
            how = "whole" if whole else "streamed"
            figures[f"{name}, {how}"] = {
                "lag_p99_s": lag,
                "longest_s": report.longest,
                "cpu_s": spent(report),
            }
            shown = f"lag p99 {milliseconds(lag)}, longest {milliseconds(report.longest)} CPU"
            rows.append((f"{name}, {how}", shown, "≤ 50 ms"))
    return rows


def first(full: bool, figures: dict[str, Any]) -> list[Row]:
    """The first token, and then nothing."""
    times = []
    for _ in range(10 if full else 4):
        with running(OURS, tokens=3, rate=1.0, after=0.0) as run:
            run.wait_for_first_token()
            times.append(run.shown - run.report().first_token)
            run.terminal.wait_until_quiet(0.5)
            before, cpu = len(run.terminal.output), run.terminal.cpu_seconds()
            time.sleep(2.0)
            written, used = len(run.terminal.output) - before, run.terminal.cpu_seconds() - cpu
    figures |= {"first_token_s": times, "idle_bytes": written, "idle_cpu_s": used}
    return [
        ("the first token is on the screen after", milliseconds(median(times)), "≤ 15 ms"),
        ("idle for 2 s", f"{written} bytes, {milliseconds(used)} CPU", "0 bytes"),
    ]


CASES = {case.__name__: case for case in (reply, flood, blocks, history, keys, first, hostile)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--full", action="store_true", help="the sizes of the aims; takes some minutes")
    parser.add_argument("--only", nargs="*", choices=CASES, default=list(CASES), help="only these")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    options = parser.parse_args()

    figures: dict[str, dict[str, Any]] = {}
    for name in options.only:
        figures[name] = {}
        rows = CASES[name](options.full, figures[name])
        print(f"\n{CASES[name].__doc__}\n{table(('', 'measured', 'aim'), rows)}", flush=True)
    print(keep("transcript", {"full": options.full, **figures}))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
