"""Leaving never stops: what goes on elsewhere is seen, is found again as it was, and is stopped if asked."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from neurotui.app.open_sessions import RESTING
from neurotui.chat.conversation import Status
from neurotui.tui.conversation.features.history import History
from neurotui.tui.dialogs.confirm import ConfirmScreen
from neurotui.tui.dialogs.running import RunningScreen
from neurotui.wire.events import Finished, FinishReason, TextDelta
from tests.chat.test_session import WRITING, Script
from tests.store.examples import library_of
from tests.tui.chatting import Chat, chatting
from tests.tui.raised import nothing_raised
from tests.tui.steady import key_event


def says(text: str) -> Script:
    return [TextDelta(text), FinishReason("stop"), Finished(True)]


async def begin(chat: Chat, question: str) -> None:
    """Ask, and wait until the answer has begun."""
    await chat.type(question)
    await chat.press("enter")
    await chat.until(lambda: chat.pane.session.running and "начало" in chat.shown())


@pytest.mark.parametrize(("language", "writing"), [("en", "● 1 writing"), ("ru", "● пишется: 1")])
async def test_a_new_conversation_leaves_the_former_one_running(
    tmp_path: Path, language: str, writing: str
) -> None:
    async with chatting(tmp_path, WRITING, says("two"), language=language, size=(100, 24)) as chat:
        await begin(chat, "one")
        first = chat.pane.session
        await chat.press("ctrl+n")
        await chat.until(lambda: writing in chat.shown())
        assert first.running and chat.pane.session is not first
        await chat.type("other")
        await chat.press("enter")
        await chat.until(lambda: "two" in chat.shown() and not chat.pane.session.running)
        assert first.running
        await chat.pane.open(first.conversation.id)
        await chat.until(lambda: "начало" in chat.shown())
        assert chat.pane.session is first and writing not in chat.shown()
        await chat.press("escape")
        await chat.until(lambda: not first.running)
        assert first.conversation.path()[-1].status is Status.STOPPED


async def test_an_answer_that_ended_unseen_is_new_until_it_is_looked_at(tmp_path: Path) -> None:
    gate = asyncio.Event()
    script: Script = [TextDelta("начало"), gate, TextDelta(" и конец"), FinishReason("stop"), Finished(True)]
    async with chatting(tmp_path, script, size=(100, 24)) as chat:
        await begin(chat, "one")
        first = chat.pane.session
        await chat.press("ctrl+n")
        await chat.until(lambda: "● 1 writing" in chat.shown())
        gate.set()
        await chat.until(lambda: "✓ 1 new" in chat.shown())
        assert "writing" not in chat.shown()
        await chat.type("/next")
        await chat.press("enter")
        await chat.until(lambda: "начало и конец" in chat.shown())
        assert chat.pane.session is first and "1 new" not in chat.shown()


async def test_a_conversation_is_found_again_as_it_was_left(tmp_path: Path) -> None:
    long = says("\n\n".join(f"line {number}" for number in range(100)))
    async with chatting(tmp_path, long) as chat:
        await chat.type("one")
        await chat.press("enter")
        await chat.until(lambda: not chat.pane.session.running and "line 99" in chat.shown())
        first = chat.pane.session
        chat.pane.transcript.focus()
        await chat.press("pageup", "pageup", "pageup")
        before = chat.pane.transcript.scroll_offset.y
        assert before > 0
        await chat.press("ctrl+n")
        await chat.until(lambda: not chat.pane.session.conversation.messages)
        await chat.pane.open(first.conversation.id)
        await chat.until(lambda: "line" in chat.shown())
        assert chat.pane.transcript.scroll_offset.y == before


async def test_a_draft_stays_with_its_conversation(tmp_path: Path) -> None:
    async with chatting(tmp_path, says("one"), says("two")) as chat:
        await chat.type("first")
        await chat.press("enter")
        await chat.until(lambda: not chat.pane.session.running and "one" in chat.shown())
        first = chat.pane.session.conversation.id
        await chat.press("ctrl+n")
        await chat.type("second")
        await chat.press("enter")
        await chat.until(lambda: "two" in chat.shown() and not chat.pane.session.running)
        await chat.type("half a thought")
        second = chat.pane.session.conversation.id
        await chat.pane.open(first)
        await chat.until(lambda: chat.text == "")
        await chat.pane.open(second)
        await chat.until(lambda: chat.text == "half a thought")


async def test_what_waits_is_sent_where_it_was_written(tmp_path: Path) -> None:
    gate = asyncio.Event()
    script: Script = [TextDelta("начало"), gate, FinishReason("stop"), Finished(True)]
    async with chatting(tmp_path, script, says("second"), size=(100, 24)) as chat:
        await begin(chat, "one")
        first = chat.pane.session
        await chat.type("and then?")
        await chat.press("enter")
        await chat.until(lambda: "will be sent" in chat.note)
        await chat.press("ctrl+n")
        await chat.until(lambda: "writing" in chat.shown())
        gate.set()
        await chat.until(lambda: len(first.conversation.messages) == 4 and not first.running)
        assert [message.text for message in first.conversation.path()] == [
            *("one", "начало", "and then?", "second")
        ]
        assert chat.asked == ["one", "and then?"]
    assert library_of(tmp_path).draft(first.conversation.id) == ""


async def test_what_waits_is_a_draft_again_after_a_stop(tmp_path: Path) -> None:
    async with chatting(tmp_path, WRITING) as chat:
        await begin(chat, "one")
        await chat.type("later")
        await chat.press("enter")
        await chat.until(lambda: "will be sent" in chat.note)
        first = chat.pane.session
        await chat.press("ctrl+n")
        await chat.until(lambda: chat.pane.session is not first)
        await first.stop()
        await chat.pane.open(first.conversation.id)
        await chat.until(lambda: chat.text == "later")
        assert "will be sent" not in chat.note and chat.asked == ["one"]


async def test_a_question_that_failed_unseen_comes_back_as_a_draft(tmp_path: Path) -> None:
    gate = asyncio.Event()
    script: Script = [gate, Finished(False)]
    async with chatting(tmp_path, script) as chat:
        await chat.type("lost?")
        await chat.press("enter")
        await chat.until(lambda: chat.pane.session.running)
        first = chat.pane.session
        await chat.press("ctrl+n")
        await chat.until(lambda: chat.pane.session is not first)
        await first.stop()
        await chat.pane.open(first.conversation.id)
        await chat.until(lambda: chat.text == "lost?")


async def test_the_list_of_what_is_open(tmp_path: Path) -> None:
    async with chatting(tmp_path, WRITING, WRITING, size=(120, 30)) as chat:
        await begin(chat, "first question")
        first = chat.pane.session
        await chat.press("ctrl+n")
        await begin(chat, "second question")
        second = chat.pane.session
        await chat.press("f7")
        await chat.until(lambda: isinstance(chat.app.screen, RunningScreen))
        await chat.until(lambda: "first question" in chat.shown() and "second question" in chat.shown())
        await chat.until(lambda: chat.shown().count("writing") >= 2)
        assert "gpt-5-mini" in chat.shown()
        await chat.press("x")
        await chat.until(lambda: not first.running)
        assert second.running
        await chat.press("f7")
        await chat.until(lambda: chat.app.screen is chat.screen)
        assert chat.pane.session is second
        await chat.press("f7")
        await chat.until(lambda: isinstance(chat.app.screen, RunningScreen))
        await chat.press("enter")
        await chat.until(lambda: chat.pane.session is first)


async def test_all_are_stopped_by_one_command(tmp_path: Path) -> None:
    async with chatting(tmp_path, WRITING, WRITING) as chat:
        await begin(chat, "first")
        first = chat.pane.session
        await chat.press("ctrl+n")
        await begin(chat, "second")
        second = chat.pane.session
        await chat.type("/stop-all")
        await chat.press("enter")
        await chat.until(lambda: not first.running and not second.running)


@pytest.mark.parametrize("again", ["ctrl+q", "y"])
async def test_quitting_asks_once_while_something_runs(tmp_path: Path, again: str) -> None:
    async with chatting(tmp_path, WRITING, WRITING) as chat:
        await begin(chat, "first")
        await chat.press("ctrl+n")
        await begin(chat, "second")
        await chat.press("ctrl+q")
        await chat.until(lambda: isinstance(chat.app.screen, ConfirmScreen))
        assert "2 answers are being written" in chat.shown()
        await chat.press("n")
        await chat.until(lambda: chat.app.screen is chat.screen)
        assert len(chat.pane.workspace.running) == 2
        await chat.press("ctrl+q")
        await chat.until(lambda: isinstance(chat.app.screen, ConfirmScreen))
        await chat.press(again)
        await chat.until(lambda: not chat.app.is_running)
    library = library_of(tmp_path)
    kept = [library.open(summary.id) for summary in library.summaries()]
    ends = [conversation.path()[-1].status for conversation in kept if conversation is not None]
    assert ends == [Status.STOPPED, Status.STOPPED]


async def test_choosing_from_the_history_stops_nothing(tmp_path: Path) -> None:
    async with chatting(tmp_path, says("one"), WRITING) as chat:
        await chat.type("first")
        await chat.press("enter")
        await chat.until(lambda: not chat.pane.session.running and "one" in chat.shown())
        await chat.press("ctrl+n")
        await begin(chat, "second")
        second = chat.pane.session
        chat.feature(History).choose()
        await chat.until(lambda: chat.app.screen is not chat.screen and "first" in chat.shown())
        await chat.press("down", "enter")
        await chat.until(lambda: chat.pane.session is not second)
        assert second.running


async def test_keys_pressed_at_once_act_in_their_order(tmp_path: Path) -> None:
    async with chatting(tmp_path, WRITING, size=(100, 24)) as chat:
        first = chat.pane.session
        for key in ("h", "i", "enter", "ctrl+n"):
            chat.app.post_message(key_event(key))
        await chat.until(lambda: chat.pane.session is not first)
        await chat.until(lambda: chat.asked == ["hi"])
        assert first.running and not chat.pane.session.conversation.messages
        await chat.pane.workspace.stop_all()


async def test_what_is_to_wait_waits_where_it_was_written_however_soon_that_is_left(
    tmp_path: Path,
) -> None:
    async with chatting(tmp_path, WRITING, size=(100, 24)) as chat:
        await begin(chat, "one")
        first = chat.pane.session
        for key in ("n", "o", "w", "enter", "ctrl+n"):
            chat.app.post_message(key_event(key))
        await chat.until(lambda: chat.pane.session is not first)
        assert chat.pane.workspace.queued(first).text == "now" and chat.asked == ["one"]
        await chat.pane.workspace.stop_all()


async def test_one_that_was_dropped_from_memory_is_gone_to_from_the_list(tmp_path: Path) -> None:
    gate = asyncio.Event()
    script: Script = [TextDelta("начало"), gate, FinishReason("stop"), Finished(True)]
    async with chatting(tmp_path, says("zero"), script, size=(100, 40)) as chat:
        for number in range(RESTING + 1):
            await chat.type(f"q{number}")
            await chat.press("enter")
            await chat.until(lambda n=number: n == 1 or not chat.pane.session.running)  # type: ignore[misc]
            await chat.press("ctrl+n" if number < RESTING else "f7")
        await chat.until_shown("Open conversations")
        oldest = chat.pane.workspace.sessions[0]
        await chat.press(*["down"] * RESTING)
        gate.set()
        await chat.until(lambda: oldest not in chat.pane.workspace.sessions)
        await chat.press("enter")
        await chat.until_shown("zero")
        assert chat.pane.session.conversation is oldest.conversation


async def test_who_quits_right_behind_a_new_conversation_leaves_no_work_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for turns in (0, 4, 8, 14, 22, 24, 30, 44, 52):  # of the event loop, which is somewhere else each time
        with nothing_raised(monkeypatch):
            async with chatting(tmp_path / str(turns), says("one")) as chat:
                await chat.press("h", "enter")
                await chat.until(lambda c=chat: not c.pane.session.running)  # type: ignore[misc]
                chat.app.post_message(key_event("ctrl+n"))
                for _ in range(turns):
                    await asyncio.sleep(0)


async def test_an_answer_that_ends_while_the_list_is_closed_raises_nothing(tmp_path: Path) -> None:
    """What the list is told while it goes must not disturb the end of the answer."""
    async with chatting(tmp_path, says("one"), size=(100, 24)) as chat:
        await chat.type("hi")
        await chat.press("enter", "f7")
        await chat.until(lambda: isinstance(chat.app.screen, RunningScreen))
        screen = chat.app.screen
        assert isinstance(screen, RunningScreen)
        await screen.query_one("#panel").remove()
        screen._look()
