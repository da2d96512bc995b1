"""A model that failed three times running: one line before Enter, with another one that answers."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from neurotui.app.failing import FailingModels
from neurotui.settings.file import SettingsFile
from neurotui.tui.dialogs.models import ModelsScreen
from tests.app.test_failing import ByModel
from tests.app.working import account_at
from tests.catalogues import telling
from tests.servers import Server
from tests.tui.chatting import Chat, chatting

LINE = "gpt-5-mini has failed 3 times running · other has answered: Ctrl+L"
MODELS = {"data": [{"id": name} for name in ("a-first", "gpt-5-mini", "other", "z-last")]}


@asynccontextmanager
async def talking(
    folder: Path, script: ByModel, *, language: str = "en", settings: SettingsFile | None = None
) -> AsyncIterator[tuple[Chat, Server]]:
    async with Server(script, paths={"/models": telling(MODELS)}) as server:
        account = account_at(server, "neuroapi")
        async with chatting(
            folder, account=account, language=language, size=(100, 30), settings=settings
        ) as chat:
            yield chat, server


async def ask(chat: Chat, server: Server, model: str = "") -> None:
    """Ask, and wait for the end."""
    count = len(server.chats)
    if model:
        chat.pane.workspace.choose(chat.pane.session, model=model)
    chat.composer.put("Hi")
    await chat.press("enter")
    await chat.until(lambda: len(server.chats) == count + 1 and not chat.pane.session.running)
    await chat.pilot.pause()


async def fail(chat: Chat, server: Server, script: ByModel) -> None:
    """Have another model answer, and the one in use fail three times."""
    await ask(chat, server, "other")
    script.bad = {"gpt-5-mini"}
    for _count in range(3):
        assert "running" not in chat.pane.hint.text
        await ask(chat, server, "gpt-5-mini")


async def test_it_is_told_and_the_list_begins_at_the_other(tmp_path: Path) -> None:
    script = ByModel()
    async with talking(tmp_path, script) as (chat, server):
        await fail(chat, server, script)
        await chat.until_shown(LINE)
        await chat.press("ctrl+l")
        await chat.until(lambda: isinstance(chat.app.screen, ModelsScreen))
        await chat.until_shown("z-last")
        await chat.press("enter")
        await chat.until(lambda: chat.pane.session.participant.model == "other")
        await chat.until(lambda: not chat.pane.hint.text)
        chat.pane.workspace.choose(chat.pane.session, model="gpt-5-mini")
        await chat.until_shown(LINE)
    async with talking(tmp_path, script, language="ru") as (chat, server):
        await chat.until_shown("gpt-5-mini не ответила 3 раза подряд · other отвечает: Ctrl+L")
        script.bad = set()
        await ask(chat, server)
        await chat.until(lambda: "Ctrl+L" not in chat.pane.hint.text)


async def test_what_fails_in_another_window_is_seen_when_a_message_is_begun(tmp_path: Path) -> None:
    script = ByModel()
    async with talking(tmp_path, script) as (chat, _server):
        async with talking(tmp_path, script) as (other, there):
            await fail(other, there, script)
            await other.until_shown("gpt-5-mini has failed 3 times running")
        assert not chat.pane.hint.text
        await chat.type("H")
        await chat.until_shown("gpt-5-mini has failed 3 times running")


async def test_no_key_costs_a_look_at_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script, looked = ByModel(), 0
    read = FailingModels._read

    def counting(*arguments: object) -> object:
        nonlocal looked
        looked += 1
        assert threading.current_thread() is not threading.main_thread()
        return read(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(FailingModels, "_read", counting)
    async with talking(tmp_path, script) as (chat, _server):
        await chat.until(lambda: looked > 0)
        await chat.pilot.pause()
        before = looked
        await chat.type("some words that are written")
        await chat.until(lambda: looked == before + 1)
        for _count in range(5):
            await chat.type(" and some more of them")
            await chat.pilot.pause(0.3)
        assert looked == before + 1
