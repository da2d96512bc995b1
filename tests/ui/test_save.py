"""Saving: Enter is enough, the rest can be chosen; nothing is written over, and a failure is said there."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest

from neurotui.settings.file import SettingsFile
from neurotui.store.transcripts.reading import read_file
from neurotui.ui.screens.save import SaveScreen
from neurotui.ui.widgets.form import Entry
from tests.chat.test_session import ENDLESS
from tests.store.examples import library_of, small
from tests.ui.chatting import Chat, chatting


async def opened(chat: Chat) -> SaveScreen:
    """The dialog over a conversation with the name `Вопрос`."""
    library = chat.screen.backend.store.library
    await chat.screen.open(library.summaries()[0].id)
    await chat.press("ctrl+s")
    screen = chat.app.screen
    assert isinstance(screen, SaveScreen)
    return screen


async def saved(chat: Chat) -> None:
    await chat.until(lambda: any("Saved as" in notice for notice in chat.notices))
    assert chat.app.screen is chat.screen


@pytest.fixture(autouse=True)
def kept(tmp_path: Path) -> None:
    library_of(tmp_path, small())


@pytest.mark.parametrize("key", ["enter", "ctrl+s", "ctrl+ы"])
async def test_two_keys_save_what_is_there(tmp_path: Path, key: str) -> None:
    async with chatting(tmp_path) as chat:
        await opened(chat)
        await chat.press(key)
        await saved(chat)
        path = tmp_path / "Вопрос.md"
        assert str(path) in "".join(chat.notices)
    assert "Ответ" in path.read_text(encoding="utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("keys", "ending", "beginning"),
    [
        (["down"], "json", '{"format":"neurotui"'),
        (["down", "down"], "txt", "Вопрос\n===="),
        (["up"], "html", "<!"),
        (["tab", "shift+tab"], "md", "# Вопрос"),
    ],
)
async def test_another_format_is_written_under_its_ending_and_remembered(
    tmp_path: Path, keys: list[str], ending: str, beginning: str
) -> None:
    settings = SettingsFile(tmp_path / "config.toml")
    async with chatting(tmp_path, settings=settings) as chat:
        await opened(chat)
        await chat.press(*keys, "enter")
        await saved(chat)
        assert (tmp_path / f"Вопрос.{ending}").read_text(encoding="utf-8").startswith(beginning)
        await chat.press("ctrl+s")
        assert chat.app.screen.query_one(Entry).value.endswith(f".{ending}")
        await chat.press("escape")
    assert SettingsFile(tmp_path / "config.toml").settings.transcript_format == ending


async def test_a_click_chooses_the_format(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await opened(chat)
        await chat.pilot.click("PickList", offset=(5, 1))
        assert chat.app.screen.query_one(Entry).value.endswith(".json")


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("{folder}/notes", "notes.md"),
        ("{folder}/notes.markdown", "notes.markdown"),
        ("{folder}/new folder/notes.md", "new folder/notes.md"),
        ("{folder}/there", "there/Вопрос.md"),
        ("{folder}/not there/", "not there/Вопрос.md"),
        ("", "Вопрос.md"),
        ("~/at home.md", "at home.md"),
    ],
)
async def test_a_place_is_what_is_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, written: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "there").mkdir()
    async with chatting(tmp_path) as chat:
        await opened(chat)
        chat.app.screen.query_one(Entry).value = typed.format(folder=tmp_path)
        await chat.press("enter")
        await saved(chat)
    assert (tmp_path / written).is_file()


async def test_a_path_below_the_home_is_shown_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    async with chatting(tmp_path) as chat:
        await opened(chat)
        assert chat.app.screen.query_one(Entry).value == "~/Вопрос.md"


async def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "Вопрос.md").write_text("mine")
    async with chatting(tmp_path) as chat:
        await opened(chat)
        await chat.press("enter")
        await saved(chat)
    assert (tmp_path / "Вопрос.md").read_text() == "mine"
    assert (tmp_path / "Вопрос (2).md").is_file()


async def test_where_it_cannot_be_written_the_dialog_says_so_and_stays(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with chatting(tmp_path) as chat:
        await opened(chat)
        chat.app.screen.query_one(Entry).value = str(tmp_path / "file" / "notes.md")
        await chat.press("enter")
        await chat.until(lambda: "cannot be written" in chat.shown())
        assert isinstance(chat.app.screen, SaveScreen)
        chat.app.screen.query_one(Entry).value = str(tmp_path / "notes.md")
        await chat.press("enter")
        await saved(chat)


async def test_escape_writes_nothing(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await opened(chat)
        await chat.press("escape")
        assert chat.app.screen is chat.screen
        assert not chat.notices
    assert not (tmp_path / "Вопрос.md").exists()


async def test_a_running_answer_is_saved_as_far_as_it_came(tmp_path: Path) -> None:
    async with chatting(tmp_path, ENDLESS) as chat:
        await chat.press("q", "enter")
        await chat.until(lambda: "начало" in chat.shown())
        await chat.press("ctrl+s", "down", "enter")
        await saved(chat)
        assert chat.screen.session.running
    [conversation] = (await asyncio.to_thread(read_file, tmp_path / "q.json")).conversations
    assert [message.text for message in conversation.path()] == ["q", "начало"]


async def test_an_empty_conversation_is_not_saved(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await chat.press("ctrl+s")
        assert chat.app.screen is chat.screen
        assert chat.notices == ["There is nothing to save yet"]


@pytest.mark.parametrize("size", [(60, 15), (200, 60)])
async def test_it_fits_every_screen(tmp_path: Path, size: tuple[int, int]) -> None:
    async with chatting(tmp_path, size=size, language="ru") as chat:
        await opened(chat)
        await chat.pilot.pause()
        for text in ("Markdown", "JSON", "HTML", "Вопрос.md", "Enter"):
            assert text in chat.shown()
