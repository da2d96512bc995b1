"""On a wide screen the text is a column in the middle, and so is all that stands below it."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len

from neurotui.tui.message_list.widget import Transcript
from neurotui.wire.events import Accepted, Connecting, Finished, FinishReason, Sent, TextDelta
from tests.chat.test_session import Script
from tests.tui.chatting import Chat, chatting

TABLE = " | ".join(f"column {number} is wide" for number in range(7))
WIDE = "word " * 40 + f"\n\n| {TABLE} |\n{'|---' * 7}|\n"
TOLD: Script = [Connecting(), Sent(), Accepted(), TextDelta(WIDE), FinishReason("stop"), Finished(True)]


def row(chat: Chat, text: str) -> str:
    return next(line for line in chat.shown().splitlines() if text in line)


@pytest.mark.parametrize(("width", "left"), [(80, 2), (130, 2), (131, 15), (200, 50)])
async def test_text_and_input_begin_in_the_same_column(tmp_path: Path, width: int, left: int) -> None:
    async with chatting(tmp_path, TOLD, size=(width, 40)) as chat:
        await chat.press("h", "i", "enter")
        await chat.until_shown(" tok · ")
        await chat.pilot.pause()
        for text in ("word word", "○ ready", "gpt-5-mini ·", "Enter send"):
            assert len(row(chat, text)) - len(row(chat, text).lstrip()) == left, text
        assert row(chat, "╭").index("╭") == left - 1
        assert cell_len(row(chat, "word word").rstrip()) <= left + 100
        if width == 200:
            table = row(chat, "column 6")
            assert table.index("column 0") == left, "what is wider than the text takes the right side too"
            assert cell_len(table.rstrip()) > left + 120


async def test_another_width_of_the_text_moves_the_column(tmp_path: Path) -> None:
    async with chatting(tmp_path, TOLD, size=(200, 40)) as chat:
        await chat.press("h", "i", "enter")
        await chat.until_shown(" tok · ")
        chat.pane.preferences.change(("text_width",), 60)
        await chat.until(
            lambda: row(chat, "word word").index("word") == 70 == row(chat, "○ ready").index("○")
        )


async def test_the_mouse_finds_what_is_in_the_middle(tmp_path: Path) -> None:
    async with chatting(tmp_path, TOLD, size=(200, 40)) as chat:
        await chat.press("h", "i", "enter")
        await chat.until_shown(" tok · ")
        await chat.pilot.pause()
        rows = chat.pane.transcript.render_lines(chat.pane.transcript.size.region)
        at = next(y for y, strip in enumerate(rows) if strip.text.strip().startswith("word"))
        await chat.pilot.mouse_down(Transcript, offset=(55, at))
        await chat.pilot.hover(Transcript, offset=(64, at))
        await chat.pilot.mouse_up(Transcript, offset=(64, at))
        assert chat.screen.get_selected_text() == "word word"


async def test_the_panel_beside_it_takes_from_its_room(tmp_path: Path) -> None:
    async with chatting(tmp_path, TOLD, size=(180, 40)) as chat:
        await chat.press("h", "i", "enter")
        await chat.until_shown(" tok · ")
        await chat.press("f5")
        await chat.pilot.pause()
        left = (180 - 46 - 100) // 2
        for text in ("word word", "○ ready"):
            assert row(chat, text).index(text) == left
        await chat.press("f5")
        await chat.pilot.pause()
        assert row(chat, "○ ready").index("○") == 40 == row(chat, "word word").index("word")
