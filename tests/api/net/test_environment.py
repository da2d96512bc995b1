"""Proxies and certificates as the environment sets them, rightly and wrongly."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx
import pytest

from neurotui.api.endpoint import Endpoint
from neurotui.api.net import environment
from neurotui.api.net.environment import Route, is_exempt
from neurotui.api.probe import Probe
from neurotui.errors import (
    BadCertificates,
    BadProxy,
    ConnectionFailed,
    ConnectTimeout,
    Disconnected,
    KeyRefused,
    ProxyFailed,
    UpstreamUnavailable,
)
from neurotui.wire.events import Connecting, RetryScheduled, Sent
from tests.api.asking import PATIENT, QUICK, ask, ask_at, client_of
from tests.api.proxies import http_proxy, socks_proxy
from tests.servers import CERTIFICATES, Connection, Server, answer, black_hole, closed_port

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
        url = f"http://server.invalid:{server.port}/v1"
        client = client_of(url)
        await client.warm()
        assert (await ask(client)).text == "Hi"
        assert (await ask(client)).of(Sent)[0].reused
        await client.aclose()
    assert asked == [f"POST {url}/chat/completions HTTP/1.1"]
    assert (await client.endpoint()).unprotected


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("proxy", ["http", "socks5"])
async def test_what_is_for_this_computer_goes_to_no_proxy(
    scheme: str, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "ca.pem"))
    for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"{proxy}://127.0.0.1:1")
    tls = "localhost" if scheme == "https" else None
    async with Server(answer("Hi"), tls=tls, host="0.0.0.0") as server:
        names = ["127.0.0.1", "localhost"] + ["127.9.8.7", "api.localhost", "0.0.0.0"] * (scheme == "http")
        for name in names:
            url = f"{scheme}://{name}:{server.port}/v1"
            client = client_of(url)
            await client.warm()
            assert (await ask(client)).text == "Hi", name
            assert await client.models() and await client.balance()
            await client.aclose()
            probe = Probe(Endpoint(url))
            assert not probe.through_proxy
            assert await probe.look_up()
            (await probe.connect()).abort()
    for name in ("[::1]", "[::ffff:127.0.0.1]", "LOCALHOST", "a.b.localhost."):
        assert Route.to(Endpoint(f"{scheme}://{name}:8080/v1")).proxy is None
    for name in ("10.0.0.1", "localhost.example.com", "notlocalhost", "[fd00::1]", "[::2]"):
        assert Route.to(Endpoint(f"{scheme}://{name}:8080/v1")).proxy is not None


@pytest.mark.parametrize(
    ("listed", "host", "exempt"),
    [
        ("localhost,10.0.0.0/8", "10.1.2.3", True),
        ("localhost,10.0.0.0/8", "11.1.2.3", False),
        ("10.9.9.9/8", "10.1.2.3", True),
        ("10.0.0.0/255.0.0.0", "10.1.2.3", True),
        ("10.0.0.0/99", "10.1.2.3", False),
        ("10.0.0.0/8", "::ffff:10.1.2.3", True),
        ("10.0.0.0/8:8080", "10.1.2.3", True),
        ("10.0.0.0/8:80", "10.1.2.3", False),
        ("fd00::/8", "fd00::2", True),
        ("[fd00::]/8", "fd00::2", True),
        ("[fd00::/8]", "fd00::2", True),
        ("[fd00::/8]:8080", "fd00::2", True),
        ("[fd00::/8]:81", "fd00::2", False),
        ("fd00::/8", "fe00::2", False),
        ("fe80::/10", "fe80::1%25eth0", True),
        ("0:0:0:0:0:0:0:2", "::2", True),
        ("[::2]", "::2", True),
        ("[::2]:8080", "::2", True),
        ("[::2]:1", "::2", False),
        ("*", "anything.example.com", True),
        ("a, *", "10.0.0.1", True),
        ("192.168.*", "192.168.1.1", True),
        ("*.example.com", "api.example.com", True),
        ("*.example.com", "example.com", False),
        (".example.com", "example.com", True),
        ("Example.COM", "api.example.com", True),
        ("example.com", "API.EXAMPLE.COM.", True),
        ("example.com", "badexample.com", False),
        ("example.com:8080", "example.com", True),
        ("example.com:443", "example.com", False),
        ("a.b c.d\te.f,g.h;i.j", "g.h", True),
        ("a.b c.d\te.f,g.h;i.j", "e.f", True),
        ("пример.рф", "api.xn--e1afmkfd.xn--p1ai", True),
        ("0.0.1", "10.0.0.1", False),
        ("10.0.0.0/8", "example.com", False),
        ("[::1, 10.0.0.1", "10.0.0.1", True),
        (" , ,", "example.com", False),
        ("", "example.com", False),
    ],
)
def test_what_is_listed_as_needing_no_proxy(listed: str, host: str, exempt: bool) -> None:
    assert is_exempt(listed, host, 8080) is exempt


@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_the_list_is_read_from_its_variable(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv(name, "10.0.0.0/8, [fd00::]/8, example.com:443")
    for url in ("http://10.1.2.3/v1", "https://[fd00::1]:8443/v1", "https://api.example.com/v1"):
        assert Route.to(Endpoint(url)).proxy is None
    for url in ("http://11.1.2.3/v1", "https://[fe00::1]/v1", "http://api.example.com/v1"):
        assert Route.to(Endpoint(url)).proxy is not None


async def test_https_goes_through_a_tunnel_with_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "ca.pem"))
    async with (
        Server(answer("Hi"), tls="elsewhere") as server,
        http_proxy(asked, user="me:secret") as address,
    ):
        monkeypatch.setenv("HTTPS_PROXY", address)
        url = f"https://elsewhere.invalid:{server.port}/v1"
        client = client_of(url)
        await client.warm()
        for reused in (False, True):
            reply = await ask(client)
            assert reply.text == "Hi"
            assert [(sent.tls, sent.reused) for sent in reply.of(Sent)] == [("TLS 1.3", reused)]
            assert reply.count(Connecting) == (not reused)
        await client.aclose()

        monkeypatch.setenv("HTTPS_PROXY", address.replace("secret", "wrong"))
        reply = await ask_at(url)
        error = reply.error
        assert isinstance(error, BadProxy) and "407" in error.cause and "refused" in error.cause
        assert "HTTPS_PROXY" in error.title and "wrong" not in str(error)
        assert reply.count(RetryScheduled) == 0
    assert set(asked) == {f"CONNECT elsewhere.invalid:{server.port} HTTP/1.1"}


@pytest.mark.parametrize("tls", [None, "elsewhere"])
async def test_socks_as_desktops_write_it(tls: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "ca.pem"))
    async with Server(answer("Hi"), tls=tls) as server, socks_proxy(asked) as address:
        monkeypatch.setenv("ALL_PROXY", address)
        client = client_of(f"{'https' if tls else 'http'}://elsewhere.invalid:{server.port}/v1")
        await client.warm()
        assert (await ask(client)).text == "Hi"
        assert (await ask(client)).of(Sent)[0].reused
        await client.aclose()
        assert asked == [f"elsewhere.invalid:{server.port}"]


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
    client = client_of("http://server.invalid/v1")
    await client.warm()
    for _ in range(2):
        error = (await ask(client)).error
        assert isinstance(error, BadProxy)
        assert "HTTP_PROXY" in error.title and error.cause
    with pytest.raises(BadProxy):
        await client.models()
    assert await client.balance() is None
    await client.aclose()


@pytest.mark.parametrize("target", ["http", "https"])
@pytest.mark.parametrize("scheme", ["http", "socks5"])
@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-proxy.invalid"])
async def test_a_proxy_that_is_not_there_is_told_of_at_once(
    target: str, scheme: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = f"{host}:{closed_port()}"
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://{proxy}")
    reply = await ask_at(f"{target}://nothing.invalid/v1")
    assert type(reply.error) is ProxyFailed and reply.count(RetryScheduled) == 0
    assert "ALL_PROXY" in reply.error.title and proxy in reply.error.cause
    probe = Probe(Endpoint(f"{target}://nothing.invalid/v1"))
    with pytest.raises(ProxyFailed, match="ALL_PROXY"):
        await probe.look_up()
        await probe.connect()


async def test_a_proxy_that_does_not_answer_is_told_of_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with black_hole() as url:
        monkeypatch.setenv("ALL_PROXY", url.removesuffix("/v1"))
        limits = replace(PATIENT, connect=QUICK.connect)
        error = (await ask_at("https://nothing.invalid/v1", timeouts=limits)).error
    assert type(error) is ConnectTimeout and "ALL_PROXY" in error.cause


SAYINGS = [
    ("socks5://", [b"\x05\xff"], BadProxy, "wants a name and a password"),
    ("socks5://", [b"\x05\x02"], BadProxy, "wants a name and a password"),
    ("socks5://me:secret@", [b"\x05\x02", b"\x01\x01"], BadProxy, "refused the name or the password"),
    ("socks5://me:secret@", [b"\x05\xff"], BadProxy, "takes no name"),
    ("socks5://", [b"\x05\x00", b"\x05\x02\0\1\0\0\0\0\0\0"], ProxyFailed, "not allowed by ruleset"),
    ("socks5://", [b""], ProxyFailed, "does not speak SOCKS"),
    ("socks5://", [b"\x05"], ProxyFailed, "does not speak SOCKS"),
    ("socks5://", [b"\x05\x00", b""], ProxyFailed, "does not speak SOCKS"),
    ("socks5://", [b"\x05\x00", b"\x05\xf0\0\1\0\0\0\0\0\0"], ProxyFailed, "does not speak SOCKS"),
    ("socks5://", [b"HTTP/1.1 400 Bad Request\r\n\r\n"], ProxyFailed, "does not speak SOCKS"),
    ("http://", [b"HTTP/1.1 407 Who?\r\nContent-Length: 0\r\n\r\n"], BadProxy, "wants a name"),
    (
        "http://me:secret@",
        [b"HTTP/1.1 401 Unauthorized\r\nServer: tinyproxy/1.11.1\r\nContent-Length: 0\r\n\r\n"],
        BadProxy,
        "refused the name or the password",
    ),
    (
        "http://",
        [b"HTTP/1.1 403 Filtered\r\nServer: tinyproxy/1.11.1\r\nContent-Length: 2\r\n\r\nno"],
        ProxyFailed,
        "403 Filtered",
    ),
    ("http://", [b"\x05\xff"], ProxyFailed, "does not speak HTTP"),
]


@pytest.mark.parametrize("target", ["http", "https"])
@pytest.mark.parametrize(("scheme", "said", "kind", "words"), SAYINGS)
async def test_a_proxy_that_refuses_is_told_of_at_once_and_by_its_variable(
    target: str,
    scheme: str,
    said: list[bytes],
    kind: type[Exception],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def speak(connection: Connection) -> None:
        for piece in said:
            await connection.read_some()
            await connection.send(piece)
        connection.close()

    async with Server(connect=speak) as proxy:
        variable = f"{target.upper()}_PROXY"
        monkeypatch.setenv(variable, f"{scheme}127.0.0.1:{proxy.port}")
        reply = await ask_at(f"{target}://nothing.invalid/v1")
        error = reply.error
        assert type(error) is kind and variable in error.title
        assert words in error.cause and "secret" not in str(error)
        assert reply.count(RetryScheduled) == 0
        assert len(proxy.connections) == 1


@pytest.mark.parametrize("target", ["http", "https"])
@pytest.mark.parametrize("certificate", ["elsewhere", None])
async def test_a_proxy_whose_tls_cannot_be_set_up_is_told_of(
    certificate: str | None, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def wait(connection: Connection) -> None:
        await connection.gone.wait()

    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "ca.pem"))
    async with Server(connect=wait, tls=certificate) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"https://127.0.0.1:{proxy.port}")
        # One that speaks no TLS says nothing: that ends by the limit.
        limits = PATIENT if certificate else replace(PATIENT, connect=QUICK.connect)
        reply = await ask_at(f"{target}://nothing.invalid/v1", timeouts=limits)
        assert type(reply.error) is ProxyFailed and "ALL_PROXY" in reply.error.title
        assert "TLS" in reply.error.cause and "127.0.0.1" in reply.error.cause
        assert reply.count(RetryScheduled) == 0


@pytest.mark.parametrize("target", ["http", "https"])
async def test_a_proxy_that_closes_is_told_of(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def close(connection: Connection) -> None:
        await connection.read_until(b"\r\n\r\n")
        connection.close()

    async with Server(connect=close) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
        reply = await ask_at(f"{target}://nothing.invalid/v1")
        assert type(reply.error) is (Disconnected if target == "http" else ProxyFailed)
        assert "ALL_PROXY" in str(reply.error) and len(proxy.connections) == 1


PAGE = b"<html><head><title>502 Bad Gateway</title></head></html>"


@pytest.mark.parametrize(
    ("head", "body", "kind"),
    [
        ("502 Bad Gateway", PAGE, ProxyFailed),
        ("503 Service Unavailable", b"", ProxyFailed),
        ("504 Gateway Timeout", b"cannot connect", ProxyFailed),
        ("503 Service Unavailable\r\nServer: squid/5.7\r\nVia: 1.1 here (squid/5.7)", PAGE, ProxyFailed),
        ("500 Oops\r\nX-Squid-Error: ERR_READ_ERROR 104", PAGE, ProxyFailed),
        ("502 Bad Gateway\r\nVia: 1.1 tinyproxy (tinyproxy/1.11.1)", PAGE, UpstreamUnavailable),
        ("502 Bad Gateway", b'{"error": {"message": "no upstream"}}', UpstreamUnavailable),
        ("401 Unauthorized", PAGE, KeyRefused),
    ],
)
async def test_a_page_of_the_proxy_is_told_from_one_of_the_server(
    head: str, body: bytes, kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neurotui.api.retry.MOST", 0)

    async def speak(connection: Connection) -> None:
        await connection.read_until(b"\r\n\r\n")
        await connection.send(f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        await connection.gone.wait()

    async with Server(connect=speak) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        error = (await ask_at("http://nothing.invalid/v1")).error
        assert type(error) is kind
        if kind is ProxyFailed:
            assert "http_proxy" in error.title and head.partition("\r")[0] in error.cause


async def test_what_a_proxy_read_is_not_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def speak(connection: Connection) -> None:
        await connection.read_until(b"\r\n\r\n")
        await connection.send(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")

    async with Server(connect=speak) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        reply = await ask_at("http://nothing.invalid/v1")
        assert type(reply.error) is ProxyFailed and reply.count(RetryScheduled) == 0
        assert len(proxy.connections) == 1


@pytest.mark.parametrize(
    ("scheme", "said", "words"),
    [
        ("http", [b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"], "502 Bad Gateway"),
        ("http", [b"HTTP/1.0 500 Unable to connect\r\nServer: tinyproxy/1.11.1\r\n\r\n"], "500 Unable"),
        ("socks5", [b"\x05\x00", b"\x05\x04\0\1\0\0\0\0\0\0"], "Host unreachable"),
    ],
)
async def test_a_tunnel_that_cannot_be_opened_is_a_failed_connection_as_the_proxy_says(
    scheme: str, said: list[bytes], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neurotui.api.retry.MOST", 0)

    async def speak(connection: Connection) -> None:
        for piece in said:
            await connection.read_some()
            await connection.send(piece)
        await connection.gone.wait()

    async with Server(connect=speak) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://127.0.0.1:{proxy.port}")
        error = (await ask_at("https://nothing.invalid/v1")).error
        assert type(error) is ConnectionFailed
        assert "nothing.invalid" in error.title
        assert words in error.cause and "HTTPS_PROXY" in error.cause


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_that_falls_silent_holds_nobody_up(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def mute(connection: Connection) -> None:
        await connection.gone.wait()

    async with Server(connect=mute) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"{scheme}://127.0.0.1:{proxy.port}")
        client = client_of("https://nothing.invalid/v1", timeouts=replace(PATIENT, connect=QUICK.connect))
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
