"""Models and balances as servers tell of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurotui.api.abilities import Abilities
from neurotui.api.catalogue import Balance, ModelInfo, read_balance, read_models

json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@pytest.mark.parametrize(
    ("document", "ids"),
    [
        ({"object": "list", "data": [{"id": "a"}, {"id": "b"}]}, ["a", "b"]),
        ([{"id": "a"}, "b"], ["a", "b"]),
        ({"models": [{"name": "a"}]}, ["a"]),
        ({"data": [{"id": "a"}, {"id": "a"}, {"id": ""}, {"id": 7}, {}, None, 7]}, ["a"]),
        ({"data": []}, []),
        ({"object": "list", "data": None}, []),
        ({"object": "list"}, []),
        ({"object": "list", "data": None, "models": [{"name": "a"}]}, ["a"]),
    ],
)
def test_lists_of_models(document: object, ids: list[str]) -> None:
    models = read_models(document)
    assert models is not None
    assert [model.id for model in models] == ids


@pytest.mark.parametrize("document", [None, 7, "a", {}, {"data": None}, {"error": {"message": "no"}}])
def test_what_is_no_list_of_models(document: object) -> None:
    assert read_models(document) is None


def test_what_is_told_of_a_model() -> None:
    told = {
        "id": "gpt-5-mini",
        "name": "GPT-5 mini",
        "owned_by": "openai",
        "context_length": 400_000,
        "supported_endpoint_types": ["openai", "openai-response"],
    }
    assert read_models([told]) == [
        ModelInfo(
            "gpt-5-mini",
            "GPT-5 mini",
            "openai",
            400_000,
            abilities=Abilities(endpoints=frozenset({"openai", "openai-response"})),
        )
    ]
    assert read_models([{"id": "x", "max_model_len": 4096, "context_length": None}]) == [
        ModelInfo("x", context_length=4096)
    ]


@pytest.mark.parametrize(
    ("told", "length"),
    [
        ({"meta": {"n_ctx": 8192, "n_ctx_train": 131_072}}, 8192),
        ({"meta": {"n_ctx_train": 131_072}}, None),
        ({"max_context_length": 32_768}, 32_768),
        ({"max_context_length": 32_768, "loaded_context_length": 4096}, 4096),
        ({"context_window": 131_072}, 131_072),
        ({"top_provider": {"context_length": 64_000, "max_completion_tokens": 1}}, 64_000),
        ({"context_length": 128_000, "top_provider": {"context_length": 64_000}}, 128_000),
        ({"max_model_len": 4096.0}, 4096),
        ({"context_length": "long", "max_model_len": 4096}, 4096),
        ({"context_length": -1, "meta": None}, None),
        ({"meta": {"n_ctx": True}}, None),
    ],
)
def test_the_length_of_the_context_wherever_it_stands(told: dict[str, object], length: int | None) -> None:
    [model] = read_models([{"id": "x"} | told]) or []
    assert model.context_length == length


@pytest.mark.parametrize(
    ("endpoints", "for_chat"),
    [
        ([], True),
        (["openai"], True),
        (["anthropic"], True),
        (["image-generation"], False),
        (["embeddings"], False),
    ],
)
def test_models_that_do_not_chat(endpoints: list[str], for_chat: bool) -> None:
    [model] = read_models([{"id": "x", "supported_endpoint_types": endpoints}]) or []
    assert model.for_chat is for_chat


@pytest.mark.parametrize(
    ("usage", "subscription", "balance"),
    [
        ({"total_usage": 1234}, {"hard_limit_usd": 600.0}, Balance(12.34, 587.66)),
        ({"total_usage": 0}, {"hard_limit_usd": 100_000_000}, Balance(0.0, None)),
        ({"total_usage": 100}, {"hard_limit_usd": 0.5}, Balance(1.0, -0.5)),
        ({"total_usage": None}, {"hard_limit_usd": 600.0}, None),
        ({"total_usage": float("nan")}, {"hard_limit_usd": 600.0}, None),
        ({"total_usage": 10**400}, {"hard_limit_usd": 600.0}, None),
        ({"error": {"message": "no"}}, {"hard_limit_usd": 600.0}, None),
        ([], None, None),
    ],
)
def test_balances(usage: object, subscription: object, balance: Balance | None) -> None:
    assert read_balance(usage, subscription) == balance


@given(json, json)
def test_any_document_is_read_or_not(one: object, other: object) -> None:
    read_models(one)
    read_balance(one, other)
