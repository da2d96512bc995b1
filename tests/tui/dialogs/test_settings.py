"""The settings: each explained, checked as it is typed, held at once, written beside the user's words."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from neurotui import i18n
from neurotui.app.setting_rows import Row, rows
from neurotui.markdown.layout import set_readable
from neurotui.settings.config import Settings
from neurotui.settings.file import SettingsFile
from neurotui.tui.dialogs.settings import SettingsScreen
from neurotui.tui.widgets.form import Choice
from neurotui.wire.events import Finished, TextDelta
from tests.chat.test_session import ENDLESS, Script
from tests.tui.chatting import Chat, chatting
from tests.tui.sizes import in_sizes_and_languages

WRITTEN = """\
# my settings
theme = "nord"  # at night

[profiles.home]
base_url = "http://localhost:8080/v1"
"""


HOST = "generativelanguage.googleapis.com"


@pytest.fixture
def file(tmp_path: Path) -> SettingsFile:
    path = tmp_path / "config.toml"
    path.write_text(WRITTEN)
    return SettingsFile(path)


def row(name: str) -> Row:
    return next(row for row in rows(Settings()) if row.key[-1] == name)


def test_every_setting_has_its_row() -> None:
    names = {row.key[0] for row in rows(Settings())}
    assert names == {field.name for field in fields(Settings)}
    assert all(row.title and row.about.explanation and row.shown for row in rows(Settings()))


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("text_width", "90", 90),
        ("notify_after", "2,5", 2.5),
        ("notify_after", "", 0.0),
        ("day_tokens", "", 0),
        ("stream", "no", False),
        ("model", " gpt-5 ", "gpt-5"),
    ],
)
def test_what_is_typed_is_a_value(name: str, text: str, value: object) -> None:
    assert row(name).parse(text) == value
    assert type(row(name).parse(text)) is type(value)


@pytest.mark.parametrize(
    ("name", "text"),
    [("text_width", "wide"), ("text_width", "1"), ("notify_after", "-1"), ("day_cost", "nan")],
)
def test_what_does_not_fit_is_refused(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"^It must be"):
        row(name).parse(text)


async def opened(chat: Chat) -> SettingsScreen:
    await chat.press("f2")
    await chat.until(lambda: isinstance(chat.app.screen, SettingsScreen))
    screen = chat.app.screen
    assert isinstance(screen, SettingsScreen)
    await chat.pilot.pause()
    return screen


async def go_to(chat: Chat, name: str) -> None:
    """Moves to the setting of this name."""
    screen = chat.app.screen
    assert isinstance(screen, SettingsScreen)
    for _ in range(50):
        if screen.at.key[-1] == name:
            await chat.pilot.pause()
            return
        screen.action_move(1)
    raise AssertionError(name)


async def test_a_choice_holds_at_once_and_is_written_beside_the_users_words(
    tmp_path: Path, file: SettingsFile
) -> None:
    async with chatting(tmp_path, settings=file) as chat:
        assert chat.app.theme == "nord"
        await opened(chat)
        await go_to(chat, "theme")
        await chat.press("right")
        assert chat.app.theme == file.settings.theme != "nord"
        await go_to(chat, "stream")
        await chat.press("right")
        assert chat.pane.session.participant.stream is False
        await chat.press("escape")
        theme = file.settings.theme
    text = (tmp_path / "config.toml").read_text()
    assert text.startswith(f'# my settings\ntheme = "{theme}"  # at night\n')
    assert "stream = false # Show an answer as it comes" in text


async def test_a_theme_that_is_not_there_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('theme = "[b]gone[/b]"\n')
    file = SettingsFile(tmp_path / "config.toml")
    async with chatting(tmp_path, settings=file) as chat:
        assert chat.notices == ["There is no such theme. The default is used until it is corrected"]
        chat.pane.preferences.change(("text_width",), 90)
        await chat.pilot.pause()
        assert len(chat.notices) == 1
        assert "theme = [b]gone[/b]" in chat.shown()


async def test_the_language_is_switched_live(tmp_path: Path, file: SettingsFile) -> None:
    async with chatting(tmp_path, settings=file) as chat:
        await opened(chat)
        await go_to(chat, "language")
        await chat.press("right", "right")
        await chat.pilot.pause()
        assert i18n.language() == "ru"
        assert "Настройки" in chat.shown()
        await chat.press("escape")
        assert "Сообщение" in chat.shown()


async def test_a_text_is_checked_as_it_is_typed_and_taken_when_it_is_left(
    tmp_path: Path, file: SettingsFile
) -> None:
    async with chatting(tmp_path, settings=file) as chat:
        await opened(chat)
        await go_to(chat, "text_width")
        await chat.press("backspace")
        assert "It must be at least 40" in chat.shown()
        assert file.settings.text_width == 100
        await chat.press("down", "up")
        assert file.settings.text_width == 100
        await chat.press("backspace", "2", "down")
        assert file.settings.text_width == 102
        await go_to(chat, "day_tokens")
        await chat.press(*"5000", "escape")
        assert file.settings.budget.day_tokens == 5000


async def test_the_width_of_the_text_holds_for_what_is_on_the_screen(
    tmp_path: Path, file: SettingsFile
) -> None:
    file.change(("text_width",), 60)
    words: Script = [TextDelta("слово " * 40), Finished(True)]
    async with chatting(tmp_path, words, size=(200, 30), settings=file) as chat:
        await chat.press("a", "enter")
        await chat.until(lambda: "слово слово" in chat.shown() and not chat.pane.session.running)
        assert "слово " * 9 in chat.shown()
        assert "слово " * 11 not in chat.shown()
        await opened(chat)
        await go_to(chat, "text_width")
        await chat.press("backspace", "backspace", *"120", "enter", "escape")
        await chat.until(lambda: "слово " * 19 in chat.shown())
    set_readable(Settings().text_width)


async def test_another_profile_is_used_at_once(tmp_path: Path, file: SettingsFile) -> None:
    async with chatting(tmp_path, settings=file) as chat:
        await opened(chat)
        await go_to(chat, "profile")
        await chat.press("right")
        await chat.until(lambda: chat.pane.account.profile == "home")
        await go_to(chat, "base_url")
        assert "http://localhost:8080/v1" in chat.shown()
        await chat.press(*"#x")
        assert "must not contain ? or #" in chat.shown()
        await chat.press("backspace", "backspace", "2", "enter")
        await chat.until(lambda: chat.pane.account.host == "localhost:8080")
        assert file.settings.profiles["home"].base_url.endswith("/v12")
        await chat.press("escape")


async def test_another_model_of_the_profile_does_not_stop_the_answer(
    tmp_path: Path, file: SettingsFile
) -> None:
    async with chatting(tmp_path, ENDLESS, settings=file) as chat:
        chat.pane.account.profile = "neuroapi"
        await chat.press("a", "enter")
        await chat.until(lambda: "начало" in chat.shown())
        await opened(chat)
        await go_to(chat, "model")
        await chat.press(*"gpt-6", "enter", "escape")
        assert chat.pane.session.running
        assert chat.pane.session.participant.model == "gpt-6"
        assert file.settings.profiles["neuroapi"].model == "gpt-6"


async def test_the_system_prompt_has_many_lines(tmp_path: Path, file: SettingsFile) -> None:
    async with chatting(tmp_path, settings=file) as chat:
        await opened(chat)
        await go_to(chat, "system_prompt")
        await chat.press("o", "n", "e", "enter", "t", "w", "o", "up", "x", "escape")
        assert file.settings.system_prompt == "onex\ntwo"
        assert chat.pane.session.conversation.system_prompt == "onex\ntwo"


async def test_what_is_for_the_file_says_so(tmp_path: Path, file: SettingsFile) -> None:
    async with chatting(tmp_path, settings=file) as chat:
        await opened(chat)
        await chat.press("up")
        assert "Change this in the settings file" in chat.shown()
        assert 'Other keys for commands, such as new = ["ctrl+t"]' in chat.shown()
        await chat.press("escape")


async def test_a_click_opens_a_setting_and_chooses(tmp_path: Path, file: SettingsFile) -> None:
    async with chatting(tmp_path, settings=file) as chat:
        screen = await opened(chat)
        await chat.pilot.click("PickList", offset=(3, 4))
        assert screen.at.key == ("stream",)
        await chat.pilot.click(screen.query_one(Choice), offset=(8, 0))
        assert file.settings.stream is False
        await chat.press("escape")


async def test_without_a_place_to_write_it_holds_and_says_so_once(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await opened(chat)
        await go_to(chat, "theme")
        await chat.press("right", "right")
        await chat.until(lambda: any("There is no folder for it" in notice for notice in chat.notices))
        assert len(chat.notices) == 1
        await chat.press("escape")


@in_sizes_and_languages
async def test_the_name_of_a_profile_leaves_room_for_its_settings(
    tmp_path: Path, size: tuple[int, int], language: str
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'profile = "{HOST}"\n[profiles."{HOST}"]\n')
    file = SettingsFile(path)
    async with chatting(tmp_path, size=size, language=language, settings=file) as chat:
        screen = await opened(chat)
        for row in rows(file.settings):
            await chat.until_shown(f" · {row.title} " if row.group else row.title)
            screen.action_move(1)
        await chat.press("escape")


@in_sizes_and_languages
async def test_every_setting_can_be_read_and_changed(
    tmp_path: Path, size: tuple[int, int], language: str, file: SettingsFile
) -> None:
    async with chatting(tmp_path, size=size, language=language, settings=file) as chat:
        screen = await opened(chat)
        panel = screen.query_one("#panel").content_region
        for row in rows(file.settings):
            assert screen.at.key == row.key
            await chat.until(lambda: screen.at.title in chat.shown())
            for id in ("explanation", "editor"):
                assert panel.contains_region(screen.query_one(f"#{id}").region), (row.key, id)
            screen.action_move(1)
        await chat.press("escape")
        assert chat.app.screen is chat.screen


async def test_a_choice_that_is_told_late_is_not_taken_for_the_next_setting(
    tmp_path: Path, file: SettingsFile
) -> None:
    async with chatting(tmp_path, settings=file) as chat:
        await opened(chat)
        await go_to(chat, "stream")
        screen = chat.app.screen
        assert isinstance(screen, SettingsScreen)
        screen.query_one(Choice).action_move(1)
        screen.action_move(1)
        await chat.pilot.pause()
        assert file.settings.stream is False
        assert file.settings.transcript_format == "md"


async def test_a_text_can_be_set_back_to_what_it_was(tmp_path: Path, file: SettingsFile) -> None:
    async with chatting(tmp_path, settings=file) as chat:
        await opened(chat)
        await go_to(chat, "text_width")
        await chat.press("ctrl+u", *"90", "enter")
        assert file.settings.text_width == 90
        await chat.press("ctrl+u", *"100", "enter")
        assert file.settings.text_width == 100
