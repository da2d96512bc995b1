from __future__ import annotations

from pathlib import Path

import pytest

from neurotui.app.commands import COMMANDS, key_name
from neurotui.tui.dialogs.help import HelpScreen
from tests.chat.test_session import ENDLESS
from tests.tui.chatting import chatting

SIZES = [(60, 15), (80, 24), (200, 60)]


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_it_fits_and_the_whole_of_it_can_be_read(tmp_path: Path, language: str) -> None:
    async with chatting(tmp_path, language=language) as chat:
        for size in SIZES:
            await chat.pilot.resize_terminal(*size)
            await chat.press("f1")
            assert isinstance(chat.app.screen, HelpScreen)
            assert chat.app.screen.region.contains_region(chat.app.screen.query_one("#panel").region)
            panel = chat.app.screen.query_one("#pages")
            assert panel.max_scroll_x == 0
            seen = chat.shown()
            while panel.scroll_y < panel.max_scroll_y:
                panel.scroll_page_down(animate=False)
                await chat.pilot.pause()
                seen += chat.shown()
            for command in COMMANDS:
                for key in command.current_keys:
                    assert key_name(key) in seen
            await chat.press("escape")


async def test_it_scrolls_by_keys(tmp_path: Path) -> None:
    async with chatting(tmp_path, size=(60, 15)) as chat:
        await chat.press("f1")
        panel = chat.app.screen.query_one("#pages")
        for key in ("down", "pagedown", "space"):
            before = panel.scroll_target_y
            await chat.press(key)
            assert panel.scroll_target_y > before
        await chat.press("home")
        assert panel.scroll_target_y == 0


async def test_these_keys_close_it(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        for key in ("escape", "f1", "enter", "q", "й"):
            await chat.press("f1")
            assert chat.app.screen is not chat.screen
            await chat.press(key)
            assert chat.app.screen is chat.screen
        assert chat.text == ""


async def test_ctrl_c_stops_the_answer_under_it_and_leaves_the_input_alone(tmp_path: Path) -> None:
    async with chatting(tmp_path, ENDLESS) as chat:
        await chat.press("q", "enter", "d")
        await chat.until(lambda: chat.pane.session.running)
        await chat.press("f1", "ctrl+c")
        await chat.until(lambda: not chat.pane.session.running)
        await chat.press("ctrl+c")
        assert chat.text == "d"


class TestFooter:
    @pytest.mark.parametrize("language", ["en", "ru"])
    async def test_the_way_to_all_else_is_always_there(self, tmp_path: Path, language: str) -> None:
        async with chatting(tmp_path, ENDLESS, language=language) as chat:
            for first in ("Enter", "Esc"):
                for size in SIZES:
                    await chat.pilot.resize_terminal(*size)
                    await chat.pilot.pause()
                    assert footer(chat.shown()).startswith(first)
                    assert "F1" in footer(chat.shown())
                await chat.press("q", "enter")
                await chat.until(lambda: chat.pane.session.running)
                await chat.pilot.pause()

    async def test_a_click_does_what_the_key_does(self, tmp_path: Path) -> None:
        async with chatting(tmp_path) as chat:
            await chat.press("h", "i")
            line = chat.shown().splitlines()[-1]
            await chat.pilot.click("KeyBar", offset=(line.index("Enter") + 1, 0))
            await chat.until(lambda: chat.asked == ["hi"])
            await chat.pilot.click("KeyBar", offset=(line.index("F1"), 0))
            await chat.until(lambda: isinstance(chat.app.screen, HelpScreen))


def footer(shown: str) -> str:
    return shown.splitlines()[-1].strip()
