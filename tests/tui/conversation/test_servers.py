"""Each conversation with its own server and model, on the screen: changed in front, told where it is gone."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from neurotui.settings.api_keys import KeyPlace
from neurotui.settings.file import SettingsFile
from neurotui.tui.conversation.features.accounts import ServerAccounts
from neurotui.tui.dialogs.models import ModelsScreen
from neurotui.tui.dialogs.servers import ServersScreen
from tests.app.working import account_at
from tests.servers import Exchange, Server, answer
from tests.tui.chatting import Chat, chatting
from tests.tui.conversation.test_continuing import said

KEY = "sk-0123456789abcdef0123"


async def ask(chat: Chat, text: str) -> str:
    """Ask in the conversation in front, and return its id when it is answered."""
    messages = chat.pane.session.conversation.messages
    count = len(messages)
    await chat.press(*text, "enter")
    await chat.until(lambda: len(messages) == count + 2 and not chat.pane.session.running)
    return chat.pane.session.conversation.id


async def go_to(chat: Chat, id_: str) -> None:
    """Open a conversation, and return when what is typed goes there."""
    await chat.pane.open(id_)
    await chat.until(lambda: chat.pane.drafts._id == id_)


def keep(chat: Chat, name: str, server: Server) -> None:
    """Add a profile, without using it."""
    chat.pane.services.accounts.keep(name, server.url, KEY, KeyPlace.FILE, f"model-of-{name}")
    chat.pane.preferences.file.change(("profile",), None)


async def choose_server(chat: Chat, *keys: str) -> None:
    await chat.press("f6")
    await chat.until(lambda: isinstance(chat.app.screen, ServersScreen))
    await chat.press(*keys, "enter")
    await chat.until(lambda: chat.app.screen is chat.screen)


async def test_another_server_is_for_the_conversation_in_front_and_those_to_come(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "config.toml")
    async with Server(answer("Da")) as server, chatting(tmp_path, settings=file, size=(100, 24)) as chat:
        keep(chat, "work", server)
        there = f"model-of-work @ 127.0.0.1:{server.port}"
        first = await ask(chat, "a")
        await chat.press("ctrl+n")
        second = await ask(chat, "b")
        await choose_server(chat, "down")
        await chat.until_shown(there)
        await ask(chat, "c")
        assert len(server.chats) == 1
        await go_to(chat, first)
        await chat.until_shown("gpt-5-mini @ neuroapi.host")
        await ask(chat, "d")
        assert len(server.chats) == 1 and chat.asked == ["a", "b", "d"]
        await chat.press("ctrl+n")
        await chat.until_shown(there)
        await go_to(chat, second)
        await chat.until_shown(there)


async def test_another_model_is_for_the_conversation_in_front_and_those_to_come(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        first = await ask(chat, "a")
        await chat.press("ctrl+n")
        second = await ask(chat, "b")
        await chat.press("ctrl+l")
        await chat.until(lambda: isinstance(chat.app.screen, ModelsScreen))
        await chat.press(*"claude", "enter")
        await chat.until(lambda: chat.app.screen is chat.screen)
        await chat.until_shown("claude @")
        await go_to(chat, first)
        await chat.until_shown("gpt-5-mini @")
        await ask(chat, "c")
        await chat.press("ctrl+n")
        await chat.until_shown("claude @")
        await go_to(chat, second)
        await ask(chat, "d")
        assert [request.model for request in chat.client.requests] == [
            "gpt-5-mini",
            "gpt-5-mini",
            "gpt-5-mini",
            "claude",
        ]
    async with chatting(tmp_path) as chat:
        await go_to(chat, second)
        await chat.until_shown("claude @ neuroapi.host")


@pytest.mark.parametrize(
    ("language", "sentence", "advice"),
    [
        ("en", "held with work, which is not in the settings", "Choose a server for it (F6"),
        ("ru", "велась с work, а в настройках такого сервера нет", "Выберите для неё сервер (F6"),
    ],
)
@pytest.mark.parametrize("size", [(120, 40), (60, 15)])
async def test_a_server_that_is_gone_is_told_when_its_conversation_is_opened(
    tmp_path: Path, language: str, sentence: str, advice: str, size: tuple[int, int]
) -> None:
    file = SettingsFile(tmp_path / "config.toml")
    async with Server(answer("Da")) as server:
        async with chatting(tmp_path, settings=file) as chat:
            keep(chat, "work", server)
            await choose_server(chat, "down")
            await chat.until_shown("model-of-work @")
            id_ = await ask(chat, "a")
        file.change(("profiles", "work"), None)
        async with chatting(tmp_path, settings=file, language=language, size=size) as chat:
            await go_to(chat, id_)
            await chat.until(lambda: any(advice in notice for notice in chat.notices))
            assert any(sentence in notice.title for notice in chat.app._notifications)
            await chat.until_shown("model-of-work @ work")
            await chat.press("b", "enter")
            await chat.until(lambda: chat.text == "b" and not chat.pane.session.running)
            assert len(server.chats) == 1 and chat.asked == []
            assert len(chat.pane.session.conversation.messages) == 2, "no branch that failed is left"
            keep(chat, "other", server)
            await choose_server(chat, "down")
            await chat.until_shown("model-of-other @")
            await chat.press("enter")
            await chat.until(lambda: len(server.chats) == 2)


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "goes to no real server"), ("ru", "на настоящий сервер она не уйдёт")]
)
async def test_a_conversation_of_the_demo_is_read_and_forked(
    tmp_path: Path, language: str, sentence: str
) -> None:
    async with chatting(tmp_path, is_demo=True) as chat:
        id_ = await ask(chat, "a")
    async with Server(answer("Da")) as server, chatting(tmp_path, language=language) as chat:
        await go_to(chat, id_)
        await chat.until(lambda: any(sentence in notice.title for notice in chat.app._notifications))
        await chat.press("b", "enter")
        await chat.until(lambda: chat.text == "b" and not chat.pane.session.running)
        assert chat.asked == []
        assert len(chat.pane.session.conversation.messages) == 2, "no branch that failed is left"
        chat.feature(ServerAccounts).use(account_at(server, "work"))
        await chat.until(lambda: chat.pane.session.conversation.id != id_)
        await chat.pane.open(id_)
        chat.composer.put("")
        await chat.pane.commands.run("fork")
        await chat.until(lambda: chat.pane.session.conversation.id != id_)
        await ask(chat, "c")
        assert server.chats[0].json["messages"][0]["content"] == "a"
        assert len(server.chats) == 1


@pytest.mark.parametrize("keys", [("ctrl+g",), ("f8",), ("tab", "k", "r")])
async def test_in_a_conversation_of_the_demo_no_key_leaves_a_branch_that_failed(
    tmp_path: Path, keys: tuple[str, ...]
) -> None:
    async with chatting(tmp_path, said("so far", "length"), is_demo=True) as chat:
        id_ = await ask(chat, "a")
    async with chatting(tmp_path) as chat:
        await go_to(chat, id_)
        chat.app.clear_notifications()
        await chat.press(*keys)
        await chat.until(lambda: any("no real server" in each.title for each in chat.app._notifications))
        messages = chat.pane.session.conversation.messages
        assert len(messages) == 2 and chat.asked == [] and not chat.composer.busy


async def test_a_question_that_is_edited_stays_in_the_input_where_it_cannot_be_asked(tmp_path: Path) -> None:
    async with chatting(tmp_path, is_demo=True) as chat:
        id_ = await ask(chat, "a")
    async with chatting(tmp_path) as chat:
        await go_to(chat, id_)
        await chat.press("tab", "k", "k", "e")
        await chat.until(lambda: chat.text == "a")
        await chat.press("b", "enter")
        await chat.until(lambda: chat.text == "ab" and not chat.composer.busy)
        assert chat.composer._edited is not None, "it is still the earlier question that is edited"
        assert len(chat.pane.session.conversation.messages) == 2 and chat.asked == []


async def test_a_message_that_waits_is_given_back_where_it_cannot_be_asked_any_more(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "config.toml")
    gate = asyncio.Event()

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("so far")
        await gate.wait()
        await exchange.finish()

    async with Server(script) as server, chatting(tmp_path, settings=file) as chat:
        keep(chat, "work", server)
        await choose_server(chat, "down")
        await chat.until_shown("model-of-work @")
        await chat.press("a", "enter")
        await chat.until_shown("so far")
        await chat.press("b", "enter")
        session = chat.pane.session
        session.conversation.profile = "gone http://127.0.0.1:9/v1"
        chat.pane.workspace.choose(session, model="m")
        gate.set()
        await chat.until(lambda: not session.running)
        await chat.until(lambda: chat.pane.workspace.queued(session).text == "")
        assert chat.text == "b" and len(session.conversation.messages) == 2 and len(server.chats) == 1


async def test_a_new_address_in_the_settings_is_for_all_conversations_of_the_profile(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "config.toml")
    async with (
        Server(answer("Da")) as one,
        Server(answer("Da")) as two,
        chatting(tmp_path, settings=file) as chat,
    ):
        keep(chat, "work", one)
        await choose_server(chat, "down")
        await chat.until_shown("model-of-work @")
        first = await ask(chat, "a")
        await chat.press("ctrl+n")
        await ask(chat, "b")
        chat.pane.preferences.change(("profiles", "work", "base_url"), two.url)
        await chat.until_shown(f"127.0.0.1:{two.port}")
        await ask(chat, "c")
        await go_to(chat, first)
        await chat.until_shown(f"127.0.0.1:{two.port}")
        await ask(chat, "d")
        assert (len(one.chats), len(two.chats)) == (2, 2)
