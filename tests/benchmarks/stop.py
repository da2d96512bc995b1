"""From the key that stops to the closed connection at the server, in a real terminal, phase by phase.

    python -m tests.benchmarks.stop [--runs 20] [--driver textual]

The server notes when it reads the end of the client's stream; the key's time is taken just before its bytes
are written to the terminal. Both clocks are `time.monotonic()` of one process. Aim for the median: 15 ms for
Escape in a plain terminal, 5 ms with the kitty protocol and for Ctrl+C.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.figures import keep, median, percentile, table
from tests.servers import Connection, Exchange, Script, Server
from tests.terminal import NEUROTUI, Terminal

KEYS = ("escape", "ctrl+c")


@dataclass(frozen=True)
class Phase:
    """What the server does, and how it is known that the turn has come to it."""

    name: str
    script: Script
    reached: str = ""
    """A text of the answer or the status line; none: the request has come."""
    tls: bool = False
    """Whether the server is spoken to by TLS and never answers that."""


async def silent(exchange: Exchange) -> None:
    await exchange.stall()


async def only_pings(exchange: Exchange) -> None:
    await exchange.head()
    while True:
        await exchange.ping()
        await asyncio.sleep(0.05)


async def tokens(exchange: Exchange) -> None:
    await exchange.head()
    for number in itertools.count(1):
        await exchange.text(f"token{number} " + ("\n\n" if number % 40 == 0 else ""))
        await asyncio.sleep(0.01)


async def stalled(exchange: Exchange) -> None:
    await exchange.head()
    for number in range(5):
        await exchange.ping()
        await exchange.text(f"token{number} ")
        await asyncio.sleep(0.1)
    await exchange.stall()


async def no_handshake(connection: Connection) -> None:
    await connection.gone.wait()


PHASES = (
    Phase("connecting (TLS)", silent, tls=True),
    Phase("waiting for headers", silent),
    Phase("pings only", only_pings, "●"),
    Phase("mid-text, 100 tokens/s", tokens, "token60 "),
    Phase("stalled", stalled, "▲"),
)


def measure(phase: Phase, kitty: bool, key: str, runs: int, driver: str) -> list[float]:
    """Seconds from the key to the closed connection, once for each of `runs` turns of one program."""
    with (
        tempfile.TemporaryDirectory() as home,
        Server(phase.script, connect=no_handshake if phase.tls else None) as server,
        Terminal(
            [*NEUROTUI, "--lang", "en"],
            home=Path(home),
            size=(100, 30),
            kitty=kitty,
            environment=_environment(server, phase, driver),
        ) as terminal,
    ):
        terminal.wait_for("Message")
        if phase.tls:  # first of all it asks for the models
            terminal.wait_for(lambda: bool(server.connections))
        return [_stop_once(phase, terminal, server, key) for _ in range(runs)]


def _stop_once(phase: Phase, terminal: Terminal, server: Server, key: str) -> float:
    terminal.wait_until_quiet(0.2)
    if "Message" not in terminal.text:  # A question that got no answer has come back.
        terminal.press("ctrl+u")
        terminal.wait_for("Message")
    before = len(server.chats)
    terminal.type("go on")
    terminal.press("enter")
    if phase.tls:
        terminal.wait_for("connecting")
        terminal.wait_for(lambda: bool(_to_close(server)))
        open_now = _to_close(server)
    else:
        terminal.wait_for(lambda: len(server.chats) > before)
        open_now = [server.connections[server.chats[-1].connection]]
    if phase.reached:
        terminal.wait_for(_shown_anew(terminal, phase.reached))
    else:
        terminal.wait_until_quiet(0.1)
    pressed_at = terminal.press(key)
    terminal.wait_for(lambda: all(connection.gone_at is not None for connection in open_now))
    return max(connection.gone_at or 0.0 for connection in open_now) - pressed_at


def _to_close(server: Server) -> list[Connection]:
    """Return the open connections but the first one, by which the models are asked for."""
    return [connection for connection in server.connections[1:] if connection.gone_at is None]


def _shown_anew(terminal: Terminal, text: str) -> Callable[[], bool]:
    """Whether `text` was written after now; older turns have left it on the screen."""
    start = len(terminal.output)
    return lambda: terminal.output.find(text.encode(), start) >= 0


def _environment(server: Server, phase: Phase, driver: str) -> dict[str, str]:
    environment = {
        "NEUROTUI_BASE_URL": server.url.replace("http:", "https:") if phase.tls else server.url,
        "NEUROTUI_API_KEY": "sk-benchmark-0123456789abcdef",
        "NEUROTUI_MODEL": "benchmark",
    }
    if driver == "textual":
        environment["TEXTUAL_DRIVER"] = "textual.drivers.linux_driver:LinuxDriver"
    return environment


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=20, help="stops for each figure")
    parser.add_argument("--driver", choices=["neurotui", "textual"], default="neurotui")
    parser.add_argument("--phase", default="", help="only phases whose name contains this")
    options = parser.parse_args()

    rows, figures = [], []
    for phase in PHASES:
        if options.phase not in phase.name:
            continue
        cases = [(kitty, key) for kitty in (False, True) for key in KEYS]
        # To stall takes five seconds of silence each time, so these four wait together.
        with ThreadPoolExecutor(len(cases) if phase.name == "stalled" else 1) as pool:
            jobs = [pool.submit(measure, phase, *case, options.runs, options.driver) for case in cases]
            for (kitty, key), job in zip(cases, jobs, strict=True):
                milliseconds = [seconds * 1000 for seconds in job.result()]
                terminal = "kitty" if kitty else "plain"
                p50, p95 = median(milliseconds), percentile(milliseconds, 95)
                rows.append((phase.name, terminal, key, f"{p50:.1f}", f"{p95:.1f}"))
                figures.append(
                    {
                        "phase": phase.name,
                        "terminal": terminal,
                        "key": key,
                        "p50_ms": round(p50, 2),
                        "p95_ms": round(p95, 2),
                        "runs_ms": [round(value, 2) for value in milliseconds],
                    }
                )
    print(table(("phase", "terminal", "key", "p50 ms", "p95 ms"), rows))
    print(keep("stop" if options.driver == "neurotui" else "stop-textual-driver", {"stops": figures}))


if __name__ == "__main__":
    main()
