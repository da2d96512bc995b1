"""The start screen: who answers, the last heartbeat, and what one can go on with."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from neurotui.chat.conversation import Conversation, Message, Role
from neurotui.tui.conversation.welcome import BeginningList
from tests.store.examples import library_of
from tests.tui.chatting import Chat, chatting

BOTH = pytest.mark.parametrize("language", ["en", "ru"])


def remember(folder: Path, count: int) -> None:
    """Keep conversations, the last of them asked last."""
    for number in range(1, count + 1):
        question = Message(f"q{number}", Role.USER, f"Question {number}", created_at=1e9)
        answer = Message(f"a{number}", Role.ASSISTANT, f"Answer {number}", question.id, 1e9, model="m")
        library_of(folder, Conversation.of([question, answer], id=f"c{number}"))


def listed(chat: Chat) -> list[str]:
    return [row.text for row in chat.pane.welcome.list.beginnings]


async def test_the_last_conversations_are_offered_and_tab_leads_to_them(tmp_path: Path) -> None:
    remember(tmp_path, 7)
    async with chatting(tmp_path) as chat:
        await chat.until_shown("1  Question 7")
        assert listed(chat) == [f"Question {number}" for number in (7, 6, 5, 4, 3)]
        for words in ("gpt-5-mini @ neuroapi.host", "↑  last question: Question 7", "Ctrl+P commands"):
            assert words in chat.shown()
        await chat.press("2")
        assert chat.text == "2", "a digit in the input is text"
        await chat.press("backspace", "tab")
        assert isinstance(chat.screen.focused, BeginningList)
        await chat.press("down", "enter")
        await chat.until_shown("Answer 6")
        assert chat.composer.has_focus
        await chat.press("ctrl+n", "tab", "4")
        await chat.until_shown("Answer 4")


async def test_what_was_deleted_or_renamed_in_the_history_is_offered_so(tmp_path: Path) -> None:
    remember(tmp_path, 3)
    async with chatting(tmp_path) as chat:
        await chat.until(lambda: listed(chat) == ["Question 3", "Question 2", "Question 1"])
        await chat.press("ctrl+r")
        await chat.until_shown("History · 3")
        await chat.press("ctrl+d")
        await chat.until_shown("History · 2")
        await chat.press("f2", "!", "enter", "escape")
        await chat.until(lambda: len(listed(chat)) == 2 and any(name.endswith("!") for name in listed(chat)))


async def test_escape_leads_back_and_what_was_opened_is_not_offered_to_itself(tmp_path: Path) -> None:
    remember(tmp_path, 2)
    async with chatting(tmp_path) as chat:
        await chat.until_shown("1  Question 2")
        await chat.press("tab", "9", "5", "escape", "x")
        assert chat.text == "x"
        await chat.press("enter")
        await chat.until(lambda: not chat.pane.session.running and "при" in chat.shown())
        await chat.press("ctrl+n")
        await chat.until(lambda: listed(chat) == ["x", "Question 2", "Question 1"])
        assert "↑  last question: x" in chat.shown()
        await chat.press("up")
        assert chat.text == "x"


async def test_a_digit_right_behind_tab_is_no_text(tmp_path: Path) -> None:
    remember(tmp_path, 3)
    async with chatting(tmp_path) as chat:
        await chat.until_shown("1  Question 3")
        for key, character in (("tab", "\t"), ("2", "2")):
            chat.app.post_message(events.Key(key, character))
        await chat.until_shown("Answer 2")
        assert not chat.text


async def test_a_click_opens(tmp_path: Path) -> None:
    remember(tmp_path, 3)
    async with chatting(tmp_path) as chat:
        await chat.until_shown("1  Question 3")
        await chat.pilot.click(BeginningList, offset=(5, 2))
        await chat.until_shown("Answer 1")


@BOTH
async def test_without_a_past_the_keys_are_told(tmp_path: Path, language: str) -> None:
    async with chatting(tmp_path, language=language) as chat:
        await chat.until_shown({"en": "F1     all keys", "ru": "F1     все клавиши"}[language])
        assert not chat.pane.welcome.list.display


@BOTH
async def test_the_demo_offers_questions_that_it_has_answers_to(tmp_path: Path, language: str) -> None:
    remember(tmp_path, 4)
    async with chatting(tmp_path, language=language, is_demo=True) as chat:
        await chat.until(lambda: len(listed(chat)) == 5)
        asked = listed(chat)[0]
        await chat.press("tab", "1")
        await chat.until(lambda: chat.asked == [asked])
        await chat.until_shown("привет")


async def test_the_last_heartbeat_stands_under_the_name(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await chat.press("h", "i", "enter")
        await chat.until(lambda: not chat.pane.session.running and "при" in chat.shown())
        await chat.press("ctrl+n")
        await chat.until_shown("─█\n")
        assert chat.pane.status._clocks is None
    async with chatting(tmp_path) as chat:  # and after a restart
        await chat.until_shown("─█\n")
        await chat.press("ctrl+r", "ctrl+d")
        await chat.until(lambda: chat.app.screen is not chat.screen)
        await chat.press("escape")
    async with chatting(tmp_path) as chat:
        await chat.pilot.pause()
        assert "─█" not in chat.shown(), "it went with its conversation"


@pytest.mark.parametrize("size", [(60, 15), (20, 6), (80, 24), (200, 60)])
async def test_it_fits(tmp_path: Path, size: tuple[int, int]) -> None:
    remember(tmp_path, 7)
    async with chatting(tmp_path, size=size) as chat:
        await chat.until(lambda: len(listed(chat)) == 5)
        await chat.pilot.pause()
        if size[1] >= 15:
            assert chat.shown().splitlines()[0].count("neurotui") == 1
            assert "neurotui" not in chat.shown().splitlines()[1]
            assert "5  Question 3" in chat.shown() and "Ctrl+R history" in chat.shown()
        else:
            assert "neurotui" in chat.shown()
