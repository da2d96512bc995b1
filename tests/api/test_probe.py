"""Whether a server sees its client leave: asked of servers that do, that do not, and that are in a hurry."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from neurotui.api import probe
from neurotui.api.endpoint import Endpoint, Secret
from neurotui.api.probe import Probe
from neurotui.errors import ConnectionFailed, ConnectionRefused, NotAnAPI, TLSUnanswered
from tests.api.asking import KEY, QUICK, question
from tests.servers import CERTIFICATES, Connection, Exchange, Script, Server, closed_port, raw, refuse, whole

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"


async def endless(exchange: Exchange) -> None:
    await exchange.head()
    while not exchange.connection.gone.is_set():
        await exchange.text("on ", pace=0.01)


async def hasty(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text("on ")
    await exchange.connection.gone.wait()
    exchange.reset()


async def leave(url: str) -> float | None:
    there = Probe(Endpoint(url, Secret(KEY)))
    await there.look_up()
    return await there.leave(question())


@pytest.mark.parametrize("tls", [None, "localhost"])
async def test_a_server_that_sees_it(tls: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "ca.pem"))
    async with Server(endless, host="localhost", tls=tls) as server:
        seen = await leave(server.url)
        assert seen is not None and seen < 0.5
        [request] = server.chats
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert request.json["stream"] is True
        await server.until(lambda: not server.open)


async def test_a_server_that_resets() -> None:
    async with Server(hasty) as server:
        assert await leave(server.url) is not None


async def _deaf(writer: asyncio.StreamWriter) -> None:
    """Goes on to the end, whether anybody listens or not."""
    for piece in (HEAD, b"data: 1\n\n", b"data: 2\n\n", b"data: [DONE]\n\n"):
        writer.write(piece)
        await asyncio.sleep(0.02)


async def _stuck(writer: asyncio.StreamWriter) -> None:
    """Neither goes on nor leaves."""
    writer.write(HEAD + b"data: 1\n\n")


@pytest.mark.parametrize("behaviour", [_deaf, _stuck])
async def test_a_server_that_does_not(
    behaviour: Callable[[asyncio.StreamWriter], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "PATIENCE", 0.2)
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        await behaviour(writer)

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await leave(f"http://127.0.0.1:{port}") is None
        for writer in writers:
            writer.close()


@pytest.mark.parametrize("script", [refuse(401), whole("All at once")])
async def test_a_server_that_does_not_stream_shows_nothing(script: Script) -> None:
    async with Server(script) as server:
        assert await leave(server.url) is None


async def test_what_is_not_http_is_told() -> None:
    async with Server(raw(b"SSH-2.0-OpenSSH_9.6\r\n", then=Exchange.stall)) as server:
        with pytest.raises(NotAnAPI):
            await leave(server.url)


async def test_a_flood_of_pings_is_not_waited_out() -> None:
    async def flood(exchange: Exchange) -> None:
        await exchange.head()
        while True:
            await exchange.write(b": PING\n\n" * 100)

    async with Server(flood) as server:
        assert await leave(server.url) is None


async def test_a_server_that_is_not_there() -> None:
    with pytest.raises(ConnectionRefused):
        await leave(f"http://127.0.0.1:{closed_port()}")


async def test_a_server_that_does_not_speak_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "DEFAULT_TIMEOUTS", QUICK)

    async def wait(connection: Connection) -> None:
        await connection.gone.wait()

    async def close(connection: Connection) -> None:
        await connection.read_some()
        connection.reset()

    for behaviour, kind in ((wait, TLSUnanswered), (close, ConnectionFailed)):
        async with Server(connect=behaviour) as server:
            there = Probe(Endpoint(server.url.replace("http:", "https:")))
            await there.look_up()
            with pytest.raises(kind, match="TLS"):
                await there.secure(await there.connect())
