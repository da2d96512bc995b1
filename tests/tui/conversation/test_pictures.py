"""/image: the models that make pictures are offered with their prices, and one is asked."""

from __future__ import annotations

from pathlib import Path

from neurotui.api.abilities import Abilities
from neurotui.api.catalogue import ModelInfo
from neurotui.errors import NameNotResolved
from neurotui.tui.dialogs.choice import ChoiceScreen
from neurotui.wire.price import Price
from neurotui.wire.request import PictureRequest
from tests.chat.test_session import FAILURE
from tests.tui.chatting import Chat, chatting

CALL = frozenset({"image-generation"})
OFFERED = [
    ModelInfo("gpt-5-mini"),
    ModelInfo("painter", abilities=Abilities(endpoints=CALL), price=Price(0, 0, per_call=40_000)),
    ModelInfo("[/b]rush\x1b", abilities=Abilities(endpoints=CALL)),
]


async def offered(chat: Chat, typed: str = "/image a grey cat") -> None:
    await chat.type(typed)
    await chat.press("enter")
    await chat.until(lambda: isinstance(chat.app.screen, ChoiceScreen))


async def test_a_model_is_chosen_with_its_price_and_asked_once(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        chat.client.offered = OFFERED
        await chat.pane.workspace.prices.learn(chat.pane.account, again=True)
        await offered(chat)
        await chat.until_shown("painter · $0.04 a picture")
        await chat.until_shown("[/b]rush␛ · price not known")
        assert not chat.client.requests, "the price is told before"
        await chat.press("right", "enter")
        await chat.until(lambda: bool(chat.client.requests) and not chat.pane.session.running)
        [request] = chat.client.requests
        assert isinstance(request, PictureRequest)
        assert request.body() == {"model": "[/b]rush\x1b", "prompt": "a grey cat", "n": 1}
        await chat.type("next")
        await chat.press("enter")
        await chat.until(lambda: len(chat.client.requests) == 2 and not chat.pane.session.running)
        assert chat.client.requests[1].model == "gpt-5-mini"


async def test_escape_asks_nothing_and_gives_the_words_back(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        chat.client.offered = OFFERED
        await offered(chat)
        await chat.press("escape")
        await chat.until(lambda: chat.app.screen is chat.screen)
        assert chat.text == "/image a grey cat" and not chat.client.requests


async def test_where_no_models_are_told_the_conversation_s_own_is_offered(tmp_path: Path) -> None:
    async with chatting(tmp_path) as chat:
        chat.client.offered = NameNotResolved(host="there")
        await offered(chat)
        await chat.until_shown("gpt-5-mini · price not known")
        await chat.press("enter")
        await chat.until(lambda: bool(chat.client.requests))
        assert chat.client.requests[0].model == "gpt-5-mini"


async def test_words_of_which_no_picture_came_are_the_command_again(tmp_path: Path) -> None:
    async with chatting(tmp_path, FAILURE) as chat:
        chat.client.offered = OFFERED
        await offered(chat)
        await chat.press("enter")
        await chat.until(lambda: bool(chat.client.requests) and not chat.pane.session.running)
        assert chat.text == "/image a grey cat"
        await chat.press("ctrl+g")
        await chat.until(lambda: len(chat.client.requests) == 2 and not chat.pane.session.running)
        assert chat.client.requests[0] == chat.client.requests[1], "the chat's model draws nothing"
        assert chat.text == ""
