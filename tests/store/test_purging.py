"""A blob goes when nothing can need it any more, and never under somebody's hands."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from neurotui.chat.attachments import Attachment
from neurotui.chat.conversation import Conversation, user_message
from neurotui.store import drafts, purging
from neurotui.store.database import FILE_NAME, Database
from neurotui.store.purging import DELETED_FOR, FRESH_FOR, BlobCount
from neurotui.store.store import Store
from tests.fork_server import PIPE, start
from tests.store.attaching import check_blobs, picture, text_file
from tests.store.examples import check
from tests.terminal import kept_environment

DAY = 24 * 3600.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path)
    yield store
    asyncio.run(store.aclose())
    check(tmp_path)
    check_blobs(tmp_path)


def ask(store: Store, *attachments: Attachment) -> Conversation:
    conversation = Conversation.of([user_message("Вопрос", None, attachments)])
    store.library.add(conversation)
    return conversation


def age(folder: Path, seconds: float) -> None:
    """Have all that is there be so old; deletions too."""
    then = time.time() - seconds
    for path in (folder / "blobs").glob("??/*"):
        os.utime(path, (then, then))
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection, connection:
        connection.execute("UPDATE blobs SET used_at = ?", (then,))
        connection.execute("UPDATE conversations SET deleted_at = ? WHERE deleted_at IS NOT NULL", (then,))


def kept(folder: Path) -> int:
    """Number of files that there are."""
    return len(list((folder / "blobs").glob("??/*")))


def test_what_nothing_names_goes_after_a_day(store: Store, tmp_path: Path) -> None:
    picture(store.blobs)
    (tmp_path / "blobs" / "ab").mkdir(exist_ok=True)
    (tmp_path / "blobs" / "ab" / f".{'0' * 16}.part").write_bytes(b"cut short")
    (tmp_path / "blobs" / "ab" / "notes").write_bytes(b"somebody else's")
    store.library.drafts()
    age(tmp_path, FRESH_FOR - 60)
    store.library.purge()
    assert kept(tmp_path) == 4
    age(tmp_path, FRESH_FOR + 60)
    store.library.purge()
    assert [path.name for path in (tmp_path / "blobs").glob("??/*")] == ["notes"]


def test_what_a_message_names_stays(store: Store, tmp_path: Path) -> None:
    ask(store, picture(store.blobs))
    age(tmp_path, 1000 * DAY)
    store.library.purge()
    assert kept(tmp_path) == 2


def test_what_a_draft_names_stays_until_that_is_empty(store: Store, tmp_path: Path) -> None:
    async def draft(text: str, *attachments: Attachment) -> None:
        store.journal.draft("c", text, Conversation("c"), attachments)
        await store.journal.written(30)

    async def scene() -> None:
        await draft(drafts.PLACE, text_file(store.blobs, "текст"))
        age(tmp_path, 1000 * DAY)
        store.library.purge()
        assert kept(tmp_path) == 1
        await draft("")
        store.library.purge()
        assert kept(tmp_path) == 0

    asyncio.run(scene())


def test_what_can_be_brought_back_stays(store: Store, tmp_path: Path) -> None:
    conversation = ask(store, picture(store.blobs))
    store.library.delete(conversation.id)
    age(tmp_path, DELETED_FOR - 60)
    store.library.purge()
    store.library.restore(conversation.id)
    assert store.library.open(conversation.id) == conversation and kept(tmp_path) == 2
    store.library.delete(conversation.id)
    age(tmp_path, DELETED_FOR + 60)
    store.library.purge()
    assert kept(tmp_path) == 0


def test_a_blob_that_others_name_stays(store: Store, tmp_path: Path) -> None:
    file = text_file(store.blobs, "текст")
    ask(store, file)
    store.library.delete(ask(store, file, picture(store.blobs)).id)
    age(tmp_path, 10 * DAY)
    store.library.purge()
    assert kept(tmp_path) == 1


def test_nothing_goes_that_a_running_window_may_have_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 10 * DAY)
    window = Store(tmp_path)
    monkeypatch.undo()
    asyncio.run(window.journal.enter("c"))
    picture(window.blobs)  # a chip, in no draft yet
    deleted = ask(window, text_file(window.blobs, "текст"))
    window.library.delete(deleted.id)
    age(tmp_path, 9 * DAY)
    other = Store(tmp_path)
    other.library.purge()
    assert kept(tmp_path) == 3 and other.library.open(deleted.id) == deleted
    asyncio.run(window.aclose())
    other.library.purge()
    assert kept(tmp_path) == 0 and other.library.open(deleted.id) is None
    asyncio.run(other.aclose())


def test_nothing_goes_while_a_damaged_file_may_name_it(store: Store, tmp_path: Path) -> None:
    picture(store.blobs)
    store.library.drafts()
    age(tmp_path, 10 * DAY)
    aside = tmp_path / "neurotui damaged 2026-01-01 00-00-00.db"
    aside.write_bytes(b"")
    store.library.purge()
    assert kept(tmp_path) == 2
    aside.unlink()
    store.library.purge()
    assert kept(tmp_path) == 0


def test_they_are_counted(store: Store, tmp_path: Path) -> None:
    whole, gone = text_file(store.blobs, "0123456789"), text_file(store.blobs, "gone")
    ask(store, whole, gone)
    store.blobs.put(b"nobody")
    path = store.blobs.path(gone.blob.digest)
    assert path is not None
    path.unlink()
    found = purging.count(Database(tmp_path / FILE_NAME), store.blobs)
    assert found == BlobCount(files=2, size=16, unused=1, unused_size=6, lost=1)
    store.blobs.put(b"gone")


PURGER = """
import sys, time
from pathlib import Path
from neurotui.store.blobs import BlobStore
from neurotui.store.database import FILE_NAME, Database
from neurotui.store.purging import purge

unlink, remove = Path.unlink, BlobStore.remove

def unlink_slowly(path, **options):
    time.sleep(0.003)  # here and there a purge could do harm
    unlink(path, **options)

def remove_slowly(*values):
    time.sleep(0.003)
    remove(*values)

Path.unlink, BlobStore.remove = unlink_slowly, remove_slowly
folder = Path(sys.argv[1])
database, blobs = Database(folder / FILE_NAME), BlobStore(folder)
purge(database, lambda name: True, blobs, time.time())
print("begun", flush=True)
while True:
    purge(database, lambda name: True, blobs, time.time())
"""


TEXT = "один и тот же файл"


def forget(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE blobs SET used_at = 1")


def is_named(store: Store) -> bool:
    query = "SELECT 1 FROM blobs"
    return store.library._database.read(lambda connection: connection.execute(query).fetchone()) is not None


@pytest.mark.alone
@pytest.mark.parametrize("rounds", [50, pytest.param(2000, marks=pytest.mark.slow)])
def test_one_window_purges_while_another_attaches_the_same_file(tmp_path: Path, rounds: int) -> None:
    store = Store(tmp_path)
    command = [sys.executable, "-c", PURGER, str(tmp_path)]
    purged, chance = 0, random.Random(rounds)
    with start(command, cwd=tmp_path, env=kept_environment(), stdout=PIPE) as purger:
        assert purger.stdout is not None and purger.stdout.readline() == b"begun\n"
        try:
            for number in range(rounds):
                assert purger.poll() is None
                path = store.blobs.path(text_file(store.blobs, TEXT).blob.digest)
                assert path is not None
                with suppress(FileNotFoundError):
                    os.utime(path, (1, 1))  # now the purge is after it
                store.library._database.write(forget)
                while path.exists() if number % 2 else is_named(store):
                    time.sleep(0)
                time.sleep(chance.uniform(0, 0.008))
                purged += not path.exists()
                file = text_file(store.blobs, TEXT)
                conversation = ask(store, file)
                check_blobs(tmp_path)
                with store.blobs.open(file.blob) as opened:
                    assert opened.read().decode() == TEXT
                store.library._change(conversation.id, "deleted_at = ?", 1.0)
        finally:
            purger.kill()
    assert purged >= rounds // 2
    asyncio.run(store.aclose())
