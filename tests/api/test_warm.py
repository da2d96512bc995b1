"""A connection that is there before the question."""

from __future__ import annotations

import asyncio
import gc
import time
from dataclasses import replace

import pytest

from neurotui.api.client import ChatClient
from neurotui.api.endpoint import Endpoint
from neurotui.api.net import pooled as line
from neurotui.errors import ConnectionRefused, Disconnected, LookupTimeout, TLSRefused
from neurotui.wire.events import Connecting, Reconnected, RetryScheduled, Sent
from tests.api.asking import PATIENT, ask, client_of, pool_of, question, talk
from tests.servers import (
    CERTIFICATES,
    Connection,
    Ending,
    Exchange,
    Server,
    answer,
    closed_port,
    one_at_a_time,
    raw,
)


async def warmed(client: ChatClient, server: Server) -> None:
    """Opens a connection, and waits until it is ready here; the server has it sooner."""
    await client.warm()
    spare = pool_of(client)._spare
    assert spare is not None
    await server.until(lambda: spare.network.ready)


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


async def test_one_that_closes_as_the_request_leaves_costs_one_repetition_that_is_told(
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
        assert reply.count(RetryScheduled) == 0 and reply.count(Reconnected) == 1
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


def test_an_idle_connection_is_kept_for_a_while_and_for_less_on_this_computer() -> None:
    assert line.KEEP == 90 and 10 <= line.KEEP_LOOPBACK <= 15
    assert Endpoint("http://[::1]:1/v1").loopback and not Endpoint("https://neuroapi.host/v1").loopback


@pytest.mark.parametrize("kept", [True, False])
async def test_an_idle_connection_is_closed_by_itself(kept: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "KEEP_LOOPBACK", 0.3)
    async with talk(answer("Hi")) as (client, server):
        began = time.monotonic()
        if kept:
            await ask(client)
        for _ in range(4):  # what is typed meanwhile holds it no longer
            await client.warm()
            await asyncio.sleep(0.05)
        assert len(server.connections) == server.open == 1
        await server.until(lambda: not server.open)
        assert server.closed_at[0] - began >= 0.3
        assert pool_of(client)._letting_go is None
        await asyncio.sleep(0.1)
        assert len(server.connections) == 1
        assert (await ask(client)).whole


async def test_a_connection_is_given_up_before_the_server_closes_it() -> None:
    """As Node does, which says so: Keep-Alive: timeout=5."""

    async def keeps(exchange: Exchange) -> None:
        await exchange.head(headers={"Keep-Alive": f"timeout={exchange.request.json['model']}, max=9"})
        await exchange.text("Hi")
        await exchange.finish()

    async with talk(keeps) as (client, server):
        for seconds, reused in (("3", False), ("1", True), ("5", False), ("0", True), ("9" * 9, False)):
            reply = await ask(client, question(model=seconds))
            assert reply.of(Sent)[0].reused is reused
            spare = pool_of(client)._spare
            if spare is not None and seconds in ("3", "5"):
                assert 0 < spare.rests_for <= int(seconds) - 1
            await asyncio.sleep(0.01)
        spare = pool_of(client)._spare
        assert pool_of(client)._letting_go is not None and spare is not None
        assert 10 < spare.rests_for <= line.KEEP_LOOPBACK
        await server.until(lambda: server.open == 1)


async def test_an_idle_connection_lets_others_be_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "KEEP_LOOPBACK", 0.3)
    async with Server(answer("Hi"), connect=one_at_a_time()) as server:
        first, second = (client_of(server.url) for _ in range(2))
        await ask(first)
        assert (await ask(second)).text == "Hi"
        await first.warm()
        assert (await ask(second)).text == "Hi"
        first.let_go()
        await first.aclose()
        await second.aclose()


async def test_two_calls_at_once_do_not_wait_for_the_connection_of_the_other() -> None:
    """Where one connection at a time is served, the first to end has to be closed, not kept."""
    async with Server(answer("Hi"), connect=one_at_a_time()) as server:
        client = client_of(server.url)
        models, balance, reply = await asyncio.gather(client.models(), client.balance(), ask(client))
        assert models and balance and reply.text == "Hi"
        await client.aclose()


async def test_a_call_while_an_answer_comes_ends_or_says_why() -> None:
    hasty = replace(PATIENT, busy=0.3)
    async with Server(answer(*"abcdefgh", pace=0.1), connect=one_at_a_time()) as server:
        client = client_of(server.url, timeouts=hasty)
        answering = asyncio.create_task(ask(client))
        await server.until(lambda: server.chats)
        await client.warm()
        with pytest.raises(LookupTimeout, match="one connection at a time"):
            await client.models()
        assert (await answering).whole
        assert await client.models()
        await client.aclose()

        client = client_of(server.url)
        answering = asyncio.create_task(ask(client))
        await server.until(lambda: len(server.chats) == 2)
        assert await client.models()
        assert (await answering).whole
        await client.aclose()


async def test_a_closed_client_opens_nothing() -> None:
    async with Server() as server:
        client = client_of(server.url)
        await client.aclose()
        await client.warm()
        await asyncio.sleep(0.05)
        assert server.connections == []
