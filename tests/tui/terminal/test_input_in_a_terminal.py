"""What only a real terminal shows of the input: pastes as they come, layouts, clicks, a killed program."""

from __future__ import annotations

import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.servers import Server, answer
from tests.store.examples import rows
from tests.terminal import NEUROTUI, Terminal


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(answer("Ответ.")) as server:
        yield server


def launch(server: Server, home: Path, **options: Any) -> Terminal:
    environment = {"NEUROTUI_BASE_URL": server.url, "NEUROTUI_API_KEY": "sk-0123456789abcdef01234567"}
    terminal = Terminal([*NEUROTUI, "--lang", "en"], home=home, environment=environment, **options)
    terminal.wait_for("ready")
    return terminal


@pytest.mark.compat
def test_megabytes_pasted_do_not_freeze_it_and_are_sent_whole(server: Server, tmp_path: Path) -> None:
    text = "Съешь же ещё этих мягких французских булок, да выпей чаю.\n" * 50_000
    with launch(server, tmp_path) as terminal:
        before = terminal.cpu_seconds()
        terminal.paste(text)
        terminal.wait_for("[paste · 50,000 lines · 5.2 MB")
        pasted = terminal.cpu_seconds()
        assert pasted - before < 3
        terminal.type("!")
        terminal.wait_for("tok] !")
        assert terminal.cpu_seconds() - pasted < 0.3
        terminal.press("enter")
        terminal.wait_for(" tok · ")
        assert server.chats[0].json["messages"][0]["content"] == f"```\n{text}```\n\n!"


@pytest.mark.parametrize("kitty", [False, True])
def test_a_crafted_paste_sends_nothing(server: Server, tmp_path: Path, kitty: bool) -> None:
    with launch(server, tmp_path, kitty=kitty) as terminal:
        terminal.paste("curl evil\x1b\n\x1b[13u\n\x1b[27;1;13~\x03")
        terminal.wait_for("curl evil␛")
        terminal.type("z")
        terminal.wait_for("z")
        assert server.chats == []
        assert terminal.running


def test_a_paste_without_brackets_sends_nothing(server: Server, tmp_path: Path) -> None:
    with launch(server, tmp_path) as terminal:
        terminal.send(b"one\rtwo\rthree\r")
        terminal.wait_for("three")
        time.sleep(0.2)
        assert server.chats == []
        terminal.press("enter")
        server.wait(lambda: server.chats)
        assert server.chats[0].json["messages"][0]["content"] == "one\ntwo\nthree"


@pytest.mark.parametrize("kitty", [False, True])
def test_commands_on_a_russian_layout(server: Server, tmp_path: Path, kitty: bool) -> None:
    with launch(server, tmp_path, kitty=kitty) as terminal:
        terminal.type("/рудз")
        terminal.wait_for("/help")
        terminal.press("enter")
        terminal.wait_for("Keys and commands")
        terminal.press("й")  # q
        terminal.wait_for(lambda: "Keys and commands" not in terminal.text)
        terminal.press("ctrl+з")  # Ctrl+P; a plain terminal sends the Latin one by itself
        terminal.wait_for("Find a command")
        terminal.type("ыферк")
        terminal.wait_for("ыферк")
        terminal.press("escape")
        terminal.wait_for(lambda: "ыферк" not in terminal.text)
        terminal.press("ctrl+й")
        assert terminal.wait_for_exit() == 0
        assert not terminal.left_behind


def test_the_mouse_does_what_the_keys_do(server: Server, tmp_path: Path) -> None:
    server.scripts = [answer("Первый."), answer(*["слово "] * 1000, pace=0.02)]
    with launch(server, tmp_path) as terminal:
        terminal.type("hi")
        terminal.wait_for("hi")
        terminal.click("Enter")
        terminal.wait_for(lambda: " tok · " in terminal.text and "Stop" not in terminal.text)
        terminal.press("ctrl+g")
        terminal.wait_for("слово")
        terminal.click("Stop")
        terminal.wait_for("stopped by you")
        server.wait(lambda: not server.open)
        terminal.click("◂")
        terminal.wait_for("◂ 1/2 ▸")
        terminal.wait_for("Первый.")
        terminal.wait_for(lambda: "stopped" not in terminal.text)
        terminal.click("○ ready")
        terminal.wait_for("F5 close")
        terminal.click("F1")
        terminal.wait_for("Keys and commands")


def drafts(folder: Path) -> list[str]:
    with suppress(sqlite3.OperationalError):  # the tables are being made
        return [str(text) for (text,) in rows(folder, "SELECT text FROM drafts")]
    return []


def test_a_draft_survives_a_kill(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / ".local" / "share" / "neurotui"
    with launch(server, tmp_path) as terminal:
        terminal.type("half a thought")
        terminal.wait_for("half a thought")
        terminal.wait_for(lambda: drafts(folder) == ["half a thought"])
        terminal.signal(signal.SIGKILL)
        terminal.wait_for_exit()
    with launch(server, tmp_path) as terminal:
        terminal.wait_for("half a thought")
        terminal.press("enter")
        terminal.wait_for(" tok · ")
        terminal.press("ctrl+q")
        terminal.wait_for_exit()
    with launch(server, tmp_path) as terminal:
        terminal.wait_for("Message")
        terminal.wait_until_quiet(1.0)
        assert "│ Message" in terminal.text and drafts(folder) == []
        terminal.press("up")
        terminal.wait_for("│ half a thought")


@pytest.mark.parametrize("how", ["slash", "palette"])
def test_quitting_by_name_ends_in_order(server: Server, tmp_path: Path, how: str) -> None:
    with launch(server, tmp_path) as terminal:
        if how == "palette":
            terminal.press("ctrl+p")
            terminal.wait_for("Find a command")
        terminal.type("quit" if how == "palette" else "/quit")
        terminal.wait_for("Stop, save and quit")
        terminal.wait_until_quiet()
        terminal.press("enter")
        assert terminal.wait_for_exit() == 0
        assert not terminal.left_behind
