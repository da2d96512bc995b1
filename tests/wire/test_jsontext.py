"""Long texts are read as short ones, with their long strings taken out."""

from __future__ import annotations

import json
import random

import pytest

from neurotui.wire.jsontext import LONG, OpenJson, read_json, take_out

PICTURE = "iVBORw0KGgo/+" * 100_000
STRANGE = [
    PICTURE,
    "," + PICTURE,
    PICTURE + '"',
    'a "quote" ' + PICTURE,
    PICTURE[:70_000] + "\\" + PICTURE,
    PICTURE + "\n\tё",
    "",
    "short",
]


def test_a_picture_is_taken_out() -> None:
    text = json.dumps({"a": 1, "data": [{"url": "data:image/png;base64," + PICTURE}], "b": PICTURE})
    short, taken = take_out(text)
    assert len(short) < 1000
    assert sorted(map(len, taken.values())) == [len(PICTURE), len(PICTURE) + 22]


@pytest.mark.parametrize("seed", range(6))
def test_what_is_read_is_the_same(seed: int) -> None:
    chance = random.Random(seed)

    def value(depth: int = 0) -> object:
        kind = chance.random()
        if depth > 3 or kind < 0.4:
            return chance.choice([*STRANGE, None, 1.5, True, -(10**9)])
        if kind < 0.7:
            return [value(depth + 1) for _ in range(3)]
        return {chance.choice(["a", "b", PICTURE, "\\"]): value(depth + 1) for _ in range(3)}

    whole = [value(), list(range(100_000)), PICTURE, value()]
    for options in ({"ensure_ascii": False}, {"indent": 1}):
        text = json.dumps(whole, **options)
        assert len(text) > LONG
        assert read_json(text) == whole


@pytest.mark.parametrize("end", ["", '"', '"]x', '"]]'])
def test_what_is_no_json_is_none(end: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_json('["' + PICTURE + end)


@pytest.mark.parametrize(
    ("text", "is_open", "in_string"),
    [
        ("[[[", True, False),
        ('{"a": [1, 2', True, False),
        ('{"a": "[', True, True),
        ('{"a": "\\"]}', True, True),
        ('{"a": "]}"}', False, False),
        ("[]]", False, False),
    ],
)
def test_what_is_open(text: str, is_open: bool, in_string: bool) -> None:
    for cut in range(len(text) + 1):
        if text[:cut].endswith("\\"):
            continue
        followed = OpenJson()
        followed.feed(text[:cut])
        followed.feed(text[cut:])
        assert (followed.is_open, followed.in_string) == (is_open, in_string)
