"""The history with 10,000 conversations, in a real terminal: until it is there, and from a key to its list.

    python -m tests.benchmarks.history [--conversations 10000] [--runs 3]

A key's time is taken just before its bytes are written to the terminal; what is waited for is the count of
what was found, which is drawn with the list. The CPU is that of all that the key leads to; unlike the time
it bears a busy machine. Aim: 50 ms a key, 100 ms to open.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from neurotui.store import rows as store_rows
from neurotui.store.database import FILE_NAME, Database
from tests.benchmarks.conversations import conversations
from tests.benchmarks.figures import keep, median, percentile, table
from tests.terminal import NEUROTUI, Terminal

QUERIES = ("система", "the work", "cbcntvf", "zzzz")
"""Many found, two words, the wrong layout, nothing."""
MESSAGES = 6


def make(home: Path, count: int) -> None:
    """Writes so many conversations into a home."""
    folder = home / ".local" / "share" / "neurotui"
    folder.mkdir(parents=True)
    database = Database(folder / FILE_NAME)

    def write(connection: sqlite3.Connection) -> None:
        for number, conversation in enumerate(conversations(count, MESSAGES)):
            header, messages = store_rows.Header.of(conversation), conversation.messages.values()
            store_rows.put(connection, header, messages)
            store_rows.touch(connection, conversation.id, float(number))

    database.write(write)
    database.close()


@dataclass(frozen=True)
class Taken:
    """What one key took, in seconds."""

    time: float
    cpu: float


def measure(terminal: Terminal, key: str, drawn: bytes) -> Taken:
    """What it takes from a key to the output with `drawn` in it."""
    terminal.wait_until_quiet(0.2)
    seen, cpu = len(terminal.output), terminal.cpu_seconds()
    pressed_at = terminal.press(key)
    while terminal.output.find(drawn, seen) < 0:
        if time.monotonic() - pressed_at > 5:
            raise AssertionError(f"{key}: nothing came\n{terminal.picture()}")
        time.sleep(0.0005)
    taken = time.monotonic() - pressed_at
    terminal.wait_until_quiet(0.2)
    return Taken(taken, terminal.cpu_seconds() - cpu)


def run(home: Path, count: int) -> dict[str, list[Taken]]:
    """Opens the history, filters it, and moves in it."""
    figures: dict[str, list[Taken]] = {
        name: [] for name in ("open", "open and list all", "a letter", "backspace", "down")
    }
    shown = f"{count:,}".encode()
    with Terminal([*NEUROTUI, "--demo", "--lang", "en"], home=home, size=(100, 30)) as terminal:
        terminal.wait_for("ready")
        for query in QUERIES:
            figures["open"].append(measure(terminal, "ctrl+r", b"History"))
            terminal.press("escape")
            figures["open and list all"].append(measure(terminal, "ctrl+r", shown))
            figures["down"] += [measure(terminal, "down", b"\x1b[") for _ in range(5)]
            keys = ["space" if letter == " " else letter for letter in query]
            figures["a letter"] += [measure(terminal, key, b" of " + shown) for key in keys]
            figures["backspace"] += [measure(terminal, "backspace", shown) for _ in keys]
            terminal.press("escape")
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--conversations", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        make(home, options.conversations)
        figures: dict[str, list[Taken]] = {}
        for _ in range(options.runs):
            for name, values in run(home, options.conversations).items():
                figures.setdefault(name, []).extend(values)
    rows = []
    for name, values in figures.items():
        times, cpu = [taken.time for taken in values], [taken.cpu for taken in values]
        shown = (median(times), percentile(times, 95), max(times), median(cpu), percentile(cpu, 95))
        rows.append((name, *(f"{value * 1000:.1f}" for value in shown)))
    print(table(("", "p50 ms", "p95 ms", "max ms", "CPU p50", "CPU p95"), rows))
    seconds = {name: [asdict(taken) for taken in values] for name, values in figures.items()}
    print(keep("history", {"conversations": options.conversations, "seconds": seconds}))


if __name__ == "__main__":
    main()
