"""What was spent, as the chat shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurotui.app.accounts import account_of
from neurotui.settings.credentials import Credentials
from neurotui.settings.file import SettingsFile
from neurotui.tui.dialogs.usage import UsageScreen
from tests.catalogues import new_api
from tests.servers import Server, whole
from tests.tui.chatting import chatting


@pytest.mark.parametrize(
    ("language", "total", "models"),
    [("en", "Total: $0.000012 · 1 answer · 12 tokens", "Models"),
     ("ru", "Всего: 0,000012\u00a0$ · 1 ответ · 12 токенов", "Модели")],
)  # fmt: skip
async def test_what_was_spent_is_told_by_the_price_of_the_server(
    language: str, total: str, models: str, tmp_path: Path
) -> None:
    async with Server(whole("Hello"), paths=new_api()) as server:
        account = account_of(Credentials(server.url, "gpt-5-mini", "sk-0123456789abcdef0123456789"))
        async with chatting(tmp_path, language=language, account=account, size=(100, 40)) as chat:
            await chat.until(lambda: any(each.path == "/api/pricing" for each in server.requests))
            prices = chat.pane.workspace.ledger.prices
            await chat.until(lambda: prices.price("gpt-5-mini", "", account.ref.address) is not None)
            await chat.type("Hi")
            await chat.press("enter")
            await chat.until_shown("Hello")
            await chat.until(lambda: not chat.pane.session.running)
            await chat.type("/usage")
            await chat.press("enter")
            await chat.until_shown(total)
            assert models in chat.shown() and "gpt-5-mini: " in chat.shown()
            assert "·" * 29 + "█" in chat.shown()
            await chat.press("escape")
            assert not isinstance(chat.app.screen, UsageScreen)


async def test_an_empty_purse_is_told(tmp_path: Path) -> None:
    async with chatting(tmp_path, size=(60, 15)) as chat:
        await chat.type("/usage")
        await chat.press("enter")
        await chat.until_shown("Nothing was spent yet")


async def test_an_answer_that_no_limit_could_hold_is_told(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "config.toml")
    file.change(("budget", "day_cost"), 1.0)
    async with chatting(tmp_path, settings=file, size=(100, 24)) as chat:
        await chat.type("Hi")
        await chat.press("enter")
        await chat.until_shown("the price of gpt-5-mini is not known: a limit in money does not hold it")
