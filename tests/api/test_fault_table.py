"""The network's rows of the table of faults (1 to 62), each against a real socket; a test names its rows."""

from __future__ import annotations

import asyncio
import gzip
import os
import random
import re
import time
import tracemalloc
import zlib
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate

import pytest

from neurotui import errors
from neurotui.api.timeouts import Timeouts
from neurotui.wire.events import (
    Accepted,
    BytesReceived,
    Connecting,
    Failed,
    Finished,
    Malformed,
    Ping,
    Reconnected,
    ReplyEvent,
    RetryScheduled,
    Sent,
)
from tests.api.asking import AT_ONCE, PATIENT, QUICK, Reply, ask, ask_at, client_of, pool_of, question, talk
from tests.measuring import in_time, measured
from tests.servers import (
    CERTIFICATES,
    Connection,
    Ending,
    Exchange,
    Script,
    Server,
    answer,
    black_hole,
    closed_port,
    raw,
    refuse,
    whole,
)

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Request-Id: r1\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
PLAIN = HEAD + b"\r\n"
ONCE = b'data: {"choices":[{"delta":{"content":"Once upon"}}]}\n\n'
STOP = b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'
DONE = b"data: [DONE]\n\n"

GRACE = 1.5
"""Seconds, long enough for what is to come within them on a busy machine."""


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


async def stay(exchange: Exchange) -> None:
    """Half-closes, and stays to see what the client does."""
    exchange.half_close()
    await exchange.stall()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repetitions do not wait; how long they wait is tested where the policy is."""
    from neurotui.api import retry

    policy = retry.delay
    monkeypatch.setattr(
        retry,
        "delay",
        lambda *arguments: None if policy(*arguments) is None else min(0.01, policy(*arguments) or 0),
    )


# Rows 1 to 3: no connection.


async def test_1_a_name_that_is_not_known() -> None:
    reply = await ask_at("http://nothing.invalid/v1")
    assert type(reply.error) is errors.NameNotResolved
    assert "nothing.invalid" in reply.error.title
    assert reply.count(Sent) == 0


async def test_2_nothing_listens() -> None:
    port = closed_port()
    reply = await ask_at(f"http://127.0.0.1:{port}/v1")
    assert type(reply.error) is errors.ConnectionRefused
    assert f"127.0.0.1:{port}" in reply.error.title
    assert reply.count(RetryScheduled) == 3 and reply.count(Connecting) == 4


@measured
async def test_3_a_connection_that_never_opens() -> None:
    with black_hole() as url:
        began = time.monotonic()
        reply = await ask_at(url, timeouts=replace(PATIENT, connect=QUICK.connect))
        assert type(reply.error) is errors.ConnectTimeout
        took = time.monotonic() - began
        assert took >= QUICK.connect
        in_time(took, QUICK.connect + AT_ONCE)
        assert reply.count(RetryScheduled) == 0


@measured
async def test_3_a_tls_handshake_that_never_ends() -> None:
    async def mute(connection: Connection) -> None:
        await connection.gone.wait()

    async with Server(connect=mute) as server:
        timeouts = replace(PATIENT, connect=QUICK.connect)
        # To make its TLS context takes a while.
        client = client_of(server.url.replace("http:", "https:"), timeouts=timeouts)
        began = time.monotonic()
        reply = await ask(client)
        assert type(reply.error) is errors.TLSUnanswered and "http://" in reply.error.hint
        in_time(time.monotonic() - began, QUICK.connect + AT_ONCE)
        await server.until(lambda: not server.open)


# Rows 4 to 15: connections that end, and bytes that lie.


@pytest.mark.parametrize("ending", [Exchange.close, Exchange.reset])
async def test_4_5_no_byte_on_a_new_connection(ending: Ending) -> None:
    async with talk(raw(then=ending)) as (client, server):
        error = (await ask(client)).error
        assert type(error) is errors.Disconnected
        assert error.title and error.cause and error.hint
        assert len(server.chats) == 1


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("ending", [Exchange.close, Exchange.reset])
async def test_4_54_no_byte_on_a_kept_connection_is_repeated_once_and_told(
    ending: Ending, stream: bool
) -> None:
    second = answer("two") if stream else whole("two")
    async with talk(answer("one"), raw(then=ending), second) as (client, server):
        await ask(client)
        reply = await ask(client, question(stream=stream))
        assert reply.text == "two" and reply.whole
        assert reply.count(RetryScheduled) == 0
        kinds = [type(event) for event in reply.events]
        assert kinds[:4] == [Sent, Reconnected, Connecting, Sent]
        assert len(server.chats) == 3
        assert [sent.reused for sent in reply.of(Sent)] == [True, False]


async def test_4_a_request_is_not_repeated_so_a_second_time() -> None:
    pause = refuse(429, headers={"Retry-After": "0"})
    for scripts in (
        (raw(then=Exchange.close), raw(then=Exchange.close)),
        (raw(then=Exchange.close), pause, raw(then=Exchange.reset)),
    ):
        async with talk(answer("one"), *scripts, answer("two")) as (client, server):
            await ask(client)
            reply = await ask(client)
            assert type(reply.error) is errors.Disconnected
            assert reply.count(Reconnected) == 1
            assert len(server.chats) == 1 + len(scripts)


async def test_4_a_request_is_not_repeated_after_a_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kept connection whose server takes no more of a long request may have read the beginning."""
    connections = []

    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(re.findall(rb"(?i)content-length: (\d+)", head)[0]))
        writer.write(CHUNKED + chunk(ONCE + STOP + DONE) + chunk(b""))

    monkeypatch.setattr("neurotui.api.exchange.STALE_WITHIN", 60.0)
    async with await asyncio.start_server(deaf, "127.0.0.1", 0) as server:
        client = client_of(
            f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}",
            timeouts=replace(PATIENT, write=QUICK.write),
        )
        assert (await ask(client)).whole
        reply = await ask(client, question("x" * 50_000_000))
        assert type(reply.error) is errors.Disconnected and "0 s" in reply.error.cause
        assert reply.count(Reconnected) == 0 and len(connections) == 1
        for writer in connections:
            writer.close()
        await client.aclose()


async def test_4_a_request_that_was_read_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that closes after a while may have begun to generate, and one that has said anything has."""

    async def slow_death(exchange: Exchange) -> None:
        await asyncio.sleep(0.15)
        exchange.close()

    async def half_a_line(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 2")
        exchange.close()

    monkeypatch.setattr("neurotui.api.exchange.STALE_WITHIN", 0.1)
    for script in (slow_death, half_a_line):
        async with talk(answer("one"), script, answer("two")) as (client, server):
            await ask(client)
            assert type((await ask(client)).error) is errors.Disconnected
            assert len(server.chats) == 2


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("tls", [None, "localhost"])
@pytest.mark.parametrize("ending", [Connection.close, Connection.reset])
async def test_54_a_connection_closed_while_it_was_idle_is_not_even_tried(
    ending: Callable[[Connection], None],
    tls: str | None,
    kept: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It was closed while the event loop was busy, which so has not heard of it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "ca.pem"))
    monkeypatch.setattr("neurotui.api.exchange.STALE_WITHIN", 0.0)
    with Server(answer("Hi"), tls=tls) as server:
        client = client_of(server.url)
        if kept:
            assert (await ask(client)).whole
        else:
            await client.warm()
            spare = pool_of(client)._spare
            assert spare is not None
            await server.until(lambda: spare.network.ready)
        server.wait(lambda: server.connections)
        server.do(lambda: ending(server.connections[0]))
        time.sleep(0.1)  # noqa: ASYNC251 - the busy loop
        reply = await ask(client)
        assert reply.text == "Hi" and reply.count(Reconnected) == 0
        assert [sent.reused for sent in reply.of(Sent)] == [False]
        assert len(server.chats) == 1 + kept
        await client.aclose()


async def test_6_a_reset_after_the_head() -> None:
    async with talk(raw(CHUNKED, pace=0.02, then=Exchange.reset)) as (client, _):
        reply = await ask(client)
        assert type(reply.error) is errors.Disconnected
        assert reply.count(Accepted) == 1


@pytest.mark.parametrize(
    ("pieces", "ending", "error"),
    [
        ((CHUNKED, chunk(ONCE)), Exchange.reset, errors.Disconnected),  # 7
        ((CHUNKED, chunk(ONCE)), Exchange.close, errors.Disconnected),  # 8
        ((CHUNKED, chunk(ONCE), b"5\r\nda"), Exchange.close, errors.Disconnected),  # 13
        ((CHUNKED, chunk(ONCE), b"zz\r\ndata"), Exchange.close, errors.ProtocolViolated),  # 13
        ((CHUNKED, chunk(ONCE), b"f" * 200_000), Exchange.stall, errors.ProtocolViolated),  # 13
        ((CHUNKED, chunk(ONCE), b"ffffffffffff\r\n"), Exchange.stall, errors.SilenceTimeout),  # 13
        ((HEAD, b"Content-Length: 500\r\n\r\n", ONCE), Exchange.close, errors.Disconnected),  # 14
        ((CHUNKED, chunk(ONCE)), Exchange.stall, errors.SilenceTimeout),  # 20
    ],
)
async def test_7_8_13_14_20_what_came_stays_and_the_reply_is_not_whole(
    pieces: tuple[bytes, ...], ending: Ending, error: type[errors.NeurotuiError]
) -> None:
    limits = replace(PATIENT, silence=1.0) if error is errors.SilenceTimeout else PATIENT
    script = raw(*pieces, pace=0.02, then=ending)
    async with talk(script, answer("next"), timeouts=limits) as (client, server):
        reply = await ask(client)
        assert reply.text == "Once upon"
        assert isinstance(reply.error, error)
        tells_all = errors.SilenceTimeout | errors.LimitExceeded
        assert reply.error.cause or isinstance(reply.error, tells_all)
        assert reply.error.request_id == "r1"
        assert (await ask(client)).text == "next"
        await server.until(lambda: server.open <= 1)
        assert len(server.chats) == 2


@pytest.mark.parametrize("ending", [Exchange.close, stay])
async def test_9_12_a_clean_end_proves_nothing(ending: Ending) -> None:
    async with talk(raw(PLAIN + ONCE, then=ending)) as (client, server):
        reply = await ask(client)
        assert reply.text == "Once upon"
        assert reply.events[-1] == Finished(whole=False)
        await server.until(lambda: not server.open)


@measured
@pytest.mark.parametrize("ending", [Exchange.close, Exchange.reset, Exchange.stall, stay])
@pytest.mark.parametrize("end", [STOP, STOP + DONE])
async def test_10_11_24_25_a_finish_reason_makes_it_whole_whatever_follows(
    ending: Ending, end: bytes
) -> None:
    hasty = replace(PATIENT, grace=QUICK.grace, drain=QUICK.drain)
    script = raw(CHUNKED + chunk(ONCE) + chunk(end), then=ending)
    async with talk(script, answer("next"), timeouts=hasty) as (client, server):
        began = time.monotonic()
        reply = await ask(client)
        assert reply.text == "Once upon" and reply.whole
        in_time(time.monotonic() - began, QUICK.grace + AT_ONCE)
        await server.until(lambda: not server.open)
        assert (await ask(client)).text == "next"


async def test_24_what_comes_within_the_grace_still_counts() -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("Once upon")
        await exchange.delta("stop")
        await asyncio.sleep(GRACE / 4)
        await exchange.usage(completion_tokens=77)
        await exchange.stall()

    limits = replace(PATIENT, grace=GRACE)
    async with talk(script, timeouts=limits) as (client, _):
        reply = await ask(client)
        assert reply.whole and any(getattr(event, "completion_tokens", 0) == 77 for event in reply.events)


async def test_24_the_grace_begins_anew_with_every_word() -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        for word in ("Once ", "upon ", "a ", "time"):
            await exchange.delta("stop", content=word)
            await asyncio.sleep(GRACE / 3)
        await exchange.stall()

    limits = replace(PATIENT, grace=GRACE)
    async with talk(script, timeouts=limits) as (client, _):
        reply = await ask(client)
        assert reply.text == "Once upon a time" and reply.whole


@measured
async def test_25_after_done_the_connection_closes_at_once_though_the_server_goes_on() -> None:
    async def flood(exchange: Exchange) -> None:
        await exchange.send(CHUNKED + chunk(ONCE) + chunk(STOP + DONE))
        while True:
            await exchange.text("and more")

    limits = replace(PATIENT, drain=QUICK.drain)
    async with talk(flood, timeouts=limits) as (client, server):
        reply = await ask(client)
        assert reply.text == "Once upon" and reply.whole
        await server.until(lambda: server.closed_at)
        in_time(server.closed_at[0] - reply.times[-1], AT_ONCE)


async def test_14_surplus_bytes_never_reach_the_next_answer() -> None:
    forged = (
        b"HTTP/1.1 200 OK\r\nContent-Length: 72\r\n\r\n" + b'{"choices":[{"message":{"content":"forged"}}]}'
    )
    for end in (chunk(DONE) + chunk(b""), chunk(DONE) + b"0\r\nTrailer: x\r\n\r\n"):
        script = raw(CHUNKED + chunk(ONCE) + chunk(STOP) + end + forged, then=Exchange.stall)
        async with talk(script, answer("real")) as (client, server):
            assert (await ask(client)).whole
            assert (await ask(client)).text == "real"
            assert len(server.connections) == 2


@pytest.mark.parametrize("surplus", [ONCE, b"\r\n\r\n"])
async def test_14_a_length_that_is_too_short(surplus: bytes) -> None:
    body = ONCE + STOP + DONE
    head = HEAD + b"Content-Length: %d\r\n\r\n" % len(body)
    async with talk(raw(head + body + surplus, then=Exchange.stall), answer("real")) as (client, _):
        reply = await ask(client)
        assert reply.text == "Once upon" and reply.whole
        assert (await ask(client)).text == "real"


async def test_14_two_lengths() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde"
    assert type((await whatever(head)).error) is errors.ProtocolViolated


async def whatever(data: bytes, ending: Ending = Exchange.stall) -> Reply:
    """The reply of a server that says this."""
    async with talk(raw(data, then=ending)) as (client, _):
        return await ask(client)


@pytest.mark.parametrize(
    "greeting",
    [
        b"SSH-2.0-OpenSSH_9.6\x1b]0;owned\x07\r\n",
        b"220 mail.example.com ESMTP\r\n",
        b"<html>HTTP/0.9</html>\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\r\n\r\n",
    ],
)
async def test_15_what_is_not_http(greeting: bytes) -> None:
    error = (await whatever(greeting)).error
    assert type(error) is errors.NotAnAPI
    assert "\x1b" not in str(error) and "OpenSSH" not in str(error)


@pytest.mark.parametrize("waits", [0, 5])
async def test_15_tls_where_there_is_none(waits: int) -> None:
    async def plain(connection: Connection) -> None:
        await connection.read_exactly(waits)
        await connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await connection.gone.wait()

    async with Server(connect=plain) as server:
        reply = await ask_at(server.url.replace("http:", "https:"))
        assert type(reply.error) is errors.NotTLS and "http://" in reply.error.hint
        assert reply.count(Sent) == 0


@pytest.mark.parametrize(
    "data",
    [
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"\x15\x03\x03\x00\x02\x02\x28",
        b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n<html><head><title>400 "
        b"The plain HTTP request was sent to HTTPS port</title></head></html>",
        b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",
        b"HTTP/1.1 400 Bad Request\r\nServer: Apache\r\n\r\n<h1>Bad Request</h1><p>Your browser sent "
        b"a request that this server could not understand.<br />\nReason: You're speaking plain HTTP to an "
        b"SSL-enabled server port.<br />\n Instead use the HTTPS scheme to access this URL, please.</p>",
        b"HTTP/1.1 400 \r\n\r\nBad Request\r\nThis combination of host and port requires TLS.\r\n",
    ],
)
@pytest.mark.parametrize("ending", [Exchange.close, Exchange.stall])
async def test_15_plain_http_to_a_port_for_tls(data: bytes, ending: Ending) -> None:
    limits = replace(PATIENT, error_body=QUICK.error_body)
    async with talk(raw(data, then=ending), timeouts=limits) as (client, server):
        server.paths["models"] = raw(data, then=ending)
        reply = await ask(client)
        assert type(reply.error) is errors.HTTPSExpected and "https://" in reply.error.hint
        assert len(server.chats) == 1
        with pytest.raises(errors.HTTPSExpected):
            await client.models()


@pytest.mark.parametrize("ending", [Exchange.close, Exchange.reset])
async def test_15_a_port_that_closes_without_a_word_may_be_one_for_tls(ending: Ending) -> None:
    async with talk(raw(then=ending), answer("Hi"), raw(then=ending)) as (client, server):
        error = (await ask(client)).error
        assert type(error) is errors.Disconnected and "https://" in error.cause
        assert (await ask(client)).text == "Hi"
        client = client_of(server.url)
        error = (await ask(client)).error
        assert "https://" in error.cause
        await client.aclose()


async def test_15_a_server_that_has_spoken_http_is_not_taken_for_another() -> None:
    async with talk(answer("Hi"), raw(then=Exchange.reset)) as (client, _):
        await ask(client)
        error = (await ask(client)).error
        assert type(error) is errors.Disconnected and "https://" not in error.cause


# Rows 16 to 19: heads.


async def test_16_interim_responses() -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    reply = await whatever(interim + CHUNKED + chunk(ONCE + STOP + DONE) + chunk(b""))
    assert reply.text == "Once upon" and reply.whole


async def test_17_an_endless_head() -> None:
    async def endless(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\n")
        while True:
            await exchange.send(b"X-Filler: " + b"x" * 1000 + b"\r\n")

    async with talk(endless) as (client, _):
        assert type((await ask(client)).error) is errors.LimitExceeded


async def test_17_interim_responses_without_end() -> None:
    async def endless(exchange: Exchange) -> None:
        while True:
            await exchange.send(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 50)

    async with talk(endless) as (client, server):
        assert type((await ask(client)).error) is errors.LimitExceeded
        assert len(server.chats) == 1


async def test_17_only_the_head_is_bounded_so() -> None:
    async def long(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text(*["word " * 200] * 500)
        await exchange.finish()

    async with talk(long) as (client, server):
        for _ in range(2):
            assert len((await ask(client)).text) == 500_000
        assert len(server.connections) == 1


@measured
async def test_17_a_head_that_drips() -> None:
    async def drip(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\nX-Filler: ")
        while True:
            await exchange.send(b"x")
            await asyncio.sleep(0.05)

    limits = replace(PATIENT, silence=QUICK.silence, head=QUICK.head)
    async with talk(drip, timeouts=limits) as (client, server):
        began = time.monotonic()
        assert type((await ask(client)).error) is errors.HeadTimeout
        in_time(time.monotonic() - began, QUICK.silence + QUICK.head + AT_ONCE)
        await server.until(lambda: not server.open)


async def test_18_controls_in_the_head() -> None:
    for line in (b"HTTP/1.1 200 O\x1bK\r\n", b"HTTP/1.1 200 OK\r\nX-Request-Id: a\x1b[31mb\r\n"):
        reply = await whatever(line + CHUNKED.partition(b"\r\n")[2] + chunk(ONCE + STOP + DONE) + chunk(b""))
        assert "\x1b" not in repr(reply.events).encode().decode("unicode_escape")


@measured
async def test_19_silence_before_the_head() -> None:
    limits = replace(PATIENT, silence=QUICK.silence)
    async with talk(raw(then=Exchange.stall), answer("two"), timeouts=limits) as (client, server):
        began = time.monotonic()
        reply = await ask(client)
        assert type(reply.error) is errors.SilenceTimeout
        took = time.monotonic() - began
        assert took >= QUICK.silence
        in_time(took, QUICK.silence + AT_ONCE)
        assert reply.count(RetryScheduled) == 0 and len(server.chats) == 1


# Rows 20 to 31: time and quantity.


async def test_21_27_pings_are_life() -> None:
    limits = replace(PATIENT, silence=1.2)
    async with talk(answer("At last", pings=6, pace=0.25), timeouts=limits) as (client, _):
        reply = await ask(client)
        assert reply.text == "At last" and reply.whole
        assert reply.count(Ping) == 6


@measured
async def test_22_a_flood_of_pings_leaves_time_for_others() -> None:
    async def flood(exchange: Exchange) -> None:
        await exchange.head()
        while True:
            await exchange.write(b": PING\n\n" * 1000)

    with Server(flood) as server:
        client = client_of(server.url)
        pings = 0

        def emit(event: object) -> None:
            nonlocal pings
            pings += isinstance(event, Ping)

        task = asyncio.create_task(client.stream(question(), emit))
        waits = []
        for _ in range(20):
            began = time.monotonic()
            await asyncio.sleep(0.005)
            waits.append(time.monotonic() - began)
        task.cancel()
        await asyncio.wait([task])
        assert pings > 1000
        in_time(sorted(waits)[10], 0.25)
        await client.aclose()


async def test_22_29_a_flood_leaves_memory_for_others() -> None:
    async def flood(exchange: Exchange) -> None:
        await exchange.head()
        for _ in range(20):
            await exchange.write((b": PING\n\n" + ONCE) * 1000)
        await exchange.finish()

    with Server(flood) as server:
        client = client_of(server.url)
        await client.stream(question(), lambda _: None)
        tracemalloc.start()
        await client.stream(question(), lambda _: None)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 2_000_000
        await client.aclose()


async def test_23_26_byte_by_byte() -> None:
    body = (
        b'\xef\xbb\xbf: PING\r\ndata: {"choices":\r: PING\r\n'
        + b'data: [{"delta":{"content":"\xd0\xb4\xd0\xb0"}}]}\n\n'
    )

    async def drip(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.drip(body + STOP + DONE, pace=0.001)
        await exchange.end()

    async with talk(drip) as (client, _):
        reply = await ask(client)
        assert reply.text == "да" and reply.whole
        assert reply.count(BytesReceived) == len(body + STOP + DONE)


async def test_28_30_what_never_ends_is_cut_at_a_limit() -> None:
    async def endless_tokens(exchange: Exchange) -> None:
        await exchange.head()
        while True:
            await exchange.write(ONCE * 10_000)

    async def endless_event(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.write(b"data: ")
        while True:
            await exchange.write(b"x" * 200_000)

    async def endless_comment(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.write(b":")
        while True:
            await exchange.write(b"x" * 200_000)

    for script in (endless_event, endless_comment):
        async with talk(script) as (client, server):
            assert type((await ask(client)).error) is errors.LimitExceeded
            await server.until(lambda: not server.open)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("neurotui.api.exchange.MAX_REPLY_BYTES", 4_000_000)
        async with talk(endless_tokens) as (client, server):
            reply = await ask(client)
            assert type(reply.error) is errors.LimitExceeded
            assert len(reply.text) > 100_000
            await server.until(lambda: not server.open)


async def test_31_a_large_token() -> None:
    text = "слово " * 500_000

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text(text)
        await exchange.finish()

    async with talk(script) as (client, _):
        reply = await ask(client)
        assert reply.text == text and reply.whole


# Row 32: packing.


def packed(data: bytes, encoding: str, *, cut: int = 0) -> Script:
    body = data[: len(data) - cut]
    head = HEAD + f"Content-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return raw(head, body, pace=0.01, then=Exchange.stall)


GOOD = ONCE + STOP + DONE
PACKED = gzip.compress(GOOD, mtime=0)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (PACKED, "gzip"),
        (PACKED, "GZIP"),
        (PACKED, "identity"),
        (PACKED[:-8], "gzip"),
        (zlib.compress(GOOD), "deflate"),
        (zlib.compress(GOOD)[2:-4], "deflate"),
        (GOOD, "gzip"),
        (GOOD, "br"),
        (GOOD, "nonsense"),
    ],
)
async def test_32_what_is_packed_unasked_is_read_and_what_is_not_too(data: bytes, encoding: str) -> None:
    async with talk(packed(data, encoding)) as (client, _):
        reply = await ask(client)
        assert reply.text == "Once upon" and reply.whole


async def test_32_packing_that_breaks_keeps_the_text() -> None:
    packer = zlib.compressobj(wbits=31)
    begun = packer.compress(ONCE * 3) + packer.flush(zlib.Z_SYNC_FLUSH)
    head = HEAD + b"Content-Encoding: gzip\r\n\r\n"
    corrupt = raw(head + begun, b"\xff" * 100, pace=0.02, then=Exchange.stall)
    async with talk(corrupt, raw(head + begun)) as (client, _):
        reply = await ask(client)
        assert reply.text == "Once upon" * 3
        assert type(reply.error) is errors.ProtocolViolated
        reply = await ask(client)
        assert reply.text == "Once upon" * 3
        assert reply.events[-1] == Finished(whole=False)


async def test_32_a_packing_that_is_not_known() -> None:
    async with talk(packed(b"\x8b\x00\x80abc", "br")) as (client, _):
        error = (await ask(client)).error
        assert type(error) is errors.ProtocolViolated and "br" in error.cause


@pytest.mark.parametrize(
    ("content", "limit"), [(b"\0", 12_000_000), (b"x\n", 500_000), (b": PING\n\n", 300_000)]
)
async def test_32_a_bomb_is_stopped_in_little_memory(content: bytes, limit: int) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(content * (2_000_000 // len(content))) for _ in range(12))
    last: list[ReplyEvent] = []

    def emit(event: ReplyEvent) -> None:
        last[:] = [event]

    async with talk(packed(bomb + packer.flush(), "gzip")) as (client, _):
        tracemalloc.start()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("neurotui.api.exchange.MAX_REPLY_BYTES", limit)
            await client.stream(question(), emit)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 40_000_000
    [end] = last
    assert isinstance(end, Failed) and type(end.error) is errors.LimitExceeded


@pytest.mark.parametrize("content", [b"\0", b": PING\n\n", ONCE])
async def test_32_a_bomb_is_known_by_how_well_it_is_packed(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neurotui.api.body.BOMB_BYTES", 400_000)
    bomb = gzip.compress(content * (1_000_000 // len(content)))
    long_wait = gzip.compress(b": PING\n\n" * 40_000 + GOOD)
    async with talk(packed(bomb, "gzip"), packed(long_wait, "gzip")) as (client, _):
        reply = await ask(client)
        assert type(reply.error) is errors.LimitExceeded
        assert len(reply.text) <= 400_000 and reply.count(Ping) <= 50_000
        assert (await ask(client)).whole


# Rows 33 to 46: refusals. What each means is tested where it is judged; here, that it arrives.


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.RequestRefused),
        (401, errors.KeyRefused),
        (402, errors.BalanceExhausted),
        (403, errors.AccessDenied),
        (404, errors.WrongAddress),
        (408, errors.ServerFailed),
        (409, errors.RequestRefused),
        (413, errors.AttachmentRefused),
        (422, errors.RequestRefused),
        (429, errors.RateLimited),
        (500, errors.ServerFailed),
        (502, errors.UpstreamUnavailable),
        (503, errors.UpstreamUnavailable),
        (504, errors.UpstreamUnavailable),
        (524, errors.ServerFailed),
        (529, errors.UpstreamUnavailable),
    ],
)
@pytest.mark.parametrize("data", ["", "<html><title>Oops</title><body>secret</body></html>", "{broken"])
async def test_33_to_39_every_status_with_any_body_is_a_sentence(
    status: int, kind: type[errors.NeurotuiError], data: str
) -> None:
    async with talk(refuse(status, data=data, content_type="text/html")) as (client, _):
        error = (await ask(client)).error
        assert type(error) is kind and error.http_status == status
        assert "<" not in str(error) and "secret" not in str(error)


@pytest.mark.parametrize(
    ("header", "delay"),
    [("2", 2.0), ("a date", 30.0), ("60", 60.0), ("0", 0.0)],
)
async def test_38_a_pause_is_as_long_as_was_asked_within_a_minute(
    header: str, delay: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    if header == "a date":
        header = formatdate(time.time() + 30, usegmt=True)
    async with talk(refuse(429, headers={"Retry-After": header})) as (client, _):
        reply = Reply()
        task = asyncio.create_task(client.stream(question(), reply.emit))
        while not reply.of(RetryScheduled):  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        task.cancel()
        assert reply.of(RetryScheduled)[0].delay == pytest.approx(delay, abs=2)


async def test_38_a_pause_of_more_than_a_minute_is_left_to_the_user() -> None:
    async with talk(refuse(429, headers={"Retry-After": "86400"})) as (client, server):
        reply = await ask(client)
        assert type(reply.error) is errors.RateLimited and reply.error.retry_after == 86400
        assert "24 h 0 min" in reply.error.hint
        assert reply.count(RetryScheduled) == 0 and len(server.chats) == 1


@measured
async def test_40_error_bodies_are_read_in_part() -> None:
    async def large(exchange: Exchange) -> None:
        await exchange.body(400, b'{"error": {"message": "too much"}}' + b" " * 5_000_000)

    async def endless(exchange: Exchange) -> None:
        await exchange.head(400)
        while True:
            await exchange.write(b"x" * 1000)

    async def slow(exchange: Exchange) -> None:
        await exchange.head(400)
        await exchange.write(b'{"error": {"message": "too slow')
        while True:
            await exchange.write(b"!")
            await asyncio.sleep(0.05)

    for script, words in ((large, "too much"), (endless, "xxx"), (slow, "too slow!")):
        limits = replace(PATIENT, error_body=QUICK.error_body)
        async with talk(script, timeouts=limits) as (client, server):
            began = time.monotonic()
            error = (await ask(client)).error
            assert type(error) is errors.RequestRefused
            assert error.cause.startswith(words)
            assert len(error.cause) <= 1000
            in_time(time.monotonic() - began, QUICK.error_body + AT_ONCE)
            await server.until(lambda: not server.open)


async def test_41_a_hostile_error_body_is_neutralised() -> None:
    words = "\x1b]52;c;eA==\x07 \x9b31m \x00 [@click=app.quit] \u2028 " + "long " * 1000
    async with talk(refuse(400, message=words)) as (client, _):
        cause = (await ask(client)).error.cause
        assert not set(cause) & set("\x1b\x07\x9b\x00\u2028\n")
        assert len(cause) <= 1000


@pytest.mark.parametrize(
    "body",
    [
        b'data: {"error": {"message": "broken upstream"}}\n\n',
        b'data: {"error": "broken upstream"}\n\n',
        b'event: error\ndata: {"message": "broken upstream"}\n\n',
        b'error: {"message": "broken upstream"}\n\n',
        b': PING\n\n{"error": {"message": "broken upstream"}}',
        b'{"error": {"message": "broken upstream"}}',
        b'data: {"error_code": 17, "error_msg": "broken upstream"}\n\n',
        b'data: {"Message": "broken upstream"}\n\n',
        b'{"choices": null, "base_resp": {"status_code": 1008, "status_msg": "broken upstream"}}',
    ],
)
async def test_43_an_error_under_200(body: bytes) -> None:
    error = (await whatever(CHUNKED + chunk(body) + chunk(b""))).error
    assert error.cause == "broken upstream"


@pytest.mark.parametrize(
    ("status", "body", "words", "code"),
    [
        (403, b'{"Message": "User is not authorized"}', "User is not authorized", None),
        (400, b'{"error_code": 336003, "error_msg": "the max length"}', "the max length", "336003"),
        (500, b'{"errorMessage": "Task timed out", "errorType": "x"}', "Task timed out", None),
        (400, b'{"problem": "\x1b]0;the model sleeps"}', '{"problem": " ]0;the model sleeps"}', None),
        (502, b"<html><body><h1>502 Bad\nGateway</h1>secret</body></html>", "502 Bad Gateway", None),
    ],
)
async def test_42_the_words_of_the_server_whatever_the_field(
    status: int, body: bytes, words: str, code: str | None
) -> None:
    async with talk(refuse(status, data=body)) as (client, _):
        error = (await ask(client)).error
        assert (error.cause, error.http_status, error.code) == (words, status, code)


async def test_44_a_web_page_under_200() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    page = head + b"<!DOCTYPE html><title>Sign in</title><b>secret</b>"
    error = (await whatever(page, Exchange.close)).error
    assert type(error) is errors.WebPageReceived
    assert "Sign in" in str(error) and "secret" not in str(error)


async def test_45_46_a_whole_answer_where_a_stream_was_asked_for_and_any_content_type() -> None:
    async with talk(whole("At once")) as (client, _):
        assert (await ask(client)).text == "At once"
    for kind in (b"", b"Content-Type: text/plain; charset=latin-1\r\n", b"Content-Type: \r\n"):
        data = 'data: {"choices":[{"delta":{"content":"да"}}]}\n\n'.encode()
        reply = await whatever(b"HTTP/1.1 200 OK\r\n" + kind + b"\r\n" + data + STOP, Exchange.close)
        assert reply.text == "да" and reply.whole


# Rows 47 to 51 are the decoder's; that they come through whole.


async def test_47_to_51_what_cannot_be_read_is_passed_over() -> None:
    bad = b'data: {"choices": [{"delta": {"content": NaN}}]}\n\n' + b"data: " + b"[" * 20_000 + b"\n\n"
    bad += b"data: " + b"9" * 5000 + b"\n\ndata: null\n\ndata: 7\n\ndata: {broken\n\n"
    for half in (b"\\ud83d", b"\\ude00"):
        bad += b'data: {"choices":[{"delta":{"content":"%b"}}]}\n\n' % half
    async with talk(
        raw(CHUNKED + chunk(ONCE + bad + ONCE + STOP + DONE) + chunk(b""), then=Exchange.stall)
    ) as (
        client,
        _,
    ):
        reply = await ask(client)
        assert reply.whole and reply.count(Malformed) > 0
        assert reply.text.encode().decode().replace("😀", "") == "Once upon" * 2


async def test_50_nothing_at_all_is_an_error() -> None:
    assert type((await whatever(CHUNKED + chunk(b""))).error) is errors.EmptyReply


# Rows 52 to 58: other places, certificates, the environment.


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:1/v1",
        "https://elsewhere.invalid/",
        "file:///etc/passwd",
        "/v2/chat",
        "http://[bad",
        "\x7f",
    ],
)
async def test_52_no_redirect_is_followed(location: str) -> None:
    for status in (301, 302, 303, 307, 308):
        async with talk(refuse(status, headers={"Location": location})) as (client, server):
            error = (await ask(client)).error
            assert isinstance(error, errors.Redirected | errors.ProtocolViolated)
            if location.isprintable():
                assert location in error.title
            assert len(server.requests) == 1


@pytest.mark.parametrize("status", [301, 304])
async def test_52_a_status_that_leads_nowhere(status: int) -> None:
    async with talk(refuse(status, data="")) as (client, _):
        error = (await ask(client)).error
        assert type(error) is errors.ProtocolViolated and error.http_status == status
        assert str(status) in error.cause


async def test_53_a_certificate_that_is_not_trusted_or_for_another() -> None:
    async with Server(tls="localhost") as server:
        error = (await ask_at(server.url)).error
        assert type(error) is errors.TLSRefused and error.cause
        assert server.chats == []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "ca.pem"))
        async with Server(tls="elsewhere") as server:
            error = (await ask_at(server.url)).error
            assert type(error) is errors.TLSRefused and "127.0.0.1" in error.cause
            assert error.cause == "it is made out for another name than 127.0.0.1"
            assert server.chats == []


async def test_53_a_certificate_that_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "ca.pem"))
    async with Server(answer("Hi"), tls="localhost") as server:
        client = client_of(server.url)
        first, second = await ask(client), await ask(client)
        assert [sent.tls for reply in (first, second) for sent in reply.of(Sent)] == ["TLS 1.3"] * 2
        assert first.text == second.text == "Hi"
        assert second.of(Sent)[0].reused
        await client.aclose()


async def test_53_tls_connections_that_end_badly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "ca.pem"))
    for ending in (Exchange.reset, Exchange.close):
        script = raw(CHUNKED, chunk(ONCE), pace=0.02, then=ending)
        async with Server([script, answer("next")], tls="localhost") as server:
            client = client_of(server.url)
            reply = await ask(client)
            assert reply.text == "Once upon"
            assert type(reply.error) is errors.Disconnected
            assert (await ask(client)).text == "next"
            await client.aclose()


async def test_53_a_server_that_closes_before_tls_is_no_stranger_to_http() -> None:
    async def close(connection: Connection) -> None:
        connection.close()
        await connection.gone.wait()

    async with Server(connect=close) as server:
        client = client_of(server.url.replace("http:", "https:"))
        for warm in (False, True):
            if warm:
                await client.warm()
                await asyncio.sleep(0.05)
            error = (await ask(client)).error
            assert type(error) is errors.ConnectionFailed and "TLS" in error.cause
        await client.aclose()


async def test_53_what_breaks_tls_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "ca.pem"))

    async def garbage(exchange: Exchange) -> None:
        await exchange.send(CHUNKED + chunk(ONCE))
        await asyncio.sleep(0.02)
        plain = exchange.connection.writer.get_extra_info("socket")
        os.write(plain.fileno(), b"garbage" * 10)
        await exchange.stall()

    async with Server(garbage, tls="localhost") as server:
        reply = await ask_at(server.url)
        assert reply.text == "Once upon"
        assert type(reply.error) is errors.Disconnected
        assert reply.error.cause.startswith("TLS: ")


async def test_59_a_connection_that_slept_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    for elapsed in (3600, -3600):
        async with talk(answer("one"), answer("two")) as (client, server):
            await ask(client)
            now = time.time()
            with monkeypatch.context() as patch:
                patch.setattr(
                    "neurotui.api.net.pooled.time.time", lambda now=now, elapsed=elapsed: now + elapsed
                )
                assert (await ask(client)).text == "two"
            assert len(server.connections) == 2


async def test_61_a_new_question_right_after_a_stop() -> None:
    async def old(exchange: Exchange) -> None:
        await exchange.head()
        while True:
            await exchange.text("old ", pace=0.001)

    async with talk(old, answer("new")) as (client, server):
        task = asyncio.create_task(client.stream(question(), Reply().emit))
        await server.until(lambda: server.chats)
        task.cancel()
        following = asyncio.create_task(ask(client))
        await asyncio.wait([task])
        assert (await following).text == "new"


@measured
async def test_62_closing_while_a_reply_runs_is_quick() -> None:
    async def slow(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.stall()

    async with Server(slow) as server:
        client = client_of(server.url)
        task = asyncio.create_task(client.stream(question(), Reply().emit))
        await server.until(lambda: server.chats)
        began = time.monotonic()
        task.cancel()
        await asyncio.wait([task])
        await client.aclose()
        await server.until(lambda: not server.open)
        in_time(time.monotonic() - began, AT_ONCE)


@pytest.mark.parametrize("rounds", [60, pytest.param(3000, marks=pytest.mark.slow)])
async def test_whatever_comes_a_reply_ends_once(rounds: int) -> None:
    """Good answers with bytes changed, taken out, put in, cut into pieces and broken off."""
    chance = random.Random(rounds)
    packer = zlib.compressobj(wbits=31)
    packed_answer = packer.compress(GOOD) + packer.flush()
    good = [
        CHUNKED + chunk(b": PING\n\n") + chunk(ONCE) + chunk(STOP) + chunk(DONE) + chunk(b""),
        HEAD + b"Content-Length: %d\r\n\r\n" % len(GOOD) + GOOD,
        HEAD + b"Content-Encoding: gzip\r\n\r\n" + packed_answer,
        b'HTTP/1.1 429 Slow\r\nRetry-After: 1\r\n\r\n{"error": {"message": "slow", "code": "x"}}',
    ]

    def spoilt(data: bytes) -> bytes:
        spoiling = bytearray(data)
        for _ in range(chance.choice((0, 1, 1, 2, 5, 40))):
            at = chance.randrange(len(spoiling))
            match chance.randrange(3):
                case 0:
                    spoiling[at] = chance.randrange(256)
                case 1:
                    del spoiling[at : at + chance.randrange(1, 10)]
                case _:
                    spoiling[at:at] = chance.randbytes(chance.randrange(1, 10))
            spoiling = spoiling or bytearray(b"x")
        return bytes(spoiling)

    async def script(exchange: Exchange) -> None:
        data = spoilt(chance.choice(good))
        at = chance.randrange(len(data))
        ending = chance.choice((Exchange.close, Exchange.reset, Exchange.stall))
        await raw(data[:at], data[at:], pace=0.001, then=ending)(exchange)

    hasty = Timeouts(0.1, 0.1, 0.02, 0.02, 0.02, 0.01, 0.01, 0.02)
    async with talk(script, timeouts=hasty) as (client, server):
        for _ in range(rounds):
            reply = await ask(client)
            assert reply.whole or reply.events[-1] == Finished(whole=False) or str(reply.error)
        await server.until(lambda: server.open <= 1)
