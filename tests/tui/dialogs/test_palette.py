from __future__ import annotations

from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input

from neurotui import i18n
from neurotui.app.commands import COMMANDS
from neurotui.tui.conversation.features.general import General
from neurotui.tui.dialogs.help import HelpScreen
from neurotui.tui.dialogs.palette import PaletteScreen, answering
from neurotui.tui.widgets.pick_list import PickList
from tests.chat.test_session import ENDLESS
from tests.tui.chatting import chatting

SIZES = [(60, 15), (80, 24), (200, 60)]


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize(
    "typed", ["show help", "help", "рудз", "помощь", "gjvjom", "hlp", "показать справку"]
)
def test_a_command_is_found_in_any_language_on_any_layout(language: str, typed: str) -> None:
    i18n.use(language)
    try:
        command, _places = answering(typed, COMMANDS)[0]
    finally:
        i18n.use("en")
    assert command.name == "help"


def test_without_a_query_all_are_there_in_their_order() -> None:
    assert [command for command, _places in answering(" ", COMMANDS)] == list(COMMANDS)
    assert answering("zzz", COMMANDS) == []


async def test_enter_does_what_was_found(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await chat.press("ctrl+p")
        await chat.type("help")
        await chat.press("enter")
        await chat.until(lambda: isinstance(chat.app.screen, HelpScreen))


async def test_the_same_key_closes_it_on_either_layout(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        for key in ("escape", "ctrl+p", "ctrl+з"):
            await chat.press("ctrl+p")
            assert chat.app.screen is not chat.screen
            await chat.press(key)
            assert chat.app.screen is chat.screen
        assert chat.composer.has_focus


async def test_all_commands_are_listed_with_their_keys_and_the_arrows_choose(tmp_path: Path) -> None:
    async with chatting(tmp_path, size=(100, 50)) as chat:
        await chat.press("ctrl+p")
        shown = chat.shown()
        await chat.press("pagedown", "pagedown")
        shown += chat.shown()
        await chat.press("pageup", "pageup")
        for command in COMMANDS:
            if command.name == "palette":
                continue  # its sentence is what stands in the input
            assert (command.help in shown) == (command.menu and not command.running_only), command.name
            if command.menu and not command.running_only and command.key:
                assert command.key in shown
        await chat.type("the")
        first = chat.shown()
        await chat.press("down")
        assert chat.shown() == first  # the same lines; only the light has moved
        await chat.press("up", "ctrl+u")
        await chat.type("zzz")
        assert "nothing was found" in chat.shown()
        await chat.press("enter")
        assert isinstance(chat.app.screen, PaletteScreen)


async def test_it_offers_what_can_be_done_now(tmp_path: Path) -> None:
    async with chatting(tmp_path, ENDLESS) as chat:
        await chat.press("q", "enter")
        await chat.until(lambda: chat.pane.session.running)
        await chat.press("ctrl+p")
        await chat.type("stop answer")
        await chat.press("enter")
        await chat.until(lambda: not chat.pane.session.running)


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_it_fits(tmp_path: Path, language: str) -> None:
    async with chatting(tmp_path, language=language) as chat:
        await chat.press("ctrl+p", "escape")
        for size in SIZES:
            await chat.pilot.resize_terminal(*size)
            await chat.pilot.pause()
            chat.feature(General).palette()
            await chat.until(lambda: isinstance(chat.app.screen, PaletteScreen) and "Ctrl+N" in chat.shown())
            panel = chat.app.screen.query_one("#panel").region
            assert chat.app.screen.region.contains_region(panel)
            await chat.press("escape")


@pytest.mark.parametrize("key", ["ctrl+l", "ctrl+p", "ctrl+r"])
async def test_what_is_typed_right_behind_a_key_is_for_the_screen_that_it_opens(
    tmp_path: Path, key: str
) -> None:
    async with chatting(tmp_path) as chat:
        chat.app.post_message(events.Key(key, None))
        await chat.type("mini")
        await chat.until(lambda: chat.app.screen is not chat.screen)
        assert chat.app.screen.query_one(Input).value == "mini"
        assert not chat.text


async def test_enter_that_comes_twice_at_a_time_does_not_close_the_chat_too(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await chat.press("ctrl+p")
        await chat.pilot.pause()
        for _once in range(2):
            chat.app.post_message(events.Key("enter", None))
        await chat.until(lambda: not isinstance(chat.app.screen, PaletteScreen))
        await chat.pilot.pause()
        assert chat.app.screen is chat.screen


async def test_what_was_picked_is_what_was_shown(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await chat.press("ctrl+p", *"help")
        palette = chat.app.screen
        assert isinstance(palette, PaletteScreen)
        palette.query_one(PickList).pick()
        palette._found = []
        await chat.until(lambda: isinstance(chat.app.screen, HelpScreen))
