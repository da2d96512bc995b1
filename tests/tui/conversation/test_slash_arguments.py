"""What a slash command may be given is proposed, and completed by Tab; personas are taken by their name."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurotui.api.catalogue import ModelInfo
from neurotui.settings.file import SettingsFile
from tests.tui.chatting import chatting

PERSONAS = """
[personas.Reviewer]
system_prompt = "Find what is wrong."
parameters = { temperature = 0.2 }
[personas."Редактор"]
system_prompt = "Правь текст."
model = "gpt-5-mini"
"""


async def test_a_persona_is_completed_and_taken_by_its_name(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(PERSONAS, encoding="utf-8")
    async with chatting(tmp_path, settings=SettingsFile(config)) as chat:
        await chat.type("/perso")
        await chat.press("tab")
        await chat.until_shown("/persona Reviewer")
        assert chat.text == "/persona " and "/persona Редактор" in chat.shown()
        await chat.type("rev")
        await chat.until(lambda: "/persona Редактор" not in chat.shown())
        await chat.press("tab")
        assert chat.text == "/persona Reviewer"
        await chat.press("enter")
        conversation = chat.pane.session.conversation
        await chat.until(lambda: conversation.system_prompt == "Find what is wrong.")
        assert conversation.parameters == {"temperature": 0.2} and chat.text == ""
        await chat.type("/persona РЕДАКТОР")
        await chat.press("enter")
        await chat.until(lambda: conversation.system_prompt == "Правь текст.")
        assert conversation.parameters == {}
        await chat.until(lambda: chat.pane.session.participant.model == "gpt-5-mini")
        await chat.type("/persona nobody")
        await chat.press("enter")
        await chat.until(lambda: any("no persona nobody" in notice for notice in chat.notices))
        assert conversation.system_prompt == "Правь текст." and chat.asked == []


async def test_a_model_is_completed_and_changes_this_conversation_alone(tmp_path: Path) -> None:
    settings = SettingsFile(tmp_path / "config.toml")
    async with chatting(tmp_path, settings=settings) as chat:
        chat.client.offered = [ModelInfo(name) for name in ("gpt-5-mini", "gpt-5", "claude-9")]
        before = chat.pane.session.participant.model
        await chat.type("/model gpt-5")
        await chat.until_shown("/model gpt-5-mini")
        assert "claude-9" not in chat.shown()
        await chat.press("enter")  # the name that was typed, not the first that begins like it
        await chat.until(lambda: chat.pane.session.participant.model == "gpt-5")
        await chat.type("/model clau")
        await chat.press("tab", "enter")
        await chat.until(lambda: chat.pane.session.participant.model == "claude-9")
        await chat.type("/model of-my-own")
        await chat.press("enter")
        await chat.until(lambda: chat.pane.session.participant.model == "of-my-own")
        assert not settings.settings.profiles, "the settings stay as they are"
        await chat.press("h", "i", "enter")
        await chat.until(lambda: bool(chat.asked) and not chat.pane.session.running)
        await chat.press("ctrl+n")
        await chat.until(lambda: chat.pane.session.participant.model == before)


@pytest.mark.parametrize(("language", "note"), [("en", "↓ chooses from the list"), ("ru", "↓ — выбрать")])
async def test_enter_takes_nothing_of_which_nothing_was_typed(
    tmp_path: Path, language: str, note: str
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(PERSONAS, encoding="utf-8")
    async with chatting(tmp_path, settings=SettingsFile(config), language=language) as chat:
        chat.client.offered = [ModelInfo(name) for name in ("gpt-5-mini", "claude-9")]
        before = chat.pane.session.participant.model
        for typed in ("/model ", "/persona ", "/"):
            await chat.type(typed)
            await chat.press("enter", "enter")
            await chat.until_shown(note)
            assert chat.text == typed and chat.composer.menu.display
            await chat.press("escape", *["backspace"] * len(typed))
        conversation = chat.pane.session.conversation
        assert chat.pane.session.participant.model == before and not conversation.system_prompt
        assert chat.asked == [] and chat.app.screen is chat.screen
        for typed, keys, model in (("/model ", ("down",), "gpt-5-mini"), ("/model ", ("up",), "claude-9")):
            await chat.type(typed)
            await chat.press(*keys, "enter")
            await chat.until(lambda model=model: chat.pane.session.participant.model == model)  # type: ignore[misc]
            assert chat.text == ""
