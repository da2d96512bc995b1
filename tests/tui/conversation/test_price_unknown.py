"""An unknown price that a limit in money has need of: at the model, in the receipt, in the budget."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurotui.settings.file import SettingsFile
from tests.app.working import account_at
from tests.catalogues import openrouter
from tests.counters import Counter, priced
from tests.servers import Exchange, Server
from tests.tui.chatting import Chat, chatting

MODELS = {"data": [priced("gpt-5-mini", "0.00000025", "0.000002"), {"id": "unpriced"}]}


def limited(**budget: object) -> SettingsFile:
    settings = SettingsFile()
    for name, value in budget.items():
        settings.change(("budget", name), value)
    return settings


def first_line(chat: Chat) -> str:
    return chat.shown().split("\n")[0]


async def ask(chat: Chat, server: Server, text: str = "hi") -> None:
    count = len(server.chats)
    await chat.type(text)
    await chat.press("enter")
    await chat.until(lambda: len(server.chats) == count + 1 and not chat.pane.session.running)
    await chat.pilot.pause()


@pytest.mark.parametrize(("language", "words"), [("en", "price unknown"), ("ru", "цена неизвестна")])
async def test_it_stands_at_the_model_and_in_the_receipt(tmp_path: Path, language: str, words: str) -> None:
    async with Server(Counter(), paths=openrouter(MODELS)) as server:
        account = account_at(server)
        async with chatting(
            tmp_path, account=account, settings=limited(day_cost=1.0), language=language, size=(100, 30)
        ) as chat:
            await chat.until(lambda: chat.pane.workspace.prices.holds("gpt-5-mini", account))
            await ask(chat, server)
            assert words not in first_line(chat)
            chat.pane.workspace.choose(chat.pane.session, model="unpriced")
            await chat.until(lambda: f"127.0.0.1:{account.address.split(':')[2][:5]}" in first_line(chat))
            await chat.until(lambda: first_line(chat).endswith(f" · {words}"))
            await ask(chat, server)
            heads = [
                line
                for line in chat.shown().split("\n")
                if line.startswith("  unpriced") or "unpriced ·" in line
            ]
            assert any(line.rstrip().endswith(words) for line in heads), chat.shown()
            chat.pane.preferences.change(("budget", "day_cost"), 0.0)
            await chat.until(lambda: words not in first_line(chat))
            chat.pane.preferences.change(("budget", "ask_above"), 1.0)
            await chat.until(lambda: words in first_line(chat))
            chat.pane.workspace.choose(chat.pane.session, model="gpt-5-mini")
            await chat.until(lambda: words not in first_line(chat))


async def test_without_a_limit_nobody_is_told(tmp_path: Path) -> None:
    async with (
        Server(Counter(), paths=openrouter(MODELS)) as server,
        chatting(tmp_path, account=account_at(server, model="unpriced")) as chat,
    ):
        await ask(chat, server)
        assert "price unknown" not in first_line(chat)
        assert not [line for line in chat.shown().split("\n") if " tok · " in line and "unknown" in line]


async def test_where_there_is_little_room_it_is_the_first_to_go(tmp_path: Path) -> None:
    async with (
        Server(Counter(), paths=openrouter(MODELS)) as server,
        chatting(
            tmp_path,
            account=account_at(server, model="unpriced"),
            settings=limited(month_cost=1.0),
            size=(100, 24),
        ) as chat,
    ):
        await ask(chat, server, "A name of some words")
        await chat.until(lambda: "price unknown" in first_line(chat))
        await chat.pilot.resize_terminal(50, 24)
        await chat.until(lambda: "price unknown" not in first_line(chat))
        assert "unpriced @ 127" in first_line(chat)


async def test_a_currency_without_a_rate_is_one_too(tmp_path: Path) -> None:
    async with (
        Server(Counter(), paths=openrouter(MODELS)) as server,
        chatting(
            tmp_path,
            account=account_at(server, "neuroapi"),
            settings=limited(day_cost=1.0, currency="RUB"),
            size=(100, 24),
        ) as chat,
    ):
        await chat.until(lambda: "price unknown" in first_line(chat))


async def test_the_budget_says_how_many_it_does_not_count(tmp_path: Path) -> None:
    async with Server(Counter(), paths=openrouter(MODELS)) as server:
        account = account_at(server, model="unpriced")
        async with chatting(
            tmp_path, account=account, settings=limited(day_cost=0.00001), size=(120, 30)
        ) as chat:
            for _count in range(3):
                await ask(chat, server)
            chat.pane.workspace.choose(chat.pane.session, model="gpt-5-mini")
            await ask(chat, server)
            await chat.type("hi")
            await chat.press("enter")
            await chat.until_shown("per day (beside 3 answers without a price)")
            assert len(server.chats) == 4
            chat.composer.put("/usage")
            await chat.press("enter")
            await chat.until_shown("3 answers without a price")


async def unending(exchange: Exchange) -> None:
    """Writes five thousand tokens, and no end."""
    await exchange.head()
    await exchange.text("word " * 4000)
    await exchange.stall()


@pytest.mark.parametrize(("language", "cost"), [("en", "≈ $0.01 "), ("ru", "≈ 0,01\u00a0$ ")])
async def test_what_a_running_answer_has_come_to_is_in_the_status(
    tmp_path: Path, language: str, cost: str
) -> None:
    async with Server(unending, paths=openrouter(MODELS)) as server:
        account = account_at(server)
        async with chatting(tmp_path, account=account, language=language, size=(100, 30)) as chat:
            await chat.until(lambda: chat.pane.workspace.prices.holds("gpt-5-mini", account))
            await chat.type("hi")
            await chat.press("enter")
            await chat.until(lambda: f" · {cost}" in chat.shown())
            await chat.press("escape")
            await chat.until(lambda: not chat.pane.session.running)
