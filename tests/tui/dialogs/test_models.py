"""The models: found among any number, shown as they may be shown, changed in the middle of a conversation."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.events import Key

from neurotui.api.catalogue import ModelInfo
from neurotui.app.accounts import account_of
from neurotui.app.model_choices import Choice, choices
from neurotui.errors import KeyRefused, ModelsNotListed
from neurotui.settings.credentials import Credentials
from neurotui.settings.file import SettingsFile
from neurotui.tui.conversation.features.models import Models
from neurotui.tui.dialogs.models import ModelsScreen
from neurotui.tui.widgets.pick_list import PickList
from tests.app.test_model_choices import OFFERED
from tests.catalogues import telling
from tests.servers import Server
from tests.tui.chatting import Chat, chatting
from tests.tui.raised import nothing_raised
from tests.tui.sizes import in_sizes_and_languages

CALLS_A_NAME = 25
"""That a key costs, built-in functions counted: two or three microseconds, 30 ms for 10,000 names."""

HOSTILE = "[/x] \x1b]52;c;aGk=\x07\u202eabc [@click=app.quit]q[/]\n" + "y" * 5000


async def opened(chat: Chat) -> ModelsScreen:
    await chat.press("ctrl+l")
    await chat.until(lambda: isinstance(chat.app.screen, ModelsScreen))
    screen = chat.app.screen
    assert isinstance(screen, ModelsScreen)
    await chat.until(lambda: "asking" not in chat.shown())
    return screen


async def test_another_model_goes_on_in_the_same_conversation_and_is_remembered(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "config.toml")
    async with chatting(tmp_path, settings=file) as chat:
        chat.client.offered = OFFERED
        chat.pane.account.profile = "neuroapi"
        await chat.press("a", "enter")
        await chat.until(lambda: bool(chat.asked) and not chat.pane.session.running)
        await opened(chat)
        assert "claude-4" in chat.shown()
        assert "context 200k" in chat.shown()
        await chat.press(*"claude", "enter")
        await chat.until(lambda: chat.app.screen is chat.screen)
        assert "anthropic/claude-4 @" in chat.shown()
        await chat.press("b", "enter")
        await chat.until(lambda: len(chat.asked) == 2 and not chat.pane.session.running)
        assert [request.model for request in chat.client.requests] == ["gpt-5-mini", "anthropic/claude-4"]
        assert len(chat.client.requests[1].messages) == 3
        answers = [message.model for message in chat.pane.session.conversation.path()][1::2]
        assert answers == ["gpt-5-mini", "anthropic/claude-4"]
        await opened(chat)
        assert chat.shown().index("✓ anthropic/claude-4") < chat.shown().index("gpt-5-mini")
        await chat.press("escape")
    assert SettingsFile(file.path).settings.profiles["neuroapi"].model == "anthropic/claude-4"


async def test_a_refused_key_is_told_and_any_name_can_still_be_typed(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        chat.client.offered = KeyRefused("The key ends in …cdef")
        await opened(chat)
        assert "refused the API key" in chat.shown()
        assert "…cdef" in chat.shown()
        assert "F5 refresh" in chat.shown()
        chat.client.offered = OFFERED
        await chat.press("f5")
        await chat.until(lambda: "· 5 ─" in chat.shown())
        assert "refused" not in chat.shown()
        await chat.press(*"gpt-6")
        assert "· 0 of 5 ─" in chat.shown()
        await chat.press("up", "enter")
        await chat.until(lambda: chat.app.screen is chat.screen)
        assert chat.pane.session.participant.model == "gpt-6"


async def test_in_a_narrow_window_the_name_stays_and_the_facts_go(tmp_path: Path) -> None:
    async with chatting(tmp_path, size=(24, 8)) as chat:
        chat.client.offered = [ModelInfo("alpha-large", context_length=400_000)]
        await opened(chat)
        await chat.until_shown("alpha-large")
        assert "400" not in chat.shown()
        await chat.pilot.resize_terminal(60, 15)
        await chat.pilot.pause()
        assert "400" in chat.shown()


async def test_where_no_models_are_listed_the_name_is_typed(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        chat.client.offered = ModelsNotListed(host="there", url="https://there/v1")
        await opened(chat)
        assert "there does not list its models. Type the name of a model" in chat.shown()
        await chat.press(*"llama", "up", "enter")
        await chat.until(lambda: chat.app.screen is chat.screen)
        assert chat.pane.session.participant.model == "llama"


async def test_hostile_names_are_harmless_on_the_screen_and_exact_on_the_wire(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        chat.client.offered = [ModelInfo(HOSTILE, HOSTILE)]
        await opened(chat)
        assert "[/x] ␛]52;c;aGk=␇⟨U+202E⟩abc" in chat.shown()
        await chat.press("l", "i", "c", "k", "enter")
        await chat.until(lambda: chat.app.screen is chat.screen)
        assert chat.pane.session.participant.model == HOSTILE
        assert "\x1b" not in chat.shown()


@contextmanager
def counting_calls() -> Iterator[list[int]]:
    """Counts the calls of functions, built-in ones too, in its one item: the same work on any machine."""
    calls = [0]

    def count(frame: object, event: str, argument: object) -> None:
        calls[0] += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        yield calls
    finally:
        sys.setprofile(None)


async def work_of_a_key(folder: Path, names: int) -> list[int]:
    """The calls that each key of a query costs in a list of so many names."""
    async with chatting(folder) as chat:
        chat.client.offered = [
            ModelInfo(f"vendor-{n % 97}/model-{n}-{'mini' if n % 3 else 'pro'}") for n in range(names)
        ]
        screen = await opened(chat)
        work = []
        for key in "model7mini":
            with counting_calls() as calls:
                chat.app.post_message(Key(key, key))
                await chat.pilot._wait_for_screen()
            work.append(calls[0])
        assert screen.query_one(PickList).cursor == 1
        await chat.press("escape")
    return work


async def test_ten_thousand_names_answer_a_key_at_once(tmp_path: Path) -> None:
    few = await work_of_a_key(tmp_path / "few", 100)
    many = await work_of_a_key(tmp_path / "many", 10_000)
    for without, work in zip(few, many, strict=True):
        # A name is compared, and no more: what is not seen is neither laid out nor drawn.
        assert work - without < CALLS_A_NAME * 9_900


@in_sizes_and_languages
async def test_it_fits(tmp_path: Path, size: tuple[int, int], language: str) -> None:
    async with chatting(tmp_path, size=size, language=language) as chat:
        name = "Reasoner of some length"
        chat.client.offered = [*OFFERED, ModelInfo("deepseek-r1-0528", name, context_length=128_000)]
        await opened(chat)
        lines = chat.shown().splitlines()
        assert sum("gpt-5" in line for line in lines) >= 2
        assert "Reasoner of" in chat.shown()
        assert all(len(line) <= size[0] for line in lines)
        await chat.press("escape")
        assert chat.app.screen is chat.screen


async def test_a_model_that_is_named_is_for_this_conversation_alone(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "config.toml")
    async with chatting(tmp_path, settings=file) as chat:
        chat.pane.account.profile = "neuroapi"
        await chat.type("/model gpt-6")
        await chat.press("enter")
        await chat.until(lambda: chat.shown().count("gpt-6 @ neuroapi.host") == 2)  # the title, the welcome
        await chat.press("a", "enter")
        await chat.until(lambda: len(chat.asked) == 1 and not chat.pane.session.running)
        first = chat.pane.session.conversation.id
        await chat.press("ctrl+n")
        await chat.until(lambda: "gpt-5-mini @" in chat.shown())
        await chat.press("b", "enter")
        await chat.until(lambda: len(chat.asked) == 2 and not chat.pane.session.running)
        await chat.pane.open(first)
        await chat.pilot.pause()
        assert "gpt-6 @" in chat.shown()
        await chat.press("c", "enter")
        await chat.until(lambda: len(chat.asked) == 3 and not chat.pane.session.running)
        assert [request.model for request in chat.client.requests] == ["gpt-6", "gpt-5-mini", "gpt-6"]
        chat.feature(Models)._use("gpt-7")  # chosen from the list, it is the one to begin with from now on
        await chat.press("ctrl+n")
        assert chat.pane.session.participant.model == "gpt-7"
        await chat.pane.open(first)
        await chat.pilot.pause()
        assert chat.pane.session.participant.model == "gpt-7"
    assert SettingsFile(file.path).settings.profiles["neuroapi"].model == "gpt-7"


async def test_a_model_that_is_named_leaves_the_settings_as_they_are(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "config.toml")
    async with chatting(tmp_path, settings=file) as chat:
        chat.pane.account.profile = "neuroapi"
        await chat.type("/model gpt-6")
        await chat.press("enter")
        await chat.until(lambda: "gpt-6 @" in chat.shown())
        chat.pane.preferences.change(("stream",), False)  # what is saved then
    assert SettingsFile(file.path).settings.profiles == {}


async def test_a_list_that_comes_while_it_is_closed_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, closing = threading.Event(), threading.Event()

    def slowly(*arguments: Any) -> list[Choice]:
        asked.set()
        closing.wait(20)
        return choices(*arguments)

    with nothing_raised(monkeypatch):
        async with chatting(tmp_path) as chat:
            monkeypatch.setattr("neurotui.tui.dialogs.models.choices", slowly)
            await chat.press("ctrl+l")
            await chat.until(asked.is_set)
            screen = chat.app.screen
            screen.dismiss(None)
            async with asyncio.timeout(20):
                while screen.query(PickList):  # noqa: ASYNC110 - an event would come too late
                    await asyncio.sleep(0)
            closing.set()
            await chat.pilot.pause()


PRICED = {
    "data": [
        {"id": "dear", "pricing": {"prompt": "0.00001", "completion": "0.00005"}, "context_length": 200_000},
        {"id": "free", "pricing": {"prompt": "0", "completion": "0"}},
        {"id": "secret"},
        {
            "id": "cheap",
            "pricing": {"prompt": "0.0000001", "completion": "0.0000004"},
            "architecture": {"input_modalities": ["text", "image"]},
        },
    ]
}


def rows_of(chat: Chat) -> list[str]:
    """The names in the list, in its order."""
    names = ("dear", "free", "secret", "cheap")
    found = [line.strip(" │").split() for line in chat.shown().splitlines() if "│" in line]
    return list(dict.fromkeys(word for words in found for word in words[:2] if word in names))


async def test_the_list_is_a_price_list_that_can_be_sorted(tmp_path: Path) -> None:
    async with Server(paths={"/models": telling(PRICED)}) as server:
        account = account_of(Credentials(server.url, "gpt-5-mini", "sk-0123456789abcdef0123456789"))
        async with chatting(tmp_path, account=account, size=(110, 30)) as chat:
            await opened(chat)
            await chat.until_shown("$10.00 → $50.00 · context 200k")
            assert "$0.10 → $0.40 · pictures" in chat.shown()
            assert rows_of(chat) == ["cheap", "dear", "free", "secret"]
            await chat.press("f4")
            await chat.until_shown("by price")
            assert rows_of(chat) == ["free", "cheap", "dear", "secret"], "what is not known comes last"
            await chat.press("f4", "f4")
            await chat.until(lambda: "by first token" not in chat.shown())
            assert rows_of(chat) == ["cheap", "dear", "free", "secret"]


async def test_a_favourite_is_first_and_stays_one(tmp_path: Path) -> None:
    async with Server(paths={"/models": telling(PRICED)}) as server:
        account = account_of(Credentials(server.url, "gpt-5-mini", "sk-0123456789abcdef0123456789"))
        for press, first in (("ctrl+t", "secret"), ("", "secret"), ("ctrl+t", "cheap"), ("", "cheap")):
            async with chatting(tmp_path, account=account, size=(110, 30)) as chat:
                await opened(chat)
                await chat.until(lambda: len(rows_of(chat)) == 4)
                if press:
                    await chat.press(*(("up",) if first == "secret" else ()), press)
                await chat.until(partial(is_first, chat, first))
                await chat.press("escape")


def is_first(chat: Chat, name: str) -> bool:
    return rows_of(chat)[0] == name and ("★" in chat.shown()) is (name == "secret")
