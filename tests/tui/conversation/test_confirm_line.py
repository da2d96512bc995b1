"""A single letter in the messages costs nothing: a second key sends the request."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from neurotui.tui.conversation.confirm_line import ConfirmLine
from tests.tui.chatting import Chat, chatting

ASKS = "? r again or Enter: new answer · Esc close"


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Chat]:
    """A chat with one answer, and the focus in the messages."""
    async with chatting(tmp_path) as chat:
        await chat.press("h", "i", "enter")
        await chat.until(lambda: len(chat.asked) == 1 and not chat.pane.session.running)
        await chat.press("tab")
        yield chat


def line(chat: Chat) -> ConfirmLine:
    return chat.screen.query_one(ConfirmLine)


@pytest.mark.parametrize("yes", ["r", "R", "к", "enter"])
async def test_a_letter_asks_before_a_request_leaves(chat: Chat, yes: str) -> None:
    await chat.press("r")
    await chat.until_shown(ASKS)
    assert len(chat.asked) == 1
    await chat.press(yes)
    await chat.until(lambda: len(chat.asked) == 2 and not chat.pane.session.running)
    assert not line(chat).display and chat.pane.transcript.has_focus
    assert not chat.pane.open_panels


@pytest.mark.parametrize("no", ["escape", "k", "tab"])
async def test_another_key_sends_nothing_and_does_what_it_does(chat: Chat, no: str) -> None:
    await chat.press("r", no)
    await chat.until(lambda: not line(chat).display)
    assert len(chat.asked) == 1 and not chat.pane.open_panels
    assert (chat.pane.transcript.cursor == 1) is (no == "k")
    assert chat.composer.has_focus is (no == "tab")
    assert chat.pane.transcript.has_focus is (no != "tab")


async def test_a_question_is_not_asked_of_another_conversation(chat: Chat) -> None:
    await chat.press("r", "ctrl+n")
    await chat.until(lambda: not chat.pane.session.conversation.messages)
    assert not line(chat).display and chat.composer.has_focus
    assert len(chat.asked) == 1


async def test_a_command_that_was_typed_is_not_asked_again(chat: Chat) -> None:
    await chat.press("escape")
    await chat.type("/regenerate")
    await chat.press("enter")
    await chat.until(lambda: len(chat.asked) == 2)


async def test_the_message_that_a_letter_is_for_is_marked_as_soon_as_the_focus_is_there(chat: Chat) -> None:
    def marked() -> bool:
        return any(row.startswith("▌") for row in chat.shown().splitlines())

    await chat.until(marked)
    assert chat.pane.transcript.cursor is None
    await chat.press("escape")
    await chat.until(lambda: not marked())
