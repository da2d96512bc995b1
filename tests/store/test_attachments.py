"""The attachments of messages and drafts come back as they were kept, whatever is done with them."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from neurotui.chat.attachments import Attachment, AttachmentKind, Facts
from neurotui.chat.conversation import Conversation, Status, user_message
from neurotui.store import attachment_rows, drafts
from neurotui.store.database import FILE_NAME, Database
from neurotui.store.message_rows import read_running
from neurotui.store.shelf import Shelf
from neurotui.store.store import Store
from neurotui.wire.parts import Blob
from tests.store.attaching import PNG, check_blobs, document, picture, text_file
from tests.store.examples import EXACT, answer, check, rows, turn


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(tmp_path)
    yield store
    await store.aclose()
    check(tmp_path)
    check_blobs(tmp_path)


async def ask(store: Store, *attachments: Attachment) -> Conversation:
    """A conversation in which something was asked and answered."""
    conversation = Conversation()
    question = user_message("Что здесь?", None, attachments)
    running = answer(question, "", Status.RUNNING)
    for message in (question, running):
        conversation.put(message)
    await store.journal.begin(conversation, question, running)
    done = replace(running, text="Кот.", status=Status.COMPLETE)
    conversation.put(done)
    await store.journal.finish(done)
    return conversation


async def test_they_survive_a_restart_byte_for_byte(tmp_path: Path) -> None:
    store = Store(tmp_path)
    attachments = (
        picture(store.blobs),
        text_file(store.blobs, EXACT),
        document(store.blobs, "страница"),
        text_file(store.blobs, "\n\n", name="\n"),
        Attachment(AttachmentKind.PASTE, "", "text/plain", store.blobs.put(b"x"), text="x"),
    )
    conversation = await ask(store, *attachments)
    await store.aclose()
    store = Store(tmp_path)
    found = store.library.open(conversation.id)
    assert found is not None and found.messages == conversation.messages
    large = store.library.open_large(conversation.id)
    assert large is not None and dict(large.messages) == conversation.messages
    with store.blobs.open(attachments[0].blob) as file:
        assert file.read() == PNG
    await store.aclose()
    check(tmp_path)
    check_blobs(tmp_path)


async def test_nonsense_in_a_row_is_passed_over(store: Store, tmp_path: Path) -> None:
    conversation = await ask(store, replace(picture(store.blobs), sent=None))
    facts = '\'{"width":"wide","height":3,"as_text":1,"colour":true}\''
    change = f"UPDATE attachments SET kind = 'hologram', facts = {facts}, digest = NULL"
    Database(tmp_path / FILE_NAME).write(lambda connection: connection.execute(change))
    found = store.library.open(conversation.id)
    assert found is not None
    (attachment,) = next(iter(found.messages.values())).attachments
    assert attachment.facts == Facts(height=3)
    assert (attachment.kind, attachment.blob, attachment.as_text) == (AttachmentKind.FILE, Blob("", 0), False)


async def test_files_of_an_answer_are_kept_as_they_come(store: Store, tmp_path: Path) -> None:
    conversation = Conversation()
    question, running = turn(conversation)
    await store.journal.begin(conversation, question, running)
    failed = store.journal.keep_media(running.id, lambda blobs: 1 / 0)  # type: ignore[arg-type,return-value]
    made = [
        store.journal.keep_media(running.id, lambda blobs, name=name: text_file(blobs, name * 9, name))  # type: ignore[misc]
        for name in ("а", "б", "в")
    ]
    made[1].cancel()  # whoever waited for it waits no more
    with pytest.raises(ZeroDivisionError):
        await failed
    assert (await made[2]).name == "в"
    await store.journal.written(30)
    ((_owner, _id, message),) = Database(tmp_path / FILE_NAME).read(read_running)
    assert [each.name for each in message.attachments] == ["а", "б", "в"]
    done = replace(running, text="ok", status=Status.COMPLETE, attachments=message.attachments)
    conversation.put(done)
    await store.journal.finish(done)
    found = store.library.open(conversation.id)
    assert found is not None and found.messages == conversation.messages
    assert rows(tmp_path, "SELECT count(*) FROM attachments") == [(3,)]


async def test_those_of_a_draft_have_places_in_its_text(store: Store, tmp_path: Path) -> None:
    first, second = picture(store.blobs), text_file(store.blobs, "текст")
    conversation = Conversation()
    text = f"Сравни {drafts.PLACE} и {drafts.PLACE}"
    store.journal.draft(conversation.id, text, conversation, (first, second))
    await store.journal.written(30)
    assert store.library.draft(conversation.id) == text
    assert store.library.draft_attachments(conversation.id) == (first, second)
    numbers = rows(tmp_path, "SELECT number FROM attachments ORDER BY position")
    store.journal.draft(conversation.id, text + "!", conversation, (first, second))
    await store.journal.written(30)
    assert rows(tmp_path, "SELECT number FROM attachments ORDER BY position") == numbers, "none is rewritten"
    store.journal.draft(conversation.id, f"Только {drafts.PLACE}", conversation, (second,))
    await store.journal.written(30)
    assert store.library.draft_attachments(conversation.id) == (second,)
    store.journal.draft(conversation.id, "", conversation)
    await store.journal.written(30)
    assert store.library.draft_attachments(conversation.id) == ()
    assert rows(tmp_path, "SELECT count(*) FROM attachments") == [(0,)]


async def test_an_older_window_that_rewrites_a_draft_leaves_no_file_without_a_place(
    store: Store, tmp_path: Path
) -> None:
    store.journal.draft("c", drafts.PLACE, Conversation("c"), (picture(store.blobs),))
    await store.journal.written(30)
    assert store.library.left_draft() == ("c", drafts.PLACE)

    def older(connection: sqlite3.Connection) -> None:  # statements of version 2
        connection.execute("DELETE FROM drafts WHERE conversation_id = 'c'")
        connection.execute("INSERT INTO drafts VALUES ('c', 'words')")

    Database(tmp_path / FILE_NAME).write(older)
    assert store.library.draft_attachments("c") == ()


async def test_a_fork_has_them_too_and_keeps_them(store: Store, tmp_path: Path) -> None:
    conversation = await ask(store, picture(store.blobs), text_file(store.blobs, "текст"))
    fork = store.library.fork(conversation, conversation.leaf_id or "")
    assert store.library.delete(conversation.id)
    Database(tmp_path / FILE_NAME).write(
        lambda c: c.execute("UPDATE conversations SET deleted_at = 1 WHERE deleted_at")
    )
    store.library.purge()
    assert store.library.open(conversation.id) is None
    assert rows(tmp_path, "SELECT count(*) FROM attachments") == [(2,)]
    found = store.library.open(fork.id)
    assert found is not None and found.messages == fork.messages


async def test_what_is_imported_has_them_and_is_known_again(store: Store) -> None:
    conversation = Conversation.of([user_message("q", None, (picture(store.blobs),))])
    assert store.library.add(conversation) == "new"
    assert store.library.add(conversation) == "known"
    found = store.library.open(conversation.id)
    assert found is not None and found.messages == conversation.messages


async def test_where_there_are_no_words_files_give_the_name(store: Store, tmp_path: Path) -> None:
    files = picture(store.blobs, name="кот.png"), text_file(store.blobs, "x", name="отчёт.md")
    place = drafts.PLACE
    for id_, text in ("a", f"{place}{place} "), ("b", f"\n {place}\n{place} что это?\nи это"):
        store.journal.draft(id_, text, Conversation(id_), files)
    await store.journal.written(30)
    names = {summary.id: summary.name for summary in store.library.drafts()}
    assert names == {"a": "кот.png, отчёт.md", "b": " что это?"}
    conversation = Conversation.of([user_message("", None, files)])
    store.library.add(conversation)
    (summary,) = store.library.summaries()
    assert summary.name == conversation.name == "кот.png, отчёт.md"


async def test_long_texts_of_files_are_not_held_in_memory(store: Store) -> None:
    files = [text_file(store.blobs, f"{number}" * 3_000_000) for number in range(3)]
    conversation = Conversation.of([user_message("q", None, tuple(files))])
    store.library.add(conversation)
    found = store.library.open_large(conversation.id)
    assert found is not None and isinstance(found.messages, Shelf)
    assert dict(found.messages) == conversation.messages


def test_blobs_of_names_each_form() -> None:
    whole, smaller = Blob("a" * 64, 2), Blob("b" * 64, 1)
    picture = Attachment(AttachmentKind.IMAGE, "", "", whole, smaller)
    lost = replace(picture, blob=Blob("", 0), sent=None)
    assert [*attachment_rows.blobs_of([picture, lost])] == [whole, smaller]
