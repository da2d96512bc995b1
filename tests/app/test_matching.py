from __future__ import annotations

from typing import SupportsIndex
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurotui.app.matching import match, spellings
from neurotui.chat.letters import fold


def score(query: str, text: str) -> float:
    return max(match(spelling, fold(text))[0] for spelling in spellings(query))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("save", "Save the conversation"),
        ("conv save", "Save the conversation"),
        ("cnv", "Save the conversation"),
        ("ЕЩЁ", "ещё раз"),
        ("еще", "Ещё раз"),
        ("ыфму", "Save the conversation"),
        ("cj[h", "Сохранить"),
        ("gpt5", "openai/gpt-5-mini"),
        ("", "anything"),
    ],
)
def test_it_finds(query: str, text: str) -> None:
    assert score(query, text) > 0


@pytest.mark.parametrize(
    ("query", "text"), [("save x", "Save it"), ("xyz", "Save it"), ("sn", "Save the conversation")]
)
def test_it_does_not_find(query: str, text: str) -> None:
    assert score(query, text) == 0


def test_whole_words_come_before_parts_and_parts_before_letters() -> None:
    texts = ["new conversation", "renew it", "n-e-w", "a new one"]
    assert sorted(texts, key=lambda text: -score("new", text)) == [
        "new conversation",
        "a new one",
        "renew it",
        "n-e-w",
    ]


def test_the_places_are_those_of_the_best_answer() -> None:
    assert match("new", "renew or new")[1] == [9, 10, 11]
    assert match("o n", "one two")[1] == [0, 1]
    assert match("oe", "one two")[1] == [0, 2]


@given(st.text(max_size=30), st.text(max_size=60))
def test_places_are_within_the_text(query: str, text: str) -> None:
    found, places = match(fold(query), fold(text))
    assert all(0 <= place < len(fold(text)) for place in places)
    assert found > 0 or not places


class Watched(str):
    """A text that counts the characters that are looked at."""

    looked_at = 0

    def find(self, part: str, start: int = 0) -> int:  # type: ignore[override]
        found = super().find(part, start)
        self.looked_at += (len(self) if found < 0 else found + len(part)) - start
        return found

    def __getitem__(self, place: SupportsIndex | slice) -> str:
        self.looked_at += 1
        return super().__getitem__(place)


@pytest.mark.parametrize("query", ["о" * 30, "остановить " * 5, "зз", "с", "оъ", "тот", "о о о"])
@pytest.mark.parametrize("times", [3, 300])
def test_its_work_grows_with_the_text_only(query: str, times: int) -> None:
    text = Watched("остановить ответ: соединение закроется сразу " * times)
    match(query, text)
    words = query.split()
    assert text.looked_at <= sum(3 * len(text) + len(word) for word in words)


def test_letters_may_be_typed_decomposed() -> None:
    assert score(normalize("NFD", "йогурт ё"), "Йогурт и ёж") == score("йогурт е", "Йогурт и ёж") > 0
