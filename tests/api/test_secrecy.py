"""The key goes into one header to one server, and nowhere else: not into a text, a log or a crash report."""

from __future__ import annotations

import asyncio
import io
import logging
import pickle
import traceback
from collections.abc import AsyncIterator, Callable

import httpcore
import httpx
import pytest
from rich.console import Console
from rich.traceback import Traceback

from neurotui.api import body, exchange, faults, pool, refusals
from neurotui.api.client import ChatClient
from neurotui.api.endpoint import Endpoint, Header, Secret
from neurotui.api.net import backend as network
from neurotui.api.net import environment
from neurotui.api.net import pooled as line
from neurotui.api.net import stream as connection
from neurotui.errors import NeurotuiError
from neurotui.wire import decoders, redaction
from neurotui.wire.events import Accepted, Connecting, Failed, ReplyEvent, Sent, TextDelta
from tests.api.asking import KEY, Reply, ask, client_of, question, talk
from tests.servers import Exchange, Server, answer, raw, refuse

TOKEN = "tok:0123456789:abcdefgh"
BASIC = "bWU6Y29ycmVjdCBob3JzZQ=="
"""me:correct horse"""
HEADERS = (
    Header("X-Token", Secret(TOKEN)),
    Header("Cookie", Secret(f"sid={TOKEN[::-1]}; x=y")),
    Header("Proxy-Pass", Secret(f"Basic {BASIC}")),
    Header("X-Title", Secret("shown"), is_secret=False),
)
PARTS = (KEY, KEY[:12], KEY[-12:], TOKEN, TOKEN[::-1], BASIC, "correct horse")


def shown(error: BaseException) -> str:
    """All that any crash report would print of an error: frames, local variables, causes."""
    plain = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join(plain.format()) + repr(error) + str(error)


def drawn(error: BaseException) -> str:
    """The same as textual draws it at its end."""
    console = Console(file=io.StringIO(), width=500)
    rich = Traceback.from_exception(
        type(error),
        error,
        error.__traceback__,
        show_locals=True,
        locals_max_length=1000,
        locals_max_string=100_000,
    )
    console.print(rich)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def assert_secret(text: str) -> None:
    for part in PARTS:
        assert part not in text


PLACES: list[tuple[object, str]] = [
    (network.NetworkBackend, "connect_tcp"),
    (connection.SocketStream, "write"),
    (connection.SocketStream, "read"),
    (httpcore.AsyncConnectionPool, "handle_async_request"),
    (httpcore._async.http11.AsyncHTTP11Connection, "_send_request_headers"),
    (httpcore._async.http11.AsyncHTTP11Connection, "_receive_response_headers"),
    (httpcore._async.http11.AsyncHTTP11Connection, "_receive_response_body"),
    (line.PoolTransport, "handle_async_request"),
    (httpx.AsyncClient, "_send_single_request"),
    (httpx.Response, "aiter_raw"),
    (line.KeyHeader, "auth_flow"),
    (exchange, "pieces"),
    (refusals, "classify"),
    (redaction, "redact"),
    (decoders, "CompletionDecoder"),
    (pool, "PooledConnection"),
    (body, "Unpacker"),
    (faults, "error_of"),
]


@pytest.mark.parametrize(("owner", "name"), PLACES, ids=[name for _, name in PLACES])
async def test_an_unexpected_error_in_any_layer_shows_nothing(
    owner: object, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    # Of a class, the look-up fails: no frame of the test has the arguments, as none would in a real failure.
    monkeypatch.setattr(owner, name, property(fail) if isinstance(owner, type) else fail)
    async with Server([refuse(400) if name in {"classify", "redact"} else answer("Hi")]) as server:
        client = client_of(server.url, headers=HEADERS)
        try:
            await client.stream(question(), Reply().emit)
        except ZeroDivisionError as error:
            assert_secret(shown(error))
        await client.aclose()
        assert_secret(repr(client))


@pytest.mark.parametrize("kind", [Connecting, Sent, Accepted, TextDelta])
async def test_an_error_of_the_listener_shows_nothing(kind: type[ReplyEvent]) -> None:
    def emit(event: ReplyEvent) -> None:
        if isinstance(event, kind):
            raise ZeroDivisionError

    async with talk(answer("Hi")) as (client, _):
        with pytest.raises(ZeroDivisionError) as raised:
            await client.stream(question(), emit)
        assert_secret(shown(raised.value) + drawn(raised.value))


async def test_a_cancellation_shows_nothing() -> None:
    async def stall(exchange: Exchange) -> None:
        await exchange.stall()

    async with talk(stall) as (client, server):
        task = asyncio.create_task(client.stream(question(), Reply().emit))
        await server.until(lambda: server.chats)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as raised:
            await task
        assert_secret(shown(raised.value))


async def test_an_error_that_is_told_shows_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo = (
        f"wrong key {KEY}, Authorization: Bearer {KEY}, {TOKEN}, sid={TOKEN[::-1]}, {BASIC}, me:correct horse"
    )
    scripts = [
        refuse(401, echo, echo, {"X-Request-Id": KEY}),
        refuse(500, data=f"<title>{KEY}</title>{KEY}", content_type="text/html"),
        raw(b"HTTP/1.1 200 OK\r\n\r\n" + echo.encode()),
        raw(f'HTTP/1.1 200 OK\r\n\r\ndata: {{"error": "{echo}"}}\n\ndata: {KEY}\n\n'.encode()),
        raw(f"{echo}\r\n\r\n".encode()),
        raw(f"HTTP/1.1 200 {KEY}\x01\r\nX: {KEY}\x02\r\n\r\n".encode()),
        raw(f"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.invalid/?key={KEY}\r\n\r\n".encode()),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + KEY.encode() + b"\r\n"),
        raw(then=Exchange.reset),
    ]
    async with Server() as server:
        for script in scripts:
            server.scripts = script
            client = client_of(server.url, headers=HEADERS)
            error = (await ask(client)).error
            assert_secret(shown(error) + repr(Failed(error)) + repr(error.record()) + repr(vars(error)))
            server.paths["models"] = script
            assert_secret(shown(await error_of_models(client)))
            await client.aclose()
    assert_secret(caplog.text)


async def error_of_models(client: ChatClient) -> NeurotuiError:
    """Caught here, so that the words of the test are not among the frames of the error."""
    with pytest.raises(NeurotuiError) as raised:
        await client.models()
    return raised.value


async def test_the_key_goes_to_its_own_server_only() -> None:
    sent: list[tuple[str | None, str | None]] = []

    class Silent(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b""

    def note(request: httpx.Request) -> httpx.Response:
        sent.append((request.headers.get("Authorization"), request.headers.get("X-Token")))
        return httpx.Response(200, stream=Silent())

    one = line.PooledConnection(
        Endpoint("https://example.com/v1", Secret(KEY), headers=HEADERS),
        environment.Route(None, None),
        httpx.MockTransport(note),
    )
    for url in (
        "https://example.com/v1/models",
        "http://example.com/v1/models",
        "https://example.com:444/v1/models",
        "https://example.com.evil.invalid/v1/models",
        "https://elsewhere.invalid/",
    ):
        await one.client.get(url)
    assert sent == [(f"Bearer {KEY}", TOKEN), *[(None, None)] * 4]


def test_what_holds_the_key_does_not_show_it() -> None:
    endpoint = Endpoint("https://example.com/v1", Secret(KEY), "NEUROTUI_API_KEY", HEADERS)
    for holder in (endpoint, ChatClient(endpoint), line.KeyHeader(endpoint)):
        assert_secret(repr(holder) + str(holder))
    write: Callable[[object], bytes] = pickle.dumps
    with pytest.raises(TypeError):
        write(endpoint)
