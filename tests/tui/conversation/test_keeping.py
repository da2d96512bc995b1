"""Branches, forks, unfinished answers, a second window, and a disk that does not do what it should."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from textual import events

from neurotui.chat.attachments import Draft
from neurotui.chat.conversation import Conversation, Message, Role, Status
from neurotui.store import rows as store_rows
from neurotui.store.instances import Instances
from neurotui.store.store import FILE_NAME
from neurotui.store.timings import Timings
from neurotui.tui.conversation.composer import Composer
from neurotui.tui.conversation.features.branches import Branches
from neurotui.tui.conversation.features.reply import Reply
from neurotui.tui.conversation.recovery_notice import RecoveryNotice
from neurotui.tui.dialogs.confirm import ConfirmScreen
from neurotui.tui.dialogs.history import HistoryScreen
from neurotui.tui.message_list.messages import VersionPressed
from neurotui.tui.widgets.form import LineField
from neurotui.wire.events import Finished, FinishReason, TextDelta
from tests.chat.test_session import ENDLESS, Script
from tests.store.examples import answer, library_of, rows, small
from tests.tui.chatting import Chat, chatting

IMPATIENT = Timings(busy=0.1, first_pause=0.1, longest_pause=0.2)
"""Of a store that soon finds that somebody else holds the file, and that nobody does any more."""


def says(text: str) -> Script:
    return [TextDelta(text), FinishReason("stop"), Finished(True)]


async def ask(chat: Chat, text: str) -> None:
    """Asks, and waits for the end."""
    await chat.press(*("space" if key == " " else key for key in text), "enter")
    await idle(chat)


async def idle(chat: Chat) -> None:
    await chat.until(lambda: not chat.composer.busy and not chat.pane.session.running)
    await chat.pilot.pause()


def sent(chat: Chat) -> list[list[str]]:
    """The texts of each request."""
    return [[str(message.content) for message in request.messages] for request in chat.client.requests]


def texts(chat: Chat) -> list[str]:
    """What the transcript shows."""
    return [view.message.text for view in chat.pane.transcript.views]


def switch(chat: Chat, step: int) -> None:
    """Asks for another alternative to the last message that has any."""
    transcript = chat.pane.transcript
    message = next(view.message for view in reversed(transcript.views) if view.alternatives)
    transcript.post_message(VersionPressed(message.id, step))


def conversation_on_disk(folder: Path) -> Conversation:
    found = library_of(folder).latest()
    assert found is not None
    return found


# Branches


async def test_an_answer_is_given_again_beside_the_first(tmp_path: Path) -> None:
    async with chatting(tmp_path, says("one"), says("two"), says("more")) as chat:
        await ask(chat, "q")
        chat.feature(Branches).regenerate()
        await chat.until(lambda: "two" in texts(chat))
        await idle(chat)
        assert texts(chat) == ["q", "two"]
        assert "◂ 2/2 ▸" in chat.shown()
        await ask(chat, "next")
        assert sent(chat) == [["q"], ["q"], ["q", "two", "next"]]
    assert len(conversation_on_disk(tmp_path).messages) == 5


async def test_an_earlier_answer_is_given_again_and_what_followed_is_a_branch(tmp_path: Path) -> None:
    async with chatting(tmp_path, says("one"), says("two"), says("three")) as chat:
        await ask(chat, "q")
        await ask(chat, "p")
        first = chat.pane.transcript.views[1].message.id
        chat.pane.transcript.point_at(first)
        chat.feature(Branches).regenerate()
        await chat.until(lambda: "three" in texts(chat))
        await idle(chat)
        assert texts(chat) == ["q", "three"]
        switch(chat, -1)
        await chat.until(lambda: texts(chat) == ["q", "one", "p", "two"])


async def test_an_edited_question_is_asked_beside_the_first(tmp_path: Path) -> None:
    async with chatting(tmp_path, says("one"), says("two")) as chat:
        await ask(chat, "first")
        await chat.press(*"draft")
        chat.feature(Branches).edit()
        await chat.until(lambda: chat.text == "first")
        assert "editing an earlier question" in chat.shown()
        assert chat.composer.has_focus
        await ask(chat, "!")
        assert sent(chat) == [["first"], ["first!"]]
        assert texts(chat) == ["first!", "two"]
        assert "◂ 2/2 ▸" in chat.shown()
        assert "editing" not in chat.shown()
        assert chat.text == "draft"


async def test_escape_leaves_the_question_as_it_was(tmp_path: Path) -> None:
    async with chatting(tmp_path, says("one")) as chat:
        await ask(chat, "first")
        await chat.press(*"draft")
        chat.feature(Branches).edit()
        await chat.until(lambda: chat.text == "first")
        await chat.press("!", "escape")
        assert chat.text == "draft"
        assert "editing" not in chat.shown()
        await ask(chat, "s")
        assert sent(chat)[-1] == ["first", "one", "drafts"]


async def test_a_question_that_was_to_be_edited_is_no_draft(tmp_path: Path) -> None:
    async with chatting(tmp_path, says("one")) as chat:
        await ask(chat, "first")
        chat.feature(Branches).edit()
        await chat.until(lambda: chat.text == "first")
        identifier = chat.pane.session.conversation.id
    assert library_of(tmp_path).draft(identifier) == ""


async def test_leaving_the_conversation_leaves_the_editing(tmp_path: Path) -> None:
    async with chatting(tmp_path, says("one"), says("two")) as chat:
        await ask(chat, "first")
        chat.feature(Branches).edit()
        await chat.until(lambda: chat.text == "first")
        await chat.press("ctrl+n")
        await chat.until(lambda: not chat.text)
        await ask(chat, "other")
        assert sent(chat)[-1] == ["other"]


async def test_the_branch_that_was_looked_at_is_shown_next_time(tmp_path: Path) -> None:
    conversation = small("q", "one")
    conversation.put(answer(conversation.path()[0], "two"))
    library_of(tmp_path, conversation)
    async with chatting(tmp_path) as chat:
        await chat.pane.open(conversation.id)
        assert texts(chat) == ["q", "two"]
        switch(chat, -1)
        await chat.until(lambda: texts(chat) == ["q", "one"])
        switch(chat, -1)  # there is none before the first
        await chat.until(lambda: [m.text for m in conversation_on_disk(tmp_path).path()] == ["q", "one"])
    async with chatting(tmp_path) as chat:
        await chat.pane.open(conversation.id)
        assert texts(chat) == ["q", "one"]


async def test_how_an_answer_ended_is_said_once_and_the_status_follows_the_branch(tmp_path: Path) -> None:
    cut: Script = [TextDelta("two"), Finished(False)]
    async with chatting(tmp_path, says("one"), cut, says("three")) as chat:

        def status() -> str:
            return str(chat.pane.status.line.render())

        await ask(chat, "q")
        assert status() == "○ ready" and "≈ 1 tok · " in chat.shown()
        chat.feature(Branches).regenerate()
        await chat.until(lambda: "two" in texts(chat))
        await idle(chat)
        assert chat.shown().count("cut off") == 1
        assert status() == "○ ready · Ctrl+G asks again"
        switch(chat, -1)
        await chat.until(lambda: status() == "○ ready")
        assert "cut off" not in chat.shown()
        switch(chat, 1)
        await chat.until(lambda: status() == "○ ready · Ctrl+G asks again")
        switch(chat, -1)
        await ask(chat, "p")
        assert texts(chat) == ["q", "one", "p", "three"] and status() == "○ ready"
        switch(chat, 1)
        await chat.until(lambda: "Ctrl+G" in status())
        await chat.press("ctrl+n")
        await chat.until(lambda: status() == "○ ready")


async def test_another_branch_can_be_read_while_an_answer_comes(tmp_path: Path) -> None:
    conversation = small("q", "one")
    library_of(tmp_path, conversation)
    async with chatting(tmp_path, ENDLESS) as chat:
        await chat.pane.open(conversation.id)
        chat.feature(Branches).regenerate()
        await chat.until(lambda: texts(chat) == ["q", "начало"] or "начало" in chat.shown())
        switch(chat, -1)
        await chat.until(lambda: texts(chat) == ["q", "one"])
        switch(chat, 1)
        await chat.until(lambda: texts(chat) == ["q", "начало"])
        chat.feature(Branches).regenerate()
        await chat.until(lambda: any("stop it first" in notice for notice in chat.notices))
        assert len(chat.client.requests) == 1


async def test_an_answer_without_a_question_is_not_given_again(tmp_path: Path) -> None:
    library_of(tmp_path, Conversation.of([Message("a", Role.ASSISTANT, "hello", None, 1.0)]))
    async with chatting(tmp_path) as chat:
        await chat.pane.open(library_of(tmp_path).summaries()[0].id)
        chat.feature(Branches).regenerate()
        await chat.until(lambda: "There is no question to this answer" in chat.notices)
        assert not chat.client.requests


async def test_each_has_its_key_on_both_layouts(tmp_path: Path) -> None:
    async with chatting(tmp_path, says("one"), says("two")) as chat:
        await ask(chat, "q")
        original = chat.pane.session.conversation
        chat.pane.transcript.focus()
        await chat.press("к", "к")  # R on a Russian layout; the second sends it
        await chat.until(lambda: "two" in texts(chat))
        await idle(chat)
        chat.pane.transcript.focus()
        await chat.press("left")
        await chat.until(lambda: texts(chat) == ["q", "one"])
        await chat.press("right")
        await chat.until(lambda: texts(chat) == ["q", "two"])
        await chat.press("f")
        await chat.until(lambda: chat.pane.session.conversation is not original)
        chat.pane.transcript.focus()
        await chat.press("e")
        await chat.until(lambda: chat.text == "q")


# Forks


async def test_a_fork_begins_with_what_was_said_up_to_the_message(tmp_path: Path) -> None:
    async with chatting(tmp_path, says("one"), says("two"), says("three")) as chat:
        await ask(chat, "q")
        await ask(chat, "p")
        original = chat.pane.session.conversation
        chat.pane.transcript.point_at(chat.pane.transcript.views[1].message.id)
        await ask(chat, "/fork")
        await chat.until(lambda: chat.pane.session.conversation is not original)
        await chat.until(lambda: texts(chat) == ["q", "one"])
        await ask(chat, "other")
        assert sent(chat)[-1] == ["q", "one", "other"]
    library = library_of(tmp_path)
    assert len(library.summaries()) == 2
    kept = library.open(original.id)
    assert kept is not None and [message.text for message in kept.path()] == ["q", "one", "p", "two"]


async def test_a_command_for_a_message_that_is_gone_does_nothing(tmp_path: Path) -> None:
    async with chatting(tmp_path, says("one")) as chat:
        await ask(chat, "q")
        original = chat.pane.session.conversation
        await chat.press("tab")
        await chat.type("ffre")
        await chat.press("left")
        await chat.until(lambda: chat.pane.session.conversation is not original)
        await chat.pilot.pause()
        assert len(sent(chat)) == 1
    assert len(library_of(tmp_path).summaries()) == 2


async def test_a_fork_that_cannot_be_kept_is_not_made(tmp_path: Path) -> None:
    async with chatting(tmp_path, says("one"), timings=IMPATIENT) as chat:
        await ask(chat, "q")
        original = chat.pane.session.conversation
        with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as blocker:
            blocker.execute("BEGIN EXCLUSIVE")
            await chat.press(*"/fork", "enter")
            await chat.until(lambda: any("Another program" in n.title for n in chat.app._notifications))
        assert chat.pane.session.conversation is original


async def test_there_is_nothing_to_fork_in_an_empty_conversation(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await ask(chat, "/fork")
        await chat.until(lambda: "There is nothing to fork yet" in chat.notices)


# Names


async def test_a_conversation_is_renamed_from_the_input(tmp_path: Path) -> None:
    async with chatting(tmp_path, says("one"), says("two")) as chat:
        await ask(chat, "/rename my name")  # before there is anything of it on the disk, too
        assert "neurotui · my name" in chat.shown()
        await ask(chat, "q")
        assert library_of(tmp_path).summaries()[0].name == "my name"
        await ask(chat, "/rename другое")
        await chat.until(lambda: library_of(tmp_path).summaries()[0].name == "другое")


# Unfinished answers


def crash(folder: Path, text: str = "Половина ответа", count: int = 1) -> list[Conversation]:
    """Conversations as a crash left them: each with an answer that is said to be running."""
    crashed = []
    library = library_of(folder)
    for number in range(count):
        question = Message(f"q{number}", Role.USER, f"Вопрос {number}", None, 1000.0 + number)
        running = Message(f"a{number}", Role.ASSISTANT, text, question.id, 1000.5, Status.RUNNING, "m")
        conversation = Conversation.of([question, running], id=f"crash{number}")
        header = store_rows.Header.of(conversation)
        library._database.write(
            lambda connection, header=header, conversation=conversation: store_rows.put(  # type: ignore[misc]
                connection, header, conversation.messages.values(), owner="dead"
            )
        )
        crashed.append(conversation)
    return crashed


def statuses(folder: Path) -> list[object]:
    return [status for (status,) in rows(folder, "SELECT status FROM messages WHERE role = 'assistant'")]


async def noticed(chat: Chat) -> RecoveryNotice:
    notice = chat.screen.query_one(RecoveryNotice)
    await chat.until(lambda: bool(notice.found) and "unfinished answer" in chat.shown())
    return notice


async def test_an_unfinished_answer_is_told_of_and_does_not_stand_in_the_way(tmp_path: Path) -> None:
    crash(tmp_path)
    async with chatting(tmp_path, says("hello")) as chat:
        await noticed(chat)
        assert "15 characters" in chat.shown()
        assert chat.composer.has_focus
        await ask(chat, "hi")
        assert "hello" in chat.shown()
        assert "unfinished answer" in chat.shown()
    assert statuses(tmp_path) == ["running", "complete"]  # nothing was decided


async def test_a_deleted_conversation_is_not_asked_about(tmp_path: Path) -> None:
    [first, second] = crash(tmp_path, count=2)
    library_of(tmp_path).delete(second.id)
    async with chatting(tmp_path) as chat:
        notice = await noticed(chat)
        assert [found.unfinished.conversation_id for found in notice.found] == [first.id]


async def test_without_a_crash_there_is_no_notice(tmp_path: Path) -> None:
    async with chatting(tmp_path, says("hello")) as chat:
        await ask(chat, "hi")
    async with chatting(tmp_path) as chat:
        assert not chat.screen.query_one(RecoveryNotice).display


async def test_continue_opens_it_and_asks_for_the_rest(tmp_path: Path) -> None:
    crash(tmp_path)
    async with chatting(tmp_path, says(" и вторая")) as chat:
        await noticed(chat)
        assert not chat.client.requests, "nothing is asked by itself"
        await chat.press("shift+tab", "enter")
        await chat.until(lambda: texts(chat) == ["Вопрос 0", "Половина ответа и вторая"])
        assert not chat.screen.query_one(RecoveryNotice).display
        assert sent(chat) == [["Вопрос 0", "Половина ответа"]]
        assert statuses(tmp_path) == ["cut", "complete"]
        assert chat.text == ""


async def test_what_is_continued_by_its_key_is_kept(tmp_path: Path) -> None:
    [conversation] = crash(tmp_path)
    async with chatting(tmp_path, says(" и вторая")) as chat:
        notice = await noticed(chat)
        await chat.pane.open(conversation.id)
        await chat.press("f8")
        await chat.until(lambda: texts(chat) == ["Вопрос 0", "Половина ответа и вторая"])
        await chat.until(lambda: not notice.display)
        assert statuses(tmp_path) == ["cut", "complete"]


async def test_what_is_kept_names_the_key_that_continues_it(tmp_path: Path) -> None:
    [conversation] = crash(tmp_path)
    async with chatting(tmp_path, says(" и вторая")) as chat:
        await noticed(chat)
        await chat.press("shift+tab", "right", "enter")
        await chat.until(lambda: not chat.screen.query_one(RecoveryNotice).display)
        await chat.pane.open(conversation.id)
        await chat.until_shown("F8 continues it")
        await chat.press("f8")
        await chat.until(lambda: texts(chat) == ["Вопрос 0", "Половина ответа и вторая"])


async def test_continue_without_a_word_proposes_the_question_again(tmp_path: Path) -> None:
    crash(tmp_path, text="")
    async with chatting(tmp_path, says("ответ")) as chat:
        await noticed(chat)
        assert "not a word came" in chat.shown()
        await chat.press("shift+tab", "enter")
        await chat.until(lambda: chat.text == "Вопрос 0")
        await chat.press("enter")
        await idle(chat)
        assert sent(chat) == [["Вопрос 0"]]


async def test_the_footer_does_not_promise_to_send_where_enter_decides(tmp_path: Path) -> None:
    crash(tmp_path)
    async with chatting(tmp_path) as chat:
        await noticed(chat)
        assert "Enter send" in chat.shown()
        await chat.press("shift+tab")
        assert "Enter send" not in chat.shown()
        assert "F1 help" in chat.shown()
        await chat.press("f1", "escape", "tab")
        assert "Enter send" in chat.shown()


async def test_keep_makes_it_a_cut_answer(tmp_path: Path) -> None:
    crash(tmp_path)
    async with chatting(tmp_path) as chat:
        await noticed(chat)
        await chat.press("shift+tab", "right", "enter")
        await chat.until(lambda: not chat.screen.query_one(RecoveryNotice).display)
        assert chat.composer.has_focus
    assert statuses(tmp_path) == ["cut"]


@pytest.mark.parametrize("open_first", [False, True])
async def test_delete_asks_and_deletes(tmp_path: Path, open_first: bool) -> None:
    [conversation] = crash(tmp_path)
    async with chatting(tmp_path) as chat:
        notice = await noticed(chat)
        if open_first:
            await chat.pane.open(conversation.id)
        for sure in ("n", "y"):
            notice.focus()
            notice.chosen = 2
            await chat.press("enter")
            await chat.until(lambda: isinstance(chat.app.screen, ConfirmScreen))
            assert statuses(tmp_path) == ["running"]
            await chat.press(sure)
            await chat.until(lambda: chat.app.screen is chat.screen)
        await chat.until(lambda: not notice.display)
        if open_first:
            await chat.until(lambda: texts(chat) == ["Вопрос 0"])
    assert statuses(tmp_path) == []


async def test_several_are_told_of_one_after_the_other(tmp_path: Path) -> None:
    crash(tmp_path, count=3)
    async with chatting(tmp_path) as chat:
        notice = await noticed(chat)
        assert "and 2 more" in chat.shown()
        notice.focus()
        for left in (2, 1, 0):
            await chat.press("right", "enter")
            await chat.until(lambda left=left: len(notice.found) == left)  # type: ignore[misc]
    assert statuses(tmp_path) == ["cut"] * 3


async def test_a_click_decides_too(tmp_path: Path) -> None:
    crash(tmp_path)
    async with chatting(tmp_path, size=(120, 30)) as chat:
        await noticed(chat)
        line = next(line for line in chat.shown().splitlines() if "Continue" in line)
        row = chat.shown().splitlines().index(line)
        await chat.pilot.click(offset=(line.index("Keep") + 1, row))
        await chat.until(lambda: statuses(tmp_path) == ["cut"])


async def test_what_cannot_be_decided_now_is_asked_again(tmp_path: Path) -> None:
    crash(tmp_path)
    async with chatting(tmp_path, timings=IMPATIENT) as chat:
        notice = await noticed(chat)
        with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as blocker:
            blocker.execute("BEGIN EXCLUSIVE")
            await chat.press("shift+tab", "right", "enter")
            await chat.until(lambda: any("Another program" in n.title for n in chat.app._notifications))
        assert notice.display
        await chat.press("enter")
        await chat.until(lambda: not notice.display)
    assert statuses(tmp_path) == ["cut"]


async def test_to_go_on_in_the_conversation_keeps_the_answer(tmp_path: Path) -> None:
    [conversation] = crash(tmp_path)
    async with chatting(tmp_path, says("more")) as chat:
        await noticed(chat)
        await chat.pane.open(conversation.id)
        await ask(chat, "next")
        await chat.until(lambda: not chat.screen.query_one(RecoveryNotice).display)
    assert statuses(tmp_path) == ["cut", "complete"]


# Two windows


async def test_the_second_window_on_a_conversation_is_told(tmp_path: Path) -> None:
    conversation = small()
    library_of(tmp_path, conversation)
    other = Instances(tmp_path)
    other.enter(conversation.id)
    async with chatting(tmp_path, says("yes")) as chat:
        assert not chat.notices
        await chat.pane.open(conversation.id)
        await chat.until(lambda: any("two branches" in notice for notice in chat.notices))
        await ask(chat, "on")
        assert "yes" in chat.shown()
    other.close()


# The disk


async def test_what_is_not_saved_is_marked_until_it_is(tmp_path: Path) -> None:
    async with chatting(tmp_path, says("one"), says("two"), timings=IMPATIENT) as chat:
        path = tmp_path / FILE_NAME
        with closing(sqlite3.connect(path, isolation_level=None)) as blocker:
            blocker.execute("BEGIN EXCLUSIVE")
            await chat.press("q", "enter")
            await chat.until(lambda: "▲ not saved" in chat.shown())
            assert "one" in chat.shown()
            blocker.execute("ROLLBACK")
        await ask(chat, "p")
        await chat.until(lambda: "not saved" not in chat.shown().splitlines()[0])
    assert [message.text for message in conversation_on_disk(tmp_path).path()] == ["q", "one", "p", "two"]


async def test_a_damaged_file_is_told_of_once(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database at all " * 500)
    async with chatting(tmp_path, says("one")) as chat:
        await chat.until(lambda: bool(chat.app._notifications))
        await ask(chat, "q")
        [notice] = chat.app._notifications
        assert "it was set aside as" in notice.title
        assert notice.message == "Nothing in it could be read"
        assert "not saved" not in chat.shown()
    assert [message.text for message in conversation_on_disk(tmp_path).path()] == ["q", "one"]


async def test_a_newer_file_is_read_and_marked_and_the_conversation_can_be_exported(tmp_path: Path) -> None:
    library_of(tmp_path, small("Старый вопрос"))
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as connection:
        connection.execute("PRAGMA user_version = 99")
    async with chatting(tmp_path, says("one")) as chat:
        await chat.until(lambda: "▲ not saved" in chat.shown())
        assert any("newer neurotui" in notice.title for notice in chat.app._notifications)
        await ask(chat, "q")
        assert "one" in chat.shown()
        await chat.press("ctrl+s", "enter")
        await chat.until(lambda: any("Saved as" in notice for notice in chat.notices))
        chat.app.clear_notifications()  # which lie over the list
        await chat.press("ctrl+r")
        await chat.until(lambda: "Старый вопрос" in chat.shown())
        await chat.press("f2", "ctrl+u", "x", "enter")
        await chat.until(lambda: "written by a newer neurotui" in chat.shown())
        await chat.press("escape", "ctrl+q", "ctrl+q")
        await chat.until(lambda: not chat.app.is_running)
    assert "one" in (tmp_path / "q.md").read_text(encoding="utf-8")


async def test_quitting_asks_where_it_would_lose_something(tmp_path: Path) -> None:
    async with chatting(tmp_path, says("one"), timings=IMPATIENT) as chat:
        with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as blocker:
            blocker.execute("BEGIN EXCLUSIVE")
            await chat.press("q", "enter")
            await chat.until(lambda: "▲ not saved" in chat.shown())
            await chat.press("ctrl+q")
            await chat.until(lambda: "Quit and lose" in chat.shown())
            assert "Ctrl+S" in chat.shown()
            await chat.press("escape")
            await chat.until(lambda: chat.app.screen is chat.screen)
            assert chat.app.is_running
            blocker.execute("ROLLBACK")
        await chat.until(lambda: "not saved" not in chat.shown().splitlines()[0])
    assert [message.text for message in conversation_on_disk(tmp_path).path()] == ["q", "one"]


async def test_quitting_twice_is_meant(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as blocker:
        async with chatting(tmp_path, says("one"), timings=IMPATIENT) as chat:
            blocker.execute("BEGIN EXCLUSIVE")
            await chat.press("q", "enter")
            await chat.until(lambda: "▲ not saved" in chat.shown())
            await chat.press("ctrl+q", "ctrl+q")
            await chat.until(lambda: not chat.app.is_running)
            assert chat.app._exit_renderables == ["1 conversation could not be saved"]


async def test_an_enter_that_comes_twice_asks_once_before_deleting(tmp_path: Path) -> None:
    crash(tmp_path)
    async with chatting(tmp_path) as chat:
        await noticed(chat)
        await chat.press("shift+tab", "right", "right")
        for _once in range(2):
            chat.app.post_message(events.Key("enter", None))
        await chat.until(lambda: isinstance(chat.app.screen, ConfirmScreen))
        await chat.pilot.pause()
        assert chat.app.screen_stack[-2] is chat.screen
        await chat.press("escape")


async def test_a_search_may_end_after_the_history_was_closed(tmp_path: Path) -> None:
    async with chatting(tmp_path, says("one")) as chat:
        await chat.press("q", "enter")
        await idle(chat)
        await chat.press("ctrl+r")
        history = chat.app.screen
        assert isinstance(history, HistoryScreen)
        await chat.press("escape")
        await chat.until(lambda: not history.is_attached)
        history._show()


async def test_what_is_sent_while_the_program_ends_is_kept(tmp_path: Path) -> None:
    async with chatting(tmp_path, says("one")) as chat:
        ending = asyncio.ensure_future(chat.app.action_quit())
        await asyncio.sleep(0)
        chat.pane.post_message(Composer.Submitted(Draft("hi")))
        await ending
        await chat.until(lambda: not chat.app.is_running)
        assert not chat.pane.session.running
    assert sent(chat) == []
    async with chatting(tmp_path) as chat:
        await chat.until(lambda: chat.text == "hi")


async def test_no_key_is_taken_while_the_program_ends(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        for key in ("ctrl+q", *"/hi", "enter", "f2", "ctrl+c", "ctrl+c"):
            chat.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await chat.until(lambda: not chat.app.is_running)
        assert chat.text == ""
        assert chat.app.return_code == 0


async def test_a_second_enter_that_is_on_its_way_renames_once(tmp_path: Path) -> None:
    async with chatting(tmp_path, says("one")) as chat:
        await ask(chat, "q")
        await chat.press("ctrl+r", "f2", "x")
        name = chat.app.screen.query_one("#name", LineField)
        for _ in range(2):
            name.post_message(LineField.Submitted(name, name.value))
        await chat.until(lambda: chat.pane.session.conversation.title == "qx")
        await chat.press("escape")


async def test_what_is_asked_while_a_fork_is_made_goes_on(tmp_path: Path) -> None:
    async with chatting(tmp_path, says("one"), ENDLESS) as chat:
        await ask(chat, "q")
        session, answer = chat.pane.session, chat.pane.session.conversation.path()[-1]
        chat.pane.transcript.point_at(answer.id)
        chat.feature(Branches).fork()
        await asyncio.sleep(0)
        chat.feature(Reply).repeat()
        await chat.until(lambda: chat.pane.session is not session)
        assert session.running and not chat.pane.session.running
        await session.stop()
