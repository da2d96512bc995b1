"""From the start of `neurotui ask` to its question at the server, beside the least that httpx can do it in.

    python -m tests.benchmarks.ask [--runs 15]

All are started in turn from warm files. `import httpx` alone loads neither asyncio nor httpcore and sends
nothing; the smallest program that sends one request so that it can be stopped takes 1.6 times as long. Aim:
the question is on the disk and at the server within 1.5 times what that program takes.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.figures import keep, median, percentile, table
from tests.servers import Server, answer
from tests.terminal import NEUROTUI

SMALLEST = """
import asyncio, os, httpx

async def main():
    async with httpx.AsyncClient() as client:
        url = os.environ["NEUROTUI_BASE_URL"] + "/chat/completions"
        await client.post(url, json={"model": "m"}, headers={"Authorization": "Bearer x"})

asyncio.run(main())
"""
PROGRAMS = {
    "import httpx": [sys.executable, "-c", "import httpx"],
    "smallest async request": [sys.executable, "-c", SMALLEST],
    "neurotui ask": [*NEUROTUI, "ask", "Hi"],
    "neurotui ask --no-save": [*NEUROTUI, "ask", "--no-save", "Hi"],
}


def cpu() -> float:
    """Seconds of CPU used by children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(command: list[str], server: Server, home: Path) -> tuple[float, float]:
    """Seconds from the start to the request at the server, or to the end; seconds of CPU in all."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "NEUROTUI_API_KEY": "sk-benchmark-0123456789",
        "NEUROTUI_BASE_URL": server.url,
    }
    asked, used, began = len(server.chats), cpu(), time.monotonic()
    # Without a time limit: with one, Python would poll for the end.
    subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    ended = server.chats[-1].at if len(server.chats) > asked else time.monotonic()
    return ended - began, cpu() - used


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=15, help="starts of each program")
    options = parser.parse_args()
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in PROGRAMS}
    with tempfile.TemporaryDirectory() as home, Server(answer("Hi")) as server:
        for number in range(options.runs + 1):
            for name, command in PROGRAMS.items():
                figures = run(list(command), server, Path(home))
                if number:  # The first start fills the caches.
                    runs[name].append(figures)
    rows = []
    for name, found in runs.items():
        waited, used = ([one[index] for one in found] for index in (0, 1))
        rows.append(
            (
                name,
                *(
                    f"{seconds * 1000:.0f}"
                    for seconds in (min(waited), median(waited), percentile(waited, 95))
                ),
                *(f"{seconds * 1000:.0f}" for seconds in (min(used), median(used))),
            )
        )
    print(table(("", "least ms", "p50 ms", "p95 ms", "CPU least ms", "CPU p50 ms"), rows))
    ours, smallest, plain = (
        median(waited for waited, _ in runs[name])
        for name in ("neurotui ask", "smallest async request", "import httpx")
    )
    beside = ours / smallest
    print(f"{beside:.2f} of the smallest request (aim: at most 1.5), {ours / plain:.2f} of the import alone")
    print(keep("ask", {"runs": options.runs, "seconds": runs}))


if __name__ == "__main__":
    main()
