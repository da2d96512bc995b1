"""The models to choose from: in their order, found by parts and on the other layout, or typed by name."""

from __future__ import annotations

import pytest

from neurotui.api.abilities import Abilities
from neurotui.api.catalogue import ModelInfo
from neurotui.app.model_choices import Order, as_typed, choices, find, tokens
from neurotui.app.model_facts import ModelFacts
from neurotui.wire.price import Price

OFFERED = [
    ModelInfo("text-embedding-3", abilities=Abilities(endpoints=frozenset({"embeddings"}))),
    ModelInfo("Zeta"),
    ModelInfo("gpt-5-mini", "GPT-5 mini", context_length=400_000),
    ModelInfo("anthropic/claude-4", "Claude 4", context_length=200_000),
    ModelInfo("gpt-5"),
]


def names(query: str, recent: tuple[str, ...] = ()) -> list[str]:
    return [choice.id for choice in find(query, choices(OFFERED, recent))[0]]


def test_recent_ones_come_first_then_names_and_last_what_does_not_chat() -> None:
    assert names("", ("gone", "Zeta", "gpt-5")) == [
        *("Zeta", "gpt-5", "anthropic/claude-4", "gpt-5-mini", "text-embedding-3")
    ]
    assert [choice.id for choice in choices(None, ("a", "b"))] == ["a", "b"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("mini", ["gpt-5-mini"]),
        ("GPT5", ["gpt-5-mini", "gpt-5"]),
        ("claude 4", ["anthropic/claude-4"]),
        ("пзе", ["gpt-5", "gpt-5-mini"]),  # gpt on the other layout
        ("zzz", []),
    ],
)
def test_parts_letters_and_the_other_layout_find(query: str, found: list[str]) -> None:
    assert sorted(names(query)) == sorted(found)


def test_of_equals_the_recent_one_is_first() -> None:
    assert names("gpt", ("gpt-5-mini",))[0] == "gpt-5-mini"
    assert names("gpt", ("gpt-5",))[0] == "gpt-5"


def test_a_name_that_is_not_offered_can_be_typed() -> None:
    offered = choices(OFFERED, ())
    typed = as_typed(" gpt-6 ", offered)
    assert typed is not None
    assert typed.id == "gpt-6"
    assert as_typed("gpt-5", offered) is None
    assert as_typed("  ", offered) is None


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (8192, "8,192"),
        (16_385, "16k"),
        (131_072, "131k"),
        (999_999, "1M"),
        (1_048_576, "1M"),
        (1_500_000, "1.5M"),
    ],
)
def test_tokens_at_a_glance(count: int, text: str) -> None:
    assert tokens(count) == text


def test_a_price_for_each_answer_is_held_against_one_for_tokens() -> None:
    prices = {
        "free": Price(0, 0),
        "cheap": Price(100_000, 200_000),
        "embeds": Price(300_000, 0),
        "dear": Price(10_000_000, 50_000_000),
        "each": Price(0, 0, per_call=40_000),  # as much as 500 tokens at 80 dollars a million
        "beside": Price(100_000, 200_000, per_call=500_000),
    }
    models = [ModelInfo(name) for name in ("beside", "dear", "each", "embeds", "cheap", "unknown", "free")]
    found = choices(models, (), ModelFacts(prices), Order.PRICE)
    assert [choice.id for choice in found] == [*prices, "unknown"]
