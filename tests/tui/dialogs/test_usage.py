"""What was spent, as the chat shows it."""

from __future__ import annotations

import asyncio
import re
import threading
from datetime import date
from pathlib import Path

import pytest

from neurotui.app import long_work
from neurotui.app.accounts import account_of
from neurotui.app.money.usage import UsageReport, UsageRow
from neurotui.errors import WorkStopped
from neurotui.settings.credentials import Credentials
from neurotui.settings.file import SettingsFile
from neurotui.store.watch import Stage, Unit, Watch
from neurotui.tui.dialogs.usage import UsageScreen
from tests.catalogues import new_api
from tests.servers import Server, answer, whole
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
            assert re.search(r"  [A-ZА-Я][a-zа-я]{2,} 20\d\d: ", chat.shown())
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


@pytest.mark.parametrize(
    ("language", "currency", "limit", "told"),
    [
        ("en", "USD", 0.0001, "The budget is used up: $0.0001 per day"),
        ("ru", "RUB", 0.008, "Бюджет исчерпан: 0,008 ₽ на день"),
    ],
)
async def test_a_limit_of_the_day_holds_with_no_price_typed(
    language: str, currency: str, limit: float, told: str, tmp_path: Path
) -> None:
    file = SettingsFile(tmp_path / "config.toml")
    file.change(("budget", "day_cost"), limit)
    file.change(("budget", "currency"), currency)
    async with Server(answer(*["word "] * 400, pace=0.01), paths=new_api()) as server:
        if currency != "USD":
            for name, value in (("base_url", server.url), ("currency", currency), ("rate", 80.0)):
                file.change(("profiles", "work", name), value)
        credentials = Credentials(
            server.url,
            "gpt-5-mini",
            "sk-0123456789abcdef0123456789abcdef",
            profile="work" if currency != "USD" else "",
        )
        account = account_of(credentials)
        async with chatting(
            tmp_path, settings=file, language=language, account=account, size=(110, 30)
        ) as chat:

            def shown() -> str:
                return chat.shown().replace("\u00a0", " ")

            await chat.type("Hi")
            await chat.press("enter")
            await chat.until(lambda: told in shown())
            assert server.chats[0].json["model"] == "gpt-5-mini"
            answered = chat.pane.session.branch.path()[-1]
            assert 20 < answered.text.count("word") < 80, "stopped in the midst"
            await chat.type("again")
            await chat.press("enter")
            await chat.until(lambda: shown().count(told) == 2)
            assert len(server.chats) == 1, "nothing more leaves"


async def test_it_is_told_how_far_it_is_where_there_is_much_to_add_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_work, "DELAY", 0.0)
    monkeypatch.setattr(long_work, "INTERVAL", 0.0)
    going, ended, stopped = threading.Event(), threading.Event(), list[bool]()

    def read(watch: Watch) -> UsageReport:
        try:
            with watch.begin(Stage.ADDING_UP, Unit.ANSWERS) as report:
                report(340_000, 1_000_000)
                going.wait(10)
                report(360_000, 1_000_000)
        except WorkStopped:
            stopped.append(True)
            raise
        finally:
            ended.set()
        return UsageReport((), (), (), (), ())

    async with chatting(tmp_path, size=(100, 24)) as chat:
        chat.app.push_screen(UsageScreen(read))
        await chat.until_shown("adding up what was spent · 340,000 answers · 34 %")
        going.set()
        await chat.until_shown("Nothing was spent yet")
        await chat.press("escape")
        going.clear()
        ended.clear()
        chat.app.push_screen(UsageScreen(read))
        await chat.until_shown("34 %")
        await chat.press("escape")
        going.set()
        assert await asyncio.to_thread(ended.wait, 10)
        assert stopped == [True], "it ends at its next step"


async def test_rows_are_broken_between_figures_and_the_plot_has_the_room_there_is(tmp_path: Path) -> None:
    day = date.today().isoformat()
    keys = day, day[:7], "a-model-of-some-length", "", ""
    days, months, models, conversations, total = (
        (UsageRow(key, "", "USD", 1370, 8_000_000, 0, 5_000_000, 0, 57, 82),) for key in keys
    )
    report = UsageReport(days, months, models, conversations, total)
    async with chatting(tmp_path, size=(100, 34)) as chat:
        chat.app.push_screen(UsageScreen(lambda _watch: report))
        await chat.until_shown("a-model-of-some-length: $5.00 · 1,370 answers · 8,000,000 tokens · 57")
        await chat.pilot.resize_terminal(40, 34)
        await chat.until_shown("│    a-model-of-some-length: $5.00     │\n│      1,370 answers   ")
        assert "·" * 29 + "█" in chat.shown()
        await chat.pilot.resize_terminal(30, 34)
        await chat.until_shown("│      8,000,000 tokens      │\n│      57 stopped ")
        [dots] = re.findall("(·+)█", chat.shown())
        assert 15 < len(dots) < 24, "as many days as there is room for"
