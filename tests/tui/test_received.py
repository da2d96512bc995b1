"""What comes in a strange form, on the screen of a real terminal, from a real server."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from tests.chat.pictures import data_url, png
from tests.cli.store import shell
from tests.cli.test_received import CUT, DONE, STOP, THOUGHTS, chunk, stream
from tests.servers import Exchange, Server
from tests.store.examples import rows
from tests.terminal import Terminal
from tests.test_main_job import ask, launch

TEXT = "SELECT group_concat(text, '') FROM deltas"
"""What is on disk of the answer that runs."""


def go_to_the_answer(terminal: Terminal) -> None:
    """Give the keys to the transcript, whose last message is chosen."""
    terminal.press("tab")
    terminal.wait_for("k up")


def test_text_becomes_reasoning_when_its_end_comes(tmp_path: Path) -> None:
    seen = threading.Event()

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text(THOUGHTS)
        await asyncio.to_thread(seen.wait, 20)
        await exchange.text("</thi", "nk>\n", "\nTwo of them.")
        await exchange.finish()

    with Server(script) as server, launch(server, tmp_path) as terminal:
        ask(terminal, "how many?")
        terminal.wait_for("I count.")
        seen.set()
        terminal.wait_for(" tok · ")
        terminal.wait_for("Two of them.")
        assert "I count." not in terminal.text
        assert "</think>" not in terminal.text
        assert "▸ thought" in terminal.text
        go_to_the_answer(terminal)
        terminal.press("v")
        terminal.wait_for("</think>")
        assert "I count." in terminal.text
        terminal.press("v")
        terminal.wait_for(lambda: "</think>" not in terminal.text)
        terminal.press("t")
        terminal.wait_for("I count.")


@pytest.mark.parametrize("killed_after_the_tag", [False, True])
def test_a_kill_leaves_what_came(tmp_path: Path, killed_after_the_tag: bool) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("Okay.\n")
        await exchange.event(CUT)
        if killed_after_the_tag:
            await exchange.text("</think>\n\n")
        await exchange.text("Two of")
        await exchange.stall()

    with Server(script) as server:
        with launch(server, tmp_path) as terminal:
            ask(terminal, "how many?")
            terminal.wait_for("Two of")
            folder = next(tmp_path.rglob("*.db")).parent
            terminal.wait_for(lambda: "Two of" in str(rows(folder, TEXT)))
            terminal.close()
        out = shell("neurotui export --format txt -o -", tmp_path).stdout
        assert ("[Thought" in out) is killed_after_the_tag
        assert "Two of" in out
        assert "1 piece was lost" in out
        assert "</think>" not in out
        assert "finished" not in out


def test_a_hole_is_seen(tmp_path: Path) -> None:
    with (
        Server(stream(chunk("One"), CUT, chunk(", two"), STOP, DONE)) as server,
        launch(server, tmp_path) as terminal,
    ):
        ask(terminal, "count")
        terminal.wait_for("1 piece was lost")
        terminal.wait_for("── the answer is not complete")
        terminal.wait_for("One, two")
        assert "Ctrl+G asks again" in terminal.text
        terminal.press("ctrl+r")
        terminal.wait_for("✂ cut off")


def test_pictures_and_sources_are_named(tmp_path: Path) -> None:
    picture = {"type": "image_url", "image_url": {"url": data_url(png())}}
    source = {"type": "url_citation", "url_citation": {"url": "https://a.example/1", "title": "A [/x] title"}}
    with (
        Server(stream(chunk(None, images=[picture], annotations=[source]), STOP, DONE)) as server,
        launch(server, tmp_path) as terminal,
    ):
        ask(terminal, "draw")
        terminal.wait_for("▣ picture · 4×2 · PNG")
        terminal.wait_for("▀▀▀▀")
        terminal.wait_for("[1] A [/x] title")
        assert "without a word" not in terminal.text
        go_to_the_answer(terminal)
        terminal.press("o")
        terminal.wait_for("https://a.example/1")
        terminal.wait_for(lambda: "Enter open" in terminal.text and "picture · 4×2 · PNG" in terminal.text)


def test_blanks_alone_are_no_reasoning(tmp_path: Path) -> None:
    with (
        Server(stream(chunk(None, reasoning_content="\n\n"), chunk("Two."), STOP, DONE)) as server,
        launch(server, tmp_path) as terminal,
    ):
        ask(terminal, "count")
        terminal.wait_for(" tok · ")
        terminal.wait_for("Two.")
        assert "thought" not in terminal.text


def test_a_picture_that_was_whole_outlives_a_kill(tmp_path: Path) -> None:
    part = {"type": "image_url", "image_url": {"url": data_url(png())}}

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.event(chunk("See:", images=[part]))
        await exchange.event(chunk(None, audio={"id": "a1", "data": "UklG"}))
        await exchange.stall()

    with Server(script) as server:
        with launch(server, tmp_path) as terminal:
            ask(terminal, "draw")
            terminal.wait_for("▣ picture · 4×2 · PNG")
            folder = next(tmp_path.rglob("*.db")).parent
            terminal.wait_for(lambda: bool(rows(folder, "SELECT 1 FROM attachments")))
            terminal.close()
        exported = shell("neurotui export --format txt -o -", tmp_path).stdout
        assert "See:" in exported
        assert "4×2" in exported or "picture" in exported
        assert "cannot be shown here: 1 sound recording" in exported
        assert "finished" not in exported
        with launch(server, tmp_path, "--continue") as terminal:
            terminal.wait_for("▣ picture · 4×2 · PNG")
            terminal.wait_for("▀▀▀▀")


def test_a_stop_keeps_the_picture_that_was_whole(tmp_path: Path) -> None:
    part = {"type": "image_url", "image_url": {"url": data_url(png())}}

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.event(chunk(None, images=[part]))
        await exchange.stall()

    with Server(script) as server, launch(server, tmp_path) as terminal:
        ask(terminal, "draw")
        terminal.wait_for("▣ picture · 4×2 · PNG")
        terminal.press("escape")
        terminal.wait_for("stopped by you")
        terminal.wait_for("▀▀▀▀")
        assert "cannot be shown" not in terminal.text
