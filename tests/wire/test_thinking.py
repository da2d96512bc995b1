"""Reasoning in tags at the beginning of an answer."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurotui.wire.thinking import Echo, LateTag, ThinkingSplitter
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


def late(pieces: list[str]) -> tuple[str, str, str]:
    """The text before the tag, the tag, and the text after it."""
    tag = LateTag()
    before, mark, after = "", "", ""
    for found in [*map(tag.feed, pieces), tag.close()]:
        if mark:
            assert not found[1] and not found[2]
            after += found[0]
        else:
            before, mark, after = before + found[0], found[1], found[2]
    return before, mark, after


LATE = [
    ("r\n</think>\n\na", "r\n", "</think>\n\n", "a"),
    ("r\n  </think>a", "r\n", "  </think>", "a"),
    ("r\r\n</think>\r\n\r\na", "r\r\n", "</think>\r\n\r\n", "a"),
    ("</think>a", "", "</think>", "a"),
    ("r\n</thought>\na\n</think>\nb", "r\n", "</thought>\n", "a\n</think>\nb"),
    ("r\n</think>", "r\n", "</think>", ""),
    ("r\n</think>\n\n", "r\n", "</think>\n\n", ""),
    ("```\ncode\n```\nr\n</think>\na", "```\ncode\n```\nr\n", "</think>\n", "a"),
    ("~~~\n```\n~~~\n</think>\na", "~~~\n```\n~~~\n", "</think>\n", "a"),
    ("``` a`b\n</think>\na", "``` a`b\n", "</think>\n", "a"),
    ("<b>r</b>\n</think>\na", "<b>r</b>\n", "</think>\n", "a"),
]


@pytest.mark.parametrize(("text", "before", "mark", "after"), LATE)
def test_a_late_tag_is_found_wherever_it_is_cut(text: str, before: str, mark: str, after: str) -> None:
    for pieces in cuts(text.encode()):
        assert late([piece.decode() for piece in pieces]) == (before, mark, after)


@pytest.mark.parametrize(
    "text",
    [
        "r</think>\na",
        "r </think> a",
        "`</think>`",
        "    </think>\na",
        "```\n</think>\n```\n</think>\na",
        "1. ```html\n</think>\n   ```",
        "> ```\n</think>\n",
        "````\n```\n</think>\n````",
        "the tag <think> is\n</think>\na",
        "r\n</thinking",
        "r\n</ think>\n",
        "r\n</thi",
        "",
    ],
)
def test_what_only_speaks_of_a_tag_stays_text(text: str) -> None:
    for pieces in cuts(text.encode()):
        assert late([piece.decode() for piece in pieces]) == (text, "", "")


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["</think>", "<think>", "</thi", "nk>", "[/THINK]", "```", "~~~", "\n", " ", "a", "`"]
        )
    )
)
def test_a_late_tag_loses_nothing(pieces: list[str]) -> None:
    whole = "".join(pieces)
    assert "".join(late(pieces)) == whole
    assert late(pieces) == late([whole]) == late(list(whole)), "how it is cut changes nothing"


@pytest.mark.parametrize("piece", ["a", "\n", "<", "</think", "`", "\n</think", "\n```\n", " ", "[/THIN\n"])
def test_a_late_tag_costs_the_same_at_each_place(piece: str) -> None:
    def cost(count: int) -> float:
        tag = LateTag()
        begun = time.process_time()
        for _ in range(count):
            tag.feed(piece)
        return time.process_time() - begun

    cost(1000)
    assert cost(20_000) < 60 * max(cost(2_000), 0.001)
    begun = time.process_time()
    LateTag().feed(piece * 100_000)
    assert time.process_time() - begun < 2, "nor at those of one long piece"
