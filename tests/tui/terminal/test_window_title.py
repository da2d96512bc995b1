"""The title of the terminal's window counts what runs and what is new, and is given back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from neurotui.tui.terminal.window_title import WindowTitle
from tests.servers import Exchange, Server, answer
from tests.terminal import NEUROTUI, Terminal

SAVE, RESTORE = "\x1b[22;2t", "\x1b[23;2t"


def test_it_is_saved_once_and_given_back_once() -> None:
    written: list[str] = []
    title = WindowTitle(written.append)
    for state in ("", "● 1 · a", "● 1 · a", "● 2 · a", "", ""):
        title.state = state
        title.show()
    shown = [f"{SAVE}\x1b]2;● 1 · a\x1b\\", "\x1b]2;● 2 · a\x1b\\", f"\x1b]2;neurotui\x1b\\{RESTORE}"]
    assert written == shown
    title.state = "● 3 · a"
    title.end()
    title.show()
    assert written == shown, "after the end nothing is shown"


def test_how_an_answer_ended_stands_before_what_runs() -> None:
    written: list[str] = []
    title = WindowTitle(written.append)
    title.state, title.mark = "● 1 · a", "✓ done"
    title.show()
    title.state = "● 2 · a"
    title.show()
    title.mark = ""
    title.show()
    title.end()
    assert [SAVE in each for each in written] == [True, False, False]
    assert [each.partition("]2;")[2].partition("\x1b")[0] for each in written] == [
        "✓ done",
        "● 2 · a",
        "neurotui",
    ]


def test_while_the_terminal_is_lent_it_waits() -> None:
    written: list[str] = []
    lent = True

    def write(sequence: str) -> bool:
        if not lent:
            written.append(sequence)
        return not lent

    title = WindowTitle(write)
    title.state = "● 1 · a"
    title.show()
    assert written == []
    lent = False
    title.show()
    assert written == [f"{SAVE}\x1b]2;● 1 · a\x1b\\"]


async def endless_or_not(exchange: Exchange) -> None:
    """Answers `two` after a while, and all else never."""
    if exchange.request.json["messages"][-1]["content"] == "two":
        await asyncio.sleep(1)
        await answer("Da.")(exchange)
    else:
        await exchange.head()
        await exchange.text("Word.")
        await exchange.stall()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_in_a_terminal(tmp_path: Path, language: str) -> None:
    with Server(endless_or_not) as server:
        environment = {"NEUROTUI_BASE_URL": server.url, "NEUROTUI_API_KEY": "sk-0123456789abcdef01234567"}
        command = [*NEUROTUI, "--lang", language]
        with Terminal(command, home=tmp_path, environment=environment, size=(100, 24)) as terminal:
            terminal.wait_for("Ctrl+J")
            assert SAVE.encode() not in terminal.output

            def until(title: str) -> None:
                terminal.wait_for(lambda: terminal.title == title)

            terminal.type("one")
            terminal.press("enter")
            until("● 1 · one")
            terminal.press("ctrl+n")
            until("● 1 · neurotui")
            terminal.type("two")
            terminal.press("enter")
            until("● 2 · two")
            terminal.press("ctrl+n")
            until("● 1 ✓ 1 · neurotui")
            terminal.type("/next")
            terminal.press("enter")
            until("● 1 ✓ 1 · one")
            terminal.press("escape")
            until("✓ 1 · one")
            terminal.type("/next")
            terminal.press("enter")
            until("neurotui")
            assert RESTORE.encode() in terminal.output
            terminal.type("three")
            terminal.press("enter")
            until("● 1 · two")
            terminal.press("ctrl+q")
            terminal.wait_for("←→")
            terminal.press("y" if language == "en" else "д")
            assert terminal.wait_for_exit() == 0
            assert terminal.output.count(SAVE.encode()) == terminal.output.count(RESTORE.encode()) == 2
            assert not terminal.left_behind
