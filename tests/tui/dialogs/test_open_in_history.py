"""The history knows what goes on: what runs or is new stands first, drafts are in it, deleting asks."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from neurotui.app.server_refs import ServerRef
from neurotui.chat.conversation import Status
from neurotui.settings.file import SettingsFile
from neurotui.store.store import Store
from neurotui.tui.dialogs.confirm import ConfirmScreen
from neurotui.tui.dialogs.history import HistoryScreen
from neurotui.wire.events import Finished, FinishReason, TextDelta
from tests.app.working import KEY
from tests.chat.test_session import WRITING, Script, WritingUntil
from tests.servers import Server, answer
from tests.store.examples import library_of, rows, small
from tests.tui.chatting import Chat, chatting
from tests.tui.conversation.test_running import begin, says
from tests.tui.dialogs.test_history import at, opened, selected


def line_with(chat: Chat, text: str) -> str:
    """The one row of the list that has a text: the preview, once it is there, may have it too."""
    rows = [line.split("│")[1] for line in chat.shown().splitlines() if "│" in line]
    [row] = [row for row in rows if text in row]
    return row


async def deleting(chat: Chat) -> None:
    """Press the key that deletes, and wait for the question."""
    await chat.press("ctrl+d")
    await chat.until(lambda: isinstance(chat.app.screen, ConfirmScreen))


# What runs or is new


@pytest.mark.parametrize(
    ("language", "group", "writing", "new"),
    [
        ("en", "Running and new", "● 1", "new answer · finished"),
        ("ru", "В работе и с новым ответом", "● 1", "новый ответ · готово"),
    ],
)
async def test_what_runs_stands_first_and_is_followed(
    tmp_path: Path, language: str, group: str, writing: str, new: str
) -> None:
    library_of(tmp_path, small("Вчерашний вопрос", "Ответ", at=at(1)))
    gate = asyncio.Event()
    script: Script = [TextDelta("начало"), WritingUntil(gate), FinishReason("stop"), Finished(True)]
    async with chatting(tmp_path, script, language=language, size=(119, 30)) as chat:
        await begin(chat, "first question")
        first = chat.pane.session
        await chat.press("ctrl+n")
        await opened(chat)
        await chat.until_shown(group)
        shown = chat.shown()
        assert shown.index(group) < shown.index("first question") < shown.index("Вчерашний вопрос")
        words = {"en": "writing", "ru": "пишет"}[language]
        await chat.until(lambda: words in line_with(chat, "first question"))  # listed once
        assert "●" in (row := line_with(chat, "first question")) and "gpt-5-mini" in row
        assert "2" in str(chat.app.screen.query_one("#panel").border_title)
        gate.set()
        await chat.until(lambda: new in chat.shown())
        assert "✓" in line_with(chat, "first question")
        await chat.press("enter")
        await chat.until(lambda: chat.pane.session is first)
        await opened(chat)
        await chat.until_shown("first question")
        assert group not in chat.shown(), "it is seen, and listed where it belongs"
        assert "✓" not in line_with(chat, "first question")


async def test_what_is_being_written_is_told_as_it_goes_on(tmp_path: Path) -> None:
    gate = asyncio.Event()
    script: Script = [gate, TextDelta("начало"), *WRITING]
    async with chatting(tmp_path, script) as chat:
        await chat.type("first question")
        await chat.press("enter")
        await chat.until(lambda: chat.pane.session.running)
        await opened(chat)
        await chat.until_shown("Running and new")
        assert "writing" not in line_with(chat, "first question")
        assert selected(chat).startswith("•"), "it is the one on the screen"
        gate.set()
        await chat.until(lambda: "writing" in line_with(chat, "first question"))


async def test_an_answer_that_begins_meanwhile_comes_to_the_group(tmp_path: Path) -> None:
    library_of(tmp_path, small("Вчерашний вопрос", "Ответ", at=at(1)))
    async with chatting(tmp_path, says("one"), WRITING) as chat:
        await chat.type("first question")
        await chat.press("enter")
        await chat.until(lambda: not chat.pane.session.running and "one" in chat.shown())
        session = chat.pane.session
        await opened(chat)
        await chat.until_shown("Вчерашний вопрос")
        await chat.press("down")
        assert "Running and new" not in chat.shown() and "Вчерашний" in selected(chat)
        session.send("second question")
        await chat.until_shown("Running and new")
        await chat.until(lambda: "Вчерашний" in selected(chat))
        line_with(chat, "first question")
        await session.stop()
        await chat.until(lambda: "Running and new" not in chat.shown())
        await chat.until(lambda: "stopped" in line_with(chat, "first question"))


async def test_what_runs_is_found_renamed_and_pinned_by_its_name(tmp_path: Path) -> None:
    library = library_of(tmp_path, small("Вчерашний вопрос", "Ответ", at=at(1)))
    async with chatting(tmp_path, WRITING) as chat:
        await begin(chat, "first question")
        first = chat.pane.session
        await chat.press("ctrl+n")
        await opened(chat)
        await chat.type("вчера")
        await chat.until_shown("1 of 2")
        assert "first question" not in chat.shown() and "Running" not in chat.shown()
        await chat.press("ctrl+u")
        await chat.type("first")
        await chat.until_shown("Running and new")
        assert "1 of 2" in chat.shown()
        await chat.press("f2", "ctrl+u")
        await chat.type("Our name")
        await chat.press("enter")
        await chat.until(lambda: "Our name" in [summary.name for summary in library.summaries()])
        assert first.conversation.title == "Our name", "although it is not the one on the screen"
        await chat.press("ctrl+u")
        await chat.until(lambda: "Our name" in chat.shown())
        await chat.press("ctrl+t")
        await chat.until(lambda: any(summary.pinned for summary in library.summaries()))


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40)])
async def test_it_fits(tmp_path: Path, language: str, size: tuple[int, int]) -> None:
    library_of(tmp_path, small("Вчерашний вопрос", "Ответ", at=at(1)))
    async with chatting(tmp_path, WRITING, language=language, size=size) as chat:
        await chat.type("A question of many words which do not all find room in a list of such a width")
        await chat.press("enter")
        await chat.until(lambda: "начало" in chat.shown())
        await chat.press("ctrl+n")
        await chat.type("A thought")
        chat.pane.drafts.keep()
        await opened(chat)
        await chat.until_shown({"en": "draft", "ru": "черновик"}[language])
        for line in chat.shown().splitlines():
            assert len(line) <= size[0]
        words = {"en": "writing", "ru": "пишет"}[language]
        await chat.until(
            lambda: any("A question of" in line and words in line for line in chat.shown().splitlines())
        )
        assert {"en": "○ draft", "ru": "○ черновик"}[language] in line_with(chat, "A thought")


# Drafts


@pytest.mark.parametrize(("language", "word"), [("en", "draft"), ("ru", "черновик")])
async def test_a_conversation_that_has_only_a_draft_is_listed_and_opened(
    tmp_path: Path, language: str, word: str
) -> None:
    async with chatting(tmp_path, says("one"), language=language) as chat:
        await chat.type("first")
        await chat.press("enter")
        await chat.until(lambda: not chat.pane.session.running and "one" in chat.shown())
        asked = chat.pane.session
        await chat.press("ctrl+n")
        await chat.paste("\n  half a thought\nand more")
        await chat.pane.open(asked.conversation.id)
        await chat.type("another")  # the draft of that one
        await opened(chat)
        await chat.until_shown("half a thought")
        row = line_with(chat, "half a thought")
        assert word in row and "msg" not in row and "сообщ" not in row and "and more" not in chat.shown()
        await chat.type("thought")
        await chat.until(lambda: "half" in selected(chat))
        await chat.press("enter")
        await chat.until(lambda: chat.text == "\n  half a thought\nand more")
        assert not chat.pane.session.conversation.messages
        await chat.pane.open(asked.conversation.id)
        await chat.until(lambda: chat.text == "another")


async def test_a_draft_that_was_just_typed_is_listed(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await chat.type("quick")
        await opened(chat)
        await chat.until_shown("○ draft")
        assert "quick" in selected(chat) and selected(chat).startswith("•")
        assert "History · 1" in chat.shown()


async def test_to_delete_it_deletes_the_draft(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await chat.type("throw away")
        await opened(chat)
        await chat.until_shown("○ draft")
        await chat.press("ctrl+d")
        await chat.until_shown("“throw away” is deleted")
        await chat.press("ctrl+z")
        await chat.until_shown("○ draft")
        assert chat.text == "throw away"
        await chat.press("ctrl+d")
        await chat.until(lambda: "○ draft" not in chat.shown())
        await chat.press("escape")
        await chat.until(lambda: chat.app.screen is chat.screen)
        await chat.until(lambda: chat.text == "")
    async with chatting(tmp_path) as chat:
        await opened(chat)
        await chat.until_shown("there are no conversations yet")
        await chat.press("escape")
        assert chat.text == ""


async def test_a_deleted_draft_is_not_come_back_to(tmp_path: Path) -> None:
    library_of(tmp_path, small("Вчерашний вопрос", "Ответ", at=at(1)))
    async with chatting(tmp_path) as chat:
        await chat.type("throw away")
        chat.pane.drafts.keep()
        blank = chat.pane.session.conversation
        await opened(chat)
        await chat.type("вчера")
        await chat.until_shown("1 of 2")
        await chat.press("enter")
        await chat.until(lambda: chat.pane.session.conversation is not blank)
        await opened(chat)
        await chat.until_shown("○ draft")
        await chat.press("ctrl+d")
        await chat.until_shown("is deleted")
        await chat.press("escape", "ctrl+n")
        await chat.until(lambda: not chat.pane.session.conversation.messages)
        assert chat.text == "" and chat.pane.session.conversation.id != blank.id


async def test_a_draft_in_another_window_is_left_to_it(tmp_path: Path) -> None:
    async with chatting(tmp_path) as first:
        await first.type("being typed")
        await first.until(lambda: rows(tmp_path, "SELECT text FROM drafts") == [("being typed",)])
        async with chatting(tmp_path) as second:
            await opened(second)
            await second.until_shown("○ draft")
            for key in ("enter", "ctrl+d"):
                await second.press(key)
                await second.until_shown("This draft is open in another window")
                assert isinstance(second.app.screen, HistoryScreen)
                await second.press("ctrl+u", "x", "backspace")
                await second.until(lambda: "another window" not in second.shown())
            await second.press("escape")
            assert second.text == ""
        assert rows(tmp_path, "SELECT text FROM drafts") == [("being typed",)]


async def test_a_draft_goes_on_with_its_server_and_its_model_after_a_restart(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "config.toml")
    async with Server(answer("Da")) as server:
        async with chatting(tmp_path, settings=file) as chat:
            accounts = chat.pane.services.accounts
            chat.pane.workspace.use(accounts.keep("work", server.url, KEY, "file", "model-of-work"))  # type: ignore[arg-type]
            await chat.type("/model special")
            await chat.press("enter")
            await chat.until(lambda: chat.pane.session.participant.model == "special")
            await chat.type("half a thought")
            own = chat.pane.session.conversation.id
        async with chatting(tmp_path, settings=file, size=(100, 24)) as chat:
            await chat.until(lambda: chat.text == "half a thought")
            assert chat.pane.session.conversation.id == own
            await chat.until_shown(f"special @ 127.0.0.1:{server.port}")
            await chat.press("enter")
            await chat.until(lambda: not chat.pane.session.running and "Da" in chat.shown())
            assert [request.json["model"] for request in server.chats] == ["special"]


async def test_a_draft_goes_on_with_what_answered_then_although_another_is_used_now(tmp_path: Path) -> None:
    async with chatting(tmp_path, settings=SettingsFile()) as chat:
        await chat.type("half a thought")
    [(mark, model)] = rows(tmp_path, "SELECT profile, chosen_model FROM conversations")
    assert ServerRef.read(str(mark)).server[1] == "neuroapi.host" and model == "gpt-5-mini"


async def test_a_draft_of_the_demo_goes_to_any_server(tmp_path: Path) -> None:
    async with chatting(tmp_path, is_demo=True) as chat:
        await chat.type("half a thought")
    async with chatting(tmp_path, says("one")) as chat:
        await chat.until(lambda: chat.text == "half a thought")
        await chat.press("enter")
        await chat.until(lambda: chat.asked == ["half a thought"])


async def test_the_demo_leaves_the_draft_for_a_server_where_it_is(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await chat.type("half a thought")
    async with chatting(tmp_path, is_demo=True) as chat:
        await opened(chat)
        await chat.until_shown("half a thought")
        await chat.press("escape")
        assert chat.text == ""
    async with chatting(tmp_path) as chat:
        await chat.until(lambda: chat.text == "half a thought")


# Deleting


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("en", "An answer is being written in “first question”"),
        ("ru", "В беседе «first question» пишется 1 ответ"),
    ],
)
async def test_to_delete_what_runs_asks_and_stops_it(tmp_path: Path, language: str, question: str) -> None:
    async with chatting(tmp_path, WRITING, language=language) as chat:
        await begin(chat, "first question")
        first = chat.pane.session
        await chat.press("ctrl+n")
        await opened(chat)
        await chat.until_shown("first question")
        await deleting(chat)
        assert question in chat.shown()
        await chat.press("escape")
        await chat.until(lambda: isinstance(chat.app.screen, HistoryScreen))
        assert first.running
        await deleting(chat)
        await chat.press({"en": "y", "ru": "д"}[language])
        await chat.until(lambda: not first.running)
        await chat.until_shown(
            {"en": "“first question” is deleted", "ru": "«first question» удалена"}[language]
        )
        assert first.conversation.path()[-1].status is Status.STOPPED
        assert chat.client.cancels == 1
        await chat.press("ctrl+z")
        await chat.until(lambda: "■" in chat.shown())
        await chat.press("ctrl+d")
        await chat.until(lambda: "■" not in chat.shown())
        await chat.press("escape")
        await chat.until(lambda: chat.pane.workspace.session_of(first.conversation.id) is None)
        assert chat.pane.workspace.news == []
    assert library_of(tmp_path).summaries() == []


async def test_the_one_on_the_screen_is_stopped_and_deleted_too(tmp_path: Path) -> None:
    async with chatting(tmp_path, WRITING) as chat:
        await begin(chat, "first question")
        first = chat.pane.session
        await opened(chat)
        await chat.until_shown("Running and new")
        await deleting(chat)
        await chat.press("y")
        await chat.until_shown("“first question” is deleted")
        assert not first.running
        await chat.press("escape")
        await chat.until(lambda: chat.pane.session is not first)
        assert chat.pane.workspace.sessions == [chat.pane.session]
    assert library_of(tmp_path).summaries() == []


async def test_all_that_is_compared_is_stopped(tmp_path: Path) -> None:
    async with chatting(tmp_path, WRITING, WRITING) as chat:
        await chat.pane.commands.run("compare", "alpha beta")
        await chat.until(lambda: "alpha" in chat.pane.hint.text)
        await chat.type("hi there")
        await chat.press("enter")
        await chat.until(lambda: len(chat.pane.workspace.running) == 2)
        chat.app.pop_screen()
        await opened(chat)
        await chat.until_shown("2 of 2 writing")
        await deleting(chat)
        assert "2 answers are being written in “hi there”" in chat.shown()
        await chat.press("y")
        await chat.until(lambda: not chat.pane.workspace.running)
        await chat.until_shown("is deleted")


async def test_what_another_window_receives_is_not_deleted(tmp_path: Path) -> None:
    async with chatting(tmp_path, WRITING) as first:
        await begin(first, "first question")
        async with chatting(tmp_path) as second:
            await opened(second)
            await second.until_shown("● running")
            await second.press("ctrl+d")
            await second.until_shown("“first question” is kept: an answer is being written")
            await second.until_shown("History · 1")
            await second.press("escape")
            await second.until(lambda: second.app.screen is second.screen)
        assert first.pane.session.running and not first.notices
    assert len(library_of(tmp_path).summaries()) == 1


async def test_nothing_is_stopped_where_another_window_writes_too(tmp_path: Path) -> None:
    async with chatting(tmp_path, WRITING) as first:
        await begin(first, "first question")
        async with chatting(tmp_path, WRITING) as second:
            await second.pane.open(first.pane.session.conversation.id)
            await begin(second, "mine")
            await opened(second)
            await second.until_shown("Running and new")
            await deleting(second)
            await second.press("y")
            await second.until_shown("“first question” is kept")
            assert second.pane.session.running and first.pane.session.running


@pytest.mark.parametrize("is_open", [True, False], ids=["open", "opened again"])
async def test_what_was_deleted_comes_back_when_another_window_asks_there(
    tmp_path: Path, is_open: bool
) -> None:
    async with chatting(tmp_path, says("one"), WRITING, size=(100, 24)) as first:
        await first.type("first question")
        await first.press("enter")
        await first.until(lambda: not first.pane.session.running and "one" in first.shown())
        async with chatting(tmp_path, size=(100, 24)) as second:
            await opened(second)
            await second.until_shown("first question")
            await second.press("ctrl+d")
            await second.until_shown("“first question” is deleted")
            if not is_open:
                await second.press("escape")
            await first.type("and more?")
            await first.press("enter")
            await first.until(
                lambda: "It is kept, because an answer is being written in it." in first.notices
            )
            assert first.pane.session.running
            if not is_open:
                await opened(second)
            await second.until_shown("“first question” is back: it was continued in another window")
            await second.until_shown("● running")
            assert "undo" not in second.shown()


@pytest.mark.parametrize(("language", "title"), [("en", "was deleted in"), ("ru", "удалили в другом окне")])
async def test_a_deletion_by_an_older_window_is_taken_back_and_told(
    tmp_path: Path, language: str, title: str
) -> None:
    """It does not look whether something runs there."""
    gate = asyncio.Event()
    script: Script = [TextDelta("начало"), gate, TextDelta(" и конец"), FinishReason("stop"), Finished(True)]
    async with chatting(tmp_path, script, language=language, size=(100, 24)) as chat:
        await begin(chat, "first question")
        older = Store(tmp_path)
        older.library._change(chat.pane.session.conversation.id, "deleted_at = ?", 1.0)
        assert older.library.summaries() == []
        gate.set()
        await chat.until(lambda: title in "".join(each.title for each in chat.app._notifications))
        await chat.until(lambda: not chat.pane.session.running)
        [summary] = older.library.summaries()
        assert summary.status is Status.COMPLETE
        await older.aclose()
