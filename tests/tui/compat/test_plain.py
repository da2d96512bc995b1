"""The program with none of textual's private names, in a real terminal: slower, and nothing is less safe."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from textual._compositor import Compositor

from neurotui.tui.compat import VARIABLE, available
from tests.servers import Exchange, Server, answer
from tests.terminal import NEUROTUI, Terminal
from tests.tui.chatting import chatting

if sys.platform == "win32":
    pytest.skip("needs a pseudo-terminal", allow_module_level=True)

KEY = "sk-test-0123456789abcdef0123456789"
BOTH = pytest.mark.parametrize("value", ["", "off"], ids=["compat", "plain"])

FAULTY = """
import sys
from neurotui.cli import main
from neurotui.tui.conversation.key_bar import KeyBar

def fails(self):
    key = %r
    raise RuntimeError("a fault of our own")

KeyBar.render = fails
sys.exit(main())
"""


async def endless(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text("Начало ответа. ")
    await exchange.stall()


def launch(server: Server, home: Path, value: str = "off", **options: Any) -> Terminal:
    environment = {
        "NEUROTUI_BASE_URL": server.url,
        "NEUROTUI_API_KEY": KEY,
        "NEUROTUI_MODEL": "gpt-5-mini",
        VARIABLE: value,
    }
    command = options.pop("command", NEUROTUI)
    return Terminal([*command, "--lang", "en"], home=home, environment=environment, **options)


@pytest.fixture
def fresh() -> Iterator[None]:
    """Ask anew what can be used, in the test and after it."""
    available.cache_clear()
    yield
    available.cache_clear()


@pytest.mark.parametrize("kitty", [False, True])
def test_plain_textual_chats_stops_and_pastes(tmp_path: Path, kitty: bool) -> None:
    with (
        Server() as server,
        launch(server, tmp_path, kitty=kitty) as terminal,
    ):
        server.scripts = [answer("Привет, ", "я отвечаю."), endless, answer("Да.")]
        terminal.wait_for("Message")
        terminal.type("hello")
        terminal.press("enter")
        terminal.wait_for("я отвечаю.")
        terminal.wait_for(" tok · ")
        terminal.type("go on")
        terminal.press("enter")
        terminal.wait_for("Начало ответа.")
        terminal.press("escape")
        server.wait(lambda: server.closed_at)
        terminal.wait_for("stopped by you")
        terminal.paste("one\x1b\r\x1b[13u\x03\ntwo")  # by whose keys it would be sent, and stopped
        terminal.send(b"\x1b[99~\x1b]11;rgb:1e1e/1e1e/2e2e\x07\x1b[8;24;80t")  # what terminals reply
        terminal.type(" three")
        terminal.wait_for("three")
        assert len(server.chats) == 2
        terminal.press("enter")
        server.wait(lambda: len(server.chats) == 3)
        assert server.chats[-1].json["messages"][-1]["content"] == "one␛\n␛[13u␃\ntwo three"
        terminal.wait_for("Да.")
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
        assert not terminal.left_behind


@BOTH
def test_a_terminal_that_takes_nothing_holds_nothing_up(tmp_path: Path, value: str) -> None:
    sent = 0

    async def torrent(exchange: Exchange) -> None:
        nonlocal sent
        await exchange.head()
        while not exchange.connection.gone.is_set():
            await exchange.text("ещё немного слов ")
            await asyncio.sleep(0.005)
            sent += 1

    with Server() as server, launch(server, tmp_path, value) as terminal:
        server.scripts = [torrent, answer("Да.")]
        terminal.wait_for("Message")
        terminal.type("go on")
        terminal.press("enter")
        terminal.wait_for("ещё немного")
        with terminal.frozen():
            before = sent
            server.wait(lambda: sent > before + 300)
            terminal.press("ctrl+c")
            server.wait(lambda: server.closed_at)
        terminal.wait_for("stopped by you")
        terminal.type("next")
        terminal.press("enter")
        terminal.wait_for("Да.")


@BOTH
def test_a_fault_of_our_own_shows_no_key(tmp_path: Path, value: str) -> None:
    command = [sys.executable, "-c", FAULTY % KEY]
    with Server() as server, launch(server, tmp_path, value, command=command) as terminal:
        assert terminal.wait_for_exit() == 1
        terminal.wait_for("neurotui had an internal error and has quit.")
        assert KEY.encode() not in terminal.output
        assert b"RuntimeError" not in terminal.output
        assert not terminal.left_behind
    [log] = tmp_path.rglob("neurotui.log")
    assert KEY not in log.read_text()
    assert ("a fault of our own" in log.read_text()) == (value != "off")
    assert (f"{VARIABLE}=off" in log.read_text()) == (value == "off")


async def test_a_name_that_is_gone_is_told_and_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fresh: None
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(Compositor, "visible_widgets", None)
    with caplog.at_level(logging.WARNING, "neurotui.tui.compat"):
        assert not available("quick_compositor")
        assert not available("quick_compositor")
        assert available("key_parser")
    assert [record.getMessage() for record in caplog.records] == [
        "plain textual in place of quick_compositor: this textual differs"
    ]
    monkeypatch.undo()
    async with chatting(tmp_path) as chat:
        assert type(chat.screen._compositor) is Compositor
        await chat.press("h", "i", "enter")
        await chat.until(lambda: chat.asked == ["hi"])


def test_a_module_that_does_not_load_is_done_without(monkeypatch: pytest.MonkeyPatch, fresh: None) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    import_module("neurotui.tui.compat.faults")
    monkeypatch.delitem(sys.modules, "neurotui.tui.compat.faults")
    monkeypatch.setitem(sys.modules, "textual.app", None)
    assert not available("faults")
