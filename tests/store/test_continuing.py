"""A continuation is a row of its own: nothing that happens to it changes the answer it goes on with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from neurotui.chat.conversation import Conversation, Message, Role, Status, new_id
from neurotui.chat.joining import joined, judged
from neurotui.store.database import Database
from neurotui.store.journal import Journal
from neurotui.store.library import Library
from neurotui.store.store import FILE_NAME, Store
from neurotui.transcripts.document import read_conversation
from neurotui.transcripts.document import render as render_json
from neurotui.transcripts.markdown import render as render_markdown
from neurotui.transcripts.page import render as render_page
from neurotui.transcripts.plain import render as render_plain
from tests.store.examples import answer, check, rows, turn

LONG = "Кот сидит на окне и смотрит, как во дворе медленно падает первый снег этой зимы"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(tmp_path)
    yield store
    await store.aclose()
    check(tmp_path)


def continuation(of: Message) -> Message:
    return replace(answer(of, "", Status.RUNNING), id=new_id(), continues=of.id)


async def begun(journal: Journal, text: str = "один") -> tuple[Conversation, Message, Message]:
    """Keep an answer that was cut, and begin to go on with it."""
    conversation = Conversation()
    question, running = turn(conversation)
    await journal.begin(conversation, question, running)
    first = replace(running, text=text, status=Status.LENGTH)
    conversation.put(first)
    await journal.finish(first)
    more = continuation(first)
    conversation.put(more)
    await journal.begin(conversation, more)
    return conversation, first, more


async def test_it_is_kept_and_read_again(store: Store, tmp_path: Path) -> None:
    conversation, first, more = await begun(store.journal)
    before = rows(tmp_path, f"SELECT * FROM messages WHERE id = '{first.id}'")
    final = replace(more, text=" два", status=Status.COMPLETE)
    conversation.put(final)
    await store.journal.finish(final)
    assert rows(tmp_path, f"SELECT * FROM messages WHERE id = '{first.id}'") == before
    assert rows(tmp_path, "SELECT text, continues FROM messages WHERE continues IS NOT NULL") == [
        (" два", first.id)
    ]
    assert store.library.open(conversation.id) == conversation
    (hit,) = store.library.search("два").hits
    assert hit.message_id == more.id


async def test_another_answer_is_kept_beside_the_first(store: Store) -> None:
    conversation, first, more = await begun(store.journal, LONG)
    final = judged(conversation, replace(more, text=LONG[:50] + "!", status=Status.COMPLETE))
    conversation.put(final)
    await store.journal.finish(final)
    found = store.library.open(conversation.id)
    assert found == conversation
    assert found.siblings(first.id) == [first.id, more.id]


@pytest.mark.parametrize(("text", "siblings"), [(" и ждёт", 1), (LONG[:50] + " и спит", 2)])
async def test_one_that_died_is_judged_when_it_is_read(
    store: Store, tmp_path: Path, text: str, siblings: int
) -> None:
    conversation, first, more = await begun(store.journal, LONG)
    store.journal.append(more.id, text=text)
    note = replace(more, unreadable=1)
    store.journal.note(note)
    await store.journal.begin(conversation)  # all that was to be written is
    dead = Library(Database(tmp_path / FILE_NAME), lambda name: False)
    found = dead.open(conversation.id)
    assert found is not None
    assert found.messages[first.id] == first
    assert found.messages[more.id].status is Status.CUT
    assert len(found.siblings(more.id)) == siblings
    *_others, shown = joined(found.path())
    assert shown.text == (LONG + text if siblings == 1 else text)


async def test_a_fork_goes_on_with_its_own(store: Store) -> None:
    conversation, _first, more = await begun(store.journal)
    final = replace(more, text=" два", status=Status.COMPLETE)
    conversation.put(final)
    await store.journal.finish(final)
    fork = store.library.fork(conversation, more.id)
    found = store.library.open(fork.id)
    assert found is not None
    path = found.path()
    assert path[2].continues == path[1].id != conversation.path()[1].id
    assert [message.text for message in joined(path)][1:] == ["один два"]


def exported() -> Conversation:
    return Conversation.of(
        [
            Message("q", Role.USER, "Вопрос", None, 1.0),
            Message("a", Role.ASSISTANT, "```python\nx = 1", "q", 2.0, Status.CUT, "m"),
            Message("b", Role.ASSISTANT, "2\n```\nконец", "a", 3.0, model="m", continues="a"),
            Message("r", Role.USER, "Дальше", "b", 4.0),
        ],
        id="all",
    )


def test_json_has_both_and_reads_the_same_again() -> None:
    import json

    text = "".join(render_json(exported()))
    found, lost = read_conversation(json.loads(text)["conversations"][0])
    assert lost == 0
    assert found.messages == exported().messages
    assert found.siblings("b") == ["b"]
    assert '"continues":"a"' in text


def test_for_people_they_are_one_text() -> None:
    assert "```python\nx = 12\n```\nконец" in "".join(render_markdown(exported()))
    assert "```python\nx = 12\n```\nконец" in "".join(render_plain(exported()))
    page = "".join(render_page(exported()))
    assert page.count("<article") == 3
    assert page.count("<pre>") == 1


def test_what_was_learnt_is_kept_by_server_and_model(tmp_path: Path) -> None:
    with_store = Store(tmp_path)
    learnt = with_store.learnt
    assert learnt.get("host", "m", "continue") == ""
    learnt.put("host", "m", "continue", "refused")
    learnt.put("host", "m", "continue", "prefix")
    learnt.put("host", "\ud83d", "continue", "plain")
    assert learnt.get("host", "m", "continue") == "prefix"
    assert learnt.get("host", "\ud83d", "continue") == "plain"
    assert learnt.get("elsewhere", "m", "continue") == ""
    with_store.close()
