"""This conversation: only what is set is sent, and what is left out is said."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.widgets import Static

from neurotui.api.catalogue import ModelInfo
from neurotui.chat.conversation import Conversation, Message, Role
from neurotui.errors import ContextTooLong
from neurotui.settings.config import Persona
from neurotui.settings.file import SettingsFile
from neurotui.tui.conversation.features.models import Models
from neurotui.tui.dialogs.confirm import ConfirmScreen
from neurotui.tui.dialogs.conversation import ConversationScreen
from neurotui.tui.widgets.form import LineField, TextField
from neurotui.wire.events import Connecting, Failed, Sent, Usage
from tests.chat.test_session import ANSWER, Script
from tests.tui.chatting import Chat, chatting
from tests.tui.sizes import in_sizes_and_languages

TOO_LONG: Script = [Connecting(), Sent(), Failed(ContextTooLong("128001 tokens"))]


async def opened(chat: Chat) -> ConversationScreen:
    await chat.press("f3")
    await chat.until(lambda: isinstance(chat.app.screen, ConversationScreen))
    screen = chat.app.screen
    assert isinstance(screen, ConversationScreen)
    await chat.pilot.pause()
    return screen


async def ask(chat: Chat, text: str) -> None:
    count = len(chat.asked)
    await chat.type(text)
    await chat.press("enter")
    await chat.until(lambda: len(chat.asked) > count and not chat.pane.session.running)


def long_conversation() -> Conversation:
    """Four turns; the server counted 110,000 tokens, 10,000 of them of reasoning."""
    messages = []
    for at in range(8):
        usage = Usage(90_000, 20_000, 110_000, reasoning_tokens=10_000) if at == 7 else None
        role = Role.ASSISTANT if at % 2 else Role.USER
        messages.append(Message(f"m{at}", role, f"text {at}", f"m{at - 1}" if at else None, usage=usage))
    return Conversation.of(messages, id="long")


async def test_only_what_is_set_is_sent_and_it_is_kept(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        await ask(chat, "one")
        screen = await opened(chat)
        screen.query_one("#system", TextField).text = "Be brief."
        screen.query_one("#temperature", LineField).value = "0,2"
        screen.query_one("#others", LineField).value = '{"top_p": 0.9}'
        screen.query_one("#effort").focus()
        await chat.press("right", "right", "escape")
        await ask(chat, "two")
        screen = await opened(chat)
        assert screen.query_one("#temperature", LineField).value == "0.2"
        screen.query_one("#temperature", LineField).value = ""
        await chat.press("escape")
        await ask(chat, "three")
        first, second, third = chat.client.requests
        assert first.parameters == {}
        assert [message.role for message in first.messages] == ["user"]
        assert second.parameters == {"temperature": 0.2, "top_p": 0.9, "reasoning_effort": "low"}
        assert second.messages[0].content == "Be brief."
        assert third.parameters == {"top_p": 0.9, "reasoning_effort": "low"}
        id = chat.pane.session.conversation.id
        found = chat.pane.services.store.library.open(id)
        assert found is not None
        assert (found.system_prompt, found.parameters) == ("Be brief.", third.parameters)


async def set_temperature(chat: Chat, value: str) -> None:
    screen = await opened(chat)
    screen.query_one("#temperature", LineField).value = value
    await chat.press("escape")
    await chat.until(lambda: chat.app.screen is chat.screen)


async def test_parameters_stay_with_their_conversation(tmp_path: Path) -> None:
    """After it was left, after others were asked, after a restart; others do not get them."""
    async with chatting(tmp_path) as chat:
        await set_temperature(chat, "0.5")
        await ask(chat, "one")
        first = chat.pane.session.conversation.id
        await set_temperature(chat, "0.2")
        await chat.press("ctrl+n")
        await ask(chat, "two")
        second = chat.pane.session.conversation.id
        await chat.pane.open(first)
        await ask(chat, "three")
        await chat.press("ctrl+g")
        await chat.until(lambda: len(chat.asked) == 4 and not chat.pane.session.running)
        asked = [request.parameters for request in chat.client.requests]
        assert asked == [{"temperature": 0.5}, {}, {"temperature": 0.2}, {"temperature": 0.2}]
        await chat.press("ctrl+n")
    async with chatting(tmp_path) as chat:
        await chat.pane.open(first)
        await ask(chat, "four")
        await chat.pane.open(second)
        await ask(chat, "five")
        await chat.press("ctrl+n")
        await ask(chat, "six")
        assert [request.parameters for request in chat.client.requests] == [{"temperature": 0.2}, {}, {}]


@pytest.mark.parametrize("set_first", [True, False])
async def test_parameters_stay_with_a_draft_that_is_taken_over(tmp_path: Path, set_first: bool) -> None:
    async with chatting(tmp_path) as chat:
        if set_first:
            await set_temperature(chat, "0.2")
        await chat.type("half a sente")
        id_ = chat.pane.session.conversation.id
        library = chat.pane.services.store.library
        await chat.until(lambda: library.draft(id_) == "half a sente")
        if not set_first:
            await set_temperature(chat, "0.2")
    for _start in range(2):
        async with chatting(tmp_path) as chat:
            await chat.until(lambda: chat.text == "half a sente")
            assert chat.pane.session.conversation.parameters == {"temperature": 0.2}
    async with chatting(tmp_path) as chat:
        await chat.until(lambda: chat.text == "half a sente")
        await ask(chat, "nce")
        await chat.press("ctrl+n")
        await ask(chat, "other")
        assert [request.parameters for request in chat.client.requests] == [{"temperature": 0.2}, {}]


async def test_what_does_not_fit_is_said_as_it_is_typed_and_not_taken(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        screen = await opened(chat)
        screen.query_one("#seed").focus()
        await chat.press(*"12x")
        assert "Seed: it must be a whole number" in chat.shown()
        assert chat.pane.session.conversation.parameters == {"seed": 12}
        await chat.press("backspace")
        assert "Seed: " not in chat.shown()
        await chat.press("escape")


async def test_a_persona_is_kept_and_taken_on_with_its_model(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "config.toml")
    async with chatting(tmp_path, settings=file) as chat:
        screen = await opened(chat)
        screen.query_one("#system", TextField).text = "Переведи."
        screen.query_one("#stop", LineField).value = '["a", "b"]'
        screen.query_one("#name").focus()
        await chat.paste(" Мой\x1b переводчик ")
        await chat.press("enter")
        await chat.pilot.pause()
        assert " saved" in chat.shown()
        await chat.press("escape")
        await chat.until(lambda: (tmp_path / "config.toml").exists())
        (name,) = file.settings.personas
        assert file.settings.personas[name] == Persona("Переведи.", "gpt-5-mini", {"stop": ["a", "b"]})
        await chat.press("ctrl+n")
        chat.feature(Models)._use("other")
        screen = await opened(chat)
        screen.query_one("#persona").focus()
        await chat.press("right")
        assert screen.query_one("#system", TextField).text == "Переведи."
        assert screen.query_one("#stop", LineField).value == '["a", "b"]'
        await chat.press("escape")
        await ask(chat, "hi")
        request = chat.client.requests[-1]
        assert (request.model, request.parameters) == ("gpt-5-mini", {"stop": ["a", "b"]})
        assert request.messages[0].content == "Переведи."
    assert SettingsFile(file.path).settings.personas == file.settings.personas


async def test_the_model_of_a_persona_is_for_its_conversation_alone(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "config.toml")
    file.change(("personas", "clerk", "model"), "gpt-7")
    file.change(("personas", "clerk", "system_prompt"), "Be short.")
    async with chatting(tmp_path, settings=file) as chat:
        chat.pane.account.profile = "neuroapi"
        screen = await opened(chat)
        screen.query_one("#persona").focus()
        await chat.press("right", "escape")
        await chat.until(lambda: chat.pane.session.participant.model == "gpt-7")
        await chat.press("ctrl+n")
        assert chat.pane.session.participant.model == "gpt-5-mini"
    assert file.settings.profiles == {}


async def test_a_persona_that_toml_cannot_hold_is_refused(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        screen = await opened(chat)
        screen.query_one("#others", LineField).value = '{"x": null}'
        screen.query_one("#name", LineField).value = "x"
        screen.query_one("#keep").focus()
        await chat.press("enter")
        await chat.pilot.pause()
        assert "It must be a value that JSON has, too" in chat.shown()
        await chat.press("escape")


async def test_it_opens_at_its_top(tmp_path: Path) -> None:
    file = SettingsFile()
    file.change(("personas", "poet", "system_prompt"), "Write in verse.")
    async with chatting(tmp_path, size=(60, 15), settings=file) as chat:
        chat.pane.hold(chat.pane.workspace.hold(long_conversation()))
        chat.pane.session.conversation.system_prompt = "Answer briefly."
        chat.pane.show_conversation()
        await opened(chat)
        await chat.pilot.pause()
        assert "Context" in chat.shown()


async def test_what_is_left_out_is_said_in_russian(tmp_path: Path) -> None:
    async with chatting(tmp_path, size=(80, 48), language="ru") as chat:
        chat.pane.hold(chat.pane.workspace.hold(long_conversation()))
        chat.pane.show_conversation()
        await opened(chat)
        assert "● не задано" in chat.shown() and " Убрать старые из контекста " in chat.shown()
        await chat.pilot.resize_terminal(32, 48)
        await chat.until_shown(" Убрать старые из кон… ")
        await chat.until_shown("Системный п… ")
        await chat.pilot.resize_terminal(80, 48)
        await chat.pilot.click("#shorten")
        await chat.press("escape")
        await chat.until(lambda: chat.shown().count("не отправляется") == 4)
        assert "не задано" not in chat.shown()


async def test_how_full_the_context_is_and_what_is_left_out(tmp_path: Path) -> None:
    async with chatting(tmp_path, size=(80, 48)) as chat:
        chat.client.offered = [ModelInfo("gpt-5-mini", context_length=128_000)]
        chat.pane.hold(chat.pane.workspace.hold(long_conversation()))
        chat.pane.show_conversation()
        screen = await opened(chat)
        await chat.until(lambda: "100,000 of 128,000 tokens, 78 %" in chat.shown())
        await chat.pilot.click("#shorten")
        assert "the 4 oldest messages are not sent" in chat.shown()
        await chat.press("escape")
        await chat.until(lambda: chat.shown().count("not sent") == 4)
        await ask(chat, "next")
        assert [message.content for message in chat.client.requests[-1].messages] == [
            *("text 4", "text 5", "text 6", "text 7", "next")
        ]
        screen = await opened(chat)
        await chat.pilot.click("#all")
        assert "not sent any" not in chat.shown()
        assert not screen.query_one("#all").display
        await chat.press("escape")
        await ask(chat, "again")
        assert len(chat.client.requests[-1].messages) == 11


async def test_a_conversation_that_is_too_long_is_shortened_only_when_that_is_wanted(tmp_path: Path) -> None:
    async with chatting(tmp_path, TOO_LONG, TOO_LONG, ANSWER) as chat:
        chat.pane.hold(chat.pane.workspace.hold(long_conversation()))
        await ask(chat, "next")
        await chat.until(lambda: isinstance(chat.app.screen, ConfirmScreen))
        await chat.until(lambda: bool(chat.app.screen.query("#question")))
        assert "6 oldest messages?" in str(chat.app.screen.query_one("#question", Static).content)
        await chat.press("escape")
        assert chat.text == "next"
        await chat.press("enter")
        await chat.until(lambda: isinstance(chat.app.screen, ConfirmScreen))
        assert len(chat.client.requests[1].messages) == 9
        await chat.press("left", "enter")
        await chat.until(lambda: chat.app.screen is chat.screen)
        await chat.press("enter")
        await chat.until(lambda: len(chat.asked) == 3 and not chat.pane.session.running)
        assert [message.content for message in chat.client.requests[2].messages] == [
            *("text 6", "text 7", "next")
        ]
        assert "text 0" in [message.text for message in chat.pane.session.conversation.path()]


async def test_what_came_from_elsewhere_is_shown_harmless_and_stays_as_it_is(tmp_path: Path) -> None:
    hostile = "[/x] \x1b]52;c;aGk=\x07 \u202eabc\nsecond"
    file = SettingsFile(tmp_path / "config.toml")
    file.change(("personas", hostile, "system_prompt"), hostile)
    async with chatting(tmp_path, settings=file) as chat:
        conversation = Conversation(system_prompt=hostile, parameters={"stop": hostile, "x": hostile})
        chat.pane.hold(chat.pane.workspace.hold(conversation))
        screen = await opened(chat)
        assert "␛]52;c;aGk=␇ ⟨U+202E⟩abc" in screen.query_one("#system", TextField).text
        assert not {"\x1b", "\x07", "\u202e"} & set(chat.shown())
        assert chat.pane.session.conversation.system_prompt == hostile
        assert chat.pane.session.conversation.parameters == {"stop": hostile, "x": hostile}
        screen.query_one("#persona").focus()
        await chat.press("right", "escape")
        assert chat.pane.session.conversation.parameters == {}
        await opened(chat)
        await chat.press("escape")
        assert not {"\x1b", "\x07", "\u202e"} & set(chat.shown())


async def test_a_new_conversation_begins_with_the_prompt_of_the_settings(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "config.toml")
    file.change(("system_prompt",), "Отвечай по-русски.")
    async with chatting(tmp_path, settings=file) as chat:
        await ask(chat, "hi")
        assert chat.client.requests[0].messages[0].content == "Отвечай по-русски."


@in_sizes_and_languages
async def test_every_field_can_be_reached(tmp_path: Path, size: tuple[int, int], language: str) -> None:
    file = SettingsFile(tmp_path / "config.toml")
    file.change(("personas", "x", "system_prompt"), "X")
    async with chatting(tmp_path, size=size, language=language, settings=file) as chat:
        screen = await opened(chat)
        for _ in range(9):
            await chat.press("tab")
            assert screen.focused is not None
            assert screen.query_one("#panel").region.contains_region(screen.focused.region)
        await chat.press("escape")
        assert chat.app.screen is chat.screen


async def test_no_question_comes_up_under_the_fingers_of_who_types(tmp_path: Path) -> None:
    ending = asyncio.Event()
    slowly: Script = [Connecting(), Sent(), ending, Failed(ContextTooLong("128001 tokens"))]
    async with chatting(tmp_path, slowly) as chat:
        chat.pane.hold(chat.pane.workspace.hold(long_conversation()))
        await chat.type("next")
        await chat.press("enter")
        await chat.until(lambda: chat.pane.session.running)
        await chat.type("y")
        ending.set()
        await chat.until(lambda: not chat.pane.session.running)
        await chat.type("es")
        assert chat.app.screen is chat.screen
        assert chat.text == "yes"
        assert chat.pane.hint.text == "F3: drop the oldest messages"
        await chat.press("enter")
        await chat.until(lambda: len(chat.asked) == 2)
        assert not chat.pane.hint.text, "a hint about the question before"
