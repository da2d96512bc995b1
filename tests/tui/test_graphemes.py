"""One character to a person is one to the cursor, to Backspace and to Delete."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.widget import Widget
from textual.widgets import Input, TextArea

from neurotui.app.command_set import CommandSet
from neurotui.tui.conversation.composer import Composer
from neurotui.tui.graphemes import beside, graphemes, step_left, step_right
from neurotui.tui.widgets.form import LineField, TextField
from tests.tui.steady import piloted

SIGNS = {
    "skin tone": "👍🏽",
    "family": "👨‍👩‍👧‍👦",
    "profession": "👩🏽‍🚀",
    "flag": "🇷🇺",
    "flag of tags": "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "emoji presentation": "⚠️",
    "heart on fire": "❤️‍🔥",
    "keycap": "1️⃣",
    "combining": "e\u0301\u0302",
    "decomposed": "и\u0306",
    "jamo": "\u1112\u1161\u11ab",
    "alone": "я",
    "astral": "🦄",
}


@pytest.mark.parametrize("sign", SIGNS.values(), ids=SIGNS)
def test_a_sign_is_one(sign: str) -> None:
    for before, after in (("", ""), ("a", "b"), ("я", "я"), ("👍", "👍"), ("a" * 500, "б" * 500)):
        text, start, end = f"{before}{sign}{after}", len(before), len(before + sign)
        assert step_left(text, end) == start
        assert step_right(text, start) == end
        assert {beside(text, place) for place in range(start + 1, end + 1)} == {end}
        assert beside(text, start) == start


def test_flags_go_in_pairs() -> None:
    text = "🇷🇺🇺🇸🇩"
    assert [(start, end) for start, end, _cells in graphemes(text)] == [(0, 2), (2, 4), (4, 5)]
    assert [step_left(text, 5), step_left(text, 4), step_left(text, 2)] == [4, 2, 0]


def test_at_the_ends_nothing_is_beside() -> None:
    assert step_left("", 0) == step_right("", 0) == beside("", 0) == 0
    assert step_left("я", 0) == 0
    assert step_right("я", 1) == 1
    assert step_left("\u0306", 1) == 0


class Fields(App[None]):
    def compose(self) -> ComposeResult:
        yield Composer(CommandSet(print))
        yield TextField(id="page")
        yield LineField(id="entry")


@pytest.mark.parametrize("name", ["Composer", "#page", "#entry"])
@pytest.mark.parametrize("sign", SIGNS.values(), ids=SIGNS)
async def test_keys_take_the_whole_sign(name: str, sign: str) -> None:
    app = Fields()
    async with piloted(app) as pilot:
        field = app.query_one(name, Widget)
        assert isinstance(field, Input | TextArea)
        field.focus()

        def put(text: str, place: int) -> None:
            if isinstance(field, Input):
                field.value, field.cursor_position = text, place
            else:
                field.load_text(text)
                field.move_cursor((0, place))

        def shown() -> tuple[str, int]:
            if isinstance(field, Input):
                return field.value, field.cursor_position
            return field.text, field.cursor_location[1]

        text, end = f"a{sign}b", 1 + len(sign)
        for keys, place, expected in (
            (["backspace"], end, ("ab", 1)),
            (["delete"], 1, ("ab", 1)),
            (["left"], end, (text, 1)),
            (["right"], 1, (text, end)),
            (["left", "left"], end, (text, 0)),
            (["shift+left", "x"], end, ("axb", 2)),
            (["shift+right", "x"], 1, ("axb", 2)),
            (["backspace", "backspace"], end, ("b", 0)),
            (["end", "backspace", "backspace"], 0, ("a", 1)),
        ):
            put(text, place)
            await pilot.press(*keys)
            assert shown() == expected, keys
        put(text, 2)  # as by a click
        assert shown()[1] in (1, end)
