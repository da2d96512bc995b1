"""`neurotui ask … | less`: the two share a terminal, and only one of them draws on it at a time."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.asking import KEY
from tests.servers import Exchange, Script, Server
from tests.terminal import NEUROTUI, Terminal

with suppress(ImportError):  # Windows has none
    import termios

LINES = 60
CUT = "cut off: the answer is not complete"


async def quick(exchange: Exchange) -> None:
    """Answers in lines, and breaks off."""
    await exchange.head()
    await exchange.text(*(f"line {number}\n" for number in range(LINES)))
    exchange.close()


async def slow(exchange: Exchange) -> None:
    """Takes so long in the middle that the state would be drawn anew, and thinks meanwhile."""
    await exchange.head()
    await exchange.text(*(f"line {number}\n" for number in range(LINES // 2)))
    for _ in range(15):
        await exchange.ping()
        await exchange.delta(reasoning_content="hm")
        await asyncio.sleep(0.1)
    await exchange.text(*(f"line {number}\n" for number in range(LINES // 2, LINES)))
    exchange.close()


def shell(home: Path, server: Server, pipeline: str) -> Terminal:
    """A shell in a terminal that runs a pipeline in which ASK stands for the program."""
    variables = {"NEUROTUI_API_KEY": KEY, "NEUROTUI_BASE_URL": server.url, "LESSHISTFILE": "-", "LESS": "R"}
    script = f'set -m -o pipefail; {pipeline}; echo "ended $?"'.replace("ASK", '"$@" ask Hi')
    return Terminal(
        ["bash", "-c", script, "bash", *NEUROTUI], home=home, size=(100, 12), environment=variables
    )


@pytest.mark.skipif(not shutil.which("less"), reason="there is no less")
@pytest.mark.parametrize("script", [quick, slow])
def test_a_pager_has_the_terminal_to_itself(script: Script, tmp_path: Path) -> None:
    with Server(script) as server, shell(tmp_path, server, "ASK | less") as terminal:
        terminal.wait_for("line 9")
        server.wait(lambda: server.closed_at)
        terminal.press("G")
        terminal.wait_for("(END)")
        terminal.press("g")
        terminal.wait_for("line 0")
        drawn = terminal.output.decode().partition("line 9")[2]
        assert "writing" not in drawn and "neurotui" not in drawn
        terminal.press("q")
        terminal.wait_for("ended 5")
        assert CUT in terminal.text
        assert terminal.wait_for_exit() == 0


@pytest.mark.parametrize("reader", ["cat", "tee copy", "head -n 1000"])
def test_where_no_pager_is_it_is_said_at_once(reader: str, tmp_path: Path) -> None:
    with Server(slow) as server, shell(tmp_path, server, f"ASK | {reader}") as terminal:
        terminal.wait_for("ended 5")
        shown = terminal.output.decode().partition("line 0")[2]
        assert "writing" not in shown
        assert CUT in shown


def test_into_a_file_the_state_is_shown_to_the_end(tmp_path: Path) -> None:
    with Server(slow) as server, shell(tmp_path, server, "ASK > file") as terminal:
        terminal.wait_for("ended 5")
        assert b"writing" in terminal.output
        assert CUT in terminal.text and "writing" not in terminal.text
    assert (tmp_path / "file").read_text().endswith(f"line {LINES - 1}\n")


def test_reasoning_between_two_words_paints_over_none(tmp_path: Path) -> None:
    with Server(slow) as server, shell(tmp_path, server, "ASK") as terminal:
        terminal.wait_for("ended 5")
        shown = terminal.output.decode().partition("line 0")[2]
        assert "\x1b" not in shown and "writing" not in shown


def test_a_terminal_that_stays_taken_is_not_awaited_where_no_reader_is_left(tmp_path: Path) -> None:
    """As in a program that keeps its terminal in raw mode, and runs us with a pipe."""
    with Server(quick) as server, shell(tmp_path, server, "stty -icanon; ASK | cat") as terminal:
        terminal.wait_for("ended 5")
        assert CUT in terminal.text
        assert not terminal.termios()[3] & termios.ICANON
