"""Files of older versions: `files/` holds one that each version wrote. None of them may ever be changed.

The code of a new version adds its own with `python -m tests.store.test_schema`.
"""

from __future__ import annotations

import gzip
import os
import sqlite3
import stat
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest

from neurotui.chat.conversation import Conversation, Message, Role, Status
from neurotui.errors import StoreError
from neurotui.store import schema
from neurotui.store.database import Database
from neurotui.store.store import FILE_NAME
from tests.store.examples import check, everything, library_of, rows, small

FILES = Path(__file__).parent / "files"


def test_there_is_a_file_of_each_version() -> None:
    assert {path.name for path in FILES.glob("version_?.db.gz")} == {
        f"version_{number + 1}.db.gz" for number in range(len(schema.MIGRATIONS))
    }


@pytest.mark.parametrize("version", range(1, len(schema.MIGRATIONS) + 1))
def test_files_of_every_version_are_read_and_written(version: int, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(gzip.decompress((FILES / f"version_{version}.db.gz").read_bytes()))
    library = library_of(tmp_path)
    assert library.open("all") == everything()
    assert len(library.search("ежик").hits) == 1
    running = library.open("running")
    assert running is not None
    assert [message.text for message in running.path()] == ["Идёт?", "Идёт, но не дошёл"]
    library.add(small())
    assert rows(tmp_path, "PRAGMA user_version") == [(len(schema.MIGRATIONS),)]
    check(tmp_path)


@pytest.mark.parametrize("version", range(1, len(schema.MIGRATIONS) + 1))
def test_decomposed_letters_are_found_in_a_file_of_every_version(version: int, tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    path.write_bytes(gzip.decompress((FILES / f"version_{version}.db.gz").read_bytes()))
    with closing(sqlite3.connect(path)) as connection:
        row = dict(zip(*_newest_message(connection), strict=True))
        row |= {"seq": row["seq"] + 1, "id": "d", "text": normalize("NFD", "Мой зелёный йогурт")}
        connection.execute(
            f"INSERT INTO messages ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", [*row.values()]
        )
        connection.commit()
    library = library_of(tmp_path)
    for query in ("йогурт", "зеленый", "зелёный", "ой"):
        assert [hit.message_id for hit in library.search(query).hits][:1] == ["d"]
    check(tmp_path)


def _newest_message(connection: sqlite3.Connection) -> tuple[list[str], tuple[Any, ...]]:
    cursor = connection.execute("SELECT * FROM messages ORDER BY seq DESC LIMIT 1")
    return [column[0] for column in cursor.description], cursor.fetchone()


@pytest.fixture
def next_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """One version more than there is."""
    following = """
    ALTER TABLE conversations ADD COLUMN folder TEXT NOT NULL DEFAULT 'inbox';
    CREATE TRIGGER looks_on AFTER DELETE ON conversations BEGIN SELECT 1; SELECT 2; END;
    UPDATE conversations SET folder = 'pinned' WHERE pinned;
    """
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, following))


def test_a_migration_changes_the_file_and_keeps_a_copy(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    library = library_of(tmp_path, everything())
    library.pin("all", True)
    before = rows(tmp_path, "SELECT * FROM messages")
    library._database.close()
    request.getfixturevalue("next_version")
    assert library.open("all") == everything()
    assert rows(tmp_path, "SELECT folder FROM conversations") == [("pinned",)]
    assert rows(tmp_path, "SELECT * FROM messages") == before
    check(tmp_path)
    copy = tmp_path / f"neurotui-version-{len(schema.MIGRATIONS) - 1}.db"
    if os.name == "posix":
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT * FROM messages").fetchall() == before
        assert schema.version(connection) == len(schema.MIGRATIONS) - 1


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = library_of(tmp_path, everything())
    library._database.close()
    broken = "CREATE TABLE half (id TEXT); INSERT INTO nowhere VALUES (1);"
    with monkeypatch.context() as patched:
        patched.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, broken))
        with pytest.raises(StoreError):
            library.open("all")
    assert rows(tmp_path, "SELECT name FROM sqlite_master WHERE name = 'half'") == []
    assert library.open("all") == everything()


def test_a_second_instance_does_not_migrate_again(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    library_of(tmp_path, everything())._database.close()
    request.getfixturevalue("next_version")
    first, second = Database(tmp_path / FILE_NAME), Database(tmp_path / FILE_NAME)
    first.connect()
    second.connect()
    assert len(list(tmp_path.glob("neurotui-version-*"))) == 1
    first.close()
    second.close()


def write_file(folder: Path) -> None:
    """Writes the file that the first test reads."""
    question = Message("rq", Role.USER, "Идёт?", None, 2000.0)
    reply = Message("ra", Role.ASSISTANT, "", "rq", 2001.0, Status.RUNNING, "m")
    running = Conversation.of([question, reply], id="running", created_at=1999.0)
    library = library_of(folder, everything(), running)

    def add_deltas(connection: sqlite3.Connection) -> None:
        for number, text in enumerate(("Идёт, ", "но не ", "дошёл")):
            connection.execute("INSERT INTO deltas VALUES ('ra', ?, ?, '')", (number, text))

    library._database.write(add_deltas)
    library._database.close()
    path = FILES / f"version_{len(schema.MIGRATIONS)}.db.gz"
    path.write_bytes(gzip.compress((folder / FILE_NAME).read_bytes(), mtime=0))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        write_file(Path(name))
