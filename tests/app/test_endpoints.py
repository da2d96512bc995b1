"""From what is configured to a server: which of them need a key before they are asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from neurotui.app.accounts import account_of
from neurotui.errors import KeyMissing
from neurotui.settings.config import Header
from neurotui.settings.credentials import Credentials
from tests.cli.asking import KEY, Shell
from tests.servers import CERTIFICATES, Exchange, Server, answer, refuse


@pytest.mark.parametrize(
    ("base_url", "needs_key"),
    [
        ("", True),
        ("https://neuroapi.host", True),
        ("https://api.openai.com/v1", True),
        ("https://me.openai.azure.com/openai/v1", True),
        ("https://openrouter.ai/api/v1", True),
        ("https://llm.example.org/v1", False),
        ("https://notopenai.com/v1", False),
        ("http://127.0.0.1:11434/v1", False),
    ],
)
def test_a_key_is_needed_where_nobody_is_answered_without_one(base_url: str, needs_key: bool) -> None:
    assert isinstance(account_of(Credentials(base_url)).trouble, KeyMissing) is needs_key
    assert account_of(Credentials(base_url, key="sk-0123456789abcdef")).trouble is None


def test_a_server_of_ones_own_over_tls_without_a_key(shell: Shell) -> None:
    with Server([answer("Hi"), refuse(401, "no_key", "Who are you?")], tls="localhost") as server:
        variables = {"NEUROTUI_API_KEY": "", "SSL_CERT_FILE": str(CERTIFICATES / "ca.pem")}
        done = shell(server, "ask", "Hi", variables=variables)
        assert (done.code, done.out) == (0, b"Hi")
        done = shell(server, "ask", "Hi", variables=variables)
        assert done.code == 3
        assert "No API key is set: Who are you?" in done.err


TOKEN = "tok-0123456789-abcdefgh"
COOKIE = "session-9876543210-zyxwvu"
PASSWORD = "correct horse battery"


def configured(home: Path, server: Server, headers: str) -> Mapping[str, str]:
    """Writes a profile with headers; the variables that make it the one in use."""
    folder = home / ".config" / "neurotui"
    folder.mkdir(parents=True)
    text = (
        f'profile = "gate"\n[profiles.gate]\nbase_url = "{server.url}"\n[profiles.gate.headers]\n{headers}\n'
    )
    (folder / "config.toml").write_text(text, encoding="utf-8")
    return {"XDG_CONFIG_HOME": str(home / ".config")}


HEADERS = f"""
X-Title = "me"
User-Agent = "mine/1"
X-Token = {{ command = "echo {TOKEN}" }}
Cookie = "sid={COOKIE}; lang=ru"
"""


def test_the_headers_of_a_profile_are_sent_with_every_request(shell: Shell, tmp_path: Path) -> None:
    with Server(answer("Hi")) as server:
        variables = configured(tmp_path, server, HEADERS)
        assert shell(None, "ask", "Hi", variables=variables).out == b"Hi"
        assert shell(None, "models", variables=variables).code == 0
        done = shell(None, "doctor", variables=variables)
        assert "X-Title, User-Agent, X-Token, Cookie" in done.out.decode()
        assert len(server.chats) == 3, "one of them by hand, to be left"
        for request in server.requests:
            if request.path == "/api/pricing":  # a public list
                continue
            assert request.headers["x-title"] == "me" and request.headers["user-agent"] == "mine/1"
            assert request.headers["x-token"] == TOKEN
            assert request.headers["cookie"] == f"sid={COOKIE}; lang=ru"
            assert request.headers["authorization"] == f"Bearer {KEY}"
        for secret in (TOKEN, COOKIE, KEY):
            assert secret not in done.out.decode() + done.err


def test_the_headers_of_a_profile_go_to_no_other_server(shell: Shell, tmp_path: Path) -> None:
    with Server(answer("Hi")) as server, Server(answer("Hi")) as other:
        variables = configured(tmp_path, server, HEADERS)
        assert shell(other, "ask", "Hi", variables=variables).out == b"Hi"
        assert shell(None, "--base-url", other.url, "ask", "Hi", variables=variables).out == b"Hi"
        assert server.requests == [] and len(other.chats) == 2
        for request in other.requests:
            assert not {"x-title", "x-token", "cookie"} & request.headers.keys()


async def repeats_everything(exchange: Exchange) -> None:
    """Refuses, with every header in what it says."""
    said = json.dumps(dict(exchange.request.headers))
    await refuse(400, "bad", f"What is {said}?", {"X-Request-Id": exchange.request.headers["cookie"]})(
        exchange
    )


def test_a_server_that_repeats_secret_headers_is_not_repeated(shell: Shell, tmp_path: Path) -> None:
    with Server(repeats_everything) as server:
        variables = configured(tmp_path, server, HEADERS + f'Authorization = "Basic me:{PASSWORD}"\n')
        done = shell(None, "ask", "--json", "Hi", variables=variables)
        recorded = tmp_path / "turn.rec"
        shell(None, "record", str(recorded), "Hi", variables=variables)
        doctor = shell(None, "doctor", "--json", variables=variables)
        sent = server.chats[0].headers["authorization"]
    assert sent.startswith("Basic ") and KEY not in sent
    shown = [
        done.out.decode() + done.err,
        doctor.out.decode() + doctor.err,
        recorded.read_text(encoding="utf-8"),
    ]
    shown += [path.read_bytes().decode(errors="replace") for path in tmp_path.rglob("*.db*")]
    shown += [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.log")]
    assert len(shown) > 3 and '"me"' in shown[0].replace("\\", ""), "what is no secret may be repeated"
    for text in shown:
        for secret in (TOKEN, COOKIE, PASSWORD, sent, sent.removeprefix("Basic ")):
            assert secret not in text


@pytest.mark.parametrize(
    ("command", "cause"),
    [
        ("exit 3", "exit code was 3"),
        ("echo ключ", "Character number 1 cannot be"),
        ("true", "It printed nothing"),
    ],
)
def test_a_command_that_prints_no_header_is_told(
    command: str, cause: str, shell: Shell, tmp_path: Path
) -> None:
    with Server(answer("Hi")) as server:
        variables = configured(tmp_path, server, f'X-Token = {{ command = "{command}" }}')
        done = shell(None, "ask", "Hi", variables=variables)
        assert server.requests == []
    assert done.code == 2
    assert "The header X-Token cannot be sent" in done.err and cause in done.err


@pytest.mark.parametrize("sent", ["", 'Authorization = "Basic me:wrong-password"'])
def test_a_server_that_wants_http_basic_is_told_as_that(sent: str, shell: Shell, tmp_path: Path) -> None:
    wanting = refuse(
        401,
        headers={"WWW-Authenticate": 'Basic realm="Gate, of x"'},
        data="<h1>401</h1>",
        content_type="text/html",
    )
    with Server(wanting, paths={"models": wanting}) as server:
        variables = configured(tmp_path, server, sent)
        done = shell(None, "ask", "Hi", variables=variables)
        assert done.code == 3
        assert "wants a name and a password (HTTP Basic)" in done.err
        assert 'headers = { Authorization = "Basic name:password" }' in done.err
        assert "refused the API key" not in done.err and "wrong-password" not in done.err
        assert shell(None, "models", variables=variables).code == 3
        assert len(server.chats) == 1


def test_a_server_that_takes_a_key_too_is_not_taken_for_one_of_passwords(shell: Shell) -> None:
    both = refuse(401, headers={"WWW-Authenticate": 'Basic realm="x", Bearer realm="y"'})
    with Server(both) as server:
        assert "refused the API key" in shell(server, "ask", "Hi").err


def test_a_header_can_stand_for_the_key() -> None:
    url = "https://me.openai.azure.com/openai/v1"
    assert account_of(Credentials(url, headers={"api-key": Header(TOKEN)})).trouble is None
    assert account_of(Credentials(url, headers={"X-Whatever": Header(command="pass")})).trouble is None
    assert isinstance(account_of(Credentials(url, headers={"X-Title": Header("me")})).trouble, KeyMissing)


def test_a_secret_header_that_was_refused_is_named(shell: Shell, tmp_path: Path) -> None:
    with Server(refuse(401)) as server:
        variables = {**configured(tmp_path, server, f'Api-Key = "{TOKEN}"'), "NEUROTUI_API_KEY": ""}
        done = shell(None, "ask", "Hi", variables=variables)
    assert done.code == 3 and "headers Api-Key" in done.err
