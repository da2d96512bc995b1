"""The whole program where the disk does not do its part: the chat goes on, and a mark that stays says so."""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Exchange, Server
from tests.store.examples import check, rows
from tests.terminal import NEUROTUI, Terminal


async def script(exchange: Exchange) -> None:
    question = exchange.request.json["messages"][-1]["content"]
    await exchange.head()
    await exchange.text("Ответ. " * 40, f"\n\n{question} is answered")
    await exchange.finish()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(script) as server:
        yield server


def launch(server: Server, home: Path, **environment: str) -> Terminal:
    environment |= {"NEUROTUI_BASE_URL": server.url, "NEUROTUI_API_KEY": "sk-" + "0123456789abcdef" * 2}
    return Terminal([*NEUROTUI, "--lang", "en"], home=home, environment=environment)


def ask(terminal: Terminal, text: str) -> None:
    terminal.wait_for("Message")
    terminal.type(text)
    terminal.wait_for(text)
    terminal.press("enter")
    terminal.wait_for(lambda: f"{text} is answered" in terminal.text and "Stop" not in terminal.text)


@pytest.mark.parametrize(
    "places", [{"HOME": "", "XDG_DATA_HOME": ""}, {"XDG_DATA_HOME": "relative/path", "HOME": ""}]
)
def test_without_a_home_it_chats_says_so_and_exports(
    server: Server, tmp_path: Path, places: dict[str, str]
) -> None:
    with launch(server, tmp_path, **places) as terminal:
        terminal.wait_for("▲ not saved")
        terminal.wait_for("HOME is not set")
        ask(terminal, "a question")
        assert "Ответ." in terminal.text
        assert terminal.text.count("There is no folder for") == 1
        assert "▲ not saved" in terminal.text
        terminal.press("ctrl+s", "enter")
        terminal.wait_for("Saved as")
        terminal.press("ctrl+q")
        terminal.wait_for("Quit and lose what is not saved?")
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
        assert b"1 conversation could not be saved" in terminal.output
    assert "Ответ." in (tmp_path / "a question.md").read_text(encoding="utf-8")
    assert not (tmp_path / "relative").exists()


@pytest.fixture
def tiny_disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A home whose data is on a disk of 1 MB, or of so many as the test says."""
    data = tmp_path / "data"
    data.mkdir()
    size = f"size={getattr(request, 'param', 1)}m"
    command = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(data)]
    if os.name != "posix" or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("no right to mount")
    yield data
    subprocess.run(["umount", "-l", str(data)], check=True)


def fill(disk: Path) -> Path:
    """Takes all of the space that is left."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 4096):
                pass
        except OSError:
            return ballast
    return ballast


def test_a_disk_that_fills_up_and_is_freed(server: Server, tmp_path: Path, tiny_disk: Path) -> None:
    with launch(server, tmp_path, XDG_DATA_HOME=str(tiny_disk)) as terminal:
        ask(terminal, "first")
        assert "not saved" not in terminal.text
        ballast = fill(tiny_disk)
        ask(terminal, "second")
        terminal.wait_for("▲ not saved")
        terminal.wait_for("The disk is full")
        ballast.unlink()
        terminal.wait_for(lambda: "▲ not saved" not in terminal.lines[0])
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
    with launch(server, tmp_path, XDG_DATA_HOME=str(tiny_disk)) as terminal:
        terminal.wait_for("ready")
        terminal.press("ctrl+r")
        terminal.wait_for("4 msg")


def test_what_is_on_a_disk_that_may_not_be_written_is_read(
    server: Server, tmp_path: Path, tiny_disk: Path
) -> None:
    with launch(server, tmp_path, XDG_DATA_HOME=str(tiny_disk)) as terminal:
        ask(terminal, "first")
        terminal.press("ctrl+q")
        terminal.wait_for_exit()
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    with launch(server, tmp_path, XDG_DATA_HOME=str(tiny_disk)) as terminal:
        terminal.wait_for("▲ not saved")
        terminal.press("ctrl+r")
        terminal.wait_for("2 msg")
        terminal.press("enter")
        terminal.wait_for("Ответ.")
        ask(terminal, "second")
        assert "▲ not saved" in terminal.text
        subprocess.run(["mount", "-o", "remount,rw", str(tiny_disk)], check=True)
        ask(terminal, "third")  # tries at once; by itself it would after a pause that has grown
        terminal.wait_for(lambda: "▲ not saved" not in terminal.lines[0])


FOUR = ("one", "two", "three", "four")
PACE = 0.01


class Talker:
    """A script that talks until it is to end its answers; what it has said is kept."""

    def __init__(self) -> None:
        self.said: dict[str, str] = {}
        self.ending = threading.Event()

    async def __call__(self, exchange: Exchange) -> None:
        question, number = exchange.request.json["messages"][-1]["content"], 0
        self.said[question] = ""
        await exchange.head()
        while not self.ending.is_set():
            word, number = f"{question}{number} ", number + 1
            self.said[question] += word
            await exchange.text(word)
            await asyncio.sleep(PACE)
        await exchange.finish()


# Four that talk until the disk is free again, however slow the machine, have room on it then.
@pytest.mark.parametrize("tiny_disk", [8], indirect=True)
def test_a_disk_that_fills_up_while_four_are_answered(tmp_path: Path, tiny_disk: Path) -> None:
    talker = Talker()
    with Server(talker) as server, launch(server, tmp_path, XDG_DATA_HOME=str(tiny_disk)) as terminal:
        for question in FOUR:
            terminal.wait_for("ready")
            terminal.type(question + "\n")
            terminal.wait_for(f"{question}1")
            if question != FOUR[-1]:
                terminal.press("ctrl+n")
        ballast = fill(tiny_disk)
        terminal.wait_for("▲ not saved")
        terminal.wait_for("The disk is full")
        assert terminal.text.count("The disk is full") == 1
        terminal.wait_for(lambda: "The disk is full" not in terminal.text)  # and it is not told again
        pressed_at = terminal.press("ctrl+c")
        asked = server.connections[server.chats[-1].connection]
        server.wait(lambda: asked.gone_at)
        assert asked.gone_at is not None and asked.gone_at - pressed_at < 1.0, "a stop waits for no disk"
        terminal.wait_for("stopped by you")
        assert "The disk is full" not in terminal.text and "▲ not saved" in terminal.text
        ballast.unlink()
        terminal.wait_for(lambda: "▲ not saved" not in terminal.lines[0])
        talker.ending.set()
        terminal.wait_for("3 new")
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
        assert b"could not be saved" not in terminal.output
    folder = tiny_disk / "neurotui"
    check(folder)
    query = "SELECT q.text, a.status, a.text FROM messages q JOIN messages a ON a.parent_id = q.id"
    found = {question: (status, str(text)) for question, status, text in rows(folder, query)}
    assert {question: status for question, (status, _text) in found.items()} == {
        **dict.fromkeys(FOUR[:3], "complete"),
        "four": "stopped",
    }
    for name, (status, text) in found.items():
        said = talker.said[str(name)]
        assert text == said or (status == "stopped" and said.startswith(text) and len(text) > 100)
