"""Finding in a real terminal: the bar opens at once, marks are seen, and an answer that comes is counted."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.servers import Exchange, Server, answer
from tests.terminal import NEUROTUI, Terminal


async def endless(exchange: Exchange) -> None:
    """Tell a story until nobody listens."""
    await exchange.head()
    while not exchange.connection.gone.is_set():
        await exchange.text("Then the cook of the ship had a look at the moon.\n\n")
        await asyncio.sleep(0.05)


def launch(server: Server, home: Path, language: str, **options: Any) -> Terminal:
    environment = {"NEUROTUI_BASE_URL": server.url, "NEUROTUI_API_KEY": "sk-0123456789abcdef0123456789"}
    return Terminal([*NEUROTUI, "--lang", language], home=home, environment=environment, **options)


def reversed_text(terminal: Terminal) -> str:
    """What is drawn in reverse, but for the scrollbar and the cursor of the input."""
    return "".join(cell.data for row in terminal.cells[:-7] for cell in row[2:-2] if cell.reverse)


@pytest.mark.parametrize("kitty", [False, True])
def test_words_are_found_while_an_answer_comes(tmp_path: Path, kitty: bool) -> None:
    with Server(endless) as server, launch(server, tmp_path, "en", kitty=kitty) as terminal:
        terminal.wait_for("Message")
        terminal.type("tell a long story")
        terminal.press("enter")
        terminal.wait_for("writing")
        terminal.press("ctrl+f")
        terminal.type("the")  # at once: no letter may go to the input
        terminal.wait_for(lambda: "↓ next match" in terminal.text and "/" in terminal.text)
        terminal.wait_for(lambda: "│ Message" in terminal.text)
        terminal.wait_for(lambda: found(terminal) > 3)
        before = found(terminal)
        terminal.wait_for(lambda: found(terminal) > before)
        terminal.press("up", "enter", "up")
        terminal.wait_for(lambda: reversed_text(terminal).lower() == "the")
        terminal.press("escape")
        terminal.wait_for(lambda: "next match" not in terminal.text and not reversed_text(terminal))
        assert "writing" in terminal.text
        terminal.press("escape")
        terminal.wait_for("○ ready")  # that it was stopped is told at its end, which may be far below
        server.wait(lambda: server.closed_at)
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0


def found(terminal: Terminal) -> int:
    """The number of hits that the bar tells."""
    row = next((row for row in terminal.text.splitlines() if "↓ next match" in row), "")
    count = row.partition("↓")[0].split()[-1:]
    total = count[0].partition("/")[2] if count else ""
    return int(total) if total.isdigit() else 0


@pytest.mark.parametrize("size", [(80, 24), (200, 60), (60, 15)])
def test_the_bar_takes_one_row(tmp_path: Path, size: tuple[int, int]) -> None:
    with Server(answer("Да.")) as server, launch(server, tmp_path, "ru", size=size) as terminal:
        terminal.wait_for("Сообщение")
        terminal.type("привет")
        terminal.press("enter")
        terminal.wait_for(" ток. · ")
        terminal.press("ctrl+f")
        terminal.wait_for("Найти в этой беседе")
        terminal.type("ghbdtn")
        terminal.wait_for("1/1   показано по запросу «привет»")
        row = next(row for row in terminal.text.splitlines() if "1/1" in row)
        assert "ghbdtn" in row  # whatever else there is to say
        assert ("следующее" in row) == (size[0] > 80)
        terminal.press("escape")
        terminal.wait_for(lambda: "1/1" not in terminal.text)
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
