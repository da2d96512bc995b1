"""A connection that is there before the question."""

from __future__ import annotations

import asyncio
import gc

import pytest

from neurotui.api.client import ChatClient
from neurotui.errors import ConnectionRefused, Disconnected, TLSRefused
from neurotui.wire.events import Connecting, RetryScheduled, Sent
from tests.api.asking import ask, client_of, talk
from tests.servers import CERTIFICATES, Connection, Ending, Exchange, Server, answer, closed_port, raw


async def warmed(client: ChatClient, server: Server) -> None:
    """Opens a connection, and waits until it is ready here; the server has it sooner."""
    await client.warm()
    line = client._spare
    assert line is not None
    await server.until(lambda: line.network.ready)


@pytest.mark.parametrize("tls", [None, "localhost"])
async def test_it_is_opened_without_a_request_and_used_by_the_next_one(
    tls: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "ca.pem"))
    async with Server(answer("Hi"), tls=tls) as server:
        client = client_of(server.url)
        for _ in range(5):
            await client.warm()
        await server.until(lambda: server.connections)
        await asyncio.sleep(0.05)
        assert len(server.connections) == 1 and server.requests == []

        reply = await ask(client)
        assert reply.text == "Hi"
        assert reply.count(Connecting) == 0
        assert [(sent.reused, bool(sent.tls)) for sent in reply.of(Sent)] == [(True, tls is not None)]
        assert len(server.connections) == 1

        await client.warm()
        await asyncio.sleep(0.05)
        assert len(server.connections) == 1, "a kept connection is warm already"
        await client.aclose()
        await server.until(lambda: not server.open)


async def test_a_request_waits_for_one_that_is_on_its_way() -> None:
    async with talk(answer("Hi")) as (client, server):
        await client.warm()
        reply = await ask(client)
        assert reply.text == "Hi" and reply.count(Connecting) == 1
        assert len(server.connections) == 1


async def test_it_fails_in_silence(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr("neurotui.api.retry.delay", lambda *_: None)
    client = client_of(f"http://127.0.0.1:{closed_port()}/v1")
    for _ in range(5):
        await client.warm()
        await asyncio.sleep(0.01)
    assert isinstance((await ask(client)).error, ConnectionRefused)
    await client.warm()
    await asyncio.sleep(0.01)
    await client.aclose()
    del client
    gc.collect()
    assert caplog.text == "", "asyncio tells of exceptions that nobody has looked at"

    async with Server(tls="localhost") as server:
        client = client_of(server.url)
        for _ in range(5):
            await client.warm()
            await asyncio.sleep(0.01)
        assert isinstance((await ask(client)).error, TLSRefused)
        await client.aclose()


async def test_it_does_not_insist() -> None:
    async def close(connection: Connection) -> None:
        connection.close()

    async with Server(connect=close) as server:
        client = client_of(server.url)
        for _ in range(10):
            await client.warm()
            await asyncio.sleep(0.01)
        assert len(server.connections) == 1
        await client.aclose()


async def test_one_that_the_server_closed_is_replaced_without_a_word() -> None:
    async with talk(answer("Hi")) as (client, server):
        await warmed(client, server)
        server.connections[0].close()
        await server.until(lambda: not server.open)
        reply = await ask(client)
        assert reply.text == "Hi" and reply.count(Connecting) == 1
        assert len(server.chats) == 1


async def test_one_that_closes_as_the_request_leaves_costs_one_silent_repetition(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def closing(connection: Connection) -> None:
        if connection.number == 0:
            await connection.read_exactly(1)
            connection.reset()

    monkeypatch.setattr("neurotui.api.exchange.YOUNG", 0.0)
    async with Server(answer("Hi"), connect=closing) as server:
        client = client_of(server.url)
        await warmed(client, server)
        reply = await ask(client)
        assert reply.text == "Hi" and reply.whole
        assert reply.count(RetryScheduled) == 0
        assert [sent.reused for sent in reply.of(Sent)] == [True, False]
        await client.aclose()


@pytest.mark.parametrize("ending", [Exchange.close, Exchange.reset])
async def test_one_that_is_new_was_not_closing_and_its_request_is_sent_once(ending: Ending) -> None:
    async with talk(raw(then=ending), answer("Hi")) as (client, server):
        await warmed(client, server)
        reply = await ask(client)
        assert type(reply.error) is Disconnected
        assert reply.of(Sent)[0].reused and len(server.chats) == 1


async def test_a_goodbye_that_was_said_meanwhile_is_not_taken_for_an_answer() -> None:
    async def goodbye(connection: Connection) -> None:
        if connection.number == 0:
            await connection.send(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")

    async with Server(answer("Hi"), connect=goodbye) as server:
        client = client_of(server.url)
        await client.warm()
        await server.until(lambda: server.open)
        await asyncio.sleep(0.05)
        assert (await ask(client)).text == "Hi"
        await client.aclose()


async def test_a_connection_is_warm_again_after_a_stop() -> None:
    async def stalling(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.stall()

    async with talk(stalling, answer("Hi")) as (client, server):
        task = asyncio.create_task(ask(client))
        await server.until(lambda: server.chats)
        task.cancel()
        await asyncio.wait([task])
        await client.warm()
        await server.until(lambda: len(server.connections) == 2)
        await asyncio.sleep(0.02)
        assert (await ask(client)).of(Sent)[0].reused


async def test_a_closed_client_opens_nothing() -> None:
    async with Server() as server:
        client = client_of(server.url)
        await client.aclose()
        await client.warm()
        await asyncio.sleep(0.05)
        assert server.connections == []
