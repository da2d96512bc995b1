"""Pictures by a call of their own, over the real client: asked for once, told, and stopped."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from neurotui.api import retry
from neurotui.errors import ConnectionRefused, Disconnected, RateLimited, SilenceTimeout
from neurotui.wire.events import Accepted, MediaReceived, Reconnected, RetryScheduled, Sent
from neurotui.wire.request import PictureRequest
from tests.api.asking import AT_ONCE, QUICK, Reply, ask, client_of
from tests.chat.pictures import base64_of, png
from tests.measuring import in_time, measured
from tests.servers import Connection, Exchange, Script, Server, closed_port, refuse

PICTURE = base64_of(png(3, 2))
REQUEST = PictureRequest.of("painter", "a cat", {"size": "1024x1024"})


async def draw(exchange: Exchange) -> None:
    await exchange.body(200, {"created": 1, "data": [{"b64_json": PICTURE}]})


async def test_a_picture_is_asked_for_and_comes() -> None:
    async with Server(draw) as server:
        client = client_of(server.url)
        reply = await ask(client, REQUEST)
        await client.aclose()
    assert reply.whole and reply.of(MediaReceived) == [MediaReceived("image", PICTURE)]
    assert reply.count(Sent) == reply.count(Accepted) == 1
    [request] = server.requests
    assert (request.method, request.path) == ("POST", "/v1/images/generations")
    assert json.loads(request.body) == {"model": "painter", "prompt": "a cat", "n": 1, "size": "1024x1024"}
    assert request.headers["accept"] == "application/json"


@pytest.mark.parametrize("script", [refuse(429, headers={"Retry-After": "0"}), refuse(503)])
async def test_one_that_was_sent_is_not_sent_again(script: Script) -> None:
    async with Server([script, draw]) as server:
        client = client_of(server.url)
        reply = await ask(client, REQUEST)
        await client.aclose()
    assert reply.error and not reply.count(RetryScheduled)
    assert len(server.requests) == 1


async def test_not_even_where_the_connection_was_closing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def closing(connection: Connection) -> None:
        if connection.number == 0:
            await connection.read_exactly(1)
            connection.reset()

    monkeypatch.setattr("neurotui.api.exchange.YOUNG", 0.0)
    async with Server(draw, connect=closing) as server:
        client = client_of(server.url)
        await client.warm()
        await server.until(lambda: server.open)
        await asyncio.sleep(0.05)
        reply = await ask(client, REQUEST)
        assert type(reply.error) is Disconnected and not reply.count(Reconnected)
        await client.aclose()


async def test_one_that_did_not_leave_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "MOST", 1)
    client = client_of(f"http://127.0.0.1:{closed_port()}/v1")
    reply = await ask(client, REQUEST)
    assert type(reply.error) is ConnectionRefused and reply.count(RetryScheduled) == 1
    await client.aclose()


async def test_its_silence_has_the_limit_of_what_comes_in_one_piece() -> None:
    async with Server(Exchange.stall) as server:
        client = client_of(server.url, timeouts=QUICK)
        began = time.monotonic()
        reply = await ask(client, REQUEST)
        assert type(reply.error) is SilenceTimeout
        assert time.monotonic() - began > QUICK.silence + QUICK.head
        await client.aclose()


@measured
async def test_a_stop_closes_at_once() -> None:
    async with Server(Exchange.stall) as server:
        client = client_of(server.url)
        reply = Reply()
        task = asyncio.create_task(client.stream(REQUEST, reply.emit))
        await server.until(lambda: server.requests)
        asked = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.until(lambda: server.closed_at)
        in_time(server.closed_at[0] - asked, AT_ONCE)
        await client.aclose()


async def test_a_refusal_is_told_by_its_class() -> None:
    async with Server(refuse(429, message="slow down")) as server:
        client = client_of(server.url)
        assert type((await ask(client, REQUEST)).error) is RateLimited
        await client.aclose()
