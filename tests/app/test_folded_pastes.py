from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurotui import i18n
from neurotui.app.folded_pastes import LONGEST_INPUT, LONGEST_LINE, LONGEST_TEXT, FoldedPastes


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    i18n.use("en")
    yield
    i18n.use("en")


def test_a_small_text_stands_as_it_is() -> None:
    pastes = FoldedPastes()
    text = "line\n" * (LONGEST_TEXT // 5)
    assert pastes.fold(text) == text
    assert pastes.unfold("no sign") == "no sign"


@pytest.mark.parametrize(
    ("text", "around", "line"),
    [
        ("line\n" * (LONGEST_TEXT // 5 + 1), 0, 0),
        ("x" * (LONGEST_LINE + 1), 0, 0),
        ("x" * 10, 0, LONGEST_LINE),
        ("x\n" * 10, LONGEST_INPUT, 0),
    ],
)
def test_a_large_one_is_folded_to_a_sign_and_back(text: str, around: int, line: int) -> None:
    pastes = FoldedPastes()
    sign = pastes.fold(text, around, line)
    assert sign.startswith("[paste 1: ")
    assert pastes.unfold(f"before {sign} after {sign}") == f"before {text} after {text}"
    assert list(pastes.spans(f"a {sign} b")) == [(2, 2 + len(sign))]


def test_a_sign_says_what_it_stands_for() -> None:
    pastes = FoldedPastes()
    assert pastes.fold("ab\n" * 80_000) == "[paste 1: 240 KB, 80,000 lines]"
    assert pastes.fold("ы" * 2_621_440) == "[paste 2: 5.2 MB, 1 line]"
    assert pastes.fold("ab\n" * 80_000) == "[paste 1: 240 KB, 80,000 lines]"


def test_signs_do_not_mix() -> None:
    pastes = FoldedPastes()
    texts = [str(n) * LONGEST_TEXT for n in range(12)]
    signs = [pastes.fold(text + "!") for text in texts]
    assert pastes.unfold("".join(reversed(signs))) == "".join(text + "!" for text in reversed(texts))


def test_a_text_that_looks_like_a_sign_within_another_is_left_alone() -> None:
    pastes = FoldedPastes()
    sign = pastes.fold("x" * LONGEST_TEXT)
    assert pastes.unfold(pastes.fold(f"{sign}\n" * 1000)) == f"{sign}\n" * 1000


def test_forgotten_signs_are_texts() -> None:
    pastes = FoldedPastes()
    sign = pastes.fold("x" * LONGEST_TEXT)
    pastes.clear()
    assert pastes.unfold(sign) == sign
    assert list(pastes.spans(sign)) == []


@given(st.text(), st.integers(0, 50_000), st.integers(0, 5_000))
def test_whatever_is_folded_is_unfolded(text: str, around: int, line: int) -> None:
    pastes = FoldedPastes()
    assert pastes.unfold(pastes.fold(text, around, line)) == text
