"""What the tests of the client share: limits that a test can wait for, and a reply as its events told it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

import httpx

from neurotui.api.client import ChatClient
from neurotui.api.encoding import Blobs
from neurotui.api.endpoint import Endpoint, Header, Secret
from neurotui.api.pool import ConnectionPool
from neurotui.api.timeouts import Timeouts
from neurotui.errors import NeurotuiError
from neurotui.wire.events import Failed, Finished, ReasoningDelta, ReplyEvent, TextDelta
from neurotui.wire.request import ChatRequest, RequestMessage
from tests.servers import Script, Server

KEY = "sk-abcdefghijklmnopqrstuvwxyz0123456789"

PATIENT = Timeouts(
    connect=30.0,
    write=30.0,
    silence=30.0,
    unstreamed=30.0,
    head=30.0,
    grace=30.0,
    drain=1.0,
    error_body=30.0,
    lookup=30.0,
    busy=30.0,
)
"""Limits that nothing reaches, however busy the machine is: for all that is not about a limit.

`drain` is the limit of what a server sends without an end behind its answer, and so a shorter one.
"""

QUICK = Timeouts(
    connect=0.5, write=0.5, silence=0.4, unstreamed=1.5, head=0.3, grace=0.15, error_body=0.3, lookup=1.0
)
"""Limits that a test can wait for: one of them in the patient ones' place, where it is what ends it."""

AT_ONCE = 0.2
"""Seconds within which something is done at once, of the best of a few attempts (see tests/measuring.py)."""

Kind = TypeVar("Kind", bound=ReplyEvent)


class Reply:
    """What was said of one reply, and when."""

    def __init__(self) -> None:
        self.events: list[ReplyEvent] = []
        self.times: list[float] = []

    def emit(self, event: ReplyEvent) -> None:
        self.events.append(event)
        self.times.append(time.monotonic())

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [event for event in self.events if isinstance(event, kind)]

    def count(self, kind: type[ReplyEvent]) -> int:
        return len(self.of(kind))

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.of(TextDelta))

    @property
    def reasoning(self) -> str:
        return "".join(event.text for event in self.of(ReasoningDelta))

    @property
    def whole(self) -> bool:
        """Whether it ended as a whole answer; that it ended once, and last, is checked on the way."""
        return self._end() == Finished(whole=True)

    @property
    def error(self) -> NeurotuiError:
        """The error it ended with."""
        end = self._end()
        assert isinstance(end, Failed), end
        return end.error

    def _end(self) -> ReplyEvent:
        [end] = self.of(Finished) + self.of(Failed)
        assert end is self.events[-1]
        return end


def question(text: str = "Hi", *, model: str = "m", stream: bool = True, **parameters: object) -> ChatRequest:
    return ChatRequest(model, [RequestMessage("user", text)], parameters, stream)


def client_of(
    url: str,
    *,
    key: str | None = KEY,
    timeouts: Timeouts = PATIENT,
    transport: httpx.AsyncBaseTransport | None = None,
    headers: tuple[Header, ...] = (),
    blobs: Blobs | None = None,
) -> ChatClient:
    endpoint = Endpoint(url, Secret(key) if key else None, "NEUROTUI_API_KEY" if key else "", headers)
    made = None if transport is None else lambda: transport
    return ChatClient(endpoint, timeouts=timeouts, transport=made, blobs=blobs)


def pool_of(client: ChatClient) -> ConnectionPool:
    """The connections of a client that has made them."""
    pool = client._made()
    assert pool is not None
    return pool


async def ask(client: ChatClient, request: ChatRequest | None = None) -> Reply:
    """A reply, listened to until its end."""
    reply = Reply()
    await client.stream(request or question(), reply.emit)
    return reply


async def ask_at(url: str, request: ChatRequest | None = None, *, timeouts: Timeouts = PATIENT) -> Reply:
    """A reply of the server at `url`, by a client that is made for it."""
    client = client_of(url, timeouts=timeouts)
    try:
        return await ask(client, request)
    finally:
        await client.aclose()


@asynccontextmanager
async def talk(*scripts: Script, timeouts: Timeouts = PATIENT) -> AsyncIterator[tuple[ChatClient, Server]]:
    """A client and the server it talks to."""
    async with Server(scripts) as server:
        client = client_of(server.url, timeouts=timeouts)
        try:
            yield client, server
        finally:
            await client.aclose()
