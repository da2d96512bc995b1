"""Whether a server sees its client leave: asked of servers that do, that do not, and that are in a hurry."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from neurotui.api import probe
from neurotui.api.endpoint import Endpoint, Secret
from neurotui.api.probe import Departure, Probe
from neurotui.api.timeouts import DEFAULT_TIMEOUTS
from neurotui.errors import ConnectionFailed, ConnectionRefused, NotAnAPI, TLSUnanswered
from tests.api.asking import KEY, QUICK, question
from tests.servers import CERTIFICATES, Connection, Exchange, Script, Server, closed_port, raw, refuse, whole

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
CHUNKED = HEAD[:-2] + b"Transfer-Encoding: chunked\r\n\r\n"
ON = b'data: {"choices":[{"delta":{"content":"on "}}]}\n\n'
STOP = b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


async def endless(exchange: Exchange) -> None:
    await exchange.head()
    while not exchange.connection.gone.is_set():
        await exchange.text("on ", pace=0.01)


async def hasty(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text("on ")
    await exchange.connection.gone.wait()
    exchange.reset()


async def leave(url: str) -> Departure:
    there = Probe(Endpoint(url, Secret(KEY)))
    await there.look_up()
    return await there.leave(question())


@pytest.mark.parametrize("tls", [None, "localhost"])
async def test_a_server_that_sees_it(tls: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "ca.pem"))
    async with Server(endless, host="localhost", tls=tls) as server:
        seen = (await leave(server.url)).seen_after
        assert seen is not None and seen < 0.5
        [request] = server.chats
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert request.json["stream"] is True
        await server.until(lambda: not server.open)


async def polite(exchange: Exchange) -> None:
    """Reasons for ever, and ends its body properly once nobody listens."""
    await exchange.head()
    await exchange.delta(reasoning_content="hm ")
    await exchange.stall()


async def _last_words(writer: asyncio.StreamWriter, *words: bytes) -> None:
    for piece in (HEAD, ON, *words):
        writer.write(piece)
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("script", [hasty, polite])
async def test_a_server_that_resets_or_closes(script: Script) -> None:
    async with Server(script) as server:
        assert (await leave(server.url)).seen_after is not None


def serving(behaviour: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> Any:
    """A server that does not close by itself when its client has left."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split()[0])
        await reader.readexactly(length)
        try:
            await behaviour(reader, writer)
        finally:
            writer.close()

    return asyncio.start_server(serve, "127.0.0.1", 0)


async def left(
    behaviour: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> Departure:
    async with await serving(behaviour) as server:
        return await leave(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")


async def _deaf(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Goes on to the end, whether anybody listens or not."""
    writer.write(HEAD)
    for _ in range(80):
        writer.write(ON)
        await asyncio.sleep(0.02)
    writer.write(STOP)


async def _stuck(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Neither goes on nor leaves."""
    writer.write(HEAD + ON)
    await asyncio.sleep(5)


@pytest.mark.parametrize(("behaviour", "patience"), [(_deaf, 0.2), (_deaf, 3.0), (_stuck, 0.2)])
async def test_a_server_that_does_not(
    behaviour: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    patience: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(probe, "PATIENCE", patience)
    departure = await left(behaviour)
    assert departure.seen_after is None and not departure.untried
    assert min(patience, 0.5) <= departure.watched_for < 3


async def test_a_body_that_ends_in_its_midst_after_the_leaving_is_a_sign() -> None:
    async def aborted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED + b"%x\r\n%b\r\n" % (len(ON), ON))
        await reader.read()  # the client's end
        error = b'data: {"error":{"message":"client disconnected"}}\n\n'
        writer.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(error), error))

    assert (await left(aborted)).seen_after is not None


async def in_one_burst(exchange: Exchange) -> None:
    """A stream that somebody on the way has gathered."""
    body = ON + STOP
    await exchange.send(HEAD + body)


async def silent_end(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.ping()
    await exchange.end()


async def error_within(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.event({"error": {"message": "m", "code": 429}})
    await exchange.stall()


async def flood(exchange: Exchange) -> None:
    await exchange.head()
    while True:
        await exchange.write(b": PING\n\n" * 100)


async def dripping_pings(exchange: Exchange) -> None:
    await exchange.head()
    while True:
        await exchange.drip(b": PING\n\n", pace=0.01)


async def refusing_slowly(exchange: Exchange) -> None:
    await exchange.head(403, content_type="application/json")
    await exchange.write(b'{"error":{"code":"insufficient')
    await asyncio.sleep(0.05)
    await exchange.write(b'_user_quota"}}')
    await exchange.end()


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (refuse(401), "The server refused the API key"),
        (refuse(429), "Too many requests in a short time"),
        (refuse(503, data="<html>"), "The model's provider does not answer"),
        (refusing_slowly, "The key's balance or limit is used up"),
        (whole("All at once"), "the answer came in one piece"),
        (in_one_burst, "the answer came in one piece"),
        (silent_end, "The server ended the answer without a word"),
        (raw(then=Exchange.close), "the server sent no answer"),
        (error_within, "Too many requests in a short time"),
        (flood, "only pings came"),
        (dripping_pings, "no answer began within 1 s"),
    ],
)
async def test_where_it_cannot_be_tried_it_is_said_why(
    script: Script, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "DEFAULT_TIMEOUTS", replace(DEFAULT_TIMEOUTS, lookup=0.7))
    async with Server(script) as server:
        departure = await leave(server.url)
    assert departure == Departure(untried=reason)


async def test_an_answer_that_was_on_its_way_proves_nothing() -> None:
    async def quick(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _last_words(writer, ON, STOP)

    assert (await left(quick)).untried == "the answer was over too soon"


async def test_an_answer_that_breaks_off_by_itself_proves_nothing() -> None:
    async def broken(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _last_words(writer, ON)

    assert (await left(broken)).untried == "the answer was over too soon"


async def test_a_refusal_without_an_end_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "REFUSAL_WITHIN", 0.2)

    async def endless_refusal(exchange: Exchange) -> None:
        await exchange.head(429)
        while True:
            await exchange.write(b"x")
            await asyncio.sleep(0.05)

    async with Server(endless_refusal) as server:
        assert (await leave(server.url)).untried == "Too many requests in a short time"


async def test_a_line_that_drips_hides_what_the_server_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "PATIENCE", 0.6)

    async def dripping(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + ON)
        for byte in ON * 30:
            writer.write(bytes([byte]))
            await asyncio.sleep(0.02)

    assert (await left(dripping)).untried == "the line is too slow to tell"


async def test_a_line_with_a_long_way_is_given_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "PATIENCE", 0.1)

    async def far(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)
        writer.write(HEAD + ON)
        await reader.read()
        await asyncio.sleep(0.3)

    assert (await left(far)).seen_after is not None


async def test_what_is_not_http_is_told() -> None:
    async with Server(raw(b"SSH-2.0-OpenSSH_9.6\r\n", then=Exchange.stall)) as server:
        with pytest.raises(NotAnAPI):
            await leave(server.url)


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
