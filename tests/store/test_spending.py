"""What a day has cost, by what is kept of it."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from neurotui.chat.conversation import Conversation, Message, Role, new_id
from neurotui.settings.config import Budget, Price, Profile, Settings
from neurotui.store.spending import Spending, price_of
from neurotui.wire.events import Usage
from neurotui.wire.request import ChatRequest, RequestMessage
from tests.chat.test_budget import turn_of
from tests.store.examples import library_of

PROFILES = {
    "work": Profile(prices={"big": Price(10.0, 100.0)}),
    "home": Profile(prices={"big": Price(1.0, 1.0), "small": Price(0.1, 0.1)}),
}


def answers(*found: tuple[float, str, Usage | None, str]) -> Conversation:
    """A conversation of answers: when, by which model, how many tokens, the text."""
    conversation = Conversation()
    for at, model, usage, text in found:
        message = Message(new_id(), Role.ASSISTANT, text, conversation.leaf_id, at, model=model, usage=usage)
        conversation.put(message)
    return conversation


def test_the_price_is_that_of_the_profile_in_use() -> None:
    settings = Settings(profiles=PROFILES, profile="home")
    assert price_of(settings, "big") == Price(1.0, 1.0)
    assert price_of(replace(settings, profile="work"), "big") == Price(10.0, 100.0)
    assert price_of(replace(settings, profile="work"), "small") == Price(0.1, 0.1)
    assert price_of(settings, "other") is None
    assert price_of(Settings(), "big") is None


@pytest.mark.parametrize(
    ("budget", "reached"),
    [
        (Budget(), None),
        (Budget(day_tokens=151), None),
        (Budget(day_tokens=150), "150 tokens per day"),
        (Budget(day_cost=0.012), None),
        (Budget(day_cost=0.011), "$0.011 per day"),
    ],
)
async def test_the_answers_of_today_count(budget: Budget, reached: str | None, tmp_path: Path) -> None:
    now = time.time()
    library = library_of(
        tmp_path,
        answers(
            (now - 86400 * 2, "big", Usage(0, 1000), "long ago"),
            (now, "big", Usage(100, 100), "counted"),
            (now, "small", None, "word" * 50),
        ),
    )
    settings = Settings(budget=budget, profiles=PROFILES, profile="work")
    request = ChatRequest("big", [RequestMessage("user", "Hi")])
    allowance = await Spending(lambda: settings, library).allow(request)
    if budget == Budget():
        assert allowance is None
    else:
        assert allowance is not None
        found = allowance.reached(turn_of())
        assert (found and found.facts["limit"]) == reached
    alone = await Spending(lambda: settings, None).allow(request)
    assert alone is None or alone.reached(turn_of()) is None
