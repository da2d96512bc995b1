"""What follows an emoji stands in its column, however wide a terminal draws that."""

from __future__ import annotations

import pyte
import pytest
from rich.cells import cell_len

from neurotui.tui.terminal.columns import with_columns
from tests.tui.test_graphemes import SIGNS


def drawn(picture: str, column: int) -> str:
    """What a terminal, pyte, shows in a column, from 1, of the first row."""
    screen = pyte.Screen(40, 3)
    stream = pyte.Stream(screen)
    stream.feed(f"\x1b[1;1H{'#' * 40}")
    stream.feed(picture)
    return screen.buffer[0][column - 1].data


@pytest.mark.parametrize("sign", SIGNS.values(), ids=SIGNS)
def test_what_follows_is_where_it_should_be(sign: str) -> None:
    for before in ("", "ab", "я👍", "⚠️⚠️"):
        picture = f"\x1b[1;3H\x1b[1;38;2;1;2;3m{before}{sign}\x1b[0m|"
        assert drawn(with_columns(picture), 3 + cell_len(before + sign)) == "|"


def test_what_the_sign_does_not_cover_is_blank() -> None:
    made = with_columns("\x1b[1;3H⚠️|")
    assert drawn(made, 3)[0] == "⚠"
    assert drawn(made, 4) == " "
    assert drawn(made, 5) == "|"


def test_only_rows_with_such_signs_change() -> None:
    plain = "\x1b[?2026h\x1b[2;1Hпривет\x1b[3;1H\x1b]8;;https://example.com/👍\x1b\\link\x1b]8;;\x1b\\"
    assert with_columns(plain) == plain
    assert with_columns(f"{plain}\x1b[4;1H👍") == f"{plain}\x1b[4;1H  \x1b[1G👍\x1b[3G"


def test_what_has_no_place_stays_as_it_is() -> None:
    for text in ("👍", "\x1b]2;⚠️ neurotui\x1b\\", "\x1b[1m👍🏽"):
        assert with_columns(text) == text


def test_a_sign_cut_by_a_style_ends_in_its_column() -> None:
    assert drawn(with_columns("\x1b[1;1H\x1b[7m👍\x1b[0m🏽|"), 3) == "|"
