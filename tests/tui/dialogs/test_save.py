"""Saving: Enter is enough, the rest can be chosen; nothing is written over, and a failure is said there."""

from __future__ import annotations

import asyncio
import re
import stat
import zipfile
from pathlib import Path

import pytest
from textual.widgets import Static

from neurotui.chat.conversation import Conversation, Message, Role
from neurotui.settings.file import SettingsFile
from neurotui.transcripts.reading import read_file
from neurotui.tui.dialogs.save import SaveScreen
from neurotui.tui.widgets.form import LineField
from neurotui.tui.widgets.pick_list import PickList
from tests.chat.test_session import ENDLESS
from tests.store.attaching import picture
from tests.store.examples import library_of, small
from tests.tui.chatting import Chat, chatting


async def opened(chat: Chat) -> SaveScreen:
    """The dialog over a conversation with the name `Вопрос`."""
    library = chat.pane.services.store.library
    await chat.pane.open(library.summaries()[0].id)
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


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_in_a_tiny_window_the_name_and_the_format_are_seen(tmp_path: Path, language: str) -> None:
    async with chatting(tmp_path, size=(20, 6), language=language) as chat:
        screen = await opened(chat)
        for form in ("Markdown", "JSON", "HTML"):
            await chat.until_shown(f"● {form}")
            assert f".{'md' if form == 'Markdown' else form.lower()}" in chat.shown()
            assert screen.region.contains_region(screen.query_one(LineField).region)
            await chat.press("down", *["down"] * (form == "JSON"))
        await chat.pilot.resize_terminal(80, 24)
        assert screen.query_one(LineField).region.y > screen.query_one(PickList).region.y


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
        assert chat.app.screen.query_one(LineField).value.endswith(f".{ending}")
        await chat.press("escape")
    assert SettingsFile(tmp_path / "config.toml").settings.transcript_format == ending


async def test_a_click_chooses_the_format(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await opened(chat)
        await chat.pilot.click("PickList", offset=(5, 1))
        assert chat.app.screen.query_one(LineField).value.endswith(".json")


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
        chat.app.screen.query_one(LineField).value = typed.format(folder=tmp_path)
        await chat.press("enter")
        await saved(chat)
    assert (tmp_path / written).is_file()


async def test_a_path_below_the_home_is_shown_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    async with chatting(tmp_path) as chat:
        await opened(chat)
        assert chat.app.screen.query_one(LineField).value == "~/Вопрос.md"


def radio(chat: Chat) -> str:
    """The name of the format that the dialog says it writes."""
    (line,) = [line for line in chat.shown().split("\n") if "●" in line]
    return line.split("●")[1].split()[0]


@pytest.mark.sample("before")
@pytest.mark.parametrize(
    ("name", "form", "beginning"),
    [
        ("a.json", "JSON", '{"format":"neurotui"'),
        ("a.html", "HTML", "<!"),
        ("a.htm", "HTML", "<!"),
        ("A.HTML", "HTML", "<!"),
        ("a.TXT", "Text", "Вопрос\n===="),
        ("a.text", "Text", "Вопрос\n===="),
        ("a.md", "Markdown", "# Вопрос"),
        ("a.Markdown", "Markdown", "# Вопрос"),
        ("two.dots.json", "JSON", '{"format":"neurotui"'),
    ],
)
@pytest.mark.parametrize("before", [0, 1])
async def test_the_ending_that_is_typed_chooses_the_format(
    tmp_path: Path, name: str, form: str, beginning: str, before: int
) -> None:
    async with chatting(tmp_path) as chat:
        await opened(chat)
        await chat.press(*["down"] * before)
        chat.app.screen.query_one(LineField).value = ""
        await chat.type(f"{tmp_path}/{name}")
        await chat.until(lambda: radio(chat) == form)
        await chat.press("enter")
        await saved(chat)
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(beginning)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("notes", "notes.json"),
        ("notes.org", "notes.org"),
        ("release 1.2", "release 1.2.json"),
        (".hidden", ".hidden"),
        ("what.json/", "what.json/Вопрос.json"),
    ],
)
async def test_an_ending_that_says_nothing_leaves_the_format_that_was_chosen(
    tmp_path: Path, name: str, written: str
) -> None:
    async with chatting(tmp_path) as chat:
        await opened(chat)
        await chat.press("down")
        chat.app.screen.query_one(LineField).value = f"{tmp_path}/{name}"
        await chat.press("enter")
        await saved(chat)
    assert (tmp_path / written).read_text(encoding="utf-8").startswith('{"format":"neurotui"')


@pytest.mark.parametrize(
    ("typed", "after"),
    [
        ("a.MD", "a.json"),
        ("a.markdown", "a.json"),
        ("a", "a"),
        ("a.org", "a.org"),
        ("a b.c.txt", "a b.c.html"),
    ],
)
async def test_the_format_that_is_chosen_changes_the_ending(tmp_path: Path, typed: str, after: str) -> None:
    async with chatting(tmp_path) as chat:
        await opened(chat)
        entry = chat.app.screen.query_one(LineField)
        entry.value = typed
        await chat.pilot.pause()
        await chat.press("down")
        assert entry.value == after


async def test_what_is_proposed_is_a_name_that_is_free(tmp_path: Path) -> None:
    (tmp_path / "Вопрос.md").write_text("mine")
    async with chatting(tmp_path) as chat:
        await opened(chat)
        assert "Вопрос (2).md" in chat.app.screen.query_one(LineField).value
        await chat.press("down")
        assert "Вопрос.json" in chat.app.screen.query_one(LineField).value
        await chat.press("up", "enter")
        await saved(chat)
    assert (tmp_path / "Вопрос.md").read_text() == "mine"
    assert (tmp_path / "Вопрос (2).md").is_file()


async def test_a_name_that_is_there_is_written_over_when_enter_comes_again(tmp_path: Path) -> None:
    (tmp_path / "Вопрос.md").write_text("mine")
    (tmp_path / "other.md").write_text("mine, too")
    async with chatting(tmp_path) as chat:
        await opened(chat)
        entry = chat.app.screen.query_one(LineField)
        entry.value = str(tmp_path / "other.md")
        await chat.press("enter")
        await chat.until(lambda: "other.md exists already" in chat.shown())
        entry.value = str(tmp_path / "Вопрос")  # which is another one, and is asked about as well
        await chat.until(lambda: "exists already" not in chat.shown())
        await chat.press("enter")
        await chat.until(lambda: "Вопрос.md exists already" in chat.shown())
        assert (tmp_path / "Вопрос.md").read_text() == "mine"
        await chat.press("enter")
        await saved(chat)
    assert (tmp_path / "Вопрос.md").read_text().startswith("# Вопрос")
    assert (tmp_path / "other.md").read_text() == "mine, too"
    assert not (tmp_path / "Вопрос (2).md").exists()


def switch(chat: Chat) -> str:
    """The line about receipts."""
    (line,) = [line.strip("│ ") for line in chat.shown().split("\n") if "☑" in line or "☐" in line]
    return line


@pytest.mark.parametrize("keys", [(), ("ctrl+r",), ("ctrl+к",), ("ctrl+r", "ctrl+r")])
@pytest.mark.parametrize("form", ["md", "txt", "html"])
async def test_receipts_are_written_only_if_they_are_switched_on(
    tmp_path: Path, form: str, keys: tuple[str, ...]
) -> None:
    async with chatting(tmp_path) as chat:
        await opened(chat)
        chat.app.screen.query_one(LineField).value = f"{tmp_path}/a.{form}"
        await chat.press(*keys)
        on = len(keys) == 1
        await chat.until(lambda: switch(chat).startswith("☑" if on else "☐"))
        await chat.press("enter")
        await saved(chat)
    assert ("finished" in (tmp_path / f"a.{form}").read_text(encoding="utf-8")) is on


async def test_json_has_receipts_in_any_case_and_the_next_file_has_none_again(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await opened(chat)
        await chat.press("down")
        await chat.until(lambda: switch(chat).startswith("☑"))
        await chat.press("ctrl+r", "down")
        await chat.until(lambda: switch(chat).startswith("☐"))
        await chat.pilot.click("_Switch", offset=(3, 0))
        await chat.until(lambda: switch(chat).startswith("☑"))
        await chat.press("escape", "ctrl+s")
        await chat.until(lambda: switch(chat).startswith("☐"))


async def test_json_with_files_is_called_an_archive_before_it_is_written(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        attached = picture(chat.pane.services.store.blobs)
        asked = Message("q", Role.USER, "С файлом", None, 9e9, attachments=(attached,))
        chat.pane.services.store.library.add(Conversation.of([asked], created_at=9e9))
        (tmp_path / "b.zip").write_text("mine")
        await opened(chat)
        await chat.press("down")
        entry = chat.app.screen.query_one(LineField)
        assert entry.value.endswith("/С файлом.zip")
        entry.value = f"{tmp_path}/b.json"
        await chat.press("enter")
        await chat.until(lambda: "b.zip exists already" in chat.shown())
        await chat.press("enter")
        await saved(chat)
    assert zipfile.is_zipfile(tmp_path / "b.zip")
    assert not (tmp_path / "b.json").exists() and not (tmp_path / "b (2).zip").exists()


async def test_where_it_cannot_be_written_the_dialog_says_so_and_stays(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with chatting(tmp_path) as chat:
        await opened(chat)
        chat.app.screen.query_one(LineField).value = str(tmp_path / "file" / "notes.md")
        await chat.press("enter")
        await chat.until(lambda: "cannot be written" in chat.shown())
        assert isinstance(chat.app.screen, SaveScreen)
        chat.app.screen.query_one(LineField).value = str(tmp_path / "notes.md")
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
        assert chat.pane.session.running
    [conversation] = (await asyncio.to_thread(read_file, tmp_path / "q.json")).conversations
    assert [message.text for message in conversation.path()] == ["q", "начало"]


async def test_an_empty_conversation_is_not_saved(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await chat.press("ctrl+s")
        assert chat.app.screen is chat.screen
        assert chat.notices == ["There is nothing to save yet"]


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (200, 60)])
@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("en", ("with receipts", "exists already", "Esc close")),
        ("ru", ("с итогами", "уже есть", "Esc закрыть")),
    ],
)
async def test_it_fits_every_screen(
    tmp_path: Path, size: tuple[int, int], language: str, texts: tuple[str, ...]
) -> None:
    (tmp_path / "a.html").write_text("mine")
    async with chatting(tmp_path, size=size, language=language) as chat:
        await opened(chat)
        chat.app.screen.query_one(LineField).value = f"{tmp_path}/a.html"
        await chat.press("enter")
        await chat.until(lambda: texts[1] in chat.shown())
        for text in ("Markdown", "JSON", "● HTML", "a.html", "Enter", *texts):
            assert text in chat.shown()


async def test_what_takes_long_shows_how_far_it_is_and_ends_with_the_dialog(tmp_path: Path) -> None:
    text = "Слово **важно**, `код` и [ссылка](https://example.com).\n\n" * 300
    large = small("Много")
    for number in range(100):
        parent = large.leaf_id
        large.put(Message(f"m{number}", Role.ASSISTANT, text, parent, 3000.0 + number))
    library_of(tmp_path, large)
    async with chatting(tmp_path) as chat:
        screen = await opened(chat)
        await chat.press("up", "enter")
        notice = screen.query_one(".notice", Static)
        await chat.until(lambda: bool(re.match(r"saving · [\d.]+ MB", str(notice.content))))
        assert screen._work.running
        await chat.press("escape")
        await chat.until(lambda: not screen._work.running)
        assert chat.app.screen is chat.screen
    left = await asyncio.to_thread(lambda: [path.suffix for path in tmp_path.iterdir()])
    assert not {".html", ".part"} & set(left)
