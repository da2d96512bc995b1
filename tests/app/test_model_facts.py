"""Prices in short, as lists of models tell them."""

from __future__ import annotations

import pytest

from neurotui import i18n
from neurotui.app.model_facts import price_words
from neurotui.wire.price import Price


@pytest.mark.parametrize(
    ("price", "writes", "words"),
    [
        (Price(250_000, 2_000_000), True, "$0.25 → $2.00"),
        (Price(20_000, 0), False, "$0.02"),
        (Price(20_000, 0), True, "$0.02 → $0.00"),
        (Price(20_000, 40_000), False, "$0.02 → $0.04"),
        (Price(20_000, 0, at_least=True), False, "≥ $0.02"),
        (Price(2_500, 10), True, "$0.0025 → $0.00001"),
        (Price(1, 1), True, "$0.000001 → $0.000001"),
        (Price(0, 0, per_call=40_000), True, "$0.04 each"),
        (Price(250_000, 2_000_000, None, 5000), True, "$0.25 → $2.00 + $0.005 each"),
        (Price(0, 0), True, "free"),
        (Price(0, 0), False, "free"),
        (Price(0, 0, at_least=True), True, "≥ $0.00 → $0.00"),
    ],
)
def test_a_price_has_what_is_paid_and_digits_enough(price: Price, writes: bool, words: str) -> None:
    assert price_words(price, writes=writes) == words


@pytest.mark.parametrize("micros", range(1, 20_000, 997))
def test_what_costs_something_is_never_shown_as_nothing(micros: int) -> None:
    for language in i18n.LANGUAGES:
        i18n.use(language)
        try:
            shown = price_words(Price(micros, micros))
        finally:
            i18n.use("en")
        assert all(part.strip("$\u00a0 0.,") for part in shown.split("→")), shown
