"""An answer that comes steadily is read in larger pieces; nothing else waits."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from neurotui.api.client import ChatClient
from neurotui.api.net.pacing import FLOOD_BYTES, STEADY_READS, Pacing
from neurotui.api.net.stream import SocketStream
from neurotui.wire.events import Sent
from tests.api.asking import AT_ONCE, Reply, ask, client_of, question
from tests.measuring import in_time, measured
from tests.servers import Exchange, Server

CERTIFICATES = Path(__file__).parents[2] / "certificates"
WORDS = [f"word{number} " for number in range(100)]


def pauses(gap: float, *, count: int = 200, interval: float = 0.1, reads: int = 50) -> list[float]:
    """What follows each read, where the next bytes are there after a gap, or when the pause is over."""
    pacing, now, found = Pacing(lambda: interval), 0.0, []
    for _ in range(reads):
        found.append(pacing.pause_after(count, now))
        now += max(gap, found[-1])
    return found


def test_what_comes_steadily_is_read_with_pauses_but_for_its_beginning() -> None:
    assert pauses(0.01) == [0.0] * (STEADY_READS - 1) + [0.1] * (50 - STEADY_READS + 1)


def test_what_comes_slowly_or_as_a_flood_or_has_no_interval_is_read_at_once() -> None:
    for found in pauses(0.3), pauses(0.01, count=FLOOD_BYTES), pauses(0.01, interval=0.0):
        assert set(found) == {0.0}


def test_a_silence_begins_anew() -> None:
    pacing = Pacing(lambda: 0.1)
    assert [pacing.pause_after(200, number / 100) for number in range(20)][-1] == 0.1
    assert pacing.pause_after(7, 5.0) == 0.0


async def dripping(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text(*WORDS, pace=0.005)
    await exchange.finish()


async def endless(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text(*WORDS[:30], pace=0.005)
    await exchange.stall()


async def read_at(client: ChatClient, interval: float) -> Reply:
    reply = Reply()
    await client.stream(question(), reply.emit, lambda: interval)
    return reply


@pytest.mark.parametrize("tls", [None, "localhost"])
async def test_it_is_read_less_often_and_is_whole(tls: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "ca.pem"))
    reads = 0
    received = SocketStream.data_received

    def counted(stream: SocketStream, data: bytes) -> None:
        nonlocal reads
        reads += 1
        received(stream, data)

    monkeypatch.setattr(SocketStream, "data_received", counted)
    with Server(dripping, tls=tls) as server:
        client = client_of(server.url)
        reply = await read_at(client, 0.1)
        assert reply.whole and reply.text == "".join(WORDS)
        assert reads < len(WORDS) / 2
        again = await ask(client)
        assert again.whole and [sent.reused for sent in again.of(Sent)] == [True]
        await client.aclose()


@measured
async def test_a_stop_does_not_wait_for_the_next_read() -> None:
    async with Server(endless) as server:
        client, reply, reads, paused = client_of(server.url), Reply(), 0, asyncio.Event()

        def interval() -> float:
            nonlocal reads
            reads += 1
            if reads == STEADY_READS:
                paused.set()
            return 60.0

        task = asyncio.create_task(client.stream(question(), reply.emit, interval))
        await paused.wait()
        asked = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.until(lambda: server.closed_at)
        assert reads == STEADY_READS and reply.text.count("word") < 30, "it is read no more"
        in_time(server.closed_at[0] - asked, AT_ONCE)
        await client.aclose()
