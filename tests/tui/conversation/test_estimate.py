"""What the next answer will cost, at the input; what it reads afresh; what is dear is asked about."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from neurotui.settings.file import SettingsFile
from neurotui.tui.conversation.features.estimate import EstimateLine
from neurotui.tui.dialogs.confirm import ConfirmScreen
from neurotui.tui.widgets.form import TextField
from tests.app.money.test_estimates import LONG, MODELS, WORDS
from tests.app.working import account_at
from tests.catalogues import openrouter
from tests.counters import Counter
from tests.servers import Server
from tests.tui.chatting import Chat, chatting
from tests.tui.dialogs.test_conversation import opened

LINE = "≈ 1,400 tok · ≈ $0.00036 + up to $0.004"
"""For the words three hundred times."""


@asynccontextmanager
async def talking(
    folder: Path, *, settings: SettingsFile | None = None, language: str = "en", profile: str = ""
) -> AsyncIterator[tuple[Chat, Server]]:
    """The chat at a server that counts, and tells prices."""
    async with Server(Counter(), paths=openrouter(MODELS)) as server:
        account = account_at(server, profile)
        async with chatting(folder, account=account, settings=settings, language=language) as chat:
            await chat.pane.workspace.prices.learn(account)
            yield chat, server


async def asked(chat: Chat, text: str) -> None:
    """Sends a text, and waits for the answer."""
    count = len(chat.pane.session.branch.path())
    chat.composer.put(text)
    await chat.press("enter")
    await chat.until(
        lambda: len(chat.pane.session.branch.path()) == count + 2 and not chat.pane.session.running
    )


async def test_a_long_message_tells_its_cost_before_enter(tmp_path: Path) -> None:
    async with talking(tmp_path) as (chat, _server):
        chat.composer.put(WORDS * 300)
        await chat.until_shown(LINE)
        chat.composer.put(WORDS * 600)
        await chat.until_shown("≈ 2,900 tok")
        await chat.press("enter")
        await chat.until(lambda: "≈" not in chat.note)


async def test_a_small_message_does_not(tmp_path: Path) -> None:
    async with talking(tmp_path) as (chat, _server):
        chat.composer.put(WORDS * 300)
        await chat.until_shown(LINE)
        chat.composer.put("Hi")
        await chat.until(lambda: "≈" not in chat.note)
        lines = f"{WORDS * 150}\n{WORDS * 150}"  # none so long that it would be folded
        for text in (f"/model {lines}", lines):
            chat.composer.put(text)
            await chat.feature(EstimateLine)._show()  # at once, not when the keyboard is quiet
            assert ("≈" in chat.note) == (text is lines), "a command costs nothing"


async def test_the_conversation_counts_as_well(tmp_path: Path) -> None:
    async with talking(tmp_path) as (chat, _server):
        await asked(chat, LONG)
        await chat.type("why?")
        await chat.until_shown("8,000 tok · ≈ $0.0071 + up to")
        await asked(chat, "And?")
        await chat.until_shown("99 % cached · $0.00")
        await chat.type("why?")
        await chat.until_shown(",000 tok · ≈ $0.0007")
        await chat.press("ctrl+n")
        await chat.type("why?")
        await chat.until(lambda: "≈" not in chat.note)


async def test_what_else_is_said_there_comes_first(tmp_path: Path) -> None:
    async with talking(tmp_path) as (chat, _server):
        chat.composer.put(WORDS * 300)
        await chat.until_shown(LINE)
        chat.composer.note("something else")
        chat.composer.estimate("≈ 1 tok")
        await chat.until(lambda: "something else" in chat.shown() and "≈" not in chat.note)
        await chat.press("x")
        await chat.until_shown(LINE)


async def test_keys_are_not_counted_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with talking(tmp_path) as (chat, _server):
        estimates = chat.pane.workspace.estimates
        count, estimate = 0, estimates.of

        async def counting(*arguments: object) -> object:
            nonlocal count
            count += 1
            return await estimate(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(estimates, "of", counting)
        chat.composer.put(WORDS * 300)
        for _ in range(40):
            await chat.press("x", "x", "x")
        await chat.until_shown("≈ 1,500 tok")
        assert count < 20


async def test_another_model_tells_what_it_reads_afresh(tmp_path: Path) -> None:
    async with talking(tmp_path) as (chat, _server):
        await asked(chat, LONG)
        await chat.type("/model gpt-5")
        await chat.press("enter")
        hint = "The next answer reads 24,000 tokens afresh: ≈ $0.03 instead of $0.0007"
        await chat.until_shown(hint)
        await chat.press("ctrl+n")
        await chat.until(lambda: hint not in chat.shown())
        await chat.press("ctrl+r")
        await chat.press("enter")
        await chat.until_shown(hint)
        await chat.type("/model gpt-5-mini")
        await chat.press("enter")
        await chat.until(lambda: not chat.pane.hint.text)


async def test_another_prompt_does_too(tmp_path: Path) -> None:
    async with talking(tmp_path) as (chat, _server):
        await asked(chat, LONG)
        screen = await opened(chat)
        screen.query_one("#system", TextField).text = "Be brief"
        await chat.press("escape")
        await chat.until(lambda: chat.app.screen is chat.screen)
        assert chat.pane.session.conversation.system_prompt == "Be brief"
        await chat.until_shown(",000 tokens afresh: ≈ $0.0071 instead of $0.00071")
        await asked(chat, "And?")
        assert not chat.pane.hint.text


async def test_what_is_dear_is_asked_once(tmp_path: Path) -> None:
    settings = SettingsFile()
    settings.change(("budget", "ask_above"), 0.0041)
    async with talking(tmp_path, settings=settings) as (chat, server):
        await asked(chat, "Hi")
        chat.composer.put(WORDS * 300)
        await chat.press("enter")
        await chat.until(lambda: isinstance(chat.app.screen, ConfirmScreen))
        assert "This may cost up to $0.0044. Send it?" in chat.shown()
        assert "You want to be asked above" in chat.shown()
        await chat.press("escape")
        await chat.until(lambda: chat.app.screen is chat.screen)
        assert (chat.composer.message.text, len(server.chats)) == ((WORDS * 300).strip(), 1)
        await chat.press("enter")
        await chat.until(lambda: isinstance(chat.app.screen, ConfirmScreen))
        await chat.press("left", "enter")
        await chat.until(lambda: len(server.chats) == 2 and not chat.pane.session.running)
        assert chat.app.screen is chat.screen


async def test_roubles_in_russian(tmp_path: Path) -> None:
    settings = SettingsFile()
    for key, value in ((("currency",), "RUB"), (("rate",), 80.0)):
        settings.change(("profiles", "neuroapi", *key), value)
    settings.change(("budget", "currency"), "RUB")
    settings.change(("budget", "ask_above"), 0.3)
    async with talking(tmp_path, settings=settings, language="ru", profile="neuroapi") as (chat, _server):
        chat.composer.put("раз два три " * 400)
        await chat.until_shown("≈ 1\u202f500 ток. · ≈ 0,03\u00a0₽ + до 0,32\u00a0₽")
        await chat.press("enter")
        await chat.until_shown("Это может стоить до 0,35\u00a0₽. Отправить?")
