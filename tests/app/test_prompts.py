from __future__ import annotations

from unicodedata import normalize

from neurotui.app.prompts import Prompts
from neurotui.chat.attachments import Draft


def drafts(*texts: str) -> list[Draft]:
    return [Draft(text) for text in texts]


def walk(prompts: Prompts, draft: str = "") -> list[str]:
    passed = []
    while (prompt := prompts.older(draft)) is not None:
        passed.append(prompt.text)
    return passed


def test_the_newest_comes_first_and_the_draft_again_in_the_end() -> None:
    prompts = Prompts()
    prompts.remember(drafts("one", "two"))
    assert not prompts.walking
    assert prompts.newer() is None
    assert walk(prompts) == ["two", "one"]
    assert prompts.walking
    assert prompts.newer() == Draft("two")
    assert prompts.newer() == Draft("")
    assert prompts.newer() is None


def test_what_is_typed_filters() -> None:
    prompts = Prompts()
    prompts.remember(drafts("Hello", "how are you", "help", "no"))
    assert walk(prompts, "h") == ["help", "how are you", "Hello"]
    prompts.leave()
    assert walk(prompts, "HEL") == ["help", "Hello"]
    assert prompts.newer() == Draft("help")
    assert prompts.newer() == Draft("HEL")
    assert walk(prompts, "x") == []
    assert not prompts.walking


def test_those_of_this_conversation_come_before_all_others() -> None:
    prompts = Prompts()
    prompts.remember_earlier(drafts("other 1", "mine 1", "other 2"))
    prompts.remember(drafts("mine 1", "mine 2"))
    assert walk(prompts) == ["mine 2", "mine 1", "other 2", "other 1"]


def test_what_was_sent_is_the_newest_and_none_comes_twice() -> None:
    prompts = Prompts()
    prompts.remember(drafts("one", "two"))
    prompts.older("")
    prompts.add(Draft("one"))
    assert not prompts.walking
    assert walk(prompts) == ["one", "two"]
    prompts.remember(drafts())
    prompts.remember_earlier(drafts("older"))
    assert walk(prompts) == ["one", "older"]


def test_a_prompt_in_decomposed_letters_is_met_by_its_beginning() -> None:
    prompts = Prompts()
    prompts.remember_earlier(drafts(normalize("NFD", "Мой ёж"), "Другое"))
    assert prompts.older("мой еж"[:5]) == Draft(normalize("NFD", "Мой ёж"))
    prompts.leave()
    assert prompts.older(normalize("NFD", "МОЙ Ё")) == Draft(normalize("NFD", "Мой ёж"))
