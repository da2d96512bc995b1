"""What stands above a message: names, the distance between turns, days, and what an answer took."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from rich.cells import cell_len

from neurotui import i18n
from neurotui.chat.conversation import Bill, Message, Role, Status, Timing
from neurotui.tui.message_list.header import Header
from neurotui.wire.events import Usage
from tests.tui.reading import reading

NOON = datetime(2025, 6, 21, 12, 4).timestamp()
DAY = 86_400.0
QUESTION = Message("q", Role.USER, "Why?", created_at=NOON)
ANSWER = Message(
    "a",
    Role.ASSISTANT,
    "Because.",
    "q",
    NOON + 1,
    model="gpt-5-mini",
    usage=Usage(10, 259),
    timing=Timing(total=7.7, thinking=4.0),
    bill=Bill(cost=0.0021),
    reasoning="Hm.",
)
MORE = Message("q2", Role.USER, "And?\n\nwhy", "a", NOON + DAY)


def row(width: int, **changes: object) -> str:
    header = Header(replace(ANSWER, **changes), (2, 2), fold="▸")  # type: ignore[arg-type]
    (line,) = header.lines(width)
    assert cell_len(line.text) <= width
    assert line.gutter == len(line.text), "it is not copied"
    return line.text


def test_what_an_answer_took_stands_on_the_right_as_far_as_there_is_room() -> None:
    when = " · 12:04"
    assert row(100).startswith(f"gpt-5-mini{when}  ")
    assert row(100).endswith("◂ 2/2 ▸   ▸ thought for 4 s   259 tok · 7.7 s · $0.0021")
    assert row(70).endswith("▸ thought for 4 s   259 tok · $0.0021")
    assert row(60).endswith("▸ thought for 4 s   259 tok")
    assert row(50).endswith("▸ thought for 4 s") and when in row(50)
    assert when not in row(44) and row(44).startswith("gpt-5-mini  ")
    assert row(36).startswith("gpt-5…")


@pytest.mark.parametrize(
    ("changes", "took"),
    [
        ({"usage": None}, "≈ 3 tok · 7.7 s · ≈ $0.0021"),
        ({"bill": None}, "259 tok · 7.7 s"),
        ({"finish_reason": "stop"}, "259 tok · 7.7 s · $0.0021"),
        ({"finish_reason": "tool_calls"}, "tool_calls · 259 tok · 7.7 s · $0.0021"),
        ({"status": Status.LENGTH, "finish_reason": "length"}, "259 tok · 7.7 s · $0.0021"),
        ({"status": Status.STOPPED, "timing": None}, "259 tok · $0.0021"),
        ({"status": Status.RUNNING}, "thought for 4 s"),
        ({"status": Status.FAILED, "usage": None, "text": "", "reasoning": ""}, "thought for 4 s"),
    ],
)
def test_an_estimate_is_marked_and_nothing_is_told_twice(changes: dict[str, object], took: str) -> None:
    assert row(120, **changes).endswith(f"   {took}" if "tok" in took else took)


def test_it_is_told_in_russian() -> None:
    i18n.use("ru")
    try:
        assert row(100).endswith("259 ток. · 7,7 с · 0,0021\N{NO-BREAK SPACE}$")
    finally:
        i18n.use("en")


async def test_a_question_stands_on_a_band_and_turns_are_further_apart_than_their_parts() -> None:
    later = replace(MORE, created_at=NOON + 60)
    async with reading(
        QUESTION, ANSWER, later, replace(ANSWER, id="b", parent_id="q2"), size=(80, 20)
    ) as case:
        assert [line.split(" · ")[0] for line in case.rows[:13]] == [
            " ▍You",
            " ▍Why?",
            "",
            "  gpt-5-mini",
            "  Because.",
            "",
            "",
            " ▍You",
            " ▍And?",
            " ▍",
            " ▍why",
            "",
            "  gpt-5-mini",
        ]
        strips = case.transcript.render_lines(case.transcript.size.region)
        grounds = [{segment.style.bgcolor for segment in strip if segment.style} for strip in strips]
        assert len(grounds[0]) == len(grounds[9]) == 2, "the band is as wide as the column"
        assert len(grounds[2]) == len(grounds[4]) == len(grounds[6]) == 1
        case.transcript.move_cursor(2)
        assert case.rows[9].startswith("▌▍"), "the cursor is seen beside the bar"


async def test_a_day_is_told_where_it_begins() -> None:
    async with reading(QUESTION, ANSWER, MORE, replace(ANSWER, created_at=NOON + DAY), size=(80, 20)) as case:
        assert case.rows[5:10] == ["", "", "  ── 22 June 2025 ──", "", " ▍You · 12:04"]
        assert case.text.count("──") == 2
    async with reading(QUESTION, replace(ANSWER, created_at=0.0), replace(MORE, created_at=0.0)) as case:
        assert "──" not in case.text, "it is not known of messages without a time"


async def test_bands_bars_and_days_are_not_copied() -> None:
    async with reading(QUESTION, ANSWER, MORE, size=(80, 20)) as case:
        assert await case.select((0, 1), (60, 12)) == "Why?\n\nBecause.\n\nAnd?\n\nwhy"
