"""A thousand turns in one process, stopped at random moments: nothing is left over, and the next turn works.

The server is a process of its own, so that what is counted here is the client's alone. `--slow` runs them
all; otherwise a hundred.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from neurotui.api.client import ChatClient
from neurotui.api.endpoint import Endpoint, Secret
from neurotui.chat.branch import Branch
from neurotui.chat.conversation import Message, Status
from neurotui.chat.participant import Participant
from neurotui.chat.session import Session
from neurotui.errors import StoreError
from neurotui.store.store import Store
from neurotui.wire.events import ReplyEvent

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors in /proc")

ROOT = Path(__file__).parents[1]
SERVER = """
import asyncio
from tests.servers import Server, answer, refuse

async def stall(exchange):
    await exchange.head()
    await exchange.ping()
    await exchange.text("begun")
    await exchange.stall()

async def reset(exchange):
    await exchange.head()
    await exchange.text("half")
    exchange.reset()

async def silent(exchange):
    await exchange.stall()

SCRIPTS = {
    "quick": answer("one ", "two"),
    "slow": answer(*"abcdefghij", pings=2, pace=0.002),
    "refused": refuse(400, "invalid_request"),
    "stall": stall, "reset": reset, "silent": silent,
}

async def script(exchange):
    await SCRIPTS[exchange.request.json["messages"][-1]["content"]](exchange)

async def main():
    async with Server(script) as server:
        print(server.url, flush=True)
        while True:
            await asyncio.sleep(1)
            server.requests.clear()

asyncio.run(main())
"""
KINDS = ("quick", "slow", "refused", "stall", "reset", "silent")
ENDLESS = ("stall", "silent")


class Nobody:
    """An observer that does not look."""

    def message_added(self, message: Message) -> None: ...
    def event_received(self, event: ReplyEvent) -> None: ...
    def message_ended(self, message: Message) -> None: ...
    def saving_failed(self, error: StoreError) -> None:
        raise error


@contextmanager
def server() -> Iterator[str]:
    """The URL of a server in a process of its own."""
    with subprocess.Popen([sys.executable, "-c", SERVER], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().decode().strip()
        finally:
            process.kill()


def left_open() -> dict[str, int]:
    """What this process holds: descriptors, threads, tasks."""
    gc.collect()
    return {
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "threads": threading.active_count(),
        "tasks": len(asyncio.all_tasks()),
    }


def resident() -> int:
    """Bytes of memory in use."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def take_turns(client: ChatClient, store: Store, count: int, chance: random.Random) -> set[Status]:
    """So many turns, each stopped at some moment or left to its end; a conversation has twenty."""
    seen = set()
    for number in range(count):
        if number % 20 == 0:
            session = Session(Branch(), Participant(client, "m"), store.journal)
        kind = chance.choice(KINDS)
        turn = session.send(kind)
        await asyncio.sleep(0)
        if kind in ENDLESS or chance.random() < 0.6:
            await asyncio.sleep(chance.choice((0.0, 0.0, 0.002, 0.01, 0.03)) * chance.random())
            await asyncio.gather(*(session.stop() for _ in range(chance.choice((1, 2, 20)))))
        seen.add((await turn).status)
    return seen


@pytest.mark.parametrize("count", [100, pytest.param(1000, marks=pytest.mark.slow)])
async def test_turns_that_are_stopped_leave_nothing_behind(count: int, tmp_path: Path) -> None:
    chance = random.Random(count)
    store = Store(tmp_path)
    with server() as url:
        client = ChatClient(Endpoint(url, Secret("sk-" + "x" * 40)))
        await take_turns(client, store, 40, chance)
        before, memory = left_open(), resident()
        seen = await take_turns(client, store, count, chance)
        session = Session(Branch(), Participant(client, "m"), store.journal)
        assert (await session.send("quick")).status is Status.COMPLETE
        await asyncio.sleep(0.1)
        after, growth = left_open(), resident() - memory
        await client.aclose()
    await store.aclose()
    assert seen == {Status.COMPLETE, Status.STOPPED, Status.FAILED, Status.CUT}
    assert after["tasks"] == before["tasks"]
    assert after["threads"] <= before["threads"]
    assert after["descriptors"] <= before["descriptors"] + 1  # the connection that is kept
    assert growth < 4_000_000
    assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
