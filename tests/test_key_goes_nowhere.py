"""The whole program, whatever breaks: no key in any file or on the screen, and no other host is contacted."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.cli.asking import KEY, environment
from tests.fork_server import run
from tests.servers import Exchange, Server, answer, refuse
from tests.terminal import Terminal

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal")

BREAKING = """
import importlib, sys
module, _, path = sys.argv.pop(1).partition(":")
*owners, name = path.split(".")
owner = importlib.import_module(module)
for part in owners:
    owner = getattr(owner, part)

def broken(*arguments, **options):
    raise RuntimeError("broken on purpose")

whole = getattr(owner, name)  # it must be there to be broken
for holder in (owner, *sys.modules.values()):
    if vars(holder).get(name) is whole or holder is owner:
        setattr(holder, name, broken)
"""
"""Breaks the function that the first argument names, wherever it was imported already."""

WATCHING = """
import json, sys
log = open(sys.argv.pop(1), "a")

def note(event, arguments):
    if event == "socket.connect":
        print(json.dumps([event, repr(arguments[1])]), file=log, flush=True)
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        print(json.dumps([event, repr(arguments[0])]), file=log, flush=True)

sys.addaudithook(note)
"""
"""Writes every connection, and every name that is looked up, to the file that the first argument names."""

MAIN = """
from neurotui.cli import main
raise SystemExit(main())
"""

LAYERS = [
    "neurotui.wire.request:ChatRequest.body",
    "neurotui.wire.sse:LineReader.feed",
    "neurotui.wire.completions:CompletionDecoder.feed",
    "neurotui.api.net.pooled:KeyHeader.auth_flow",
    "neurotui.api.net.pooled:PooledConnection.__init__",
    "neurotui.api.exchange:Exchange._listen",
    "neurotui.api.net.backend:NetworkBackend.connect_tcp",
    "neurotui.api.client:ChatClient.__init__",
    "neurotui.api.pool:ConnectionPool.__init__",
    "httpx:AsyncClient.send",
    "httpcore:AsyncConnectionPool.handle_async_request",
    "h11:Connection.send",
    "neurotui.chat.turn:Turn.apply",
    "neurotui.chat.participant:Participant.request",
    "neurotui.store.journal:Journal._save",
    "neurotui.settings.credentials:resolve",
]
"""A function in each layer that a turn goes through, from the socket up."""
ON_SCREEN = [
    "neurotui.tui.conversation.status:StatusLine.render",
    "neurotui.tui.message_list.widget:Transcript.extend",
    "neurotui.tui.conversation.pane:ConversationPane.message_added",
    "neurotui.app.accounts:account_of",
]


async def repeats_the_key(exchange: Exchange) -> None:
    """Refuses, with the key in everything that it says."""
    key = exchange.request.headers["authorization"]
    await refuse(400, f"bad {key}", f"What is {key}?", {"X-Request-Id": key})(exchange)


def found(home: Path) -> list[str]:
    """The files under a home in which the key is."""
    files = [path for path in home.rglob("*") if path.is_file()]
    return [str(path) for path in files if KEY.encode() in path.read_bytes()]


@pytest.mark.parametrize("layer", LAYERS)
def test_a_question_that_breaks_shows_no_key(layer: str, tmp_path: Path) -> None:
    with Server(answer("Hello")) as server:
        command = [sys.executable, "-c", BREAKING + MAIN, layer, "ask", "Hi"]
        done = run(command, cwd=tmp_path, env=environment(tmp_path, server))
    output = (done.stdout + done.stderr).decode()
    assert done.returncode != 0 or layer.endswith("_save"), output
    assert KEY not in output
    assert "Traceback" not in output
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    "layer", [*ON_SCREEN, *(pytest.param(layer, marks=pytest.mark.slow) for layer in LAYERS)]
)
def test_a_chat_that_breaks_shows_no_key(layer: str, tmp_path: Path) -> None:
    with Server(answer("Hello")) as server:
        variables = {"NEUROTUI_API_KEY": KEY, "NEUROTUI_BASE_URL": server.url, "NEUROTUI_LANG": "en"}
        command = [sys.executable, "-c", BREAKING + MAIN, layer]
        with Terminal(command, home=tmp_path, environment=variables) as terminal:
            terminal.wait_for(lambda: "essage" in terminal.text or not terminal.running)
            if terminal.running:
                terminal.type("Hi\n")
                terminal.wait_until_quiet(0.7)
                terminal.press("f5")
                terminal.wait_until_quiet()
                terminal.signal(signal.SIGTERM)
                terminal.wait_for_exit()
            output = terminal.output.decode()
    assert KEY not in output
    assert "Traceback" not in output
    assert found(tmp_path) == []


def test_a_server_that_repeats_the_key_is_not_repeated(tmp_path: Path) -> None:
    with Server(repeats_the_key) as server:
        variables = {"NEUROTUI_API_KEY": KEY, "NEUROTUI_BASE_URL": server.url, "NEUROTUI_LANG": "en"}
        command = [sys.executable, "-c", MAIN, "--record", "turn"]
        with Terminal(command, home=tmp_path, environment=variables) as terminal:
            terminal.wait_for("essage")
            terminal.type("Hi\n")
            terminal.wait_for("refused the request")
            terminal.press("f5")
            terminal.wait_until_quiet()
            terminal.press("ctrl+q")
            assert terminal.wait_for_exit() == 0
            assert KEY.encode() not in terminal.output
    assert found(tmp_path) == []


def test_no_other_host_is_contacted(tmp_path: Path) -> None:
    text = "[a](http://elsewhere.invalid/a) ![b](http://elsewhere.invalid/b.png) <http://elsewhere.invalid>"
    log = tmp_path / "contacts"
    with Server(answer(text)) as server:
        variables = {"NEUROTUI_API_KEY": KEY, "NEUROTUI_BASE_URL": server.url, "NEUROTUI_LANG": "en"}
        command = [sys.executable, "-c", WATCHING + MAIN, str(log)]
        with Terminal(command, home=tmp_path, environment=variables) as terminal:
            terminal.wait_for("essage")
            terminal.type("Hi\n")
            terminal.wait_for("elsewhere.invalid")
            terminal.wait_for(" tok · ")
            terminal.press("ctrl+l")
            terminal.wait_for("другая")
            terminal.press("escape", "f1", "escape", "f2", "escape", "f5", "ctrl+r", "escape")
            terminal.wait_until_quiet()
            terminal.press("ctrl+q")
            assert terminal.wait_for_exit() == 0
        assert len(server.chats) == 1
        port = server.port
    contacts = {tuple(json.loads(line)) for line in log.read_text().splitlines()}
    assert ("socket.connect", repr(("127.0.0.1", port))) in contacts
    assert contacts <= {
        ("socket.connect", repr(("127.0.0.1", port))),
        ("socket.getaddrinfo", repr("127.0.0.1")),
    }
