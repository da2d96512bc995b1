"""Reasoning in tags at the beginning of an answer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurotui.wire.thinking import Echo, ThinkingSplitter
from tests.wire.reading import cuts


def split(pieces: list[str]) -> tuple[str, str]:
    splitter = ThinkingSplitter()
    parted = [*map(splitter.feed, pieces), splitter.close()]
    answered = False
    for reasoning, answer in parted:
        assert not (answered and reasoning), "reasoning comes first"
        answered = answered or bool(answer)
    return "".join(reasoning for reasoning, _ in parted), "".join(answer for _, answer in parted)


@pytest.mark.parametrize(
    ("text", "reasoning", "answer"),
    [
        ("answer", "", "answer"),
        ("<think>r</think>a", "r", "a"),
        ("<thought>r</thought>a", "r", "a"),
        (" \n<think>\nr\n</think>\r\n\n  a\n", "\nr\n", "  a\n"),
        ("<think></think>a", "", "a"),
        ("<think>r", "r", ""),
        ("<think>r</thi", "r</thi", ""),
        ("<think>r</thought></think>a", "r</thought>", "a"),
        ("<think>1 < 2 <</think></think>", "1 < 2 <", "</think>"),
        ("<think>a</think><think>b</think>", "a", "<think>b</think>"),
        ("\n\n text", "", "\n\n text"),
        ("<thin", "", "<thin"),
        ("<thinking>r</thinking>a", "r", "a"),
        ("[THINK]r[/THINK]a", "r", "a"),
        ("<seed:think>r</seed:think>a", "r", "a"),
        ("<thinks>a", "", "<thinks>a"),
        ("[THIN]", "", "[THIN]"),
        ("Use <think>r</think>", "", "Use <think>r</think>"),
        ("`<think>`", "", "`<think>`"),
        ("  ", "", "  "),
        ("\n" * 200 + "<think>", "", "\n" * 200 + "<think>"),
        ("", "", ""),
    ],
)
def test_tags_part_the_text_wherever_they_are_cut(text: str, reasoning: str, answer: str) -> None:
    assert split([text]) == (reasoning, answer)
    for pieces in cuts(text.encode()):
        assert split([piece.decode() for piece in pieces]) == (reasoning, answer)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["<think>", "</think>", "<th", "ink>", "</", "<", ">", "\n", " ", "a"])))
def test_nothing_is_lost(pieces: list[str]) -> None:
    whole = "".join(pieces)
    assert split(pieces) == split([whole]), "how it is cut changes nothing"
    reasoning, answer = split(pieces)
    if reasoning:
        assert whole.lstrip().startswith(f"<think>{reasoning}")
        assert whole.endswith(answer)
    elif not whole.lstrip().startswith("<think>"):
        assert answer == whole


def test_only_what_may_be_a_tag_is_kept_back() -> None:
    splitter = ThinkingSplitter()
    assert splitter.feed("<thi") == ("", "")
    assert splitter.feed("nk>ab<") == ("ab", "")
    assert splitter.feed("c</think") == ("<c", "")
    assert splitter.feed(">\n") == ("", "")
    assert not splitter.settled
    assert splitter.feed("d") == ("", "d")
    assert splitter.settled


def test_an_echo_is_dropped_until_it_differs() -> None:
    echo = Echo()
    echo.note("Let me ")
    assert echo.filter("\nLet") == ""
    echo.note("see.")
    assert echo.filter(" me see") == ""
    assert echo.filter("?") == "\nLet me see?", "what was held back is shown after all"
    assert echo.filter(" more") == " more"
    assert Echo().filter("alone") == "alone"
