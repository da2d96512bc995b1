"""The client that is made when it is first needed: on a thread that holds up nothing."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from neurotui.api.client import ChatClient
from neurotui.api.endpoint import Endpoint
from neurotui.api.late import LateClient
from neurotui.errors import KeyCommandFailed
from neurotui.wire.events import Failed, ReplyEvent
from neurotui.wire.request import ChatRequest


async def test_what_keeps_it_from_being_made_ends_every_request_and_may_pass() -> None:
    made: list[int] = []

    def make() -> ChatClient:
        made.append(1)
        if len(made) < 3:
            raise KeyCommandFailed("locked", command="pass")
        return ChatClient(Endpoint("http://127.0.0.1:9"))

    client = LateClient(make)
    events: list[ReplyEvent] = []
    await client.stream(ChatRequest("m", []), events.append)
    assert isinstance(events[0], Failed)
    with pytest.raises(KeyCommandFailed):
        await client.models()
    assert isinstance(await client.client(), ChatClient)
    assert await client.client() is await client.client()
    assert len(made) == 3
    await client.aclose()


async def test_a_stop_while_it_is_made_does_not_spoil_it() -> None:
    go = threading.Event()

    def make() -> ChatClient:
        go.wait(5)
        return ChatClient(Endpoint("http://127.0.0.1:9"))

    client = LateClient(make)
    first = asyncio.create_task(client.client())
    await asyncio.sleep(0.01)
    first.cancel()
    go.set()
    assert isinstance(await client.client(), ChatClient)
    await client.aclose()


def test_the_end_does_not_wait_for_a_command_that_waits_for_its_user() -> None:
    go = threading.Event()

    def make() -> ChatClient:
        go.wait(30)
        raise KeyCommandFailed(command="x")

    async def quit_meanwhile() -> None:
        client = LateClient(make)
        asking = asyncio.create_task(client.warm())
        await asyncio.sleep(0.01)
        asking.cancel()
        await client.aclose()

    begun = time.monotonic()
    asyncio.run(quit_meanwhile())
    assert time.monotonic() - begun < 2
    go.set()
