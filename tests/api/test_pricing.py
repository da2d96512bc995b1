"""Prices as servers tell them; what does not fit is unknown, and unknown is never zero."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neurotui.api.catalogue import read_models
from neurotui.api.pricing import read_price, read_pricing
from neurotui.wire.events import Usage
from neurotui.wire.price import MICROS, Money, Price, currency_code

FIELDS = (
    "pricing prompt completion input output input_cost_per_token model_name quota_type model_ratio "
    "completion_ratio enable_groups data group_ratio default success"
)
names = st.sampled_from(FIELDS.split())
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.just(10**300)
json = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=5)
)


@pytest.mark.parametrize(
    ("told", "price"),
    [
        (  # OpenRouter
            {"prompt": "0.000001", "completion": "0.0000055", "input_cache_read": "0.0000001"},
            Price(1_000_000, 5_500_000, 100_000),
        ),
        ({"prompt": "0", "completion": "0", "request": "0", "image": "0"}, Price(0, 0)),
        (
            {"prompt": "0.000002", "completion": "0.00001", "request": "0.005"},
            Price(2000000, 10**7, None, 5000),
        ),
        (
            {"prompt": "0.000001", "completion": "0.000002", "internal_reasoning": "0.00001"},
            Price(1_000_000, 2_000_000, at_least=True),
        ),
        ({"prompt": "1.25e-06", "completion": 1e-05}, Price(1_250_000, 10_000_000)),
        ({"input": 0.88, "output": 0.88, "hourly": 0, "base": 0, "finetune": 0}, Price(880_000, 880_000)),
        ({"input": 0.2, "output": 0.6, "cached_input": 0.05}, Price(200_000, 600_000, 50_000)),
        ({"input": "0.00000015", "output": "0.0000006"}, Price(150_000, 600_000)),  # Vercel
        (
            {"input_tokens": 0.27, "output_tokens": 1.1, "cache_read_tokens": 0.216},
            Price(270_000, 1_100_000, 216_000),
        ),
    ],
)
def test_prices_in_a_list_of_models(told: dict[str, object], price: Price) -> None:
    [model] = read_models([{"id": "x", "pricing": told}]) or []
    assert model.price == Price(
        price.input, price.output, price.cached, price.per_call, source="models", at_least=price.at_least
    )


def test_prices_of_litellm() -> None:
    told = {
        "data": [
            {
                "model_name": "claude",
                "litellm_params": {"model": "anthropic/claude"},
                "model_info": {
                    "id": "93a1",
                    "input_cost_per_token": 3e-06,
                    "output_cost_per_token": 1.5e-05,
                    "cache_read_input_token_cost": 3e-07,
                    "max_input_tokens": 200_000,
                    "supports_vision": True,
                },
            },
            {
                "model_name": "local",
                "model_info": {"input_cost_per_token": None, "output_cost_per_token": None},
            },
        ]
    }
    claude, local = read_models(told) or []
    assert claude.id == "claude"
    assert claude.price == Price(3_000_000, 15_000_000, 300_000, source="models")
    assert claude.context_length == 200_000
    assert local.price is None


TOKENS = {"input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05}
NOTHING = {"input_cost_per_token": 0, "output_cost_per_token": 0.0}


@pytest.mark.parametrize(
    ("told", "price"),
    [
        (TOKENS | {"cache_creation_input_token_cost": 3.75e-06}, True),
        (TOKENS | {"input_cost_per_token_above_200k_tokens": 6e-06}, True),
        (TOKENS | {"input_cost_per_audio_token": "0.0001"}, True),
        (TOKENS | {"input_cost_per_image": None, "search_context_cost_per_query": {"low": 0.01}}, False),
        (TOKENS | {"output_cost_per_reasoning_token": 1.5e-05}, False),
        (TOKENS | {"input_cost_per_token_batches": 1.5e-06, "output_cost_per_token_priority": 3e-05}, False),
        (NOTHING, False),
        *(
            (NOTHING | {name: 0.04}, None)
            for name in ("input_cost_per_pixel", "output_cost_per_image", "input_cost_per_second")
        ),
    ],
)
def test_what_litellm_sells_beside_tokens_is_never_free(told: dict[str, object], price: bool | None) -> None:
    [model] = read_models({"data": [{"model_name": "m", "model_info": told}]}) or []
    assert (model.price.at_least if model.price is not None else None) is price


@pytest.mark.parametrize(("type", "priced"), [("image", False), ("audio", False), ("chat", True)])
def test_the_zeros_of_what_makes_no_text_tell_nothing(type: str, priced: bool) -> None:
    told = {"id": "m", "type": type, "pricing": {"hourly": 0, "input": 0, "output": 0, "base": 0}}
    [model] = read_models([told]) or []
    assert (model.price is not None) is priced


@pytest.mark.parametrize(
    "told",
    [
        {"prompt": "-1", "completion": "-1"},
        {"prompt": "0.000001"},
        {"prompt": "0.000001", "completion": None},
        {"prompt": "0.000001", "completion": "free"},
        {"prompt": "0.000001", "completion": "0.000002", "request": "-1"},
        {"prompt": "0.000001", "completion": "0.000002", "request": "much"},
        {"prompt": "0.000001", "completion": "0.000002", "input_cache_read": "?"},
        {"prompt": "1.25", "completion": "10"},  # meant for a million
        {"prompt": True, "completion": True},
        {"prompt": "NaN", "completion": "Infinity"},
        {"prompt": float("nan"), "completion": float("inf")},
        {"prompt": "1" * 5000, "completion": "1"},
        {"prompt": 10**5000, "completion": 1},
        {"prompt": [1], "completion": {"a": 1}},
        {"input": 0.00000015, "output": 0.0000006},  # meant for a token
        {"input": 0, "output": 0, "hourly": 3.2},
        {"input": 0, "output": 0, "base": 0.04},
        {"prompt": "0", "completion": "0", "image": "0.04"},  # not free
        {},
        "0.01",
        None,
    ],
)
def test_what_does_not_fit_is_unknown(told: object) -> None:
    [model] = read_models([{"id": "x", "pricing": told}]) or []
    assert model.price is None


def catalogue(*items: dict[str, object], **more: object) -> dict[str, object]:
    return {"success": True, "data": [*items], "group_ratio": {"default": 1, "vip": 0.5}} | more


def ratio(**told: object) -> dict[str, object]:
    usual = {"quota_type": 0, "model_ratio": 0.625, "completion_ratio": 8, "model_price": 0}
    return {"model_name": "m", "enable_groups": ["default", "vip"]} | usual | told


def test_prices_of_new_api() -> None:
    document = catalogue(
        ratio(model_name="gpt-5", cache_ratio=0.1),
        ratio(model_name="draw", quota_type=1, model_price=0.04, model_ratio=0),
        ratio(model_name="omni", audio_ratio=16, image_ratio=1),
    )
    assert read_pricing(document) == {
        "gpt-5": Price(1_250_000, 10_000_000, 125_000, source="pricing"),
        "draw": Price(0, 0, None, 40_000, source="pricing"),
        "omni": Price(1_250_000, 10_000_000, None, source="pricing", at_least=True),
    }
    assert read_pricing(document, "vip") == {
        "gpt-5": Price(625_000, 5_000_000, 62_500, source="pricing"),
        "draw": Price(0, 0, None, 20_000, source="pricing"),
        "omni": Price(625_000, 5_000_000, None, source="pricing", at_least=True),
    }
    assert read_pricing(document, "unheard of") == {}


def test_a_model_may_be_for_all_groups() -> None:
    document = catalogue(ratio(enable_groups=["all"]))
    assert read_pricing(document) == {"m": Price(1_250_000, 10_000_000, source="pricing")}
    assert read_pricing(document, "vip") == {"m": Price(625_000, 5_000_000, source="pricing")}
    assert read_pricing(document, "unheard of") == {}, "no ratio"


@pytest.mark.parametrize(
    "told",
    [
        {"enable_groups": ["vip"]},
        {"enable_groups": "default"},
        {"model_ratio": None},
        {"completion_ratio": None},
        {"completion_ratio": "eight"},
        {"model_ratio": -1},
        {"model_ratio": 10**300},
        {"model_ratio": "1_0"},
        {"model_ratio": "١"},
        {"cache_ratio": "half"},
        {"quota_type": 2},
        {"quota_type": None},
        {"billing_mode": "tiered_expr"},
        {"billing_expr": "p * 2"},
        {"tiers": [{"up_to": 1000}]},
        {"quota_type": 1, "model_price": None},
    ],
)
def test_what_does_not_fit_in_new_api_is_unknown(told: dict[str, object]) -> None:
    assert read_pricing(catalogue(ratio(**told), ratio(model_name="other"))) == {
        "other": Price(1_250_000, 10_000_000, source="pricing")
    }


@pytest.mark.parametrize("ratios", [None, {}, {"default": None}, {"default": -1}, {"default": "1x"}, []])
def test_without_the_ratio_of_the_group_nothing_is_known(ratios: object) -> None:
    assert read_pricing(catalogue(ratio(), group_ratio=ratios)) == {}


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "x",
        {"data": []},
        {"success": False, "data": [ratio()]},
        {"data": [{"id": "m"}]},
        {"data": 7},
    ],
)
def test_what_is_no_catalogue(document: object) -> None:
    assert read_pricing(document) is None


def test_a_large_catalogue_is_read() -> None:
    prices = read_pricing(catalogue(*(ratio(model_name=f"m{n}") for n in range(5000))))
    assert prices is not None
    assert len(prices) == 5000


def test_costs_are_exact() -> None:
    price = Price(1_250_000, 10_000_000, 125_000, 500)
    assert price.cost(Usage(1000, 200)) == Money(500 + 1250 + 2000)
    assert price.cost(Usage(1000, 200, cached_tokens=400)) == Money(500 + 750 + 50 + 2000)
    assert price.cost(Usage(1000, 200, cached_tokens=4000)) == Money(500 + 125 + 2000)
    assert price.cost(Usage(1000, 200), answers=3) == Money(1500 + 1250 + 2000)
    assert price.cost(Usage()) == Money(0), "it never left"
    assert Price(1_250_000, 0).cost(Usage(1000, 0, cached_tokens=400)) == Money(1250)
    assert sum(Price(100_000, 300_000).cost(Usage(10, 1)).micros for _ in range(100_000)) == 100_000


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(("rub", "RUB"), (" ₽ ", "RUB"), ("руб.", "RUB"), ("$", "USD"), ("usd", "USD"), ("EUR", "EUR")),
        *(
            ("dollars", "USD"),
            ("рубли", "RUB"),
            ("Руб", "RUB"),
            ("rub.", "RUB"),
            ("", ""),
            ("x", ""),
            ("\x1b[2J", ""),
            ("12", ""),
        ),
    ],
)
def test_currencies_as_people_write_them(text: str, code: str) -> None:
    assert currency_code(text) == code


def test_a_price_is_sold_in_another_currency_by_its_rate_and_never_one_to_one() -> None:
    told = Price(1_250_000, 10_000_000, 125_000, 500)
    assert told.sold_in("RUB", 80 * MICROS) == Price(
        100_000_000, 800_000_000, 10_000_000, 40_000, "RUB", 80 * MICROS
    )
    assert told.sold_in("RUB", 0) is None
    assert told.sold_in("USD", MICROS) == told
    assert Price(1, 1, currency="RUB", rate=0).sold_in("USD", MICROS) is None


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(names, json, max_size=6))
def test_any_document_is_read_or_not(document: dict[str, object]) -> None:
    read_price(document)
    read_pricing(document)
    read_pricing(catalogue(document))
