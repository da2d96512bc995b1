"""A file that is opened safely, or told why not."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from neurotui.errors import DiskFull, NoFolder, StoreError, StoreLocked, StoreReadOnly, StoreTooNew
from neurotui.store import database as database_module
from neurotui.store import schema
from neurotui.store.database import Database, store_error
from neurotui.store.store import FILE_NAME, Store
from neurotui.store.timings import Timings
from tests.store.examples import check, library_of, small


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / FILE_NAME)
    yield database
    database.close()


def pragma(database: Database, name: str) -> object:
    return database.read(lambda connection: connection.execute(f"PRAGMA {name}").fetchone()[0])


def put_draft(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT OR REPLACE INTO drafts VALUES ('', 'черновик')")


def count_drafts(database: Database) -> object:
    return database.read(lambda connection: connection.execute("SELECT count(*) FROM drafts").fetchone()[0])


@pytest.mark.skipif(os.name != "posix", reason="rights")
def test_everything_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = Store(tmp_path / "home/share/neurotui")
        store.library.add(small())
        store.journal._instances.register()
        paths = [tmp_path / "home", *(tmp_path / "home").rglob("*")]
        names = {path.name for path in paths}
        assert {FILE_NAME, FILE_NAME + "-wal", FILE_NAME + "-shm", "instances"} <= names
        for path in paths:
            expected = 0o700 if path.is_dir() else 0o600
            assert stat.S_IMODE(path.stat().st_mode) == expected, path
        store.close()
    finally:
        os.umask(before)


@pytest.mark.skipif(os.name != "posix", reason="rights")
def test_a_file_that_others_could_read_is_narrowed(tmp_path: Path, database: Database) -> None:
    (tmp_path / FILE_NAME).touch(0o644)
    database.write(put_draft)
    for path in tmp_path.glob(FILE_NAME + "*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_writing_ahead_except_where_other_machines_may_write(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.connect()
    assert pragma(database, "journal_mode") == "wal"
    database.close()
    monkeypatch.setattr(database_module, "on_network", lambda path: True)
    database.write(put_draft)
    assert pragma(database, "journal_mode") == "delete"


def test_only_durable_work_waits_for_the_disk(database: Database) -> None:
    database.write(put_draft)
    assert pragma(database, "synchronous") == 2
    database.write(put_draft, durable=False)
    assert pragma(database, "synchronous") == 1
    database.write(put_draft)
    assert pragma(database, "synchronous") == 2


def test_work_is_done_whole_or_not_at_all(database: Database) -> None:
    def half(connection: sqlite3.Connection) -> None:
        put_draft(connection)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        database.write(half)
    assert count_drafts(database) == 0


def test_threads_take_turns(database: Database) -> None:
    def add(number: int) -> None:
        database.write(lambda connection: connection.execute("INSERT INTO drafts VALUES (?, '')", (number,)))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add, range(40)))
    assert count_drafts(database) == 40


def test_two_wait_for_each_other_and_not_for_ever(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    with (
        closing(Database(path, timings=Timings(busy=0.2))) as database,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        database.connect()
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLocked):
            database.write(put_draft)
        assert count_drafts(database) == 0, "reading goes on"
        other.execute("COMMIT")
        database.write(put_draft)
        assert count_drafts(database) == 1


def test_two_may_make_the_file_at_once(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from neurotui.store.database import Database
sys.stdin.readline()
Database(Path(sys.argv[1])).write(
    lambda connection: connection.execute("INSERT INTO drafts VALUES (?, '')", (sys.argv[2],)))
"""
    path = tmp_path / "new" / FILE_NAME
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(path), str(number)], stdin=subprocess.PIPE, text=True
        )
        for number in range(4)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=30)
    assert [process.returncode for process in processes] == [0] * 4
    database = Database(path)
    assert count_drafts(database) == 4
    database.close()
    check(path.parent)


def test_a_newer_file_is_read_and_not_written(tmp_path: Path) -> None:
    conversation = small()
    library_of(tmp_path, conversation)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        connection.execute(f"PRAGMA user_version = {len(schema.MIGRATIONS) + 1}")
        connection.execute("ALTER TABLE messages ADD COLUMN novelty TEXT")
    content = (tmp_path / FILE_NAME).read_bytes()
    store = Store(tmp_path)
    assert isinstance(store.trouble, StoreTooNew)
    assert store.library.open(conversation.id) == conversation
    assert len(store.library.search("вопрос").hits) == 1
    with pytest.raises(StoreTooNew):
        store.library.rename(conversation.id, "нет")
    store.close()
    store.journal._database.close()
    assert (tmp_path / FILE_NAME).read_bytes() == content


def test_no_folder_is_said(tmp_path: Path) -> None:
    store = Store(None)
    assert isinstance(store.trouble, NoFolder)
    assert "HOME" in store.trouble.cause
    with pytest.raises(NoFolder):
        store.library.summaries()
    store.close()


def test_a_place_that_cannot_be_written_is_said_and_used_when_it_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = Store(tmp_path / "file/neurotui")
    assert isinstance(store.trouble, StoreReadOnly)
    with pytest.raises(StoreReadOnly):
        store.library.add(small())
    (tmp_path / "file").unlink()
    store.library.add(small())
    assert len(store.library.summaries()) == 1
    store.close()


def test_a_folder_in_the_place_of_the_file_is_said(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(StoreReadOnly):
        Database(tmp_path / FILE_NAME).connect()


def test_a_file_that_was_taken_away_is_made_anew(tmp_path: Path) -> None:
    library = library_of(tmp_path, small())
    for path in tmp_path.glob(FILE_NAME + "*"):
        path.unlink()
    assert library.summaries() == []
    library.add(small())
    assert len(library.summaries()) == 1


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 512 KiB, where this may be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("nothing may be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="tmpfs")
def test_a_full_disk_is_said_and_harms_nothing(tiny_disk: Path) -> None:
    library = library_of(tiny_disk, small())
    with pytest.raises(DiskFull):
        for _ in range(100):
            library.add(small("ы" * 20_000))
    kept = len(library.summaries())
    assert kept > 0
    with pytest.raises(DiskFull):
        library.add(small("ы" * 200_000))
    library._database.close()
    check(tiny_disk)
    assert len(library.summaries()) == kept


@pytest.mark.skipif(sys.platform != "linux", reason="tmpfs")
def test_a_disk_that_is_full_from_the_start_is_said(tiny_disk: Path) -> None:
    (tiny_disk / "ballast").write_bytes(b"\0" * 500 * 1024)
    store = Store(tiny_disk)
    assert isinstance(store.trouble, DiskFull)
    (tiny_disk / "ballast").unlink()
    store.library.add(small())
    assert len(store.library.summaries()) == 1
    store.close()


@pytest.mark.skipif(sys.platform != "linux", reason="tmpfs")
def test_what_is_on_a_read_only_disk_is_read(tiny_disk: Path) -> None:
    conversation = small()
    library_of(tiny_disk, conversation)._database.close()
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    store = Store(tiny_disk)
    assert isinstance(store.trouble, StoreReadOnly)
    assert store.library.open(conversation.id) == conversation
    with pytest.raises(StoreReadOnly):
        store.library.rename(conversation.id, "нет")
    subprocess.run(["mount", "-o", "remount,rw", str(tiny_disk)], check=True)
    store.library.rename(conversation.id, "да")
    assert store.library.summaries()[0].name == "да"
    store.close()
    store.journal._database.close()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (sqlite3.SQLITE_FULL, DiskFull),
        (sqlite3.SQLITE_BUSY, StoreLocked),
        (sqlite3.SQLITE_READONLY, StoreReadOnly),
        (sqlite3.SQLITE_IOERR, StoreError),
        (sqlite3.SQLITE_ERROR, StoreError),
    ],
)
def test_errors_of_sqlite_are_told_apart(code: int, expected: type[StoreError], tmp_path: Path) -> None:
    error = sqlite3.OperationalError("why")
    error.sqlite_errorcode = code
    found = store_error(error, tmp_path / FILE_NAME)
    assert type(found) is expected
    assert found.cause == "why"
    assert found.title
