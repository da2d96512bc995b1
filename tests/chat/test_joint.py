"""What a server made of the request to go on: the rest, an echo, the last words again, or another answer."""

from __future__ import annotations

import random
import time

import pytest

from neurotui.chat import joint
from neurotui.chat.joint import BEGINNING, OVERLAP, stem

LONG = "Кот сидит на окне и смотрит, как во дворе медленно падает первый снег этой зимы"


def join(answer: str, continuation: str) -> str | None:
    """Both as one text."""
    found = joint.join(answer, continuation)
    return found.text if found is not None else None


@pytest.mark.parametrize(
    ("answer", "continuation", "at"),
    [
        ("Hello, wor", "ld", 10),
        ("one \n", "two", 5),
        ("one", "\n\ntwo", 5),
        ("", "all of it", 0),
        ("so far\n", " ", 7),
        (LONG, LONG + " — и ждёт", len(LONG)),
        (LONG + " \n", LONG, len(LONG) + 2),
        (LONG + " ", LONG[10:] + ", и тает", len(LONG)),
    ],
)
def test_where_it_was_joined_is_told(answer: str, continuation: str, at: int) -> None:
    found = joint.join(answer, continuation)
    assert found is not None and found.at == at
    assert found.text[:at].startswith(stem(answer))


def test_the_rest_is_put_behind() -> None:
    assert join("Hello, wor", "ld") == "Hello, world"
    assert join("", "all of it") == "all of it"
    assert join("so far", "") == "so far"
    assert join("so far\n", " \n") == "so far\n"


@pytest.mark.parametrize(
    ("answer", "continuation", "whole"),
    [
        ("one ", "two", "one two"),
        ("for x in y:\n", "    print(x)", "for x in y:\n    print(x)"),
        ("for x in y:\n", "\n    print(x)", "for x in y:\n    print(x)"),
        ("one ", " two", "one two"),
        ("one\n\n", "two", "one\n\ntwo"),
        ("one\n\n", "\n\ntwo", "one\n\ntwo"),
        ("one\n", "\n\ntwo", "one\n\ntwo"),
        ("def f():\n    ", "return 1", "def f():\n    return 1"),
        ("def f():\n", "\n    return 1", "def f():\n    return 1"),
        ("on", "e", "one"),
        ("one", " two", "one two"),
    ],
)
def test_blanks_that_were_not_sent_are_put_back_once(answer: str, continuation: str, whole: str) -> None:
    assert not stem(answer)[-1:].isspace()
    assert join(answer, continuation) == whole


def test_an_echo_of_the_whole_is_cut_off() -> None:
    assert join(LONG, LONG + " — и ждёт") == LONG + " — и ждёт"
    assert join(LONG + " \n", LONG + "\n\nЖдёт") == LONG + "\n\nЖдёт"
    assert join("\n" + LONG, LONG + ".") == "\n" + LONG + "."
    assert join(LONG, LONG) == LONG
    assert join("Да", "Да, конечно") == "Да, конечно"


def test_an_answer_from_the_beginning_is_another_one() -> None:
    assert join(LONG, LONG[:BEGINNING] + " и спит") is None
    assert join(LONG, "\n" + LONG[:60]) is None
    assert join(LONG, LONG[: BEGINNING - 1] + "Х и спит") == LONG + LONG[: BEGINNING - 1] + "Х и спит"


def test_one_that_ended_before_it_can_be_told_is_another_one() -> None:
    """Joined, the beginning of the answer would stand at its end too."""
    assert join(LONG, LONG[:20]) is None
    assert join(LONG, LONG[:3]) == LONG + LONG[:3]


def test_the_longest_repetition_of_the_last_words_is_cut() -> None:
    assert join(LONG, "снег этой зимы, и тает") == LONG + ", и тает"
    assert join(LONG, LONG[10:] + ", и тает") == LONG + ", и тает"
    assert join("abc xyz xyz xyz ", "xyz xyz xyz!") == "abc xyz xyz xyz!"
    seven = LONG[-(OVERLAP - 1) :]
    assert join(LONG, seven + "!") == LONG + seven + "!"
    assert join(LONG, LONG[-OVERLAP:] + "!") == LONG + "!"


def test_any_cut_of_a_text_is_mended() -> None:
    rng = random.Random(7)
    for _round in range(300):
        text = " ".join(str(rng.randrange(10**6)) for _ in range(40))
        at = rng.randrange(60, len(text) - 20)
        back = rng.choice([0, *range(OVERLAP, at - 50)])
        assert join(text[:at], text[at - back :] if back else text[at:].lstrip()) in {
            text,
            text[:at].rstrip() + text[at:].lstrip(),  # cut at a blank that nothing tells of
        }


@pytest.mark.parametrize(
    ("answer", "continuation"),
    [
        ("a" * 1_000_000, "a" * 30 + "b"),
        ("ab" * 500_000 + "c", "ab" * 400_000 + "d"),
        (LONG * 10_000, (LONG * 10_000)[47:] + "!"),
        ("x" + "a" * 1_000_000, "a" * 999_000 + "!"),
    ],
)
def test_it_is_judged_at_once_however_long(answer: str, continuation: str) -> None:
    began = time.process_time()
    join(answer, continuation)
    assert time.process_time() - began < 0.05
