"""Many answers at once, one of them in view, beside one answer alone: CPU, keys, stops, memory.

    python -m tests.benchmarks.many [--answers 8] [--seconds 15] [--runs 5]

The program runs in a real terminal; each answer comes at 100 tokens a second, each token in a packet of its
own, as models write them. Aims: eight answers take at most 2.5 times the CPU of one, a key is echoed within
15 ms (p95) while they run, Escape closes the connection in front within 15 ms (median), each more takes at
most 4 MiB, and 1,000 conversations opened in turn at most 64 MiB.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from neurotui.app.workspace import Workspace
from neurotui.chat.conversation import Conversation, Message, Role, new_id
from tests.app.working import working
from tests.benchmarks.figures import keep, median, percentile, table
from tests.benchmarks.replies import reply
from tests.benchmarks.streaming_app import resident
from tests.servers import Exchange, Server
from tests.terminal import NEUROTUI, Terminal

RATE = 100
"""Tokens a second."""
TOKENS = reply(4000)
WARM = 50
"""Conversations that are opened before memory is measured."""
TYPED = "ѫ"
"""A letter that stands nowhere else."""


async def endless(exchange: Exchange) -> None:
    await exchange.head()
    clock = asyncio.get_running_loop().time
    start, number = clock(), 0
    while True:
        await exchange.text(TOKENS[number % len(TOKENS)])
        number += 1
        await asyncio.sleep(max(0.0, start + number / RATE - clock()))


def chat(server: Server, home: Path) -> Terminal:
    variables = {
        "NEUROTUI_BASE_URL": server.url,
        "NEUROTUI_API_KEY": "sk-benchmark-0123456789abcdef",
        "NEUROTUI_MODEL": "benchmark",
    }
    return Terminal([*NEUROTUI, "--lang", "en"], home=home, size=(100, 30), environment=variables)


def ask(terminal: Terminal, server: Server) -> None:
    """Begin one more answer, in the conversation in front."""
    before = len(server.chats)
    terminal.type("go on")
    terminal.press("enter")
    terminal.wait_for(lambda: len(server.chats) > before)


def running(terminal: Terminal, server: Server, answers: int) -> None:
    """Have so many answers come, the last in view."""
    terminal.wait_for("Message")
    for number in range(answers):
        if number:
            terminal.press("ctrl+n")
            terminal.wait_for("Message")
        ask(terminal, server)
    time.sleep(2.0)  # the beginning of an answer is another matter


def echo(terminal: Terminal) -> float:
    """Return the milliseconds from a key to its letter on the screen."""
    time.sleep(0.07)
    before = terminal.output.count(TYPED.encode())
    typed = terminal.type(TYPED)
    return (terminal.wait_for(lambda: terminal.output.count(TYPED.encode()) > before) - typed) * 1000


def costs(answers: int, seconds: float) -> dict[str, float]:
    """Measure CPU (share of a core), echoes of keys (ms) and memory (MiB) while so many answers come."""
    with (
        tempfile.TemporaryDirectory() as home,
        Server(endless) as server,
        chat(server, Path(home)) as terminal,
    ):
        running(terminal, server, answers)
        cpu, start = terminal.cpu_seconds(), time.monotonic()
        time.sleep(seconds)
        share = (terminal.cpu_seconds() - cpu) / (time.monotonic() - start)
        memory = resident(terminal.pid) / 1024
        echoes = [echo(terminal) for _ in range(40)]
        return {
            "cpu": share,
            "key_p50": median(echoes),
            "key_p95": percentile(echoes, 95),
            "memory": memory,
        }


def stop(terminal: Terminal, server: Server) -> float:
    """Return the milliseconds from Escape to the closed connection of the latest answer."""
    front = server.connections[server.chats[-1].connection]
    pressed = terminal.press("escape")
    terminal.wait_for(lambda: front.gone_at is not None)
    return ((front.gone_at or 0.0) - pressed) * 1000


def stops(answers: int, runs: int) -> list[float]:
    """Milliseconds from Escape to the closed connection in front, while the others go on."""
    times = []
    with (
        tempfile.TemporaryDirectory() as home,
        Server(endless) as server,
        chat(server, Path(home)) as terminal,
    ):
        running(terminal, server, answers)
        for _ in range(runs):
            times.append(stop(terminal, server))
            assert server.open >= answers - 1
            terminal.wait_for("stopped")
            ask(terminal, server)
            time.sleep(1.0)
    return times


async def opened_in_turn(count: int, home: Path) -> float:
    """Return the MiB that opening so many conversations one after the other takes, without a face."""
    async with Server(endless) as server, working(home, server) as (workspace, services):
        ids = []
        for number in range(count + WARM):
            messages: list[Message] = []
            for text in ("A question", "".join(TOKENS[number : number + 300])) * 5:
                role = Role.ASSISTANT if len(messages) % 2 else Role.USER
                messages.append(Message(new_id(), role, text, messages[-1].id if messages else None))
            conversation = Conversation()
            await services.store.journal.begin(conversation, *messages)
            ids.append(conversation.id)
        for id_ in ids[:WARM]:
            await look_at(workspace, id_)
        before = resident()
        for id_ in ids[WARM:]:
            await look_at(workspace, id_)
        return (resident() - before) / 1024


async def look_at(workspace: Workspace, conversation_id: str) -> None:
    session = await workspace.open(conversation_id)
    assert session is not None and len(session.branch.path()) == 10
    workspace.front = session


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--answers", type=int, default=8, help="answers that come at once")
    parser.add_argument("--seconds", type=float, default=15, help="for each measurement of CPU")
    parser.add_argument("--runs", type=int, default=5, help="stops for each figure")
    parser.add_argument("--opened", type=int, default=1000, help="conversations that are opened in turn")
    options = parser.parse_args()

    one, many = (costs(count, options.seconds) for count in (1, options.answers))
    stopped = {count: stops(count, options.runs) for count in (1, options.answers)}
    with tempfile.TemporaryDirectory() as directory:
        opened = asyncio.run(opened_in_turn(options.opened, Path(directory)))
    each = (many["memory"] - one["memory"]) / (options.answers - 1)
    rows = [
        ("CPU, of a core", f"{one['cpu']:.1%}", f"{many['cpu']:.1%}", "", ""),
        ("ratio", "", "", f"{many['cpu'] / one['cpu']:.2f}", "≤ 2.5"),
        ("a key, p50", f"{one['key_p50']:.1f} ms", f"{many['key_p50']:.1f} ms", "", ""),
        ("a key, p95", f"{one['key_p95']:.1f} ms", f"{many['key_p95']:.1f} ms", "", "≤ 15 ms"),
        ("Escape, p50", *(f"{median(stopped[count]):.1f} ms" for count in stopped), "", "≤ 15 ms"),
        ("Escape, p95", *(f"{percentile(stopped[count], 95):.1f} ms" for count in stopped), "", "≤ 25 ms"),
        ("memory of each more", "", "", f"{each:.1f} MiB", "≤ 4 MiB"),
        (f"{options.opened} opened in turn", "", "", f"{opened:.1f} MiB", "≤ 64 MiB"),
    ]
    print(table(("", "one answer", f"{options.answers} answers", "", "aim"), rows))
    figures = {"one": one, "many": many, "stops_ms": stopped, "opened_mib": opened}
    print(keep("many", {"answers": options.answers, **figures}))


if __name__ == "__main__":
    main()
