"""The whole program where the disk does not do its part: the chat goes on, and a mark that stays says so."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Exchange, Server
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
    terminal.wait_for(lambda: f"{text} is answered" in terminal.text and "finished" in terminal.text)


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
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A home whose data is on a disk of 1 MB."""
    data = tmp_path / "data"
    data.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(data)]
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
