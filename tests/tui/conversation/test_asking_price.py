"""What is dear is asked about once, by whatever key it leaves; in both languages and currencies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from neurotui.settings.file import SettingsFile
from neurotui.tui.conversation.comparison_view import ComparisonScreen
from neurotui.tui.dialogs.choice import ChoiceScreen
from neurotui.tui.dialogs.confirm import ConfirmScreen
from tests.app.working import account_at
from tests.catalogues import openrouter
from tests.counters import priced
from tests.servers import Exchange, Server
from tests.tui.chatting import Chat, chatting

PAINTER: dict[str, Any] = {
    "id": "painter",
    "supported_endpoint_types": ["image-generation"],
    "pricing": {"prompt": "0", "completion": "0", "request": "0.04"},
}
MODELS = {
    "data": [
        priced("gpt-5-mini", "0.00000025", "0.000002"),
        priced("gpt-5", "0.00000125", "0.00001"),
        {"id": "unpriced"},
        PAINTER,
    ]
}


class Gates:
    """A server whose answers end at the limit of tokens; they wait while it is told to."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.reason = "length"

    async def __call__(self, exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text(f"Answer {exchange.request.json['model']}")
        await self.gate.wait()
        await exchange.text(", and so on")
        await exchange.delta(self.reason)
        await exchange.event("[DONE]")
        await exchange.end()


def asking(above: float = 0.001, **more: object) -> SettingsFile:
    settings = SettingsFile()
    settings.change(("budget", "ask_above"), above)
    for name, value in more.items():
        settings.change(("budget", name), value)
    return settings


@asynccontextmanager
async def talking(
    folder: Path, settings: SettingsFile | None = None, *, language: str = "en", profile: str = ""
) -> AsyncIterator[tuple[Chat, Server, Gates]]:
    gates = Gates()
    async with Server(gates, paths=openrouter(MODELS)) as server:
        account = account_at(server, profile)
        async with chatting(
            folder, account=account, settings=settings or asking(), language=language, size=(120, 40)
        ) as chat:
            yield chat, server, gates


async def dialog(chat: Chat) -> None:
    await chat.until(lambda: isinstance(chat.app.screen, ConfirmScreen))
    await chat.until_shown("Send it?")


async def answered(chat: Chat, server: Server, count: int) -> None:
    await chat.until(lambda: len(server.chats) == count and not chat.pane.workspace.running)
    await chat.pilot.pause()


async def asked(chat: Chat, server: Server, text: str = "Hi") -> None:
    count = len(server.chats)
    await chat.type(text)
    await chat.press("enter")
    await dialog(chat)
    await chat.press("left", "enter")
    await answered(chat, server, count + 1)


async def keys(chat: Chat, *pressed: str) -> None:
    await chat.press(*pressed)


async def letter(chat: Chat, *pressed: str) -> None:
    """Press keys in the messages."""
    chat.pane.transcript.focus()
    await chat.pilot.pause()
    await chat.press(*pressed)


async def compare(chat: Chat) -> None:
    await chat.type("/compare gpt-5-mini gpt-5")
    await chat.press("enter")


WAYS: dict[str, Callable[[Chat], Awaitable[None]]] = {
    "ask again": lambda chat: keys(chat, "ctrl+g"),
    "another answer": lambda chat: letter(chat, "r"),
    "another answer, by the other layout": lambda chat: letter(chat, "к"),
    "continue": lambda chat: keys(chat, "f8"),
    "edit": lambda chat: letter(chat, "up", "e", "!", "enter"),
    "compare": compare,
}


@pytest.mark.parametrize("way", WAYS)
async def test_every_way_asks_once(tmp_path: Path, way: str) -> None:
    async with talking(tmp_path) as (chat, server, _gates):
        await asked(chat, server)
        await WAYS[way](chat)
        await dialog(chat)
        await chat.press("ctrl+g", "escape")
        await chat.until(lambda: chat.app.screen is chat.screen)
        assert len(server.chats) == 1
        if way == "edit":
            await chat.press("enter")
        else:
            await WAYS[way](chat)
        await dialog(chat)
        count = 3 if way == "compare" else 2
        await chat.press("left", "enter")
        await answered(chat, server, count)
        assert isinstance(chat.app.screen, ComparisonScreen) == (way == "compare")


@pytest.mark.parametrize("way", ["ask again", "another answer", "continue"])
async def test_what_is_not_dear_is_not_asked_about(tmp_path: Path, way: str) -> None:
    async with talking(tmp_path, asking(1.0)) as (chat, server, _gates):
        await chat.type("Hi")
        await chat.press("enter")
        await answered(chat, server, 1)
        await WAYS[way](chat)
        if way == "another answer":
            await chat.until_shown("again or Enter")
            await chat.press("r")
        await answered(chat, server, 2)


async def test_a_price_that_is_not_known_is_in_nobody_s_way(tmp_path: Path) -> None:
    async with talking(tmp_path) as (chat, server, _gates):
        await chat.type("/model unpriced")
        await chat.press("enter")
        await chat.type("Hi")
        await chat.press("enter")
        await answered(chat, server, 1)
        await chat.press("ctrl+g")
        await answered(chat, server, 2)


async def test_the_sum_of_a_comparison_counts(tmp_path: Path) -> None:
    async with talking(tmp_path, asking(0.03)) as (chat, server, _gates):
        await chat.type("/compare gpt-5-mini gpt-5 unpriced")
        await chat.press("enter")
        await chat.until(lambda: "unpriced" in chat.pane.hint.text)
        await chat.type("Hi")
        await chat.press("enter")
        await chat.until(lambda: isinstance(chat.app.screen, ComparisonScreen))
        await answered(chat, server, 3)
    async with talking(tmp_path, asking(0.0205)) as (chat, server, _gates):
        await chat.type("/compare gpt-5-mini gpt-5 unpriced")
        await chat.press("enter")
        await chat.until(lambda: "unpriced" in chat.pane.hint.text)
        await chat.type("Hi")
        await chat.press("enter")
        await dialog(chat)
        assert "2 answers may cost up to $0.024" in chat.shown()
        assert "beside 1 answer without a price" in " ".join(chat.shown().replace("│", " ").split())
        await chat.press("escape")
        await chat.until(lambda: chat.app.screen is chat.screen)
        assert chat.text == "Hi" and not server.chats
        await chat.press("enter")
        await dialog(chat)
        await chat.press("left", "enter")
        await answered(chat, server, 3)


async def test_the_estimate_is_of_all_who_get_the_message(tmp_path: Path) -> None:
    async with talking(tmp_path, asking(1.0)) as (chat, _server, _gates):
        await chat.type("/compare gpt-5-mini gpt-5 unpriced")
        await chat.press("enter")
        await chat.until(lambda: "unpriced" in chat.pane.hint.text)
        chat.composer.put("one two three four " * 300)
        words = "3 answers · ≈ 4,300 tok · up to $0.026 together · 1 answer without a price"
        await chat.until(lambda: words in chat.note)
        await chat.press("escape", "escape")
        await chat.until(lambda: not chat.pane.hint.text)
        await chat.press("x")
        await chat.until(lambda: "3 answers" not in chat.note and "≈ 1,400 tok" in chat.note)


async def test_a_picture_says_so_where_it_is_chosen(tmp_path: Path) -> None:
    async with talking(tmp_path, asking(0.03)) as (chat, server, _gates):
        await chat.type("/image a cat")
        await chat.press("enter")
        await chat.until(lambda: isinstance(chat.app.screen, ChoiceScreen))
        await chat.until_shown("painter · $0.04 a picture")
        await chat.until_shown("You want to be asked above $0.03.")
        assert not [each for each in server.requests if each.path.endswith("generations")]
    async with talking(tmp_path, asking(0.05)) as (chat, server, _gates):
        await chat.type("/image a cat")
        await chat.press("enter")
        await chat.until_shown("painter · $0.04 a picture")
        assert "You want to be asked" not in chat.shown()


async def test_a_model_that_draws_alone_is_asked_about_by_the_picture(tmp_path: Path) -> None:
    async with talking(tmp_path, asking(0.03)) as (chat, _server, _gates):
        await chat.pane.account.learn_models()
        chat.pane.workspace.choose(chat.pane.session, model="painter")
        chat.pane.workspace.assign()
        await chat.type("a cat")
        await chat.press("enter")
        await dialog(chat)
        assert "This may cost up to $0.04. Send it?" in chat.shown()


async def test_a_message_that_waits_is_asked_about_before_it_does(tmp_path: Path) -> None:
    async with talking(tmp_path) as (chat, server, gates):
        gates.gate.clear()
        gates.reason = "stop"
        await chat.type("one")
        await chat.press("enter")
        await dialog(chat)
        await chat.press("left", "enter")
        await chat.until_shown("Answer gpt-5-mini")
        await chat.type("two")
        await chat.press("enter")
        await dialog(chat)
        await chat.press("escape")
        await chat.until(lambda: chat.app.screen is chat.screen)
        assert not chat.pane.workspace.queued(chat.pane.session)
        await chat.press("enter")
        await dialog(chat)
        await chat.press("left", "enter")
        await chat.until(lambda: bool(chat.pane.workspace.queued(chat.pane.session)))
        gates.gate.set()
        await answered(chat, server, 2)
        assert chat.text == "" and chat.app.screen is chat.screen


async def test_a_message_that_has_become_dear_does_not_leave_by_itself(tmp_path: Path) -> None:
    async with talking(tmp_path, asking(0.006)) as (chat, server, gates):
        gates.gate.clear()
        gates.reason = "stop"
        await chat.type("one")
        await chat.press("enter")
        await chat.until_shown("Answer gpt-5-mini")
        await chat.type("two")
        await chat.press("enter")
        await chat.until(lambda: bool(chat.pane.workspace.queued(chat.pane.session)))
        chat.pane.workspace.choose(chat.pane.session, model="gpt-5")
        gates.gate.set()
        await chat.until(lambda: any("asked above $0.006" in each for each in chat.notices))
        await answered(chat, server, 1)
        assert chat.text == "two" and "will be sent" not in chat.note
        await chat.press("enter")
        await dialog(chat)
        await chat.press("left", "enter")
        await answered(chat, server, 2)


async def test_roubles_in_russian(tmp_path: Path) -> None:
    settings = asking(0.05, currency="RUB")
    for key, value in ((("currency",), "RUB"), (("rate",), 80.0)):
        settings.change(("profiles", "neuroapi", *key), value)
    async with talking(tmp_path, settings, language="ru", profile="neuroapi") as (chat, server, _gates):
        await chat.type("Hi")
        await chat.press("enter")
        await chat.until_shown("Это может стоить до 0,32\u00a0₽. Отправить?")
        await chat.press("left", "enter")
        await answered(chat, server, 1)
        await chat.press("ctrl+g")
        await chat.until_shown("Это может стоить до 0,32\u00a0₽. Отправить?")
        await chat.press("escape")
        await chat.type("/image кот")
        await chat.press("enter")
        await chat.until_shown("Вы просили спрашивать, если дороже 0,05\u00a0₽.")
