"""A turn kept and played again: what the client says of it is the same, and the key is nowhere in it."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import stat
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurotui.api import retry
from neurotui.api.client import ChatClient
from neurotui.api.endpoint import Endpoint, Secret
from neurotui.api.recording.format import (
    Reason,
    RecordedChunk,
    RecordedExchange,
    RecordingFile,
    entries,
    read,
)
from neurotui.api.recording.player import ReplayTransport
from neurotui.errors import ConnectionFailed, RecordingUnusable
from neurotui.wire.events import Connecting, Failed, ReplyEvent, RetryScheduled, Sent
from tests.api.asking import KEY, PATIENT, Reply, ask, question
from tests.servers import Exchange as Answering
from tests.servers import Script, Server, answer, closed_port, raw, refuse
from tests.uploads import Folder, picture_question, some_bytes

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"


async def split(exchange: Answering) -> None:
    """Cuts letters and line ends in two."""
    await exchange.head()
    await exchange.drip(
        ': PING\r\n\r\ndata: {"choices":[{"delta":{"content":"Привет 👋"}}]}\r\n\r\n'.encode()
    )
    await exchange.finish()


async def reset(exchange: Answering) -> None:
    await exchange.head()
    await exchange.text("half")
    exchange.reset()


async def packed(exchange: Answering) -> None:
    await exchange.head(headers={"Content-Encoding": "gzip"})
    await exchange.write(
        gzip.compress(b'data: {"choices":[{"delta":{"content":"packed"}}]}\n\ndata: [DONE]\n\n')
    )
    await exchange.end()


async def record(url: str) -> tuple[Reply, list[RecordedExchange]]:
    """A reply of the server at `url`, and what was kept of it."""
    kept: list[RecordedExchange] = []
    client = ChatClient(Endpoint(url, Secret(KEY)), timeouts=PATIENT, record=kept.append)
    try:
        return await ask(client), kept
    finally:
        await client.aclose()


def told(events: list[ReplyEvent]) -> list[str]:
    """What was said of a reply, but for what a recording cannot know: that the connection was secured."""
    shown = []
    for event in events:
        match event:
            case Connecting() | Sent():
                shown.append(type(event).__name__)
            case Failed(error):
                shown.append(f"{type(error).__name__} {error.http_status} {error.code} {error.cause}")
            case RetryScheduled(error, _, attempt):
                shown.append(f"{type(error).__name__} {attempt}")
            case _:
                shown.append(repr(event))
    return shown


def made(path: Path) -> RecordingFile:
    file = RecordingFile(path)
    file.create()
    return file


@pytest.mark.parametrize(
    "script",
    [
        answer("Hello", ", world", pings=3),
        split,
        reset,
        packed,
        raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
        raw(b"SSH-2.0-OpenSSH_9.6\r\n"),
        refuse(401, "invalid_api_key"),
        refuse(402, None, "no money", {"X-Request-Id": "запрос-1"}),
        refuse(500, data="<html><title>Bad Gateway</title></html>", content_type="text/html"),
    ],
)
async def test_a_recording_plays_as_it_was(script: Script, tmp_path: Path) -> None:
    async with Server(script) as server:
        reply, kept = await record(server.url)
    file = made(tmp_path / "turn")
    for exchange in kept:
        file.append(exchange)
    transport = ReplayTransport(read(tmp_path / "turn"), speed=0)
    client = ChatClient(Endpoint(server.url, Secret(KEY)), timeouts=PATIENT, transport=lambda: transport)
    assert told((await ask(client)).events) == told(reply.events)


async def test_a_recording_has_the_digests_of_files_and_not_their_bytes(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    blob = folder.put(data := some_bytes(100_000))
    asked = picture_question(blob)
    kept: list[RecordedExchange] = []
    async with Server([refuse(503), answer("seen")]) as server:
        client = ChatClient(
            Endpoint(server.url, Secret(KEY)), timeouts=PATIENT, record=kept.append, blobs=folder
        )
        assert (await ask(client, asked)).text == "seen"
        await client.aclose()
    file = made(tmp_path / "turn")
    for exchange in kept:
        file.append(exchange)
    written = (tmp_path / "turn").read_bytes()
    assert written.count(b"data:image/png;base64,sha256:" + blob.digest.encode()) == 2
    assert base64.b64encode(data)[:60] not in written
    transport = ReplayTransport(read(tmp_path / "turn"), speed=0)
    client = ChatClient(Endpoint(server.url), timeouts=PATIENT, transport=lambda: transport, blobs=folder)
    assert (await ask(client, asked)).text == "seen"


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
async def test_a_connection_that_failed_fails_again(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    host = f"{host}:{closed_port()}"
    monkeypatch.setattr(retry, "MOST", 1)
    reply, kept = await record(f"http://{host}/v1")
    assert len(kept) == 2
    transport = ReplayTransport(kept, speed=0)
    client = ChatClient(Endpoint(f"http://{host}/v1"), timeouts=PATIENT, transport=lambda: transport)
    assert (await ask(client)).error.kind == reply.error.kind
    assert not kept


async def test_a_certificate_that_was_refused_is_refused_again() -> None:
    async with Server(tls="elsewhere", host="localhost") as server:
        reply, kept = await record(server.url)
    client = ChatClient(
        Endpoint("http://there"), timeouts=PATIENT, transport=lambda: ReplayTransport(kept, speed=0)
    )
    assert (await ask(client)).error.kind == reply.error.kind == "tls"


async def test_a_reason_that_nothing_real_has_is_no_fault_of_neurotui() -> None:
    for kind in ("certificate", "name", "system", "?"):
        exchange = RecordedExchange({}, status=200, end="ReadError", reason=Reason(kind, 1, "words"))
        client = ChatClient(Endpoint("http://there"), transport=partial(ReplayTransport, [exchange], speed=0))
        assert isinstance((await ask(client)).error, ConnectionFailed)


async def test_models_are_those_that_answered_and_there_is_no_further_answer() -> None:
    exchange = RecordedExchange({"model": "m"}, status=200, end="complete")
    client = ChatClient(Endpoint("http://there"), transport=lambda: ReplayTransport([exchange], speed=0))
    assert [model.id for model in await client.models()] == ["m"]
    await ask(client)
    assert "no further answer" in (await ask(client)).error.cause
    assert await client.balance() is None


async def test_it_goes_at_the_speed_that_is_asked_for() -> None:
    pieces = [
        RecordedChunk(0.4, b'data: {"choices":[{"delta":{"content":"x"}}]}\n\n'),
        RecordedChunk(0.8, b"data: [DONE]\n\n"),
    ]
    exchange = RecordedExchange({}, status=200, head_at=0.2, pieces=pieces, end="complete", end_at=0.8)
    client = ChatClient(Endpoint("http://there"), transport=lambda: ReplayTransport([exchange], speed=4))
    await client.endpoint()
    began = asyncio.get_running_loop().time()
    assert (await ask(client)).whole
    assert 0.2 <= asyncio.get_running_loop().time() - began < 0.4


async def test_where_it_was_closed_it_is_closed_again() -> None:
    exchange = RecordedExchange({}, status=200, end="closed")
    closed = asyncio.Event()
    transport = ReplayTransport([exchange], 0, closed.set)
    client = ChatClient(Endpoint("http://there"), transport=lambda: transport)
    asking = asyncio.ensure_future(ask(client))
    async with asyncio.timeout(10):
        await closed.wait()
    asking.cancel()


async def test_a_key_that_the_server_repeats_is_covered(tmp_path: Path) -> None:
    async def script(exchange: Answering) -> None:
        await exchange.head(headers={"X-Your-Key": KEY, "Set-Cookie": "session=secret"})
        await exchange.text(f"It is {KEY[:10]}")
        await exchange.drip(f'data: {{"choices":[{{"delta":{{"content":"{KEY}"}}}}]}}\n\n'.encode(), size=7)
        await exchange.finish()

    kept: list[RecordedExchange] = []
    async with Server(script) as server:
        client = ChatClient(Endpoint(server.url, Secret(KEY)), record=kept.append)
        reply = await ask(client, question(f"Is {KEY} mine?"))
        await client.aclose()
    assert KEY in reply.text
    path = tmp_path / "turn"
    made(path).append(kept[0])
    text = path.read_text()
    whole = b"".join(piece.data for piece in read(path)[0].pieces).decode()
    assert KEY not in text + whole
    assert "secret" not in text and "uthorization" not in text
    assert "*" * len(KEY) in whole
    assert f"It is {KEY[:10]}" in whole


async def test_a_key_in_a_packed_body_is_not_kept_either() -> None:
    async def script(exchange: Answering) -> None:
        await exchange.head(401, {"Content-Encoding": "gzip"}, content_type="application/json")
        await exchange.write(gzip.compress(json.dumps({"error": f"bad key {KEY}"}).encode()))
        await exchange.end()

    async with Server(script) as server:
        _, [kept] = await record(server.url)
    assert kept.status == 401
    assert kept.pieces == []


def test_only_its_owner_may_read_it_and_nothing_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "turn"
    made(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(RecordingUnusable):
        made(path)
    with pytest.raises(RecordingUnusable):
        made(tmp_path / "missing" / "turn")


def test_a_file_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    file = made(tmp_path / "turn")
    (tmp_path / "turn").unlink()
    (tmp_path / "turn").mkdir()
    file.append(RecordedExchange({}))
    assert file.trouble is not None


TIMES = st.floats(0, 1e6).map(lambda at: round(at, 6))
EXCHANGES = st.builds(
    RecordedExchange,
    st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers()),
    st.just("http://there"),
    phases=st.lists(st.tuples(TIMES, st.sampled_from(["connecting", "sent"]))),
    status=st.just(200),
    headers=st.lists(st.tuples(st.text("abc"), st.text("abc"))),
    head_at=TIMES,
    pieces=st.lists(st.builds(RecordedChunk, TIMES, st.binary(max_size=20))),
    end=st.sampled_from(["complete", "closed", "ReadError"]),
    end_at=TIMES,
    words=st.text("abc"),
    reason=st.none() | st.builds(Reason, st.just("system"), st.integers(0, 99), st.text("abc")),
)


@settings(deadline=None)
@given(kept=st.lists(EXCHANGES, min_size=1, max_size=3))
def test_what_is_written_is_read(
    kept: list[RecordedExchange], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("recording") / "turn"
    file = made(path)
    for exchange in kept:
        file.append(exchange)
    assert read(path) == kept
    with path.open("ab") as damaged:
        damaged.write(b'{"at": 1, "te')  # the end was lost
    assert read(path) == kept


WORDS = ["request", "url", "at", "phase", "status", "headers", "text", "base64", "end", "reason", "words"]
LINES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
)


@settings(deadline=None)
@given(lines=st.lists(LINES, max_size=5))
def test_a_file_that_is_no_recording_is_refused(
    lines: list[object], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("recording") / "turn"
    head = {"neurotui": "recording", "version": 1}
    path.write_text("\n".join(json.dumps(line) for line in [head, *lines, {}]))
    try:
        exchanges = read(path)
    except RecordingUnusable as error:
        assert str(path) in error.title
    else:
        assert all(list(entries(exchange)) for exchange in exchanges)


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"\xff\xfe", b'{"neurotui": "recording", "version": 9}\n{"request": {}}\n']
)
def test_other_files_are_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "turn").write_bytes(data)
    with pytest.raises(RecordingUnusable):
        read(tmp_path / "turn")


@pytest.mark.parametrize("moment", ["1e999", "NaN", "1" * 400])
def test_a_moment_that_never_comes_is_refused(moment: str, tmp_path: Path) -> None:
    lines = [
        '{"neurotui": "recording", "version": 1}',
        '{"request": {}}',
        f'{{"at": {moment}, "phase": "sent"}}',
    ]
    (tmp_path / "turn").write_text("\n".join([*lines, "{}"]))
    with pytest.raises(RecordingUnusable, match="Line 3"):
        read(tmp_path / "turn")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no file without an end")
def test_a_file_without_an_end_is_not_read_to_its_end() -> None:
    with pytest.raises(RecordingUnusable, match="not a recording"):
        read(Path("/dev/zero"))
