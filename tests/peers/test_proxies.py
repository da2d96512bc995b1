"""The client through proxies that others wrote, with the right password and with wrong ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.asking import KEY, Shell
from tests.peers.programs import find, free_port, started
from tests.servers import HELLO, Server

USER, PASSWORD = "name", "passw0rd"
HOST = "server.example"
"""The server's name, which the proxies alone can resolve: to loopback itself no proxy is used."""
TINYPROXY = f"""
Port {{port}}
Listen 127.0.0.1
Timeout 20
LogLevel Warning
BasicAuth {USER} {PASSWORD}
"""


@contextmanager
def proxy(kind: str, folder: Path) -> Iterator[int]:
    """The port of a proxy that wants USER and PASSWORD, and knows HOST."""
    program, port = find(kind), free_port()
    if kind == "tinyproxy":
        file = folder / "tinyproxy.conf"
        file.write_text(TINYPROXY.format(port=port))
        command = [program, "-d", "-c", str(file)]
    else:
        command = [program, "-i", "127.0.0.1", "-p", str(port), "-u", USER, "-P", PASSWORD]
    hosts = folder / "hosts"
    hosts.write_text(f"127.0.0.1 {HOST}\n")
    environment = {"LD_PRELOAD": nss_wrapper(), "NSS_WRAPPER_HOSTS": str(hosts)}
    with started(command, port, log=folder / "proxy.log", environment=environment):
        yield port


def nss_wrapper() -> str:
    """Return the library that gives a program a hosts file of its own; skip the test where it is missing."""
    found = sorted(Path("/usr/lib").glob("*/libnss_wrapper.so"))
    if not found:
        pytest.skip("libnss-wrapper is not installed")
    return str(found[0])


@pytest.mark.parametrize(
    ("kind", "scheme", "variable"),
    [
        ("tinyproxy", "http", "HTTP_PROXY"),
        ("microsocks", "socks5", "ALL_PROXY"),
        ("microsocks", "socks", "ALL_PROXY"),
    ],
)
def test_a_proxy_that_wants_a_password(
    shell: Shell, tmp_path: Path, kind: str, scheme: str, variable: str
) -> None:
    with Server(HELLO) as server, proxy(kind, tmp_path) as port:

        def ask(credentials: str) -> tuple[int, bytes, str]:
            done = shell(
                None,
                "ask",
                "Hi",
                variables={
                    "NEUROTUI_BASE_URL": f"http://{HOST}:{server.port}/v1",
                    variable: f"{scheme}://{credentials}127.0.0.1:{port}",
                },
            )
            return done.code, done.out, done.err

        code, out, _ = ask(f"{USER}:{PASSWORD}@")
        assert (code, out) == (0, b"Hello, world")
        asked = len(server.chats)
        assert asked == 1
        for credentials in (f"{USER}:wrong@", ""):
            code, out, err = ask(credentials)
            assert (code, out) == (2, b"")
            assert variable in err and "proxy" in err
            assert "wrong" not in err and KEY not in err
        assert len(server.chats) == asked


def test_what_is_encrypted_goes_through_a_tunnel(shell: Shell, tmp_path: Path) -> None:
    """The certificate is for another name than HOST: refused, and never told as the proxy's fault."""
    with Server(HELLO, tls="localhost") as server, proxy("tinyproxy", tmp_path) as port:
        done = shell(
            None,
            "ask",
            "Hi",
            variables={
                "NEUROTUI_BASE_URL": f"https://{HOST}:{server.port}/v1",
                "HTTPS_PROXY": f"http://{USER}:{PASSWORD}@127.0.0.1:{port}",
            },
        )
        refused = shell(
            None,
            "ask",
            "Hi",
            variables={
                "NEUROTUI_BASE_URL": f"https://{HOST}:{server.port}/v1",
                "HTTPS_PROXY": f"http://{USER}:wrong@127.0.0.1:{port}",
            },
        )
        assert not server.requests
    assert done.code == 1 and "certificate" in done.err
    assert refused.code == 2 and "HTTPS_PROXY" in refused.err and "wrong" not in refused.err
