"""Reasoning is seen while it comes, folds itself when the answer begins, and unfolds at its beginning."""

from __future__ import annotations

from dataclasses import replace

from neurotui.chat.conversation import Message, Status
from neurotui.tui.message_list.last_thoughts import LastThoughts
from tests.tui.reading import QUESTION, RUNNING, Case, reading

LONG_THOUGHTS = "\n\n".join(f"thought {number}" for number in range(40))


async def think(case: Case, text: str, size: int = 7) -> None:
    for at in range(0, len(text), size):
        case.transcript.extend("a", "", text[at : at + size])
    await case.drawn()


def seen(case: Case) -> list[str]:
    return [row.strip() for row in case.rows if "┆" in row]


async def test_its_last_three_lines_are_seen_until_the_answer_begins() -> None:
    async with reading(QUESTION, RUNNING) as case:
        await think(case, "one")
        assert seen(case) == ["┆ one"]
        await think(case, "\n\ntwo\n\n\x1b[31mthree\n\nfour goes on")
        assert seen(case) == ["┆ two", "┆ ␛[31mthree", "┆ four goes on"]
        await think(case, " " + "word " * 20)
        assert len(seen(case)) == 3 and seen(case)[-1].endswith("word")
        assert await case.select((0, 0), (59, 14)) == "Why?", "what is folded is not copied"
        case.transcript.extend("a", "Because")
        await case.drawn()
        assert not seen(case) and "Because" in case.text and "▸ thought" in case.text


async def test_it_is_the_same_at_any_width_and_for_who_looks_later() -> None:
    async with reading(QUESTION, RUNNING) as case:
        await think(case, LONG_THOUGHTS + "\n\n" + "word " * 30)
        streamed = seen(case)
        await case.pilot.resize_terminal(40, 15)
        await case.pilot.resize_terminal(60, 15)
        await case.settle()
        assert seen(case) == streamed
        case.transcript.replace(replace(RUNNING, reasoning=LONG_THOUGHTS + "\n\n" + "word " * 30))
        await case.settle()
        assert seen(case) == streamed


async def test_it_unfolds_at_its_beginning() -> None:
    thought: Message = replace(RUNNING, reasoning=LONG_THOUGHTS)
    for message in (thought, replace(thought, status=Status.COMPLETE, text="Because.")):
        async with reading(QUESTION, message) as case:
            await case.pilot.press("t")
            await case.settle()
            assert "model" in case.text and "┆ thought 0" in case.text and "thought 39" not in case.text
            await case.pilot.press("t")
            await case.settle()
            assert "thought 0" not in case.text


def test_a_piece_costs_what_it_is_long() -> None:
    thoughts = LastThoughts("")
    thoughts.lay_out(80)
    for _ in range(2_000):
        thoughts.take("some words of a long thought ")
    assert thoughts._paragraph is not None
    assert len(thoughts._paragraph.lines) <= 4 and len(thoughts._text) <= 2_000
