"""What a client talks over is made when it is first needed: on a thread that holds up nothing."""

from __future__ import annotations

import asyncio
import threading
import time

import httpx
import pytest

from neurotui.api.client import ChatClient
from neurotui.api.demo.transport import DemoTransport
from neurotui.api.endpoint import Endpoint
from neurotui.errors import BadProxy, KeyCommandFailed
from neurotui.wire.events import Failed, ReplyEvent
from neurotui.wire.request import ChatRequest
from tests.api.asking import ask, client_of
from tests.servers import Server, answer

NOWHERE = Endpoint("http://127.0.0.1:9")


async def test_what_keeps_it_from_being_made_ends_every_request_and_may_pass() -> None:
    made: list[int] = []

    def make() -> Endpoint:
        made.append(1)
        if len(made) < 5:
            raise KeyCommandFailed("locked", command="pass")
        return NOWHERE

    client = ChatClient(make)
    events: list[ReplyEvent] = []
    await client.stream(ChatRequest("m", []), events.append)
    assert isinstance(events[0], Failed)
    with pytest.raises(KeyCommandFailed):
        await client.models()
    assert await client.balance() is None
    await client.warm()
    assert await client.endpoint() is await client.endpoint() is NOWHERE
    assert len(made) == 5
    await client.aclose()


async def test_what_is_wrong_with_the_environment_ends_every_request_and_may_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Server(answer("Hi")) as server:
        monkeypatch.setenv("HTTP_PROXY", "nonsense://proxy")
        client = client_of(f"http://server.invalid:{server.port}/v1")
        await client.warm()
        for _ in range(2):
            assert isinstance((await ask(client)).error, BadProxy)
        monkeypatch.setenv("HTTP_PROXY", server.url)
        assert (await ask(client)).text == "Hi"
        await client.aclose()


async def test_a_stop_while_it_is_made_does_not_spoil_it() -> None:
    go = threading.Event()
    made: list[int] = []

    def make() -> Endpoint:
        go.wait(5)
        made.append(1)
        return NOWHERE

    client = ChatClient(make)
    first = asyncio.create_task(client.endpoint())
    await asyncio.sleep(0.01)
    first.cancel()
    go.set()
    assert await client.endpoint() is NOWHERE
    assert made == [1]
    await client.aclose()


async def test_it_is_made_once_and_beside_the_event_loop() -> None:
    threads: list[threading.Thread] = []

    def transport() -> httpx.AsyncBaseTransport:
        threads.append(threading.current_thread())
        return DemoTransport(0)

    client = ChatClient(NOWHERE, transport=transport)
    assert threads == []
    await asyncio.gather(client.warm(), client.models(), client.models())
    assert len(threads) == 1 and threads[0] is not threading.main_thread()
    await client.aclose()


async def test_one_that_was_closed_while_it_was_made_opens_nothing() -> None:
    async with Server(answer("Hi")) as server:
        go = threading.Event()
        made = threading.Event()

        def make() -> Endpoint:
            go.wait(5)
            made.set()
            return Endpoint(server.url)

        client = ChatClient(make)
        warming = asyncio.create_task(client.warm())
        await asyncio.sleep(0.01)
        go.set()
        made.wait(5)
        await client.aclose()
        await asyncio.wait([warming])
        await asyncio.sleep(0.05)
        assert server.connections == []


def test_the_end_does_not_wait_for_a_command_that_waits_for_its_user() -> None:
    go = threading.Event()

    def make() -> Endpoint:
        go.wait(30)
        raise KeyCommandFailed(command="x")

    async def quit_meanwhile() -> None:
        client = ChatClient(make)
        asking = asyncio.create_task(client.warm())
        await asyncio.sleep(0.01)
        asking.cancel()
        await client.aclose()

    begun = time.monotonic()
    asyncio.run(quit_meanwhile())
    assert time.monotonic() - begun < 2
    go.set()
