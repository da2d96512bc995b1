"""Beside the history and the models, on a wide screen, stands what is under the cursor."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurotui.api.catalogue import ModelInfo
from neurotui.chat.conversation import Conversation, Message, Role
from neurotui.tui.conversation.features.history import History
from neurotui.tui.conversation.features.models import Models
from tests.store.examples import library_of
from tests.tui.chatting import Chat, chatting


def remember(folder: Path, name: str, *texts: str) -> None:
    conversation = Conversation(id=name, title=name)
    for number, text in enumerate(texts):
        role = Role.ASSISTANT if number % 2 else Role.USER
        conversation.put(Message(f"{name}{number}", role, text, conversation.leaf_id, 1e9, model="m"))
        conversation.leaf_id = f"{name}{number}"
    library_of(folder, conversation)


def beside(chat: Chat) -> str:
    """What stands right of the line."""
    return "\n".join(line.split("│")[-2] for line in chat.shown().splitlines() if line.count("│") > 2)


async def test_the_last_question_and_answer_are_seen_beside_the_list(tmp_path: Path) -> None:
    remember(tmp_path, "old", "first?", "first.", "second \x1b[31m?", "The **second**:\n\n- one\n- two")
    remember(tmp_path, "new", "other?", "Another needle.", "more?", "No more.")
    async with chatting(tmp_path, size=(120, 30)) as chat:
        await chat.press("ctrl+r")
        await chat.until(lambda: "The second:" in beside(chat) and "• two" in beside(chat))
        assert "second ␛[31m?" in beside(chat) and "first" not in beside(chat)
        await chat.press("down")
        await chat.until(lambda: "No more." in beside(chat))
        assert "more?" in beside(chat) and "other?" not in beside(chat)
        await chat.type("needle")
        await chat.until(lambda: "Another needle." in beside(chat) and "No more" not in beside(chat))
        await chat.type("nothing like that")
        await chat.until_shown("nothing was found")
        await chat.until(lambda: "Another" not in beside(chat))


@pytest.mark.parametrize("feature", [History, Models])
async def test_the_frame_has_its_width_from_the_first_picture_on(
    tmp_path: Path, feature: type[History] | type[Models]
) -> None:
    async with chatting(tmp_path, size=(200, 60)) as chat:
        chat.feature(feature).choose()
        screen = chat.app.screen
        assert screen is not chat.screen
        widths: set[int] = set()

        def laid_out(_screen: object) -> None:
            widths.update(panel.region.width for panel in screen.query("#panel") if panel.region)

        screen.screen_layout_refresh_signal.subscribe(chat.pane, laid_out, immediate=True)
        await chat.until(lambda: bool(widths))
        await chat.pilot.pause()
        assert len(widths) == 1


async def test_a_screen_that_is_not_wide_has_the_list_alone(tmp_path: Path) -> None:
    remember(tmp_path, "old", "first?", "An answer.")
    async with chatting(tmp_path, size=(119, 30)) as chat:
        await chat.press("ctrl+r")
        await chat.until_shown("2 msg")
        await chat.pilot.pause()
        assert "An answer." not in chat.shown()
        await chat.pilot.resize_terminal(140, 30)
        await chat.until(lambda: "An answer." in beside(chat))
        await chat.pilot.resize_terminal(100, 30)
        await chat.until(lambda: "An answer." not in chat.shown())


@pytest.mark.parametrize(
    ("language", "most"), [("en", "at most 8,000 tokens"), ("ru", "не больше 8\u202f000 токенов")]
)
async def test_all_that_is_known_of_a_model_is_seen_beside_the_list(
    tmp_path: Path, language: str, most: str
) -> None:
    async with chatting(tmp_path, size=(120, 30), language=language) as chat:
        chat.client.offered = [
            ModelInfo("a-model", "A \x1b[31mmodel", "its maker", 400_000, 8_000),
            ModelInfo("b-model"),
        ]
        await chat.press("ctrl+l")
        await chat.type("a-model")
        await chat.until(lambda: "its maker" in beside(chat))
        for words in ("a-model", "A ␛[31mmodel · its maker", "400k", most):
            assert words in beside(chat)
        await chat.press(*["backspace"] * 7, *"b-mo")
        await chat.until(lambda: "b-model" in beside(chat) and "its maker" not in chat.shown())
        await chat.pilot.resize_terminal(119, 30)
        await chat.pilot.pause()
        assert chat.shown().count("b-model") == 1
