"""Several models side by side: asked, looked at, stopped, gone on with."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from neurotui.api.catalogue import ModelInfo
from neurotui.chat.conversation import Bill, Message, Status
from neurotui.tui.conversation.comparison_column import ComparisonColumn
from neurotui.tui.conversation.comparison_strip import ComparisonStrip
from neurotui.tui.conversation.comparison_view import ComparisonScreen
from neurotui.tui.dialogs.help import HelpScreen
from neurotui.tui.dialogs.running import RunningScreen
from neurotui.tui.widgets.key_hints import KeyHints
from neurotui.wire.events import Accepted, Connecting, Finished, FinishReason, Sent, TextDelta
from tests.chat.test_session import ANSWER, WRITING, Script
from tests.tui.chatting import Chat, chatting
from tests.tui.steady import key_event

WIDE = (120, 40)


def gated(text: str) -> tuple[Script, asyncio.Event]:
    """Return an answer that waits in its middle, and what lets it end."""
    gate = asyncio.Event()
    rest: Script = [TextDelta(" done"), FinishReason("stop"), Finished(True)]
    return [Connecting(), Sent(), Accepted(), TextDelta(text), gate, *rest], gate


async def compare(chat: Chat, models: str = "alpha beta gamma", question: str = "hi") -> ComparisonScreen:
    """Ask a question of several models; return the view when all have been asked."""
    await chat.type(f"/compare {models}")
    await chat.press("enter")
    await chat.until(lambda: "alpha" in chat.pane.hint.text)
    await chat.type(question)
    await chat.press("enter")
    return await view_of(chat, len(models.split()))


async def view_of(chat: Chat, count: int) -> ComparisonScreen:
    """Return the view when it shows so many answers."""
    await chat.until(
        lambda: (
            isinstance(chat.app.screen, ComparisonScreen)
            and len(chat.app.screen.comparison.sessions) == count
        )
    )
    await chat.pilot.pause()
    view = chat.app.screen
    assert isinstance(view, ComparisonScreen)
    await chat.until(lambda: all(view.comparison.answer(each).text for each in view.comparison.sessions))
    return view


def answers(view: ComparisonScreen) -> list[Message]:
    return [view.comparison.answer(session) for session in view.comparison.sessions]


def shown_columns(view: ComparisonScreen) -> int:
    return sum(column.display for column in view.query(ComparisonColumn))


def keys(view: ComparisonScreen) -> dict[str, str]:
    return dict(view.query_one(KeyHints).keys)


async def test_three_stand_side_by_side_and_one_is_gone_on_with(tmp_path: Path) -> None:
    running, gate = gated("beta speaks")
    async with chatting(tmp_path, ANSWER, running, WRITING, size=WIDE) as chat:
        view = await compare(chat)
        assert [request.model for request in chat.client.requests] == ["alpha", "beta", "gamma"]
        assert chat.asked == ["hi"] * 3
        assert shown_columns(view) == 3 and not view.query_one(ComparisonStrip).display
        await chat.until(lambda: len(view.comparison.running) == 2)
        for words in ("─ beta ─", "привет", "beta speaks", "начало", "✓ finished"):
            await chat.until_shown(words)
        await chat.press("right")
        await chat.until(lambda: keys(view)["enter"] == "go on with this, stop 1")
        await chat.press("enter")
        assert keys(view)["enter"] == "again: go on with this, stop 1"
        assert len(view.comparison.running) == 2, "nothing is stopped by the first"
        await chat.press("enter")
        await chat.until(lambda: chat.app.screen is chat.screen)
        await chat.until(lambda: len(chat.pane.workspace.running) == 1)
        found = [answer.status for answer in answers(view)]
        assert found == [Status.COMPLETE, Status.RUNNING, Status.STOPPED]
        assert chat.pane.session is view.comparison.sessions[1] and chat.pane.composer.busy
        await chat.until_shown("beta @ neuroapi.host")
        gate.set()
        await chat.until_shown("beta speaks done")
        await chat.until(lambda: not chat.pane.session.running)
        assert not chat.pane.composer.busy


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_a_question_behind_the_models_is_asked(tmp_path: Path, language: str) -> None:
    async with chatting(tmp_path, size=WIDE, language=language) as chat:
        chat.client.offered = [ModelInfo(name) for name in ("gpt-5-mini", "alpha", "beta")]
        await chat.type("/compare alpha beta что это такое?")
        await chat.press("enter")
        await view_of(chat, 2)
        assert [request.model for request in chat.client.requests] == ["alpha", "beta"]
        assert chat.asked == ["что это такое?"] * 2 and chat.text == ""


async def test_escape_stops_the_one_in_front_and_then_leaves_and_it_opens_again(tmp_path: Path) -> None:
    async with chatting(tmp_path, WRITING, WRITING, ANSWER, size=WIDE) as chat:
        view = await compare(chat)
        assert keys(view)["escape"] == "stop"
        await chat.press("escape")
        await chat.until(lambda: answers(view)[0].status is Status.STOPPED)
        await chat.until_shown("stopped by you")
        assert keys(view)["escape"] == "close" and len(view.comparison.running) >= 1
        await chat.press("escape")
        await chat.until(lambda: chat.app.screen is chat.screen)
        assert chat.pane.workspace.running == [view.comparison.sessions[1]], "leaving stops nothing"
        await chat.press("shift+tab", "ь")
        again = await view_of(chat, 3)
        assert again.comparison.running == [view.comparison.sessions[1]]
        assert [answer.id for answer in answers(again)] == [answer.id for answer in answers(view)]
        await chat.pane.workspace.stop_all()


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_escape_is_always_named_however_small_the_screen(language: str, tmp_path: Path) -> None:
    async with chatting(tmp_path, WRITING, WRITING, WRITING, language=language) as chat:
        view = await compare(chat)
        stop = {"en": "Esc stop", "ru": "Esc стоп"}[language]
        for size in ((80, 24), (60, 15), (40, 10), (24, 8)):
            await chat.pilot.resize_terminal(*size)
            await chat.until(lambda: chat.shown().split("\n")[-1].strip().endswith(stop))
        await chat.pilot.resize_terminal(60, 15)
        await chat.press("enter")
        go_on = {"en": "let them run", "ru": "пусть пишут"}[language]
        await chat.until(lambda: keys(view)["escape"] == "let them run" and go_on in chat.shown())


async def test_help_opens_over_it_and_escape_closes_that_alone(tmp_path: Path) -> None:
    async with chatting(tmp_path, WRITING, WRITING, size=WIDE) as chat:
        view = await compare(chat, "alpha beta")
        await chat.press("f1")
        await chat.until(lambda: isinstance(chat.app.screen, HelpScreen))
        await chat.press("escape")
        await chat.until(lambda: chat.app.screen is view)
        assert all(session.running for session in view.comparison.sessions)


async def test_below_100_columns_one_is_shown_and_a_strip_of_all(tmp_path: Path) -> None:
    async with chatting(tmp_path, ANSWER, WRITING, ANSWER, size=(80, 24)) as chat:
        view = await compare(chat)
        await chat.until(lambda: len(view.comparison.running) == 1)
        strip = view.query_one(ComparisonStrip)
        assert shown_columns(view) == 1 and strip.display
        await chat.until_shown("✓ alpha   ● beta   ✓ gamma")
        await chat.press("right")
        assert view.front is view.comparison.sessions[1] and shown_columns(view) == 1
        await chat.until_shown("начало")
        await chat.press("left", "left")
        assert view.front is view.comparison.sessions[2], "round the end"
        await chat.pilot.resize_terminal(120, 40)
        await chat.until(lambda: shown_columns(view) == 3)
        await chat.pilot.resize_terminal(100, 30)
        await chat.until(lambda: shown_columns(view) == 2)
        assert view.front in view.shown and strip.display
        await chat.pane.workspace.stop_all()


async def test_what_is_not_seen_is_not_drawn_and_is_whole_when_it_is(tmp_path: Path) -> None:
    running, gate = gated("beta speaks")
    async with chatting(tmp_path, ANSWER, running, size=(80, 24)) as chat:
        view = await compare(chat, "alpha beta")
        await chat.press("right")
        await chat.until_shown("beta speaks")
        await chat.press("left")
        column = next(each for each in view.query(ComparisonColumn) if each.session is not view.front)
        gate.set()
        await chat.until(lambda: not view.comparison.running)
        assert not column.transcript.views[0].text.endswith("done"), "nobody draws it"
        await chat.press("right")
        await chat.until_shown("beta speaks done")


async def test_a_question_that_was_answered_goes_to_others_beside_it(tmp_path: Path) -> None:
    async with chatting(tmp_path, size=WIDE) as chat:
        await chat.type("hi")
        await chat.press("enter")
        await chat.until(lambda: chat.pane.session.turn is not None and not chat.pane.session.running)
        await chat.type("/compare beta")
        await chat.press("enter")
        view = await view_of(chat, 2)
        assert [request.model for request in chat.client.requests] == ["gpt-5-mini", "beta"]
        assert view.front is view.comparison.sessions[1]
        await chat.until(lambda: not view.comparison.running)
        await chat.press("left", "enter")
        await chat.until(lambda: chat.app.screen is chat.screen)
        assert chat.pane.session.participant.model == "gpt-5-mini"
        assert len(chat.pane.session.branch.path()) == 2


async def test_more_models_are_asked_from_the_view(tmp_path: Path) -> None:
    async with chatting(tmp_path, size=WIDE) as chat:
        view = await compare(chat, "alpha beta")
        await chat.press("m")
        await chat.until(lambda: chat.app.screen is not view)
        await chat.type("delta")
        await chat.press("enter")
        await chat.until(lambda: len(view.comparison.sessions) == 3)
        await chat.until(lambda: not view.comparison.running)
        assert chat.app.screen is view and shown_columns(view) == 3
        assert [request.model for request in chat.client.requests] == ["alpha", "beta", "delta"]


async def test_marks_in_the_list_of_models(tmp_path: Path) -> None:
    async with chatting(tmp_path, size=WIDE) as chat:
        chat.pane.account.models = [ModelInfo(name) for name in ("alpha", "beta", "gamma")]
        await chat.press("ctrl+l")
        await chat.until_shown("gamma")
        await chat.press("tab", "tab", "enter")
        await chat.until(lambda: "alpha, beta" in chat.pane.hint.text)
        await chat.type("hi")
        await chat.press("enter")
        await view_of(chat, 2)
        assert [request.model for request in chat.client.requests] == ["alpha", "beta"]
        assert chat.pane.services.settings.settings.profiles == {}, "no model is chosen by it"


async def test_escape_lets_the_next_message_go_to_one_alone(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await chat.type("/compare alpha beta")
        await chat.press("enter")
        await chat.until_shown("The next message goes to alpha, beta")
        await chat.pilot.resize_terminal(52, 15)
        await chat.until_shown("The next message goes to al… · Esc: to one alone")
        await chat.press("escape")
        assert not chat.pane.hint.text
        await chat.type("hi")
        await chat.press("enter")
        await chat.until(lambda: len(chat.asked) == 1)
        assert chat.app.screen is chat.screen


@pytest.mark.parametrize(
    ("models", "words"),
    [
        (" ".join("abcdefghi"), "at most 8 models can be compared"),
        ("alpha nobody", "neuroapi.host has no model nobody"),
    ],
)
async def test_what_cannot_be_asked_is_said_in_a_sentence(tmp_path: Path, models: str, words: str) -> None:
    async with chatting(tmp_path) as chat:
        chat.pane.account.models = [ModelInfo("alpha")]
        await chat.type(f"/compare {models}")
        await chat.press("enter")
        await chat.until(lambda: any(words in notice for notice in chat.notices))
        assert chat.asked == []


async def test_without_models_it_says_what_it_wants(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await chat.type("/compare")
        await chat.press("escape", "enter")
        await chat.until(lambda: "/compare needs MODEL MODEL…" in chat.note or chat.text == "/compare ")
        assert chat.asked == []


async def test_a_budget_that_allows_only_some_lets_nothing_leave_and_brings_the_text_back(
    tmp_path: Path,
) -> None:
    async with chatting(tmp_path) as chat:
        chat.pane.services.settings.change(("budget", "day_tokens"), 3000)
        await chat.type("/compare alpha beta gamma")
        await chat.press("enter")
        await chat.until(lambda: bool(chat.pane.hint.text))
        await chat.type("hi")
        await chat.press("enter")
        await chat.until(lambda: any("it allows 2 of 3 answers" in notice for notice in chat.notices))
        assert chat.asked == [] and chat.text == "hi" and not chat.pane.composer.busy
        assert not chat.pane.session.conversation.messages


async def test_the_answer_in_front_is_copied_and_stopped_by_ctrl_c(tmp_path: Path) -> None:
    async with chatting(tmp_path, ANSWER, WRITING, size=WIDE) as chat:
        view = await compare(chat, "alpha beta")
        await chat.until(lambda: len(view.comparison.running) == 1)
        await chat.press("c")
        await chat.until(lambda: chat.app.copied == "привет")
        await chat.press("right", "ctrl+c")
        await chat.until(lambda: not view.comparison.running)
        assert answers(view)[1].status is Status.STOPPED and chat.app.screen is view


async def test_another_model_is_asked_while_the_first_still_answers(tmp_path: Path) -> None:
    async with chatting(tmp_path, WRITING, WRITING, size=WIDE) as chat:
        await chat.type("hi")
        await chat.press("enter")
        await chat.until_shown("начало")
        first = chat.pane.session
        await chat.type("/compare beta")
        await chat.press("enter")
        view = await view_of(chat, 2)
        assert view.comparison.sessions[0] is first and len(view.comparison.running) == 2
        assert view.front is not first
        await chat.press("escape")
        await chat.until(lambda: not view.comparison.runs(view.front))
        await chat.press("left", "enter")
        await chat.until(lambda: chat.app.screen is chat.screen)
        assert chat.pane.session is first and first.running, "nothing but the other one was stopped"
        await chat.press("escape")
        await chat.until(lambda: not first.running)
        found = [each.status for each in answers(view)]
        assert found == [Status.STOPPED, Status.STOPPED]


@pytest.mark.parametrize(
    ("language", "words"), [("en", "2 of 3 writing"), ("ru", "пишется: 2 из 3")], ids=["en", "ru"]
)
async def test_what_is_compared_elsewhere_counts_as_running(
    tmp_path: Path, language: str, words: str
) -> None:
    scripts, size = (ANSWER, WRITING, WRITING), (140, 40)
    async with chatting(tmp_path, *scripts, size=size, language=language) as chat:
        view = await compare(chat)
        await chat.until(lambda: len(view.comparison.running) == 2)
        await chat.press("escape")  # the first has ended: the others go on
        await chat.until(lambda: chat.app.screen is chat.screen)
        compared = chat.pane.session
        await chat.press("ctrl+n")
        await chat.until(lambda: chat.pane.session is not compared)
        await chat.type("/next")
        await chat.press("enter")
        await chat.until(lambda: chat.pane.session is compared)
        await chat.press("ctrl+n", "f7")
        await chat.until(lambda: isinstance(chat.app.screen, RunningScreen))
        await chat.until_shown(words)
        assert "beta, gamma" in chat.shown()
        await chat.press("x")
        await chat.until(lambda: not chat.pane.workspace.running)
        await chat.until(lambda: words not in chat.shown())


async def test_who_leaves_before_they_are_asked_is_shown_nothing_and_loses_nothing(tmp_path: Path) -> None:
    looked_up = asyncio.Event()
    async with chatting(tmp_path, WRITING, WRITING, size=WIDE) as chat:
        left, ledger = chat.pane.session.conversation, chat.pane.workspace.ledger
        reserve = ledger.reserve

        async def slowly(bills: Sequence[Bill]) -> list[str]:
            await looked_up.wait()
            return await reserve(bills)

        ledger.reserve = slowly  # type: ignore[method-assign]
        await chat.type("/compare alpha beta")
        await chat.press("enter")
        await chat.until_shown("The next message goes to alpha, beta")
        await chat.type("hi")
        await chat.press("enter", "ctrl+n")
        looked_up.set()
        await chat.until(lambda: len(chat.pane.workspace.running) == 2)
        await chat.pilot.pause()
        assert chat.app.screen is chat.screen and chat.pane.session.conversation is not left
        await chat.type("/next")
        await chat.press("enter")
        await chat.until_shown("начало")
        assert chat.pane.session.conversation is left and "hi" in chat.shown()
        chat.pane.transcript.focus()
        await chat.press("m")
        await view_of(chat, 2)
        await chat.pane.workspace.stop_all()


async def test_a_question_of_the_conversation_that_was_left_is_asked_there(tmp_path: Path) -> None:
    asked = asyncio.Event()

    async def slowly() -> list[ModelInfo]:
        await asked.wait()
        return [ModelInfo("gpt-5-mini"), ModelInfo("beta")]

    async with chatting(tmp_path, size=WIDE) as chat:
        await chat.type("hi")
        await chat.press("enter")
        await chat.until(lambda: chat.pane.session.turn is not None and not chat.pane.session.running)
        first = chat.pane.session.conversation
        chat.client.models = slowly  # type: ignore[method-assign]
        await chat.type("/compare beta")
        await chat.press("enter", "ctrl+n")
        asked.set()
        await chat.until(lambda: len(chat.asked) == 2 and not chat.pane.workspace.running)
        await chat.pilot.pause()
        assert chat.app.screen is chat.screen and not chat.pane.session.conversation.messages
        assert sorted(message.model for message in first.messages.values() if message.parent_id) == [
            *("beta", "gpt-5-mini")
        ]


async def test_two_enters_at_once_leave_once(tmp_path: Path) -> None:
    async with chatting(tmp_path, size=WIDE) as chat:
        view = await compare(chat)
        await chat.until(lambda: not view.comparison.running)
        for _ in range(3):
            chat.app.post_message(key_event("enter"))
        await chat.pilot.pause()
        assert chat.app.screen is chat.screen and len(chat.asked) == 3


async def test_who_is_asked_next_is_said_until_it_is_so_no_more(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await chat.type("/compare alpha beta")
        await chat.press("enter")
        await chat.until_shown("The next message goes to alpha, beta")
        await chat.press("ctrl+l", "escape")
        await chat.until_shown("The next message goes to alpha, beta")
        await chat.press("escape")
        await chat.until(lambda: "The next message" not in chat.shown())


async def test_what_goes_on_beside_is_listed_found_and_stopped(tmp_path: Path) -> None:
    async with chatting(tmp_path, WRITING, WRITING, size=WIDE) as chat:
        view = await compare(chat, "alpha beta")
        await chat.press("escape")
        await chat.until(lambda: len(view.comparison.running) == 1)
        await chat.press("escape")
        await chat.until(lambda: chat.app.screen is chat.screen)
        left = chat.pane.session
        await chat.press("ctrl+n")
        await chat.until_shown("● 1 writing")
        await chat.press("f7")
        await chat.until_shown("Open conversations")
        await chat.until(
            lambda: any(" hi " in line and "writing" in line for line in chat.shown().splitlines())
        )
        await chat.press("n")
        await chat.until(lambda: chat.pane.session is left)
        await chat.press("f7")
        await chat.until_shown("Open conversations")
        await chat.press("x")
        await chat.until(lambda: not chat.pane.workspace.running)


async def test_a_view_that_was_left_follows_nothing_any_more(tmp_path: Path) -> None:
    async with chatting(tmp_path, WRITING, WRITING, size=WIDE) as chat:
        view = await compare(chat, "alpha beta")
        columns = list(view.query(ComparisonColumn))
        assert all(column in column.session._observers._all for column in columns)
        view._leave(stop=False)
        assert not any(column in column.session._observers._all for column in columns)
        await chat.pane.workspace.stop_all()
