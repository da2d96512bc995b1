"""The sockets: opened ahead, raced over addresses, closed at once."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator
from ipaddress import IPv6Address
from pathlib import Path
from urllib.parse import urlsplit

import httpcore
import pytest

from neurotui.api.endpoint import Endpoint, normalise_base_url
from neurotui.api.net.backend import NetworkBackend
from neurotui.api.net.dialing import HEAD_START, Address, first_to_answer, look_up
from neurotui.api.net.stream import HIGH_WATER, READ_PIECE, SocketStream
from neurotui.api.probe import Probe
from tests.api.asking import ask, client_of, question
from tests.servers import Connection as Peer
from tests.servers import Server, answer, black_hole, closed_port


def link_local() -> tuple[str, str] | None:
    """An address of a local link of this computer and its zone (Linux)."""
    try:
        lines = Path("/proc/net/if_inet6").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = (line.split() for line in lines if line.startswith("fe80"))
    return next(((str(IPv6Address(bytes.fromhex(digits))), name) for digits, *_, name in found), None)


LINK_LOCAL = link_local()


def address(port: int) -> Address:
    return socket.AF_INET, "127.0.0.1", port


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async def wait(peer: Peer) -> None:
        await peer.gone.wait()

    async with Server(connect=wait) as server:
        yield server


async def test_an_address_that_hangs_holds_the_next_one_up_only_a_little(server: Server) -> None:
    with black_hole() as url:
        began = time.monotonic()
        hanging = address(urlsplit(url).port or 0)
        connection = await first_to_answer([hanging, address(server.port)])
        assert HEAD_START <= time.monotonic() - began < 2 * HEAD_START
        connection.abort()


async def test_an_address_that_refuses_does_not_hold_the_next_one_up(server: Server) -> None:
    began = time.monotonic()
    connection = await first_to_answer([address(closed_port()), address(server.port)])
    assert time.monotonic() - began < HEAD_START
    connection.abort()


async def test_where_no_address_answers_the_first_reason_is_told() -> None:
    with pytest.raises(ConnectionRefusedError):
        await first_to_answer([address(closed_port()), address(closed_port())])


async def test_only_the_winner_of_a_race_stays_open(server: Server) -> None:
    connection = await first_to_answer([address(server.port)] * 3)
    await asyncio.sleep(HEAD_START)
    await server.until(lambda: server.open == 1)
    connection.abort()
    await server.until(lambda: not server.open)


async def test_a_race_that_is_called_off_leaves_nothing_open(server: Server) -> None:
    for turns in range(12):
        race = asyncio.create_task(first_to_answer([address(server.port)] * 2))
        for _ in range(turns):
            await asyncio.sleep(0)
        race.cancel()
        await asyncio.wait([race])
        if not race.cancelled():
            race.result().abort()
    await server.until(lambda: not server.open)


async def test_names_are_looked_up_on_a_thread_that_nobody_waits_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()
    threads = []

    def hang(*_: object, **__: object) -> None:
        threads.append(threading.current_thread())
        asked.wait(5)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    task = asyncio.create_task(look_up("example.invalid", 80))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait([task])
    assert threads[0].daemon
    asked.set()
    threads[0].join()
    await asyncio.sleep(0)


@pytest.mark.parametrize("name", ["nothing.invalid", "a" * 70 + ".invalid"])
async def test_a_name_without_an_address(name: str) -> None:
    with pytest.raises(socket.gaierror):
        await look_up(name, 80)


async def test_the_families_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    six, four = socket.AF_INET6, socket.AF_INET
    records = [
        (family, 0, 0, "", (host, 80)) for family, host in [(six, "a"), (six, "b"), (six, "c"), (four, "d")]
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: records)
    assert [host for _, host, _ in await look_up("x", 80)] == ["a", "d", "b", "c"]


async def test_bytes_arrive_in_pieces_and_the_end_after_them(server: Server) -> None:
    connection = await NetworkBackend().connect_tcp("127.0.0.1", server.port)
    await server.until(lambda: server.open)
    await server.connections[0].send(b"x" * 100_000)
    server.connections[0].close()
    received = []
    while data := await connection.read(65536):
        received.append(len(data))
    assert sum(received) == connection.received == 100_000
    assert max(received) == READ_PIECE
    assert await connection.read(10) == b""
    connection.abort()


async def test_what_is_not_read_is_left_to_the_sender(server: Server) -> None:
    connection = await NetworkBackend().connect_tcp("127.0.0.1", server.port)
    await server.until(lambda: server.open)
    sending = asyncio.create_task(server.connections[0].send(b"x" * 50_000_000))
    await server.until(lambda: connection.received >= HIGH_WATER)
    await asyncio.sleep(0.1)
    assert connection.received < 10 * HIGH_WATER
    assert not sending.done()
    connection.abort()
    await sending


async def test_a_read_that_is_cancelled_has_closed_the_socket(server: Server) -> None:
    connection = await NetworkBackend().connect_tcp("127.0.0.1", server.port)
    reading = asyncio.create_task(connection.read(10))
    await asyncio.sleep(0.01)
    own = connection.get_extra_info("socket")
    reading.cancel()
    await asyncio.wait([reading])
    assert connection.closed
    await asyncio.sleep(0)
    assert own.fileno() == -1


async def test_the_limits_have_httpcores_names(server: Server) -> None:
    network = NetworkBackend()
    connection = await network.connect_tcp("127.0.0.1", server.port)
    with pytest.raises(httpcore.ReadTimeout):
        await connection.read(10, timeout=0.01)
    with pytest.raises(httpcore.WriteError):
        await connection.write(b"x")
    with black_hole() as url, pytest.raises(httpcore.ConnectTimeout):
        await network.connect_tcp("127.0.0.1", urlsplit(url).port or 0, timeout=0.05)
    with pytest.raises(httpcore.ConnectError):
        await network.connect_tcp("127.0.0.1", closed_port())


async def test_a_write_that_is_not_taken_fails_after_its_limit() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        connection = await NetworkBackend().connect_tcp("127.0.0.1", listener.getsockname()[1])
        with pytest.raises(httpcore.WriteTimeout):
            await connection.write(b"x" * 50_000_000, timeout=0.05)
        assert connection.closed


async def test_a_prepared_connection_is_found_ready(server: Server) -> None:
    network = NetworkBackend()
    network.prepare("127.0.0.1", server.port, None, 1.0)
    assert network.preparing and not network.ready
    await server.until(lambda: network.ready)
    await network.connect_tcp("127.0.0.1", server.port)
    assert len(server.connections) == 1
    assert not network.preparing
    network.hang_up()


async def test_one_that_is_on_its_way_is_waited_for(server: Server) -> None:
    network = NetworkBackend()
    network.prepare("127.0.0.1", server.port, None, 1.0)
    assert isinstance(await network.connect_tcp("127.0.0.1", server.port), SocketStream)
    assert len(server.connections) == 1
    network.hang_up()


async def test_one_that_the_server_has_closed_is_replaced(server: Server) -> None:
    network = NetworkBackend()
    network.prepare("127.0.0.1", server.port, None, 1.0)
    await server.until(lambda: network.ready and server.open)
    server.connections[0].close()
    await server.until(lambda: not network.ready)
    connection = await network.connect_tcp("127.0.0.1", server.port)
    assert connection.fresh and len(server.connections) == 2
    network.hang_up()


async def test_one_that_failed_is_tried_anew_and_in_silence(server: Server) -> None:
    network = NetworkBackend()
    network.prepare("127.0.0.1", closed_port(), None, 1.0)
    await server.until(lambda: not network.preparing)
    assert isinstance(await network.connect_tcp("127.0.0.1", server.port), SocketStream)
    network.hang_up()


@pytest.mark.parametrize("turns", range(6))
async def test_hanging_up_closes_everything(server: Server, turns: int) -> None:
    network = NetworkBackend()
    await network.connect_tcp("127.0.0.1", server.port)
    network.prepare("127.0.0.1", server.port, None, 1.0)
    for _ in range(turns):
        await asyncio.sleep(0)
    network.hang_up()
    await server.until(lambda: not server.open)


async def test_a_zone_that_is_not_there_has_no_address() -> None:
    with pytest.raises(socket.gaierror):
        await look_up("fe80::1%25nothing", 80)


@pytest.mark.skipif(LINK_LOCAL is None, reason="no address of a local link here")
async def test_a_zone_is_for_the_dialling_alone() -> None:
    assert LINK_LOCAL is not None
    address, zone = LINK_LOCAL
    async with Server(answer("Hi"), host=f"{address}%{zone}") as there:
        url = normalise_base_url(f"http://[{address}%{zone}]:{there.port}/v1")
        client = client_of(url)
        await client.warm()
        assert (await ask(client)).text == "Hi"
        assert await client.models()
        await client.aclose()
        probe = Probe(Endpoint(url))
        await probe.look_up()
        await probe.leave(question())
        assert len(there.chats) == 2
        assert {request.headers["host"] for request in there.requests} == {f"[{address}]:{there.port}"}
