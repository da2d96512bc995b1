"""The history: listed by days, found by names and words, opened, renamed, pinned, deleted, brought back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from unicodedata import normalize

import pytest
from textual import events
from textual.content import Content

from neurotui import i18n
from neurotui.app.history_rows import Groups, Heading
from neurotui.chat.conversation import Conversation, Message, Role, Status
from neurotui.store.library import Library, Summary
from neurotui.store.store import FILE_NAME
from neurotui.tui.dialogs.history import HistoryScreen
from neurotui.tui.dialogs.history_rows import line, marked
from neurotui.tui.widgets.section_list import SectionList
from tests.store.examples import answer, library_of, small
from tests.tui.chatting import Chat, chatting
from tests.tui.sizes import in_sizes_and_languages

HOSTILE = "[/x] \x1b]52;c;aGk=\x07\u202eabc [@click=app.quit]q[/]"


def at(days: int, hour: int = 12) -> float:
    """The Unix time of an hour so many days ago."""
    day = date.today() - timedelta(days=days)
    return datetime(day.year, day.month, day.day, hour).timestamp()


def story() -> Conversation:
    """Six messages, of which one speaks of a dragon."""
    messages: list[Message] = []
    for number in range(6):
        role = Role.ASSISTANT if number % 2 else Role.USER
        text = "Жил-был дракон." if number == 1 else f"{role} {number} " + "и так далее\n" * 20
        parent = messages[-1].id if messages else None
        messages.append(Message(f"story{number}", role, text, parent, at(40) + number, model="m"))
    return Conversation.of(messages, id="story", title="История", created_at=at(40))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return library_of(
        tmp_path,
        story(),
        small("Вчерашний вопрос", "Ответ", at=at(1)),
        small("Привет, ёжик!", "Здравствуй", at=at(0, 0)),
    )


def put_a_folder_there(database: Path) -> None:
    """Takes a database away, and leaves in its place what cannot be one."""
    for path in database.parent.glob(database.name + "*"):
        path.unlink()
    database.mkdir()


async def opened(chat: Chat) -> HistoryScreen:
    await chat.press("ctrl+r")
    screen = chat.app.screen
    assert isinstance(screen, HistoryScreen)
    await chat.until(lambda: "History ·" in chat.shown() or "История ·" in chat.shown())
    return screen


def selected(chat: Chat) -> str:
    """The line with the cursor."""
    picks = chat.app.screen.query_one(SectionList)
    return str(picks._row(picks.cursor, 70))


async def test_it_lists_by_days_and_opens_the_newest_with_enter(tmp_path: Path, library: Library) -> None:
    async with chatting(tmp_path) as chat:
        await opened(chat)
        shown = chat.shown()
        assert shown.index("Today") < shown.index("Привет, ёжик!") < shown.index("Yesterday")
        assert shown.index("Вчерашний вопрос") < shown.index("История")
        assert "2 msg" in shown
        assert "finished" not in shown and "✓" not in shown
        assert "History · 3" in shown
        await chat.press("enter")
        await chat.until(lambda: chat.pane.session.conversation.name == "Привет, ёжик!")
        assert "Здравствуй" in chat.shown()
        assert chat.composer.has_focus


@pytest.mark.parametrize(
    ("typed", "said"), [("ЕЖИК", ""), ("ghbdtn", "shown for “привет”"), ("вопр вчера", "")]
)
async def test_names_are_filtered_as_one_types(
    tmp_path: Path, library: Library, typed: str, said: str
) -> None:
    async with chatting(tmp_path) as chat:
        await opened(chat)
        await chat.press(*("space" if key == " " else key for key in typed))
        await chat.until(lambda: "1 of 3" in chat.shown())
        assert said in chat.shown()
        assert "История" not in chat.shown()


async def test_words_are_found_and_opened_at_their_message(tmp_path: Path, library: Library) -> None:
    async with chatting(tmp_path) as chat:
        await opened(chat)
        await chat.press(*"дракон")
        await chat.until(lambda: "In messages" in chat.shown())
        assert "Жил-был дракон." in chat.shown()
        assert "History · 1 of 3" in chat.shown(), "found by its words, not by its name"
        await chat.press("enter")
        await chat.until(lambda: chat.pane.session.conversation.name == "История")
        transcript = chat.pane.transcript
        assert transcript.cursor is not None
        assert transcript.views[transcript.cursor].message.id == "story1"
        assert "Жил-был дракон." in chat.shown()


async def test_a_long_message_is_opened_at_the_line_that_was_found(tmp_path: Path) -> None:
    paragraphs = [f"Абзац {number} о разном." for number in range(300)]
    paragraphs[200] += " Здесь живёт **дракон**."
    library_of(tmp_path, small("Вопрос", "\n\n".join(paragraphs)), small("Другой", "Ответ", at=3000.0))
    async with chatting(tmp_path) as chat:
        for _attempt in range(2):  # the second time the conversation is open already
            await opened(chat)
            await chat.press(*"дракон")
            await chat.until(lambda: "In messages" in chat.shown())
            await chat.press("enter")
            await chat.until(lambda: "Здесь живёт дракон." in chat.shown() and chat.app.screen is chat.screen)
            chat.pane.transcript.action_to_start()


async def test_a_hit_on_another_branch_is_opened_there(tmp_path: Path) -> None:
    conversation = small("Вопрос", "Первый ответ с драконом", at=1000.0)
    question, first = conversation.path()
    conversation.put(answer(question, "Второй ответ"))
    library = library_of(tmp_path, conversation)
    async with chatting(tmp_path) as chat:
        await opened(chat)
        await chat.press(*"дракон")
        await chat.until(lambda: "In messages" in chat.shown())
        await chat.press("enter")
        await chat.until(lambda: "Первый ответ с драконом" in chat.shown())
        assert "1/2" in chat.shown()
        await chat.until(lambda: library.latest().leaf_id == first.id)  # type: ignore[union-attr]


async def test_a_hit_in_the_open_conversation_is_gone_to(tmp_path: Path, library: Library) -> None:
    async with chatting(tmp_path) as chat:
        await chat.pane.open("story")
        session = chat.pane.session
        await opened(chat)
        await chat.press(*"дракон")
        await chat.until(lambda: "In messages" in chat.shown())
        await chat.press("enter")
        await chat.until(lambda: "Жил-был дракон." in chat.shown() and chat.app.screen is chat.screen)
        assert chat.pane.session is session


async def test_more_hits_are_fetched_when_they_are_wanted(tmp_path: Path) -> None:
    library_of(tmp_path, *(small(f"Вопрос {n}", "дракон", at=1000.0 + n) for n in range(130)))
    async with chatting(tmp_path) as chat:
        screen = await opened(chat)
        await chat.press(*"дракон")
        await chat.until(lambda: "In messages" in chat.shown())
        assert len(screen.finder.hits) == 50
        await chat.press("up")  # from the first entry to the last
        await chat.until(lambda: len(screen.finder.hits) == 100)
        await chat.press(*["pagedown"] * 12)
        await chat.until(lambda: len(screen.finder.hits) == 130)
        assert len({hit.message_id for hit in screen.finder.hits}) == 130


async def test_tab_goes_from_names_to_messages_and_back(tmp_path: Path, library: Library) -> None:
    async with chatting(tmp_path) as chat:
        await opened(chat)
        await chat.press(*"ёжик")
        await chat.until(lambda: "In messages" in chat.shown())
        assert "msg" in selected(chat)
        await chat.press("tab")
        assert "msg" not in selected(chat)
        await chat.press("tab")
        assert "msg" in selected(chat)


async def test_a_name_is_changed_and_taken_back(tmp_path: Path, library: Library) -> None:
    async with chatting(tmp_path) as chat:
        await opened(chat)
        await chat.press("f2", "ctrl+u", *"New", "space", *"name", "escape")
        assert "Привет, ёжик!" in chat.shown()
        await chat.press("f2", "ctrl+u", *"New", "space", *"name", "enter")
        await chat.until(lambda: "New name" in chat.shown())
        assert library.summaries()[0].name == "New name"
        await chat.press("f2", "ctrl+u", "enter")
        await chat.until(lambda: "Привет, ёжик!" in chat.shown())
        await chat.press("escape")
        assert chat.app.screen is chat.screen


async def test_the_open_conversation_is_renamed_where_it_is_shown(tmp_path: Path, library: Library) -> None:
    async with chatting(tmp_path) as chat:
        await chat.pane.open(library.summaries()[0].id)
        await opened(chat)
        assert selected(chat).startswith("•")
        await chat.press("f2", "ctrl+u", *"Ours", "enter")
        await chat.until(lambda: library.summaries()[0].name == "Ours")
        await chat.press("escape")
        assert "neurotui · Ours" in chat.shown()


async def test_pinned_ones_stand_first(tmp_path: Path, library: Library) -> None:
    async with chatting(tmp_path) as chat:
        await opened(chat)
        await chat.press("down", "down", "ctrl+t")
        await chat.until(lambda: "Pinned" in chat.shown())
        assert chat.shown().index("История") < chat.shown().index("Today")
        assert "История" in selected(chat)
        await chat.press("ctrl+е")  # the same key on a Russian layout
        await chat.until(lambda: "Pinned" not in chat.shown())


async def test_what_is_deleted_is_brought_back(tmp_path: Path, library: Library) -> None:
    async with chatting(tmp_path) as chat:
        await opened(chat)
        await chat.press("ctrl+d")
        await chat.until(lambda: "History · 2" in chat.shown())
        assert "“Привет, ёжик!” is deleted" in chat.shown()
        assert "Ctrl+Z" in chat.shown()
        assert "Вчерашний вопрос" in selected(chat)
        await chat.press("ctrl+d")
        await chat.until(lambda: "History · 1" in chat.shown())
        await chat.press("ctrl+z", "ctrl+z")
        await chat.until(lambda: "History · 3" in chat.shown())
        assert "Привет, ёжик!" in selected(chat)


async def test_messages_of_a_deleted_conversation_are_found_no_more(tmp_path: Path, library: Library) -> None:
    async with chatting(tmp_path) as chat:
        await opened(chat)
        await chat.press(*"дракон")
        await chat.until(lambda: "In messages" in chat.shown())
        await chat.press("ctrl+d")
        await chat.until(lambda: "“История” is deleted" in chat.shown() and "In messages" not in chat.shown())
        await chat.press("ctrl+z")
        await chat.until(lambda: "In messages" in chat.shown())


async def test_after_the_open_conversation_was_deleted_a_new_one_begins(
    tmp_path: Path, library: Library
) -> None:
    async with chatting(tmp_path) as chat:
        await chat.pane.open(library.summaries()[0].id)
        await opened(chat)
        await chat.press("ctrl+d")
        await chat.until(lambda: "History · 2" in chat.shown())
        await chat.press("escape")
        await chat.until(lambda: not chat.pane.session.conversation.messages)


async def test_opening_another_one_leaves_a_running_answer(tmp_path: Path, library: Library) -> None:
    async with chatting(tmp_path, [60.0]) as chat:
        await chat.press(*"hi", "enter")
        await chat.until(lambda: chat.pane.session.running)
        await opened(chat)
        await chat.press(*"вчераш", "enter")
        await chat.until(lambda: chat.pane.session.conversation.name == "Вчерашний вопрос")
        assert chat.client.cancels == 0 and len(chat.pane.workspace.running) == 1


async def test_nothing_and_nothing_found_are_said(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await opened(chat)
        await chat.until(lambda: "there are no conversations yet" in chat.shown())
        library_of(tmp_path, small())
        await chat.press("escape")
        await opened(chat)
        await chat.press(*"zzz")
        await chat.until(lambda: "nothing was found" in chat.shown())
        await chat.until(lambda: "delete" not in chat.shown())
        assert "Esc close" in chat.shown()
        await chat.press("enter", "ctrl+d", "f2", "ctrl+z")
        assert isinstance(chat.app.screen, HistoryScreen)


async def test_a_file_that_cannot_be_read_is_said(tmp_path: Path, library: Library) -> None:
    async with chatting(tmp_path) as chat:
        await opened(chat)
        put_a_folder_there(tmp_path / FILE_NAME)
        await chat.press("ctrl+d")
        await chat.until(lambda: "cannot be written" in chat.shown())
        assert "is deleted" not in chat.shown()
        await chat.press("escape")
        await opened(chat)
        await chat.until(lambda: "cannot be written" in chat.shown())
        await chat.press(*"xy")
        await chat.until(lambda: "cannot be written" in chat.shown())
        await chat.press("escape")
        await chat.pane.open("story")
        await chat.until(lambda: any("neurotui.db" in notice.title for notice in chat.app._notifications))
        (tmp_path / FILE_NAME).rmdir()


async def test_names_from_outside_are_harmless(tmp_path: Path) -> None:
    library_of(tmp_path, Conversation.of([Message("q", Role.USER, HOSTILE, None, at(0))], title=HOSTILE))
    async with chatting(tmp_path) as chat:
        await opened(chat)
        await chat.press(*"quit")
        await chat.until(lambda: "In messages" in chat.shown())
        assert "[@click=app.quit]" in chat.shown()
        assert not {"\x1b", "\x07", "\u202e"} & set(chat.shown())
        await chat.press("f2")
        assert not {"\x1b", "\x07", "\u202e"} & set(chat.shown())
        await chat.press("escape", "enter")


@in_sizes_and_languages
async def test_it_fits_every_screen(
    tmp_path: Path, library: Library, size: tuple[int, int], language: str
) -> None:
    async with chatting(tmp_path, size=size, language=language) as chat:
        await opened(chat)
        lines = chat.shown().splitlines()
        row = next(line for line in lines if "Привет, ёжик!" in line)
        assert "✓" not in row
        assert ("gpt-5-mini" in row) is (size[0] > 100)
        foot = "\n".join(lines[-6:])
        assert all(key in foot for key in ("Enter", "F2", "Ctrl+T", "Ctrl+D", "Esc"))


def test_days_are_groups_and_the_pinned_ones_another() -> None:
    def summary(when: float, pinned: bool = False) -> Summary:
        return Summary(str(when), "name", pinned, when, when, "m", 2, 10, Status.COMPLETE)

    summaries = [summary(at(3), True), *(summary(when) for when in (at(0), at(1), at(1, 3), at(400), 3e11))]
    arranged = Groups(summaries, date.today()).arrange(summaries)
    headings = [row.text for row in arranged.rows if isinstance(row, Heading)]
    assert headings[:3] == ["Pinned", "Today", "Yesterday"]
    assert headings[3].endswith(str((date.today() - timedelta(days=400)).year))
    assert headings[4].endswith("9999")
    assert [arranged.rows[row] for row in arranged.entries] == summaries


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", ["Today", "Yesterday", "This week", "June", "May", "December 2025"]),
        ("ru", ["Сегодня", "Вчера", "На этой неделе", "Июнь", "Май", "Декабрь 2025"]),
    ],
)
def test_what_is_older_is_grouped_by_week_and_month_and_dated(language: str, names: list[str]) -> None:
    today = date(2026, 6, 25)  # a Thursday
    days = [(6, 25), (6, 24), (6, 23), (6, 22), (6, 21), (6, 1), (5, 31), (5, 1)]
    dates = [*(datetime(2026, month, day, 12, 5) for month, day in days), datetime(2025, 12, 31, 12, 5)]
    summaries = [
        Summary(str(when), "name", False, when.timestamp(), when.timestamp(), "m", 2, 10, Status.CUT)
        for when in dates
    ]
    i18n.use(language)
    try:
        arranged = Groups(summaries, today).arrange(summaries)
        assert [row.text for row in arranged.rows if isinstance(row, Heading)] == names
        shown = [
            str(line(row, 60, query="", today=today, current_id="")).split("name")[0].strip()
            for row in summaries
        ]
    finally:
        i18n.use("en")
    june = {"en": ["23 Jun", "22 Jun", "21 Jun", "1 Jun"], "ru": ["23 июн", "22 июн", "21 июн", "1 июн"]}
    assert shown[:6] == ["12:05", "12:05", *june[language]]


@pytest.mark.parametrize("second", ["enter", "escape"])
async def test_a_key_right_behind_the_enter_of_a_new_name_acts_after_it(
    tmp_path: Path, library: Library, second: str
) -> None:
    async with chatting(tmp_path) as chat:
        await opened(chat)
        await chat.press(*"дракон")
        await chat.until_shown("Жил-был")
        await chat.press("f2")
        for key in ("2", "enter", second):
            chat.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await chat.until(lambda: "История2" in [summary.name for summary in library.summaries()])
        await chat.pilot.pause()
        assert isinstance(chat.app.screen, HistoryScreen) is (second == "enter")


async def test_what_is_open_is_known_to_be_deleted_or_renamed_before_the_disk_says_so(
    tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_write = threading.Event()

    def slow(change: Callable[..., object]) -> Callable[..., object]:
        def wait_and_change(*arguments: str) -> object:
            may_write.wait(10)
            return change(*arguments)

        return wait_and_change

    monkeypatch.setattr(Library, "rename", slow(Library.rename))
    monkeypatch.setattr(Library, "delete", slow(Library.delete))
    async with chatting(tmp_path) as chat:
        await chat.pane.open("story")
        await opened(chat)
        await chat.press(*"дракон")
        await chat.until_shown("Жил-был")
        await chat.press("f2", "2", "enter", "escape")
        assert chat.pane.session.conversation.title == "История2"
        await opened(chat)
        await chat.press(*"дракон")
        await chat.until_shown("Жил-был")
        await chat.press("ctrl+d", "ctrl+d", "escape")
        await chat.until(lambda: chat.app.screen is chat.screen)
        assert chat.pane.session.conversation.id != "story"
        may_write.set()
        await chat.until(lambda: "story" not in [summary.id for summary in library.summaries()])


def test_a_name_in_decomposed_letters_is_lit_where_it_answers() -> None:
    name = normalize("NFD", "Мой ёж")
    (span,) = marked(Content(name), "ОЙ").spans
    assert normalize("NFC", name[span.start : span.end]) == "ой"
