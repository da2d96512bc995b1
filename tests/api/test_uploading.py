"""Requests with files, on real sockets: they leave whole, at their pace, and are given up at once."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from neurotui.api.encoding import PIECE
from neurotui.api.timeouts import Timeouts
from neurotui.errors import AttachmentLost, AttachmentRefused, Disconnected
from neurotui.wire.events import Accepted, Connecting, Reconnected, RetryScheduled, Sending, Sent
from tests.api.asking import AT_ONCE, PATIENT, Reply, ask, client_of
from tests.measuring import in_time, measured
from tests.servers import Connection, Server, answer, refuse
from tests.uploads import ANSWER, Folder, Reading, SlowReader, picture_question, some_bytes

LARGE = 12_000_000
ANSWER_PARTS = ANSWER.partition(b"\r\n\r\n")
REFUSAL = b'{"error":{"message":"too much","type":"neuroapi_error","code":null}}'
REFUSED = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: %d\r\n\r\n%b" % (len(REFUSAL), REFUSAL)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its servers are told of ends by poll()")


async def ask_of(url: str, folder: Folder, size: int = LARGE, timeouts: Timeouts = PATIENT) -> Reply:
    """A reply to a question with a picture of so many bytes."""
    client = client_of(url, timeouts=timeouts, blobs=folder)
    try:
        return await ask(client, picture_question(folder.put(some_bytes(size))))
    finally:
        await client.aclose()


def picture_in(body: bytes | bytearray) -> bytes:
    """The bytes of the picture in a request."""
    url = json.loads(body)["messages"][-1]["content"][-1]["image_url"]["url"]
    assert url.startswith("data:image/png;base64,")
    return base64.b64decode(url.partition(",")[2], validate=True)


@pytest.mark.parametrize("tls", [None, "localhost"])
async def test_the_server_gets_the_bytes_of_the_file(
    tls: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.servers import CERTIFICATES

    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "ca.pem"))
    async with Server(answer("seen"), tls=tls) as server:
        reply = await ask_of(server.url, Folder(tmp_path), 3 * PIECE + 1)
    assert reply.text == "seen" and reply.whole
    [request] = server.chats
    assert int(request.headers["content-length"]) == len(request.body)
    assert "transfer-encoding" not in request.headers
    assert picture_in(request.body) == some_bytes(3 * PIECE + 1)
    assert reply.of(Sending)[0] == Sending(0, len(request.body))
    kinds = [type(event) for event in reply.events]
    assert kinds.index(Connecting) < kinds.index(Sending) < kinds.index(Sent) < kinds.index(Accepted)


async def test_how_much_has_left_is_told_and_a_long_way_is_no_fault(tmp_path: Path) -> None:
    """All limits are shorter than the whole upload."""
    limits = replace(PATIENT, write=0.7, silence=0.7, head=0.1)

    def slowly(reading: Reading) -> None:
        reading.head()
        reading.rest(rate=LARGE / 2)
        reading.answer()

    with SlowReader(slowly, buffer=65536) as server:
        reply = await ask_of(server.url, Folder(tmp_path), timeouts=limits)
    assert reply.text == "seen"
    told = [event.sent / event.total for event in reply.of(Sending)]
    assert told == sorted(told) and 4 <= len(told) <= 30
    # What the kernels hold counts as sent, and is little.
    assert any(0.3 < part < 0.7 for part in told)


async def test_a_network_that_takes_nothing_more_is_given_up(tmp_path: Path) -> None:
    def never(reading: Reading) -> None:
        reading.head()
        reading.until_gone()

    with SlowReader(never) as server:
        reply = await ask_of(server.url, Folder(tmp_path), timeouts=replace(PATIENT, write=0.4))
    assert type(reply.error) is Disconnected and reply.error.cause
    assert len(server.readings) == 1


@measured
@pytest.mark.parametrize("reads", [0, 500_000])
async def test_a_stop_closes_at_once_though_the_server_does_not_read(reads: int, tmp_path: Path) -> None:
    seen: list[float] = []

    def serve(reading: Reading) -> None:
        reading.head()
        while len(reading.body) < reads:
            reading.read(65536)
        seen.append(reading.until_gone())

    folder = Folder(tmp_path)
    question = picture_question(folder.put(some_bytes(LARGE)))
    with SlowReader(serve) as server:
        client = client_of(server.url, blobs=folder)
        reply = Reply()
        task = asyncio.create_task(client.stream(question, reply.emit))
        await server.until(lambda: reply.count(Sending) and time.monotonic() > reply.times[-1] + 0.3)
        asked = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        in_time(time.monotonic() - asked, AT_ONCE)
        await server.until(lambda: seen)
        in_time(seen[0] - asked, AT_ONCE)
        await client.aclose()
    assert not reply.count(Sent)


def goes_on_reading(reading: Reading) -> None:
    """As nginx does, so that the client gets to see the refusal."""
    reading.socket.settimeout(10)
    while reading.socket.recv(65536):
        time.sleep(0.001)


@pytest.mark.parametrize("ending", [goes_on_reading, Reading.until_gone, lambda _: None, Reading.reset])
@pytest.mark.parametrize("read", [0, 300_000, 2_000_000])
async def test_a_refusal_in_the_midst_is_told_as_what_it_is(
    ending: Callable[[Reading], object], read: int, tmp_path: Path
) -> None:
    def serve(reading: Reading) -> None:
        reading.head()
        while len(reading.body) < read:
            reading.read(65536)
        reading.answer(REFUSED)
        if ending is Reading.reset:
            time.sleep(0.05)  # an RST drops what is on the way
        ending(reading)

    with SlowReader(serve) as server:
        reply = await ask_of(server.url, Folder(tmp_path))
    assert type(reply.error) is AttachmentRefused
    assert reply.error.http_status == 413 and reply.error.cause == "too much"
    assert len(server.readings) == 1 and not reply.count(RetryScheduled)


async def test_a_connection_that_is_lost_in_the_midst_is_told_and_not_tried_again(tmp_path: Path) -> None:
    def lose(reading: Reading) -> None:
        reading.head()
        while len(reading.body) < 1_000_000:
            reading.read(65536)
        reading.reset()

    with SlowReader(lose) as server:
        reply = await ask_of(server.url, Folder(tmp_path))
    assert type(reply.error) is Disconnected
    assert len(server.readings) == 1


async def test_what_answers_before_it_has_read_all_is_sent_the_rest(tmp_path: Path) -> None:
    def early(reading: Reading) -> None:
        reading.head()
        head, _, body = ANSWER_PARTS
        reading.answer(head + b"\r\n\r\n: PING\n\n")
        reading.rest()
        reading.answer(body)

    with SlowReader(early) as server:
        reply = await ask_of(server.url, Folder(tmp_path))
    assert reply.text == "seen" and reply.whole
    assert picture_in(server.readings[0].body) == some_bytes(LARGE)


async def test_a_repetition_sends_the_same_bytes_and_checks_none_again(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    busy = refuse(429, headers={"Retry-After": "0"})
    picky = refuse(400, message="unknown field stream_options")
    async with Server([busy, picky, answer("seen")]) as server:
        reply = await ask_of(server.url, folder, 2 * PIECE)
    assert reply.text == "seen" and reply.count(RetryScheduled) == 1
    first, second, third = (request.body for request in server.chats)
    assert first == second and picture_in(third) == some_bytes(2 * PIECE)
    assert b"stream_options" not in third
    assert len(folder.opened) == 1 + 3 * 2  # once for its digest, and a piece at a time


async def test_a_connection_that_was_closing_is_replaced_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def closing(connection: Connection) -> None:
        if connection.number == 0:
            await connection.read_exactly(1)
            connection.reset()

    monkeypatch.setattr("neurotui.api.exchange.YOUNG", 0.0)
    folder = Folder(tmp_path)
    async with Server(answer("seen"), connect=closing) as server:
        client = client_of(server.url, blobs=folder)
        await client.warm()
        await server.until(lambda: server.open)
        await asyncio.sleep(0.05)
        reply = await ask(client, picture_question(folder.put(some_bytes(LARGE))))
        await client.aclose()
    assert reply.text == "seen" and reply.count(Reconnected) == 1
    assert [picture_in(request.body) for request in server.chats] == [some_bytes(LARGE)]


async def test_nothing_leaves_for_a_file_that_is_damaged(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    blob = folder.put(some_bytes(100_000))
    (tmp_path / blob.digest).write_bytes(some_bytes(100_000, seed=1))
    async with Server() as server:
        client = client_of(server.url, blobs=folder)
        reply = await ask(client, picture_question(blob))
        assert type(reply.error) is AttachmentLost and "holiday.png" in reply.error.title
        assert not server.connections
        assert (await ask(client)).whole, "what has no file goes on"
        await client.aclose()


async def test_a_question_without_files_tells_of_no_sending(tmp_path: Path) -> None:
    async with Server() as server:
        client = client_of(server.url, blobs=Folder(tmp_path))
        assert not (await ask(client)).count(Sending)
        await client.aclose()
