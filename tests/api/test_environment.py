"""Proxies and certificates as the environment sets them, rightly and wrongly."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx
import pytest

from neurotui.api import environment
from neurotui.errors import BadCertificates, BadProxy, ConnectionRefused, ConnectTimeout
from neurotui.wire.events import Connecting, Sent
from tests.api.asking import QUICK, ask, ask_at, client_of
from tests.api.proxies import http_proxy, socks_proxy
from tests.servers import CERTIFICATES, Connection, Server, answer, closed_port

VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.lower(), raising=False)


async def test_plain_http_goes_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    async with Server(answer("Hi")) as server, http_proxy(asked) as address:
        monkeypatch.setenv("HTTP_PROXY", address)
        client = client_of(server.url)
        await client.warm()
        assert (await ask(client)).text == "Hi"
        assert (await ask(client)).of(Sent)[0].reused
        await client.aclose()
    assert asked == [f"POST {server.url}/chat/completions HTTP/1.1"]


async def test_https_goes_through_a_tunnel_with_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "ca.pem"))
    async with (
        Server(answer("Hi"), tls="localhost") as server,
        http_proxy(asked, user="me:secret") as address,
    ):
        monkeypatch.setenv("HTTPS_PROXY", address)
        client = client_of(server.url)
        await client.warm()
        for reused in (False, True):
            reply = await ask(client)
            assert reply.text == "Hi"
            assert [(sent.tls, sent.reused) for sent in reply.of(Sent)] == [("TLS 1.3", reused)]
            assert reply.count(Connecting) == (not reused)
        await client.aclose()

        monkeypatch.setenv("HTTPS_PROXY", address.replace("secret", "wrong"))
        error = (await ask_at(server.url)).error
        assert isinstance(error, BadProxy) and "407" in error.cause
        assert "HTTPS_PROXY" in error.title and "wrong" not in str(error)
    assert set(asked) == {f"CONNECT 127.0.0.1:{server.port} HTTP/1.1"}


@pytest.mark.parametrize("tls", [None, "localhost"])
async def test_socks_as_desktops_write_it(tls: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "ca.pem"))
    async with Server(answer("Hi"), tls=tls) as server, socks_proxy(asked) as address:
        monkeypatch.setenv("ALL_PROXY", address)
        client = client_of(server.url)
        await client.warm()
        assert (await ask(client)).text == "Hi"
        assert (await ask(client)).of(Sent)[0].reused
        await client.aclose()
        assert asked == [f"127.0.0.1:{server.port}"]


async def test_no_proxy_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with Server(answer("Hi")) as server:
        for exception in ("127.0.0.1", "*", f"127.0.0.1:{server.port}", "[::1, 127.0.0.1"):
            monkeypatch.setenv("NO_PROXY", exception)
            assert (await ask_at(server.url)).text == "Hi"


@pytest.mark.parametrize(
    "address",
    [
        "http://[::1",
        "http://[bad",
        "socks4://127.0.0.1:1",
        "ftp://x",
        "http://",
        "http://x:port",
        "http://\x01",
        "htp:/bad",
        "http:/127.0.0.1:1",
        "//127.0.0.1:1",
    ],
)
async def test_a_proxy_that_cannot_be_one_is_told_by_the_first_request(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", address)
    client = client_of("http://127.0.0.1:1/v1")
    await client.warm()
    for _ in range(2):
        error = (await ask(client)).error
        assert isinstance(error, BadProxy)
        assert "HTTP_PROXY" in error.title and error.cause
    with pytest.raises(BadProxy):
        await client.models()
    assert await client.balance() is None
    await client.aclose()


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_that_is_not_there_is_told_of_by_its_name(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neurotui.api.retry.MOST", 0)
    proxy = f"127.0.0.1:{closed_port()}"
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://{proxy}")
    error = (await ask_at("http://nothing.invalid/v1")).error
    assert type(error) is ConnectionRefused
    assert proxy in error.title and "ALL_PROXY" in error.cause


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_that_falls_silent_holds_nobody_up(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def mute(connection: Connection) -> None:
        await connection.gone.wait()

    async with Server(connect=mute) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"{scheme}://127.0.0.1:{proxy.port}")
        client = client_of("https://nothing.invalid/v1", timeouts=replace(QUICK, silence=10.0))
        await client.warm()
        await asyncio.sleep(0.05)  # until it is open
        assert type((await ask(client)).error) is ConnectTimeout
        await client.aclose()


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_wants_a_name_is_told_of(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refusing(connection: Connection) -> None:
        await connection.read_until(b"\r\n\r\n")
        await connection.send(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        await connection.gone.wait()

    async with Server(connect=refusing) as proxy:
        variable = f"{scheme.upper()}_PROXY"
        monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.port}")
        error = (await ask_at(f"{scheme}://nothing.invalid/v1")).error
        assert isinstance(error, BadProxy)
        assert variable in error.title and "407" in error.cause
        assert error.http_status == 407


async def test_certificates_that_cannot_be_read_are_told_by_the_first_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/missing/certificates.pem")
    error = (await ask_at("https://127.0.0.1:1/v1")).error
    assert isinstance(error, BadCertificates)
    assert "SSL_CERT_FILE" in error.title and "/missing/certificates.pem" in error.cause

    monkeypatch.setenv("SSL_CERT_FILE", __file__)
    assert isinstance((await ask_at("https://127.0.0.1:1/v1")).error, BadCertificates)

    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "ca.pem"))
    monkeypatch.setenv("SSLKEYLOGFILE", "/missing/keys.log")
    error = (await ask_at("https://127.0.0.1:1/v1")).error
    assert isinstance(error, BadCertificates)
    assert "SSLKEYLOGFILE" in error.title and "/missing/keys.log" in error.cause


async def test_certificates_do_not_matter_to_plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/missing/certificates.pem")
    async with Server(answer("Hi")) as server:
        assert (await ask_at(server.url)).text == "Hi"


def test_the_tls_context_is_made_once_for_an_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    first = environment.tls_context()
    assert environment.tls_context() is first
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "ca.pem"))
    assert environment.tls_context() is not first


def test_httpx_still_needs_to_be_kept_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Why the environment is read here at all; where this fails, httpx may do it again."""
    monkeypatch.setenv("ALL_PROXY", "socks://127.0.0.1:1")
    with pytest.raises(ValueError, match="Unknown scheme"):
        httpx.AsyncClient()
