"""Any part of a word, any case, ё as е, either layout; and the newest first, page by page."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Literal
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurotui.chat.conversation import Conversation
from neurotui.chat.letters import fold, folded
from neurotui.store import by_time
from neurotui.store.library import Library
from neurotui.store.names import Names
from neurotui.store.search import Hit, words_of
from tests.store.examples import library_of, small

TEXTS = (
    "Привет, ёжик! Как программирование?",
    "Hello, World: list[int] and C# too",
    "Искусственный интеллект, ИИ",
    'Он сказал "точная фраза" и ушёл',
    "日本語の文章です",
    "say 100% or a*b?",
    "ends with Go",
    "Straße İstanbul ΟΔΟΣ",
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return library_of(tmp_path_factory.mktemp("search"), *(small(text, "") for text in TEXTS))


def texts(hits: tuple[Hit, ...]) -> list[str]:
    return ["".join(piece.text for piece in hit.context) for hit in hits]


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("привет", 0),
        ("ПРИВЕТ", 0),
        ("граммир", 0),
        ("ежик", 0),
        ("ЁЖИК", 0),
        ("ёж", 0),
        ("hello", 1),
        ("world hello", 1),
        ("st[in", 1),
        ("c#", 1),
        ("ИИ", 2),
        ("ии искус", 2),
        ("и искус н т", 2),
        ('"точная фраза"', 3),
        ("ушел", 3),
        ("語", 4),
        ("日本", 4),
        ("の文章", 4),
        ("100%", 5),
        ("a*b?", 5),
        ("go", 6),
        ("Go", 6),
        ("Straße", 7),
        ("οδοσ", 7),
    ],
)
def test_any_part_of_a_word_is_found(library: Library, query: str, number: int) -> None:
    found = library.search(query)
    assert texts(found.hits) == [TEXTS[number]]
    assert not found.switched
    assert found.query == query


@pytest.mark.parametrize(
    "query",
    [
        "",
        "   ",
        '"фраза точная"',
        "привет hello",
        "нетакого",
        '"',
        '""',
        "\x00",
        "\ud83d",
        "щъ",
        "NEAR(",
        "*",
    ],
)
def test_what_is_not_there_is_not_found(library: Library, query: str) -> None:
    found = library.search(query)
    assert [hit for hit in texts(found.hits) if query.strip('" ') not in hit] == []


@pytest.mark.parametrize(
    ("typed", "meant", "number"),
    [
        ("ghbdtn", "привет", 0),
        ("`;br ghjuhf", "ёжик програ", 0),
        ("руддщ", "hello", 1),
        ('"njxyfz ahfpf"', "точная фраза", 3),
    ],
)
def test_the_wrong_layout_is_understood_and_said(
    library: Library, typed: str, meant: str, number: int
) -> None:
    found = library.search(typed)
    assert texts(found.hits) == [TEXTS[number]]
    assert found.switched
    assert found.query == meant


def test_a_hit_says_where_it_is_and_marks_the_words(library: Library) -> None:
    (hit,) = library.search("ЕЖИК прив").hits
    assert hit.conversation_name == TEXTS[0]
    conversation = library.open(hit.conversation_id)
    assert conversation is not None
    assert conversation.messages[hit.message_id].text == TEXTS[0]
    assert [piece.text for piece in hit.context if piece.matched] == ["Прив", "ёжик"]


def test_the_context_is_a_line_around_the_match(tmp_path: Path) -> None:
    long = "начало\n\n" + "а " * 500 + "ИСКОМОЕ\tслово" + " я" * 500
    library = library_of(tmp_path, small(long, ""))
    (hit,) = library.search("искомое").hits
    (line,) = texts((hit,))
    assert "ИСКОМОЕ слово" in line
    assert "\n" not in line and len(line) < 200
    assert line.startswith("…") and line.endswith("…")


def test_hits_come_newest_first_page_by_page(tmp_path: Path) -> None:
    library = library_of(tmp_path, *(small(f"слово {number}", "ответ") for number in range(12)))
    seen: list[str] = []
    before = None
    while True:
        found = library.search("слово", limit=5, before=before)
        seen += texts(found.hits)
        if found.more is None:
            break
        before = found.more
    assert seen == [f"слово {number}" for number in reversed(range(12))]


def test_both_questions_and_answers_are_found_and_the_text_as_it_is_now(tmp_path: Path) -> None:
    library = library_of(tmp_path, small("вопросительное", "ответительное"))
    assert len(library.search("тельное").hits) == 2


def test_short_words_are_found_in_a_file_where_they_begin_much(tmp_path: Path) -> None:
    """What many trigrams begin with is not asked for beside other words, but looked for in what they find."""
    alphabet = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
    crowd = " ".join("ё" + letter + other for letter in alphabet for other in "абвг")
    library = library_of(tmp_path, small("слово раз Ё", ""), small("слово два", ""), small(crowd, ""))
    for query in ("слово е", "е слово", "Ё слово", "слово Ё", "раз сл Е"):
        assert texts(library.search(query).hits) == ["слово раз Ё"]
    assert len(library.search("е").hits) == 2
    assert library.search("слово е ж").hits == ()
    assert library.search("слово " * 100_000).hits


QUERIES = (
    *("йогурт", "ЙОГУРТ", "йод", "мой", "ой", "ый", "й", "е", "её", "ее", "ёж", "зелёный", "зеленый"),
    *("трёхколёсный", "трехколесный", "ЗЕЛЁНЫЙ ёж", "café", "naïve", '"зелёный ёж"', "рехкол"),
    *("мой ж", "мой ю", "зелен её"),
)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("stored", ["NFC", "NFD"])
@pytest.mark.parametrize("query", QUERIES)
def test_letters_are_found_whole_and_decomposed(
    query: str, stored: Literal["NFC", "NFD"], form: Literal["NFC", "NFD"], tmp_path: Path
) -> None:
    text = normalize(stored, "Мой йогурт и йод, зелёный ёж. Её трёхколёсный новый, café naïve ЙОГУРТ жюри")
    library = library_of(tmp_path, small(text, ""), small("ничто так", ""))
    query = normalize(form, query)
    found = library.search(query)
    assert len(found.hits) == 1 and not found.switched
    (hit,) = found.hits
    conversation = library.open(hit.conversation_id)
    assert conversation is not None and conversation.messages[hit.message_id].text == text
    words = [folded(word) for word in words_of(query)]
    marked = [folded(piece.text) for piece in hit.context if piece.matched]
    assert marked and set(marked) <= set(words)


@pytest.mark.parametrize("stored", ["NFC", "NFD"])
@pytest.mark.parametrize("query", ["зеленый", normalize("NFD", "зелёный йо"), "ЙОГ"])
def test_names_are_found_whole_and_decomposed(
    query: str, stored: Literal["NFC", "NFD"], tmp_path: Path
) -> None:
    library = library_of(tmp_path, small(normalize(stored, "Зелёный йогурт"), ""), small("другое", ""))
    found, _query = Names(library.summaries()).matching(query)
    assert [normalize("NFC", each.name) for each in found] == ["Зелёный йогурт"]


def test_other_marks_are_other_letters(tmp_path: Path) -> None:
    library = library_of(tmp_path, small(normalize("NFD", "конь"), ""), small(normalize("NFD", "ещё"), ""))
    for query in ("кόнь", "щё кон", "ещи"):
        assert library.search(query).hits == ()


@given(st.text(max_size=30))
@settings(max_examples=200, deadline=None)
def test_no_query_is_an_error(library: Library, query: str) -> None:
    library.search(query)


@given(st.text())
def test_folding_keeps_every_character_in_its_place(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_every_part_of_a_text_is_found(library: Library, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(TEXTS[:7]))
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : data.draw(st.integers(start + 1, len(text)))]
    if '"' in part or part != part.strip():
        return
    typed = data.draw(st.sampled_from([part, part.lower(), part.upper()]))
    assert text in texts(library.search(typed).hits)


def at(time: float, question: str, reply: str = "") -> Conversation:
    """A conversation of a question and an answer, made at that time."""
    conversation = small(question, reply)
    messages = [replace(each, created_at=time + place) for place, each in enumerate(conversation.path())]
    return Conversation.of(messages, created_at=time)


def found_in_pages(library: Library, query: str, limit: int = 5) -> list[str]:
    seen: list[str] = []
    before = None
    while True:
        found = library.search(query, limit=limit, before=before)
        seen += texts(found.hits)
        if found.more is None:
            return seen
        before = found.more


@pytest.mark.parametrize("order", ["newest first", "mixed"])
def test_what_was_imported_comes_by_the_time_of_its_messages(order: str, tmp_path: Path) -> None:
    own = [at(1e9 + 1e6 * number, f"слово {number:03}") for number in range(0, 40, 10)]
    imported = [at(1e9 + 1e6 * number, f"слово {number:03}") for number in range(39) if number % 10]
    if order == "mixed":
        random.Random(1).shuffle(imported)
    else:
        imported.reverse()
    library = library_of(tmp_path, *own, *imported, at(1e9 + 39e6, "слово 039"))
    assert found_in_pages(library, "слово") == [f"слово {number:03}" for number in reversed(range(40))]
    assert found_in_pages(library, "сл")[:2] == ["слово 039", "слово 038"]


def test_a_word_of_many_messages_is_found_in_the_newest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than are sorted: the last rows are those of the oldest conversations."""
    monkeypatch.setattr(by_time, "SORTED", 20)
    conversations = [at(1e9 + 1e6 * number, f"слово {number:03}") for number in range(300)]
    library = library_of(tmp_path, *conversations[290:], *reversed(conversations[:290]))
    assert found_in_pages(library, "слово", 10) == [f"слово {number:03}" for number in reversed(range(300))]


def test_it_is_noticed_when_conversations_are_imported_later(tmp_path: Path) -> None:
    library = library_of(tmp_path, at(2e9, "слово новое"))
    assert found_in_pages(library, "слово") == ["слово новое"]
    library.add(at(1e9, "слово старое"))
    assert found_in_pages(library, "слово") == ["слово новое", "слово старое"]
    library.add(at(1.5e9, "слово среднее"))
    assert found_in_pages(library, "слово") == ["слово новое", "слово среднее", "слово старое"]


def test_whole_words_come_before_parts_of_words(tmp_path: Path) -> None:
    oldest_first = ("мой сервер", "сервер-а", "на сервере", "микросервер", "серверы")
    library = library_of(tmp_path, *(small(text, "") for text in oldest_first))
    shown = texts(library.search("сервер").hits)
    assert shown == ["сервер-а", "мой сервер", "серверы", "микросервер", "на сервере"]
    assert texts(library.search("серв мой").hits) == ["мой сервер"]
