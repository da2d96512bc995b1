"""An answer as whole lines: the same however it is cut, and all of it."""

from __future__ import annotations

import random
import time

import pytest

from neurotui.app import spoken
from neurotui.app.spoken_lines import LONGEST_LINE, SpokenLines
from tests.benchmarks.replies import reply

CODE = "Before\n```python\nprint(1)\n\nprint(2)\n```\nAfter\n"


def lines_of(text: str, size: int = 0, seed: int = 0) -> list[str]:
    """The lines of a text that comes in pieces of a size, or of random sizes."""
    lines, found, at, rnd = SpokenLines(), [], 0, random.Random(seed)
    while at < len(text):
        step = size or rnd.randint(1, 40)
        found += lines.feed(text[at : at + step])
        at += step
    return found + lines.end()


def test_code_is_told_around() -> None:
    told = ["Before", "code, python, 3 lines", "print(1)", "", "print(2)", "end of code", "After"]
    assert lines_of(CODE, 3) == told


def test_code_that_was_cut_is_told_as_such() -> None:
    assert lines_of("~~~\nx\n```\ny", 2) == ["code, 3 lines, without an end", "x", "```", "y"]


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_lost_however_it_is_cut(seed: int) -> None:
    text = "\n".join(line for line in "".join(reply(600)).split("\n") if not line.startswith("```"))
    assert "".join("".join(lines_of(text, seed=seed)).split()) == "".join(text.split())


def test_a_long_line_comes_sentence_by_sentence() -> None:
    lines = SpokenLines()
    assert lines.feed("One sentence is here. Another " * 7) == [
        "One sentence is here. Another " * 6 + "One sentence is here."
    ]
    assert lines.end() == ["Another "]


def test_a_megabyte_on_one_line_is_bounded_and_quick() -> None:
    for text in ("x" * 1_000_000, "word " * 200_000):
        begun = time.process_time()
        found = lines_of(text, 100)
        assert max(map(len, found)) <= LONGEST_LINE
        assert "".join(found).replace(" ", "") == text.replace(" ", "")
        assert time.process_time() - begun < 10


def test_nothing_in_it_is_obeyed() -> None:
    assert "\x1b" not in "".join(lines_of("a\x1b[2Jb\n```\n\x1b]0;x\x07\n```\x1b[1m\n", 1))


def test_it_is_told_at_growing_gaps() -> None:
    times = spoken.telling_times()
    assert [next(times) for _ in range(6)] == [5, 15, 35, 75, 135, 195]
