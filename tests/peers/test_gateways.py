"""The client behind the gateways that stand before most servers: nginx and haproxy, as Debian has them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.asking import KEY, Shell, running
from tests.peers.programs import AUTHORITY, TLS, find, free_port, started
from tests.servers import Exchange, Server, answer, closed_port
from tests.terminal import NEUROTUI, Terminal

NGINX = """
daemon off;
master_process off;
error_log stderr warn;
pid {folder}/nginx.pid;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port}{tls};
        location / {{
            proxy_pass http://127.0.0.1:{upstream};
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_next_upstream off;
            {options}
        }}
    }}
}}
"""
HAPROXY = """
global
    maxconn 64
defaults
    mode http
    retries 0
    timeout connect 500ms
    timeout client 10s
    timeout server {silence}
frontend in
    bind 127.0.0.1:{port}
    default_backend servers
backend servers
    server one 127.0.0.1:{upstream}
"""


@contextmanager
def nginx(folder: Path, upstream: int, options: str = "", *, tls: bool = False) -> Iterator[str]:
    """The base URL of an nginx before the server at `upstream`."""
    program, port = find("nginx"), free_port()
    secure = f" ssl; ssl_certificate {TLS}; ssl_certificate_key {TLS}" if tls else ""
    file = folder / "nginx.conf"
    file.write_text(
        NGINX.format(folder=folder, port=port, tls=secure, upstream=upstream, options=options), "utf-8"
    )
    command = [program, "-p", str(folder), "-c", str(file), "-e", "stderr"]
    with started(command, port, log=folder / "nginx.log"):
        yield f"http{'s' if tls else ''}://127.0.0.1:{port}/v1"


@contextmanager
def haproxy(folder: Path, upstream: int, silence: str = "10s") -> Iterator[str]:
    """The base URL of a haproxy before the server at `upstream`."""
    program, port = find("haproxy"), free_port()
    file = folder / "haproxy.cfg"
    file.write_text(HAPROXY.format(port=port, upstream=upstream, silence=silence), "utf-8")
    with started([program, "-db", "-f", str(file)], port, log=folder / "haproxy.log"):
        yield f"http://127.0.0.1:{port}/v1"


async def silent(exchange: Exchange) -> None:
    """Takes the question, and says nothing until nobody waits any more."""
    await exchange.stall()


async def leaving(exchange: Exchange) -> None:
    """Takes the question, and closes."""
    exchange.close()


async def endless(exchange: Exchange) -> None:
    """Begins an answer, and goes on with pings."""
    await exchange.head()
    await exchange.text("begun")
    while not exchange.connection.gone.is_set():
        await exchange.ping()
        await asyncio.sleep(0.05)


def test_an_answer_comes_through_with_its_pings(shell: Shell, tmp_path: Path) -> None:
    script = answer("Привет, ", "мир", pings=3, pace=0.02)
    with Server(script) as server, nginx(tmp_path, server.port, "proxy_buffering off;") as url:
        done = shell(None, "ask", "--json", "Hi", variables={"NEUROTUI_BASE_URL": url})
    result = json.loads(done.out)
    assert (done.code, result["text"], result["status"]) == (0, "Привет, мир", "complete")
    assert result["timing"]["pings"] == 3


def test_a_gateway_that_gathers_the_answer_changes_nothing_of_it(shell: Shell, tmp_path: Path) -> None:
    deltas = [f"слово {number} " for number in range(500)]
    with (
        Server(answer(*deltas)) as server,
        nginx(tmp_path, server.port, "proxy_buffering on; gzip on; gzip_types text/event-stream;") as url,
    ):
        done = shell(None, "ask", "Hi", variables={"NEUROTUI_BASE_URL": url})
    assert (done.code, done.out.decode()) == (0, "".join(deltas))


@pytest.mark.parametrize("kind", ["nginx", "haproxy"])
def test_a_gateway_that_waits_no_longer_is_asked_once(shell: Shell, tmp_path: Path, kind: str) -> None:
    with Server(silent) as server:
        gateway = (
            nginx(tmp_path, server.port, "proxy_read_timeout 300ms;")
            if kind == "nginx"
            else haproxy(tmp_path, server.port, "300ms")
        )
        with gateway as url:
            done = shell(None, "ask", "--json", "Hi", variables={"NEUROTUI_BASE_URL": url})
        assert len(server.chats) == 1
    result = json.loads(done.out)
    assert (done.code, result["error"]["http_status"]) == (1, 504)


@pytest.mark.parametrize("kind", ["nginx", "haproxy"])
def test_a_server_that_leaves_its_gateway_is_asked_once(shell: Shell, tmp_path: Path, kind: str) -> None:
    with Server(leaving) as server:
        gateway = nginx(tmp_path, server.port) if kind == "nginx" else haproxy(tmp_path, server.port)
        with gateway as url:
            done = shell(None, "ask", "--json", "Hi", variables={"NEUROTUI_BASE_URL": url})
        assert len(server.chats) == 1
    result = json.loads(done.out)
    assert (done.code, result["error"]["http_status"]) == (1, 502)
    assert "<html" not in done.err and "<h1" not in done.err


def test_a_gateway_without_a_server_is_told_as_502(shell: Shell, tmp_path: Path) -> None:
    with nginx(tmp_path, closed_port()) as url:
        done = shell(None, "ask", "Hi", variables={"NEUROTUI_BASE_URL": url})
    assert done.code == 1
    assert "502" in done.err and "<" not in done.err


def test_haproxy_without_a_server_is_asked_again_by_itself(tmp_path: Path) -> None:
    """Its 503 says that no server took the question, so the program repeats it, and says why."""
    port = free_port()
    with haproxy(tmp_path, port) as url, running(tmp_path, None, "ask", "Hi", NEUROTUI_BASE_URL=url) as ask:
        with Server(answer("there again"), port=port):
            assert ask.out.read() == b"there again"
        assert ask.wait() == 0


def test_tls_by_an_authority_of_ones_own(shell: Shell, tmp_path: Path) -> None:
    trust = {"SSL_CERT_FILE": str(AUTHORITY)}
    with Server(answer("secret")) as server, nginx(tmp_path, server.port, tls=True) as url:
        trusted = shell(None, "ask", "Hi", variables=trust | {"NEUROTUI_BASE_URL": url})
        asked = len(server.chats)
        doubted = shell(None, "ask", "Hi", variables={"NEUROTUI_BASE_URL": url})
    assert (trusted.code, trusted.out, asked) == (0, b"secret", 1)
    assert doubted.code == 1 and "certificate" in doubted.err
    assert KEY not in doubted.err


def test_http_to_a_port_of_tls_is_told_as_that(shell: Shell, tmp_path: Path) -> None:
    with Server() as server, nginx(tmp_path, server.port, tls=True) as url:
        plain = url.replace("https:", "http:")
        done = shell(None, "ask", "Hi", variables={"NEUROTUI_BASE_URL": plain})
        assert not server.chats
    assert done.code == 1
    assert "https" in done.err and KEY not in done.err


def test_a_stop_reaches_the_server_behind_its_gateway(tmp_path: Path) -> None:
    with Server(endless) as server, nginx(tmp_path, server.port, "proxy_buffering off;") as url:
        environment = {"NEUROTUI_BASE_URL": url, "NEUROTUI_API_KEY": KEY, "NEUROTUI_MODEL": "gpt-5-mini"}
        with Terminal([*NEUROTUI, "--lang", "en"], home=tmp_path, environment=environment) as terminal:
            terminal.wait_for("Message")
            terminal.type("a question\n")
            terminal.wait_for("begun")
            asked = server.connections[server.chats[0].connection]
            assert not asked.gone.is_set()
            terminal.press("escape")
            terminal.wait_for("stopped by you")
            server.wait(asked.gone.is_set)
            terminal.press("ctrl+q")
            assert terminal.wait_for_exit() == 0
