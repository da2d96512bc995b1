"""The scripted server does what its docstring says."""

from __future__ import annotations

import socket
import ssl
import time
import urllib.error
import urllib.request

import pytest

from tests.measuring import in_time, measured
from tests.servers import CERTIFICATES, Exchange, Server, answer, black_hole, closed_port, raw, refuse, whole


def post(server: Server, body: bytes = b'{"model": "m"}') -> bytes:
    with urllib.request.urlopen(server.url + "/chat/completions", data=body, timeout=5) as response:
        data: bytes = response.read()
        return data


def test_it_answers_on_a_thread_of_its_own_and_keeps_what_it_was_asked() -> None:
    with Server(answer("a", "b", pings=1)) as server:
        body = post(server)
        assert body.startswith(b": PING\n\ndata: {")
        assert body.endswith(b"data: [DONE]\n\n")
        [request] = server.chats
        assert request.json == {"model": "m"}
        server.wait(lambda: server.closed_at)
        assert 0 <= server.closed_at[0] - request.at < 5


def test_scripts_are_taken_in_turn_and_the_last_one_stays() -> None:
    with Server([whole("one"), whole("two")]) as server:
        assert b"one" in post(server)
        assert b"two" in post(server)
        assert b"two" in post(server)
        server.scripts = refuse(429, "rate_limit_exceeded", headers={"Retry-After": "2"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            post(server)
        assert refused.value.headers["Retry-After"] == "2"
        refused.value.close()


@measured
def test_one_connection_carries_several_requests_and_its_end_is_timed() -> None:
    ask = b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"
    with Server() as server:
        with socket.create_connection(("127.0.0.1", server.port)) as sock:
            for _ in range(2):
                sock.sendall(ask)
                received = b""
                while not received.endswith(b"0\r\n\r\n"):
                    received += sock.recv(65536)
            assert server.open == 1
            left = time.monotonic()
        server.wait(lambda: not server.open)
        assert [request.connection for request in server.requests] == [0, 0]
        in_time(server.closed_at[0] - left, 1.0)


def test_a_script_is_cancelled_when_its_client_goes() -> None:
    ended: list[str] = []

    async def script(exchange: Exchange) -> None:
        try:
            await exchange.head()
            await exchange.stall()
        finally:
            ended.append("ended")

    with Server(script) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as sock:
            sock.sendall(b"POST / HTTP/1.1\r\n\r\n")
            assert sock.recv(100).startswith(b"HTTP/1.1 200")
        server.wait(lambda: ended)


def test_it_resets() -> None:
    with (
        Server(raw(b"HTTP/1.1 200 OK\r\n", then=Exchange.reset)) as server,
        socket.create_connection(("127.0.0.1", server.port)) as sock,
    ):
        sock.sendall(b"POST / HTTP/1.1\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            while sock.recv(100):
                pass


def test_it_speaks_tls_with_a_certificate_for_the_host_or_for_another() -> None:
    context = ssl.create_default_context(cafile=CERTIFICATES / "ca.pem")
    with (
        Server(tls="localhost") as server,
        urllib.request.urlopen(server.url + "/models", context=context) as response,
    ):
        assert b"gpt-5-mini" in response.read()
    with Server(tls="elsewhere") as server, pytest.raises(urllib.error.URLError, match="CERTIFICATE"):
        urllib.request.urlopen(server.url + "/models", context=context)


def test_what_a_script_raises_is_raised_where_the_server_is_left() -> None:
    async def script(exchange: Exchange) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), Server(script) as server, pytest.raises(OSError):
        post(server)


def test_nothing_answers_at_a_closed_port_nor_in_a_black_hole() -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", closed_port()))
    with black_hole() as url, pytest.raises(TimeoutError):
        socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2].partition("/")[0])), timeout=0.1)
