"""Small plots: scales, bars, rulers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurotui.tui.widgets.plot import Scale, clock


@pytest.mark.parametrize(
    ("seconds", "columns", "scale"),
    [
        (1, 60, Scale(1, 4)),
        (15, 60, Scale(1, 4)),
        (16, 60, Scale(1, 2)),
        (60, 60, Scale(1, 1)),
        (61, 60, Scale(2, 1)),
        (700, 60, Scale(15, 1)),
        (1, 8, Scale(1, 1)),
    ],
)
def test_time_is_stretched_or_drawn_together(seconds: int, columns: int, scale: Scale) -> None:
    assert Scale.of(seconds, columns) == scale


def test_bars_are_as_tall_as_their_values() -> None:
    assert Scale(1, 1).bars([0, 1, 4, 8]) == [" ▁▄█"]
    assert Scale(1, 1).bars([0, 1, 8, 16], rows=2) == ["   █", " ▁██"]
    assert Scale(1, 2).bars([8, 0, 8]) == ["██  ██"]
    assert Scale(1, 1).bars([1, 1000]) == ["▁█"]  # little is still something
    assert Scale(1, 1).bars([]) == [""]


def test_dots_stand_where_there_was_anything() -> None:
    assert Scale(1, 1).dots([0, 3, 0, 1]) == " • •"
    assert Scale(1, 2).dots([1, 0, 1]) == "•   • "


def test_what_falls_into_one_column_is_added_up() -> None:
    assert Scale(5, 1).sums([(0, 1), (4, 2), (11, 3)]) == [3, 0, 3]
    assert Scale(1, 4).sums([]) == []


@pytest.mark.parametrize(
    ("scale", "seconds", "ruler"),
    [
        (Scale(1, 4), 1, "0 s"),
        (Scale(1, 4), 5, "0       2       4 s"),
        (Scale(1, 1), 25, "0         10        20 s"),
        (Scale(2, 1), 70, "0              30             1:00"),
    ],
)
def test_a_ruler_has_labels_as_far_as_it_goes(scale: Scale, seconds: int, ruler: str) -> None:
    assert scale.ruler(seconds, 60, "s") == ruler


def test_seconds_become_minutes() -> None:
    assert [clock(seconds) for seconds in (0, 59, 60, 605)] == ["0", "59", "1:00", "10:05"]


@given(seconds=st.integers(1, 100_000), columns=st.integers(8, 300))
def test_everything_has_room(seconds: int, columns: int) -> None:
    scale = Scale.of(seconds, columns)
    sums = scale.sums([(seconds - 1, 1)])
    assert len(scale.dots(sums)) <= columns
    assert len(scale.bars(sums)[0]) <= columns
    assert len(scale.ruler(seconds, columns, "s")) <= columns
