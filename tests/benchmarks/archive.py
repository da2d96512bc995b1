"""What it takes to import an archive and to export it again: time, and the memory of the whole process.

    python -m tests.benchmarks.archive [--megabytes 130] [--giant] [--beside ANOTHER_CHECKOUT] [--runs 1]

Beside it stands what `json.load` of the same file takes. With `--beside`, another checkout does the same in
the same run, turn by turn: the machine's pace changes between two runs, the ratios do not. `--giant` puts all
messages into one conversation. Aims: 200 MiB whatever the size, and no more time than before.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.archives import MESSAGE_BYTES, made, write_chatgpt, write_ours
from tests.benchmarks.figures import keep, median, table
from tests.peak import NEUROTUI, used_by

_HERE = Path(__file__).parents[2]
_LOAD = "import json; json.load(open(sys.argv[1], encoding='utf-8'))"


@dataclass(frozen=True)
class Taken:
    """What one process took."""

    what: str
    checkout: str
    seconds: float
    cpu: float
    mebibytes: float
    """The most memory that it had at once."""


def run(what: str, checkout: Path, program: str, arguments: Sequence[str], home: Path) -> Taken:
    """Runs a program of Python with the code of a checkout."""
    environment = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(checkout),
        "NEUROTUI_LANG": "en",
        "LANG": "C.UTF-8",
    }
    start = time.perf_counter()
    used = used_by(program, *arguments, environment=environment, folder=home)
    return Taken(what, checkout.name, time.perf_counter() - start, used.cpu, used.mebibytes)


def measure(checkout: Path, archives: Sequence[Path], folder: Path) -> Iterator[Taken]:
    """Imports each archive twice into a home of its own, and exports what is there."""
    for path in archives:
        with tempfile.TemporaryDirectory(dir=folder) as home:
            for what in (f"import {path.name}", f"import {path.name} again"):
                yield run(what, checkout, NEUROTUI, ["import", str(path)], Path(home))
            for form in ("json", "txt"):
                target = Path(home, f"out.{form}" if form == "json" else "out")
                arguments = ["export", "--all", "--format", form, "-o", str(target)]
                yield run(f"export --all of {path.name} as {form}", checkout, NEUROTUI, arguments, Path(home))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--megabytes", type=float, default=130.0)
    parser.add_argument("--giant", action="store_true")
    parser.add_argument("--beside", type=Path)
    parser.add_argument("--runs", type=int, default=1)
    options = parser.parse_args()
    count = round(options.megabytes * 1_000_000 / MESSAGE_BYTES) if options.giant else 12
    checkouts = [_HERE, *([options.beside.resolve()] if options.beside else [])]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = write_ours(folder / "ours.json", made(options.megabytes, count))
        theirs = write_chatgpt(folder / "chatgpt.zip", made(options.megabytes, count))
        sizes = {path.name: path.stat().st_size for path in (ours, theirs)}
        taken = []
        for _ in range(options.runs):
            taken.append(run("json.load ours.json", _HERE, _LOAD, [str(ours)], folder))
            for checkout in checkouts:
                taken += measure(checkout, [ours, theirs], folder)
    load = median(found.cpu for found in taken if found.what.startswith("json.load"))
    rows = []
    for what, checkout_name in dict.fromkeys((found.what, found.checkout) for found in taken):
        same = [found for found in taken if (found.what, found.checkout) == (what, checkout_name)]
        cpu = median(found.cpu for found in same)
        rows.append(
            (
                what,
                checkout_name,
                f"{median(found.seconds for found in same):.1f} s",
                f"{cpu:.1f} s",
                f"{cpu / load:.1f}",
                f"{max(found.mebibytes for found in same):.0f} MiB",
            )
        )
    print(*(f"{name}: {size / 1e6:.0f} MB" for name, size in sizes.items()), sep=", ")
    print(table(("what", "checkout", "time", "CPU", "of json.load", "memory"), sorted(rows)))
    keep("archive", {"sizes": sizes, "taken": [vars(found) for found in taken]})


if __name__ == "__main__":
    main()
