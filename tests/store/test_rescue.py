"""Damage of every kind: the file is kept as it was, beside a fresh one with all that could be read."""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from neurotui.chat.conversation import Bill, Conversation, Message, Role, Timing, user_message
from neurotui.errors import StoreDamaged
from neurotui.store import schema
from neurotui.store.blobs import BlobStore
from neurotui.store.database import Database
from neurotui.store.library import Library
from neurotui.store.rescue import rescue
from neurotui.store.store import FILE_NAME, Store
from tests.store.attaching import check_blobs, picture, text_file
from tests.store.examples import check, everything, library_of, rows, small

PAGE = 4096


def fill(folder: Path, count: int = 60) -> list[Conversation]:
    """A file of many pages, closed; what is in it."""
    conversations = [
        everything(),
        *(small(f"вопрос {n} " * 20, f"ответ {n} " * 60, at=n) for n in range(count)),
    ]
    library = library_of(folder, *conversations)
    library._database.close()
    return conversations


def pages_of(folder: Path, name: str) -> list[int]:
    """The pages that a table or an index takes, as numbers from 1."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        try:
            found = connection.execute(
                "SELECT pageno FROM dbstat WHERE name = ? ORDER BY pageno", (name,)
            ).fetchall()
        except sqlite3.OperationalError:
            pytest.skip("this SQLite does not tell what is on a page")
    return [number for (number,) in found]


def damage(path: Path, at: int, content: bytes) -> bytes:
    """Writes over a part of a file; what the file is then."""
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)
    return path.read_bytes()


def reopened(folder: Path, damaged: bytes) -> Library:
    """The library after damage was met; asserts that the damaged file is kept as it was, and said."""
    store = Store(folder)
    store.library.summaries()
    for conversation in store.library.conversations():
        store.library.search(conversation.name)
    store.library.add(small())
    assert isinstance(store.notice, StoreDamaged)
    (aside,) = folder.glob("neurotui damaged *.db")
    assert str(aside) in store.notice.title
    assert aside.read_bytes() == damaged
    assert {path.name for path in folder.glob("rescue-*")} == set()
    store.journal._database.close()
    store.library._database.close()
    check(folder)
    return store.library


def found_again(library: Library, conversations: list[Conversation]) -> int:
    return sum(library.open(conversation.id) == conversation for conversation in conversations)


def test_a_head_overwritten_costs_nothing(tmp_path: Path) -> None:
    conversations = fill(tmp_path)
    damaged = damage(tmp_path / FILE_NAME, 0, b"\0" * 100)
    assert found_again(reopened(tmp_path, damaged), conversations) == len(conversations)


def test_a_first_page_overwritten_costs_nothing(tmp_path: Path) -> None:
    conversations = fill(tmp_path)
    damaged = damage(tmp_path / FILE_NAME, 0, random.Random(1).randbytes(PAGE))
    assert found_again(reopened(tmp_path, damaged), conversations) == len(conversations)


def test_a_page_of_messages_costs_those_on_it(tmp_path: Path) -> None:
    conversations = fill(tmp_path)
    pages = pages_of(tmp_path, "messages")
    damaged = damage(tmp_path / FILE_NAME, (pages[len(pages) // 2] - 1) * PAGE, b"\xff" * PAGE)
    library = reopened(tmp_path, damaged)
    assert len(conversations) - 12 <= found_again(library, conversations) < len(conversations)


@pytest.mark.parametrize("table", ["blobs", "sqlite_autoindex_blobs_1", "attachments"])
def test_a_page_of_attachments_costs_no_bytes(table: str, tmp_path: Path) -> None:
    conversations = fill(tmp_path)
    blobs = BlobStore(tmp_path)
    for number in range(60):
        files = picture(blobs), text_file(blobs, f"{number} " * 40)
        conversations.append(Conversation.of([user_message("Что это?", None, files)]))
    library = library_of(tmp_path, *conversations)
    library._database.close()
    kept = sorted(path.name for path in (tmp_path / "blobs").glob("??/*"))
    damaged = damage(tmp_path / FILE_NAME, (pages_of(tmp_path, table)[-1] - 1) * PAGE, b"\xff" * PAGE)
    library = reopened(tmp_path, damaged)
    found = found_again(library, conversations)
    assert found == len(conversations) if table != "attachments" else 60 < found < len(conversations)
    assert sorted(path.name for path in (tmp_path / "blobs").glob("??/*")) == kept
    check_blobs(tmp_path)


@pytest.mark.parametrize("place", [0, -1])
def test_a_page_of_messages_at_either_end_costs_those_on_it(place: int, tmp_path: Path) -> None:
    conversations = fill(tmp_path)
    leaves = pages_of(tmp_path, "messages")[1:]
    damaged = damage(tmp_path / FILE_NAME, (leaves[place] - 1) * PAGE, b"\xff" * PAGE)
    assert found_again(reopened(tmp_path, damaged), conversations) >= len(conversations) - 12


@pytest.mark.parametrize("name", ["search_data", "messages_conversation", "sqlite_autoindex_messages_1"])
def test_a_damaged_index_costs_nothing(name: str, tmp_path: Path) -> None:
    conversations = fill(tmp_path)
    for page in pages_of(tmp_path, name):
        damaged = damage(tmp_path / FILE_NAME, (page - 1) * PAGE, b"\0" * PAGE)
    assert found_again(reopened(tmp_path, damaged), conversations) == len(conversations)


def test_lost_conversations_leave_their_messages(tmp_path: Path) -> None:
    conversations = fill(tmp_path, 5)
    for page in pages_of(tmp_path, "conversations"):
        damaged = damage(tmp_path / FILE_NAME, (page - 1) * PAGE, b"\0" * PAGE)
    library = reopened(tmp_path, damaged)
    for conversation in conversations:
        found = library.open(conversation.id)
        assert found is not None
        assert found.messages == conversation.messages
    assert "Привет, ёжик! Как дела?" in [summary.name for summary in library.summaries()]


def test_a_file_cut_short_keeps_its_beginning(tmp_path: Path) -> None:
    conversations = fill(tmp_path, 200)
    path = tmp_path / FILE_NAME
    os.truncate(path, path.stat().st_size // PAGE // 2 * PAGE)
    library = reopened(tmp_path, path.read_bytes())
    assert 20 < found_again(library, conversations) < len(conversations)


@pytest.mark.parametrize("content", [b"no database at all\n" * 1000, b"x", b"SQLite format 3\0" + b"\0" * 84])
def test_a_file_of_something_else_is_kept(content: bytes, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    library = reopened(tmp_path, content)
    library.add(everything())
    assert library.open("all") == everything()


def test_a_running_answer_is_rescued_too(tmp_path: Path) -> None:
    fill(tmp_path, 2)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection, connection:
        connection.execute("UPDATE messages SET status = 'running', text = '' WHERE id = 'a4'")
        connection.execute("INSERT INTO deltas VALUES ('a4', 1, 'Ост', ''), ('a4', 2, 'алось', '')")
        connection.execute("INSERT INTO drafts VALUES ('', 'черновик')")
    damaged = damage(tmp_path / FILE_NAME, 0, b"\0" * 100)
    library = reopened(tmp_path, damaged)
    found = library.open("all")
    assert found is not None and found.messages["a4"].text == "Осталось"
    assert library.draft("") == "черновик"


def fill_version_3(folder: Path) -> None:
    """A row in each table that came with version 3."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection, connection:
        for row in (
            "tags VALUES ('all', 'работа')",
            "blobs VALUES ('ab', 3, 1.0)",
            "attachments (message_id, position, kind, name, digest, text) "
            "VALUES ('q1', 0, 'text', 'отчёт.md', 'ab', 'отчёт о погоде')",
            "spending (id, at, status, prompt_tokens, micros) VALUES ('a1', 1.0, 'complete', 2, 3)",
            "prices (server, model, source, told_at, input) VALUES ('s', 'm', 'list', 1.0, 2)",
            "learnt VALUES ('s', 'm', 'continues', 'yes', 1.0)",
        ):
            connection.execute(f"INSERT INTO {row}")
        connection.execute("UPDATE conversations SET profile = 'work' WHERE id = 'all'")


TABLES = ("tags", "blobs", "attachments", "spending", "prices", "learnt")


def test_tables_of_version_3_are_rescued_too(tmp_path: Path) -> None:
    fill(tmp_path)
    fill_version_3(tmp_path)
    before = [rows(tmp_path, f"SELECT * FROM {table}") for table in TABLES]
    pages = pages_of(tmp_path, "messages")
    damaged = damage(tmp_path / FILE_NAME, (pages[len(pages) // 2] - 1) * PAGE, b"\xff" * PAGE)
    library = reopened(tmp_path, damaged)
    assert [rows(tmp_path, f"SELECT * FROM {table}") for table in TABLES] == before
    found = library.open("all")
    assert found is not None and found.profile == "work"
    query = "SELECT rowid FROM attachment_search WHERE attachment_search MATCH 'погод'"
    assert rows(tmp_path, query) == [(1,)]


def test_a_file_that_grew_up_loses_no_message_with_its_head(tmp_path: Path) -> None:
    """Its later tables are not on the pages on which a new file has them; its messages' bills are read."""
    bill = Bill("m", 10, 20, 0.5)
    paid = Message("paid", Role.ASSISTANT, "ответ", None, time.time(), timing=Timing(), bill=bill)
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as connection:
        schema.apply(connection, last=2)
        for number in range(300):
            connection.execute("INSERT INTO drafts VALUES (?, ?)", (f"d{number}", "черновик " * 200))
    conversations = [*fill(tmp_path), Conversation.of([paid])]
    library_of(tmp_path, conversations[-1])._database.close()
    fill_version_3(tmp_path)
    damaged = damage(tmp_path / FILE_NAME, 0, random.Random(1).randbytes(PAGE))
    library = reopened(tmp_path, damaged)
    expected = [replace(one, profile="work") if one.id == "all" else one for one in conversations]
    assert found_again(library, expected) == len(conversations)
    assert rows(tmp_path, "SELECT count(*) FROM drafts") == [(300,)]
    store = Store(tmp_path)
    (total,) = store.spending.totals(time.time() - 60, time.time() + 60)
    assert (total.micros, total.completion_tokens) == (500_000, 20)
    store.close()
    store.journal._database.close()


def test_what_stands_only_in_the_log_is_rescued(tmp_path: Path) -> None:
    """The damage is met while another connection has not written its log back yet."""
    fill(tmp_path, 2)
    other = library_of(tmp_path)
    conversation = small("только в журнале")
    other.add(conversation)
    assert (tmp_path / (FILE_NAME + "-wal")).stat().st_size > 0
    damage(tmp_path / FILE_NAME, 0, b"\0" * PAGE)
    library = library_of(tmp_path)
    assert library.open(conversation.id) == conversation
    assert other.open(conversation.id) == conversation, "the other follows to the fresh file"
    assert len(list(tmp_path.glob("neurotui damaged *.db"))) == 1
    other._database.close()
    library._database.close()
    check(tmp_path)


def test_damage_that_is_met_later_is_mended_under_way(tmp_path: Path) -> None:
    conversations = fill(tmp_path)
    pages = pages_of(tmp_path, "messages")
    library = library_of(tmp_path)
    library.summaries()
    damage(tmp_path / FILE_NAME, (pages[len(pages) // 2] - 1) * PAGE, b"\xff" * PAGE)
    assert found_again(library, conversations) >= len(conversations) - 12
    assert isinstance(library._database.notice, StoreDamaged)
    library.add(small("после"))
    assert library.search("после").hits


def test_two_that_meet_the_damage_set_aside_one_file(tmp_path: Path) -> None:
    fill(tmp_path, 2)
    damage(tmp_path / FILE_NAME, 0, b"\0" * 100)
    first, second = Database(tmp_path / FILE_NAME), Database(tmp_path / FILE_NAME)
    first.connect()
    second.connect()
    assert first.notice and not second.notice
    assert len(list(tmp_path.glob("neurotui damaged *.db"))) == 1
    found = (tmp_path / FILE_NAME).stat()
    assert rescue(tmp_path / FILE_NAME, (found.st_dev, found.st_ino + 1)) is None
    first.close()
    second.close()


@pytest.mark.parametrize("seed", range(12))
def test_random_damage_never_ends_in_an_error(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    fill(tmp_path, 20)
    path = tmp_path / FILE_NAME
    size = path.stat().st_size
    for _ in range(chance.choice((1, 5, 40))):
        damage(path, chance.randrange(size), chance.randbytes(chance.choice((1, 16, 600))))
    library = library_of(tmp_path)
    uses: list[Callable[[], object]] = [
        library.summaries,
        lambda: list(library.conversations()),
        lambda: library.search("ответ"),
        lambda: library.add(small("новое")),
    ]
    for use in uses:
        use()
    assert library.search("новое").hits
    assert rows(tmp_path, "SELECT count(*) > 0 FROM messages") == [(1,)]
    library._database.close()
