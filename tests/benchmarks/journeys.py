"""How many files of neurotui the three journeys pass through: Enter, a byte, Escape.

    python -m tests.benchmarks.journeys [--show]

The program runs in a real terminal against a server on loopback, and notes by `sys.setprofile` which of its
files have a function called: from the key to the request that leaves, from bytes that came to the rows that
are drawn of them, from the key to the socket that is closed. Aims: 30, 40 and 6. It is counted, not timed:
a profiled program is slow.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import Any

import neurotui
from tests.benchmarks.figures import keep, table
from tests.servers import Exchange, Server
from tests.terminal import Terminal

PACKAGE = str(Path(neurotui.__file__).parent)
AIMS = {"enter": 30, "byte": 40, "receiving": 17, "escape": 6}
DRAWN_BY = "tui/message_list/message_view"
"""The first file of the picture."""
WORDS = [f"word{number} " for number in range(400)]


DRAWING = {"_on_timer_update", "_on_layout", "_refresh_layout", "render_lines", "render_line"}
"""Functions of textual's under which a picture is made: while Enter is on its way, another journey's."""


class Tracer:
    """Notes the files of each journey, in the order in which they are first passed."""

    def __init__(self) -> None:
        self.journeys: dict[str, list[list[str]]] = {kind: [] for kind in AIMS}
        self._kind = ""
        self._passed: dict[str, None] = {}
        self._drawing: FrameType | None = None

    def __call__(self, frame: FrameType, what: str, _argument: object) -> None:
        if what == "call":
            self._called(frame, frame.f_code.co_filename, frame.f_code.co_name)
        elif what == "return":
            if frame is self._drawing:
                self._drawing = None
            elif self._kind == "byte" and _draws_messages(frame):
                self._end()

    def _called(self, frame: FrameType, file: str, name: str) -> None:
        if name == "on_event" and file.endswith("textual/app.py"):
            key = getattr(frame.f_locals.get("event"), "key", "")
            if key in ("enter", "escape"):
                self._kind, self._passed = key, {}
        if self._kind == "enter" and name in DRAWING and self._drawing is None:
            self._drawing = frame
        if not file.startswith(PACKAGE) or self._drawing is not None:
            return
        file = file.removeprefix(PACKAGE + "/")
        if name == "data_received" and not self._kind:
            self._kind, self._passed = "byte", {}
        if self._kind:
            self._passed[file] = None
        if file == "api/net/stream.py":
            wrote = name == "write" and bytes(frame.f_locals["buffer"]).startswith(b"POST")
            if (self._kind == "enter" and wrote) or (self._kind == "escape" and name == "abort"):
                self._end()

    def _end(self) -> None:
        files = list(self._passed)
        self.journeys[self._kind].append(files)
        if self._kind == "byte":
            drawn = (number for number, file in enumerate(files) if file.startswith(("markdown", DRAWN_BY)))
            self.journeys["receiving"].append(files[: next(drawn, len(files))])
        self._kind = ""


def _draws_messages(frame: FrameType) -> bool:
    code = frame.f_code
    return code.co_name.startswith("render_line") and "/message_list/" in code.co_filename


def run_traced(report: str, arguments: list[str]) -> None:
    """Run neurotui, and write down the journeys at its end."""
    from neurotui.cli import main as run

    tracer = Tracer()
    sys.setprofile(tracer)
    try:
        run(arguments)
    finally:
        sys.setprofile(None)
        Path(report).write_text(json.dumps(tracer.journeys), encoding="utf-8")


async def endless(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text(*WORDS, pace=0.05)
    await exchange.stall()


def journeys(home: Path) -> dict[str, list[str]]:
    """Ask a question in a program that is traced, stop its answer; return the usual one of each journey."""
    report = home / "journeys.json"
    program = [sys.executable, "-m", "tests.benchmarks.journeys", "--trace", str(report)]
    with Server(endless) as server:
        variables = {
            "NEUROTUI_BASE_URL": server.url,
            "NEUROTUI_API_KEY": "sk-benchmark-0123456789",
            "NEUROTUI_MODEL": "m",
        }
        with Terminal(program, home=home, environment=variables) as terminal:
            terminal.wait_for(lambda: b"essage" in terminal.output)
            terminal.wait_until_quiet(1.0)
            terminal.type("Hi")
            terminal.wait_until_quiet(0.5)
            terminal.press("enter")
            terminal.wait_for("word20 ")
            terminal.press("escape")
            server.wait(lambda: server.closed_at)
            terminal.wait_until_quiet(0.5)
            terminal.press("ctrl+q")
            terminal.wait_for_exit()
    found: dict[str, list[list[str]]] = json.loads(report.read_text(encoding="utf-8"))
    # In the middle of an answer: its first bytes pass through more, its next ones through less.
    return {kind: sorted(each, key=len)[len(each) // 2] if each else [] for kind, each in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--show", action="store_true", help="name the files")
    parser.add_argument("--trace", nargs=1, help=argparse.SUPPRESS)
    options, arguments = parser.parse_known_args()
    if options.trace:
        run_traced(options.trace[0], arguments)
        return
    with tempfile.TemporaryDirectory() as directory:
        found = journeys(Path(directory))
    rows: list[list[Any]] = [[kind, len(found.get(kind, ())), aim] for kind, aim in AIMS.items()]
    print(table(["journey", "files", "aim"], rows))
    if options.show:
        for kind in AIMS:
            print(f"{kind}: {' → '.join(found.get(kind, ()))}\n")
    print(keep("journeys", {kind: len(files) for kind, files in found.items()}))


if __name__ == "__main__":
    main()
