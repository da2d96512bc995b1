"""Parameters as they are typed and as they are sent."""

from __future__ import annotations

import pytest

from neurotui.app.parameters import (
    MAX_TOKENS,
    SEED,
    STOP,
    TEMPERATURE,
    others_of,
    text_of,
    text_of_others,
    value_of,
)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        (TEMPERATURE, "0.7", 0.7),
        (TEMPERATURE, " 0,7 ", 0.7),
        (TEMPERATURE, "0", 0),
        (TEMPERATURE, "", None),
        (MAX_TOKENS, "4096", 4096),
        (SEED, "0", 0),
        (STOP, "END", "END"),
        (STOP, '["\\n", "END"]', ["\n", "END"]),
        (STOP, '"[x"', "[x"),
        (STOP, "  ", None),
    ],
)
def test_what_a_text_means(name: str, text: str, value: object) -> None:
    found = value_of(name, text)
    assert found == value
    assert type(found) is type(value)
    assert value_of(name, text_of(value)) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (TEMPERATURE, "warm"),
        (TEMPERATURE, "-1"),
        (TEMPERATURE, "NaN"),
        (TEMPERATURE, "Infinity"),
        (TEMPERATURE, "true"),
        (MAX_TOKENS, "1.5"),
        (MAX_TOKENS, "1" * 5000),
        (SEED, '"1"'),
        (STOP, "["),
        (STOP, "[]"),
        (STOP, '[""]'),
        (STOP, '["a", 1]'),
    ],
)
def test_what_does_not_fit_is_refused_in_words(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"^It must be"):
        value_of(name, text)


def test_any_other_parameter_is_json_and_keeps_to_its_place() -> None:
    others = {"top_p": 0.9, "a": {"b": [None, True]}}
    assert others_of('{"top_p": 0.9, "a": {"b": [null, true]}}') == others
    assert others_of(" ") == {}
    assert others_of(text_of_others({**others, TEMPERATURE: 1})) == others
    assert text_of_others({TEMPERATURE: 1, "reasoning_effort": "low"}) == ""


@pytest.mark.parametrize(
    "text",
    ["[1]", "1", "{", '{"a": NaN}', "[" * 100_000, '{"stream": false}', '{"messages": []}', '{"model": "x"}'],
)
def test_what_neurotui_sets_itself_and_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        others_of(text)
