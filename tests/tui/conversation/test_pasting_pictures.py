"""A picture in the clipboard of the system, with a real X server and xclip where they are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chat.pictures import png
from tests.tui.chatting import Chat, chatting

needs_x = pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("xclip")), reason="needs Xvfb and xclip"
)


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An X server of its own."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-nolisten", "tcp", "-screen", "0", "64x64x24"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with os.fdopen(read) as told:
            name = ":" + told.readline().strip()
        for variable in ("WAYLAND_DISPLAY", "SSH_CONNECTION", "SSH_TTY"):
            monkeypatch.delenv(variable, raising=False)
        monkeypatch.setenv("DISPLAY", name)
        yield name
        server.terminate()


def copy(data: bytes, kind: str) -> None:
    """Put something on the clipboard."""
    command = ["xclip", "-selection", "clipboard", "-t", kind, "-i"]
    subprocess.run(command, input=data, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@needs_x
@pytest.mark.parametrize("how", ["ctrl+v", "an empty paste"])
async def test_a_picture_becomes_a_chip(tmp_path: Path, display: str, how: str) -> None:
    copy(png(30, 20), "image/png")
    async with chatting(tmp_path) as chat:
        await chat.type("look:")
        if how == "ctrl+v":
            await chat.press("ctrl+v")
        else:
            await chat.paste("")
        await chat.until(lambda: bool(chat.composer.message.attachments))
        [picture] = chat.composer.message.attachments
        assert (picture.facts.width, picture.facts.height) == (30, 20)
        with chat.pane.services.store.blobs.open(picture.blob) as file:
            assert file.read() == png(30, 20)
        assert chat.text.startswith("look: [picture.png · 30×20")
        assert chat.composer.message.text == "look:"


@needs_x
async def test_a_text_is_pasted_and_a_file_that_was_copied_is_attached(tmp_path: Path, display: str) -> None:
    (tmp_path / "a b.txt").write_text("hi")
    async with chatting(tmp_path / "data") as chat:
        copy("слово".encode(), "UTF8_STRING")
        await chat.press("ctrl+v")
        await chat.until(lambda: chat.text == "слово")
        copy((tmp_path / "a b.txt").as_uri().encode() + b"\r\n", "text/uri-list")
        await chat.press("ctrl+v")
        await chat.until(lambda: [a.name for a in chat.composer.message.attachments] == ["a b.txt"])


async def test_over_ssh_it_says_why_it_cannot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("SSH_CONNECTION", "1.2.3.4 5 6.7.8.9 22")
    async with chatting(tmp_path) as chat:
        await chat.press("ctrl+v")
        await chat.until(lambda: any("ssh" in notice for notice in chat.notices))
        assert chat.text == ""


async def test_what_was_copied_here_is_pasted_without_any_tool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(variable, raising=False)
    async with chatting(tmp_path) as chat:
        await type_and_cut(chat, "слово")
        await chat.press("ctrl+v")
        await chat.until(lambda: chat.text == "слово")


async def type_and_cut(chat: Chat, text: str) -> None:
    await chat.type(text)
    chat.composer.action_cut()
    await chat.pilot.pause()
