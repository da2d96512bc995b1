"""Which models make pictures, and what they cost."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurotui.api.abilities import Abilities
from neurotui.api.catalogue import ModelInfo
from neurotui.app.accounts import demo_account
from neurotui.app.attachments.picturing import Painter, painters, painting
from neurotui.wire.price import Price
from tests.app.working import working
from tests.servers import Server


def model(name: str, makes: set[str] | None = None, *endpoints: str) -> ModelInfo:
    told = None if makes is None else frozenset(makes)
    return ModelInfo(name, abilities=Abilities(None, told, frozenset(endpoints)))


CHAT = model("gpt-5-mini")
BY_CALL = model("painter", None, "image-generation")
BY_CONTENT = model("brush", {"image"})
BOTH = model("gemini-image", {"text", "image"})
BY_NAME = model("dall-e-3")


@pytest.mark.parametrize(
    ("own", "models", "offered"),
    [
        ("gpt-5-mini", [], ["gpt-5-mini"]),
        ("gpt-5-mini", [CHAT, BOTH], ["gpt-5-mini"]),
        ("gpt-5-mini", [CHAT, BY_NAME, BY_CALL, BY_CONTENT], ["painter", "brush", "dall-e-3"]),
        ("dall-e-3", [CHAT, BY_NAME, BY_CALL], ["dall-e-3", "painter"]),
        ("gpt-5-mini", [BY_CALL, BY_CONTENT, BY_NAME, model("flux")], ["painter", "brush", "dall-e-3"]),
    ],
)
def test_those_that_make_pictures_are_offered(own: str, models: list[ModelInfo], offered: list[str]) -> None:
    assert painting(own, models) == offered


def test_the_price_of_a_picture_is_told_where_it_is_known() -> None:
    assert Painter("p", Price(0, 0, per_call=40_000)).words == "p · $0.04 a picture"
    assert Painter("p", Price(5_000_000, 40_000_000)).words == "p · paid by tokens"
    assert Painter("p\x1b[0m").words == "p␛[0m · price not known"


async def test_the_demo_has_one_with_its_price(tmp_path: Path) -> None:
    async with Server() as server, working(tmp_path, server, account=demo_account()) as (workspace, _):
        session = workspace.new()
        account = workspace.account_of(session)
        await workspace.prices.learn(account)
        [painter] = await painters(workspace, session)
        assert painter.words == "neurotui-demo-picture · $0.04 a picture"
