"""What is kept is found again: whole, in order, by its name; and what is deleted is not."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest

from neurotui.chat.conversation import Conversation, Message, Role, Status
from neurotui.store import library as library_module
from neurotui.store.library import Added, Library
from neurotui.store.names import Names
from neurotui.store.shelf import Shelf
from neurotui.transcripts import Format, render
from tests.store.examples import EXACT, answer, check, everything, library_of, rows, small


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return library_of(tmp_path)


def test_a_conversation_comes_back_as_it_was(library: Library, tmp_path: Path) -> None:
    conversation = everything()
    assert library.add(conversation) is Added.NEW
    assert library.open("all") == conversation
    assert library_of(tmp_path).open("all") == conversation
    check(tmp_path)


def test_what_is_not_there_is_none(library: Library) -> None:
    assert library.open("nowhere") is None
    assert library.latest() is None
    assert library.summaries() == []


def test_a_lone_surrogate_is_repaired_and_harms_nothing(library: Library) -> None:
    broken = small("вопрос \ud83d", "ответ \ude00 и \ud83d\ude00")
    library.add(broken)
    found = library.open(broken.id)
    assert found is not None
    assert [message.text for message in found.path()] == ["вопрос \ufffd", "ответ \ufffd и 😀"]


def test_a_summary_tells_what_the_list_shows(library: Library) -> None:
    conversation = everything()
    library.add(conversation)
    (summary,) = library.summaries()
    assert summary.name == "Всё"
    assert summary.model == "m"
    assert summary.message_count == 6
    # SQLite counts up to the NUL in a text.
    assert summary.characters == sum(len(m.text.split("\0")[0]) for m in conversation.messages.values())
    assert summary.status is Status.STOPPED
    assert (summary.created_at, summary.updated_at) == (999.5, 1005.0)
    assert not summary.pinned


def test_without_a_title_the_first_words_are_the_name(library: Library) -> None:
    conversation = small("Расскажи   длинную\nисторию " + "о космосе " * 20)
    library.add(conversation)
    assert library.summaries()[0].name == conversation.name
    library.rename(conversation.id, "  Моя\nистория ")
    assert library.summaries()[0].name == "Моя история"
    library.rename(conversation.id, "")
    assert library.summaries()[0].name == conversation.name


def test_the_newest_is_first_and_the_pinned_before_it(library: Library) -> None:
    for number in range(4):
        library.add(replace(small(at=1000.0 + number), id=str(number)))
    assert [summary.id for summary in library.summaries()] == ["3", "2", "1", "0"]
    library.pin("1", True)
    assert [(summary.id, summary.pinned) for summary in library.summaries()][:2] == [
        ("1", True),
        ("3", False),
    ]
    latest = library.latest()
    assert latest is not None and latest.id == "3"
    library.pin("1", False)
    assert [summary.id for summary in library.summaries()] == ["3", "2", "1", "0"]


def test_what_is_deleted_can_be_brought_back(library: Library) -> None:
    conversation = small("Секрет")
    library.add(conversation)
    library.delete(conversation.id)
    assert library.summaries() == []
    assert library.latest() is None
    assert library.search("секрет").hits == ()
    library.restore(conversation.id)
    assert library.open(conversation.id) == conversation
    assert len(library.search("секрет").hits) == 1


def test_what_was_deleted_long_ago_is_removed(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, fresh, old = small("one"), small("two"), small("three")
    for conversation in (kept, fresh, old):
        library.add(conversation)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - library_module.DELETED_FOR - 1)
    library.delete(old.id)
    monkeypatch.undo()
    library.delete(fresh.id)
    library.purge()
    assert library.open(old.id) is None
    assert rows(tmp_path, "SELECT count(*) FROM messages") == [(4,)]
    library.restore(fresh.id)
    assert {summary.id for summary in library.summaries()} == {kept.id, fresh.id}
    check(tmp_path)


def test_the_branch_that_is_looked_at_is_remembered(library: Library) -> None:
    library.add(everything())
    library.look_at("all", "a4")
    found = library.open("all")
    assert found is not None
    assert [message.id for message in found.path()] == ["q1", "a1", "q2", "a4"]


def test_a_fork_is_a_conversation_of_its_own(library: Library, tmp_path: Path) -> None:
    conversation = everything()
    library.add(conversation)
    fork = library.fork(conversation, "q2")
    assert [message.text for message in fork.path()] == ["Привет, ёжик!\nКак дела?", EXACT, "Дальше"]
    assert fork.id != "all" and not fork.messages.keys() & conversation.messages.keys()
    assert (fork.title, fork.system_prompt) == (conversation.title, conversation.system_prompt)
    assert library.open(fork.id) == fork
    assert library.open("all") == conversation
    latest = library.latest()
    assert latest is not None and latest.id == fork.id
    check(tmp_path)


def test_adding_the_same_again_changes_nothing(library: Library) -> None:
    library.add(everything())
    before = library.summaries()
    assert library.add(everything()) is Added.KNOWN
    assert library.summaries() == before


def test_adding_a_conversation_that_grew_adds_what_is_new(library: Library) -> None:
    conversation = everything()
    library.add(conversation)
    library.rename("all", "Другое имя")
    grown = everything()
    grown.put(Message("q3", Role.USER, "Ещё", "a4", 1006.0))
    assert library.add(grown) is Added.GREW
    found = library.open("all")
    assert found is not None
    assert found.messages == grown.messages
    assert found.title == "Другое имя"


def test_adding_what_was_deleted_brings_it_back(library: Library) -> None:
    library.add(everything())
    library.delete("all")
    assert library.add(everything()) is Added.KNOWN
    assert [summary.id for summary in library.summaries()] == ["all"]


def test_adding_something_else_under_the_same_ids_keeps_both(library: Library) -> None:
    library.add(everything())
    other = everything()
    other.messages["a1"] = replace(other.messages["a1"], text="Подделка")
    assert library.add(other) is Added.COPIED
    assert library.open("all") == everything()
    copy = next(c for c in library.conversations() if c.id != "all")
    assert "Подделка" in [message.text for message in copy.messages.values()]
    assert copy.messages[copy.leaf_id or ""].text == "Нет"


def test_messages_of_another_conversation_are_not_taken_over(library: Library) -> None:
    library.add(everything())
    thief = replace(everything(), id="thief")
    assert library.add(thief) is Added.COPIED
    assert library.open("all") == everything()
    assert len(library.summaries()) == 2


def test_what_comes_from_the_future_is_not_ahead_of_now(library: Library) -> None:
    library.add(small("будущее", at=4e9))
    now = small("сейчас", at=time.time())
    library.fork(now, now.leaf_id or "")
    assert [summary.name for summary in library.summaries()] == ["сейчас", "будущее"]


def test_a_message_whose_parent_is_lost_begins_a_branch(library: Library, tmp_path: Path) -> None:
    conversation = small()
    library.add(conversation)
    question = next(iter(conversation.messages))
    with sqlite3.connect(tmp_path / "neurotui.db") as connection:
        connection.execute("DELETE FROM messages WHERE id = ?", (question,))
    connection.close()
    found = library.open(conversation.id)
    assert found is not None
    assert [message.text for message in found.path()] == ["Ответ"]


def test_names_are_filtered_by_all_words_in_any_case_and_layout(library: Library) -> None:
    for name in ("Ёжик в тумане", "Туман над рекой", "Hello world"):
        library.add(small(name))
    summaries = library.summaries()

    def names(query: str) -> tuple[list[str], str]:
        found, used = Names(summaries).matching(query)
        return sorted(summary.name for summary in found), used

    assert names("туман") == (["Ёжик в тумане", "Туман над рекой"], "туман")
    assert names("ТУМАН ежик") == (["Ёжик в тумане"], "ТУМАН ежик")
    assert names("nevfy") == (["Ёжик в тумане", "Туман над рекой"], "туман")
    assert names("руддщ") == (["Hello world"], "hello")
    assert names("нет такого") == ([], "нет такого")
    assert len(names("  ")[0]) == 3


def test_ten_thousand_messages_are_one_path(library: Library) -> None:
    conversation = Conversation()
    parent: Message | None = None
    for number in range(10_000):
        parent = Message(str(number), Role.USER, str(number), parent.id if parent else None, float(number))
        conversation.put(parent)
    library.add(conversation)
    found = library.open(conversation.id)
    assert found is not None
    assert len(found.path()) == 10_000


def test_an_answer_that_nobody_receives_any_more_is_cut(library: Library) -> None:
    asked = Message("q", Role.USER, "?", None, 1.0)
    running = answer(asked, "", Status.RUNNING)
    library.add(Conversation.of([asked, running], id="c"))
    found = library.open("c")
    assert found is not None
    assert found.messages[running.id].status is Status.CUT
    assert library.summaries()[0].status is Status.CUT


@pytest.mark.parametrize("form", Format)
def test_a_conversation_that_is_not_in_memory_is_exported_as_any_other(
    form: Format, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add(everything())
    whole = library.open("all")
    monkeypatch.setattr(library_module, "LARGE", 0)
    large = library.open_large("all")
    assert whole is not None and large is not None
    assert isinstance(large.messages, Shelf)
    assert dict(large.messages) == whole.messages
    texts = ["".join(render(conversation, form)) for conversation in (whole, large)]
    assert len({text[text.find("conversations") :] for text in texts}) == 1
