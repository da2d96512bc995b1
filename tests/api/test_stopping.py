"""Stop means stopped: at once, in every phase, any number of times, and the next request works."""

from __future__ import annotations

import asyncio
import gc
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from neurotui.api.client import ChatClient
from neurotui.wire.events import (
    Accepted,
    Connecting,
    Ping,
    ReplyEvent,
    RetryScheduled,
    Sent,
    TextDelta,
)
from tests.api.asking import AT_ONCE, Reply, ask, client_of, question, talk
from tests.measuring import in_time, measured
from tests.servers import Connection, Exchange, Script, Server, answer, black_hole, refuse


async def silent(exchange: Exchange) -> None:
    await exchange.stall()


async def accepting(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.stall()


async def pinging(exchange: Exchange) -> None:
    await exchange.head()
    while True:
        await exchange.ping()
        await asyncio.sleep(0.02)


async def writing(exchange: Exchange) -> None:
    await exchange.head()
    while True:
        await exchange.text("word ", pace=0.001)


async def flooding(exchange: Exchange) -> None:
    await exchange.head()
    while True:
        await exchange.text("word ")


async def stalling(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text("word ")
    await exchange.stall()


async def half_a_head(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-")
    await exchange.stall()


async def erring_slowly(exchange: Exchange) -> None:
    await exchange.head(500, content_type="application/json")
    await exchange.stall()


PHASES: dict[str, tuple[Script, type[ReplyEvent]]] = {
    "waiting for the head": (silent, Sent),
    "within the head": (half_a_head, Sent),
    "accepted, no byte": (accepting, Accepted),
    "pings only": (pinging, Ping),
    "mid-text": (writing, TextDelta),
    "in a flood": (flooding, TextDelta),
    "stalled": (stalling, TextDelta),
    "within an error": (erring_slowly, Sent),
}


async def stopped_after(client: ChatClient, reply: Reply, kind: type[ReplyEvent]) -> tuple[float, float]:
    """Stops a reply some time after its first event of a kind; when, and when the stop was through."""
    there = asyncio.Event()

    def emit(event: ReplyEvent) -> None:
        reply.emit(event)
        if isinstance(event, kind):
            there.set()

    task = asyncio.create_task(client.stream(question(), emit))
    await there.wait()
    await asyncio.sleep(0.02)
    asked = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return asked, time.monotonic()


@measured
@pytest.mark.parametrize("phase", PHASES)
async def test_the_server_sees_the_end_at_once(phase: str) -> None:
    script, kind = PHASES[phase]
    async with talk(script, answer("next")) as (client, server):
        reply = Reply()
        asked, through = await stopped_after(client, reply, kind)
        await server.until(lambda: server.closed_at)
        in_time(server.closed_at[0] - asked, AT_ONCE)
        in_time(through - asked, AT_ONCE)
        said = len(reply.events)

        following = await ask(client)
        assert following.text == "next" and following.whole
        assert len(reply.events) == said, "nothing is said of a stopped reply"
        assert len(server.chats) == 2


@measured
async def test_a_name_lookup_or_a_connection_that_hangs_is_given_up_at_once() -> None:
    with black_hole() as url:
        client = client_of(url)
        asked, through = await stopped_after(client, Reply(), Connecting)
        in_time(through - asked, AT_ONCE)
        await client.aclose()


@measured
async def test_a_tls_handshake_that_hangs_is_given_up_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def mute(connection: Connection) -> None:
        await connection.gone.wait()

    async with Server(connect=mute) as server:
        client = client_of(server.url.replace("http:", "https:"))
        asked, _ = await stopped_after(client, Reply(), Connecting)
        await server.until(lambda: server.closed_at)
        in_time(server.closed_at[0] - asked, AT_ONCE)
        await client.aclose()


@measured
async def test_a_pause_before_a_repetition_is_given_up_at_once() -> None:
    async with talk(refuse(429, headers={"Retry-After": "30"}), answer("next")) as (client, server):
        asked, through = await stopped_after(client, Reply(), RetryScheduled)
        in_time(through - asked, AT_ONCE)
        assert len(server.chats) == 1
        assert (await ask(client)).text == "next"


async def test_many_stops_are_one() -> None:
    async with talk(writing, answer("next")) as (client, server):
        task = asyncio.create_task(client.stream(question(), Reply().emit))
        await server.until(lambda: server.chats)
        for _ in range(20):
            task.cancel()
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.until(lambda: server.closed_at)
        assert (await ask(client)).text == "next"
        assert len(server.chats) == 2


async def test_what_the_listener_raises_closes_the_connection_too() -> None:
    def fail_at(kind: type[ReplyEvent]) -> Callable[[ReplyEvent], None]:
        def emit(event: ReplyEvent) -> None:
            if isinstance(event, kind):
                raise ZeroDivisionError

        return emit

    for kind in (Connecting, Sent, Accepted, TextDelta):
        async with talk(writing) as (client, server):
            with pytest.raises(ZeroDivisionError) as raised:
                await client.stream(question(), fail_at(kind))
            assert raised.traceback[-1].name == "emit", "the way to the culprit stays"
            await server.until(lambda: not server.open)


def open_files() -> int:
    """How many files and sockets this process has open; 0 where the system does not tell."""
    directory = Path("/proc/self/fd")
    return len(list(directory.iterdir())) if directory.exists() else 0


@pytest.mark.parametrize("rounds", [60, pytest.param(2000, marks=pytest.mark.slow)])
async def test_nothing_is_left_over_after_stops_at_any_moment(rounds: int) -> None:
    """Stops, single and double, at random moments from the first turn of the event loop to mid-text."""
    chance = random.Random(rounds)

    async def script(exchange: Exchange) -> None:
        await asyncio.sleep(chance.random() * 0.004)
        await exchange.head()
        await asyncio.sleep(chance.random() * 0.004)
        await exchange.text(*("word " * 20).split(), pace=0.0003)
        await exchange.finish()

    async with talk(script) as (client, server):
        assert (await ask(client)).whole
        await asyncio.sleep(0.1)
        files, tasks = open_files(), len(asyncio.all_tasks())
        for number in range(rounds):
            if number % 3 == 0:
                await client.warm()
            reply = Reply()
            task = asyncio.create_task(client.stream(question(), reply.emit))
            if number % 2:
                for _ in range(number % 40):
                    await asyncio.sleep(0)
            else:
                await asyncio.sleep(chance.random() * 0.015)
            task.cancel()
            if number % 4 == 0:
                await asyncio.sleep(0)
                task.cancel()
            await asyncio.wait([task])
            assert task.cancelled() or reply.whole
        reply = await ask(client)
        assert reply.whole and reply.text == "word" * 20
        await server.until(lambda: server.open <= 1)
        gc.collect()
        await asyncio.sleep(0.05)
        assert open_files() <= files
        assert len(asyncio.all_tasks()) <= tasks
