"""The tables, and how a file written by an older neurotui comes to have them.

`conversations` holds a row for each tree of messages, with the figures that the history lists: they are
kept by triggers, because counting them takes a look at every message. `touched` orders it: the time of the
last question, but never less than any before, so that a clock set back cannot bury what was asked last.

`messages` is ordered by `seq`, the order in which rows were made, and never by a clock. A row is written
when a question is asked and when an answer begins; `owner` is the instance that is receiving it.

`deltas` is the running answer, piece by piece; its end folds it into the row of the message.

`search` is an index of trigrams, which finds any part of a word from three characters on. It keeps no text
of its own: it reads the view `search_text`, in which ё is е, and in which two blanks follow each text so
that its last characters begin trigrams too (`neurotui.store.search` finds shorter words by what begins with
them). Letters are folded by the tokenizer.

A file is brought up to date in one transaction, after a copy was made of it. A file that is newer than this
code is not written.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from neurotui.errors import WorkStopped
from neurotui.store.files import private_file, unused_names
from neurotui.store.watch import UNWATCHED, Report, Stage, Unit, Watch

_INSTRUCTIONS = 100_000
"""Of SQLite between two reports: some milliseconds."""
_PAGES = 1000
"""Pages of a backup between two reports."""


def _searchable(text: str) -> str:
    return f"replace(replace({text}, 'ё', 'е'), 'Ё', 'Е') || '  '"


_VERSION_1 = f"""
CREATE TABLE conversations (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    opening TEXT NOT NULL DEFAULT '',
    system_prompt TEXT NOT NULL,
    pinned INTEGER NOT NULL DEFAULT 0,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    touched REAL NOT NULL,
    deleted_at REAL,
    leaf_id TEXT,
    model TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL DEFAULT '',
    message_count INTEGER NOT NULL DEFAULT 0,
    characters INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX conversations_touched ON conversations (touched);

CREATE TABLE messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    parent_id TEXT,
    role TEXT NOT NULL,
    status TEXT NOT NULL,
    owner TEXT,
    created_at REAL NOT NULL,
    model TEXT NOT NULL,
    refused INTEGER NOT NULL,
    finish_reason TEXT NOT NULL,
    usage TEXT NOT NULL,
    timing TEXT NOT NULL,
    error TEXT NOT NULL,
    tool_calls TEXT NOT NULL,
    text TEXT NOT NULL,
    reasoning TEXT NOT NULL
);
CREATE INDEX messages_conversation ON messages (conversation_id);
CREATE INDEX messages_running ON messages (seq) WHERE status = 'running';

CREATE TABLE deltas (
    message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    text TEXT NOT NULL,
    reasoning TEXT NOT NULL,
    PRIMARY KEY (message_id, number)
) WITHOUT ROWID;

CREATE TABLE drafts (
    conversation_id TEXT PRIMARY KEY,
    text TEXT NOT NULL
);

CREATE VIEW search_text AS SELECT seq, {_searchable("text")} AS text FROM messages WHERE text <> '';
CREATE VIRTUAL TABLE search USING fts5 (text, content='search_text', content_rowid='seq', tokenize='trigram');

CREATE TRIGGER message_indexed AFTER INSERT ON messages WHEN new.text <> '' BEGIN
    INSERT INTO search (rowid, text) VALUES (new.seq, {_searchable("new.text")});
END;
CREATE TRIGGER message_unindexed AFTER DELETE ON messages WHEN old.text <> '' BEGIN
    INSERT INTO search (search, rowid, text) VALUES ('delete', old.seq, {_searchable("old.text")});
END;
CREATE TRIGGER text_reindexed AFTER UPDATE OF text ON messages WHEN old.text <> new.text BEGIN
    INSERT INTO search (search, rowid, text)
        SELECT 'delete', old.seq, {_searchable("old.text")} WHERE old.text <> '';
    INSERT INTO search (rowid, text) SELECT new.seq, {_searchable("new.text")} WHERE new.text <> '';
END;

CREATE TRIGGER message_counted AFTER INSERT ON messages BEGIN
    UPDATE conversations
    SET message_count = message_count + 1,
        characters = characters + length(new.text),
        status = new.status,
        model = coalesce(nullif(new.model, ''), model),
        updated_at = max(updated_at, new.created_at)
    WHERE id = new.conversation_id;
END;
CREATE TRIGGER message_uncounted AFTER DELETE ON messages BEGIN
    UPDATE conversations
    SET message_count = message_count - 1,
        characters = characters - length(old.text),
        status = coalesce((SELECT status FROM messages WHERE conversation_id = old.conversation_id
                           ORDER BY seq DESC LIMIT 1), '')
    WHERE id = old.conversation_id;
END;
CREATE TRIGGER text_counted AFTER UPDATE OF text ON messages WHEN old.text <> new.text BEGIN
    UPDATE conversations
    SET characters = characters + length(new.text) - length(old.text)
    WHERE id = new.conversation_id;
END;
CREATE TRIGGER status_noted AFTER UPDATE OF status, model ON messages BEGIN
    UPDATE conversations
    SET status = new.status, model = coalesce(nullif(new.model, ''), model)
    WHERE id = new.conversation_id
    AND new.seq = (SELECT max(seq) FROM messages WHERE conversation_id = new.conversation_id);
END;
"""

_VERSION_2 = """
ALTER TABLE conversations ADD COLUMN parameters TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN first_sent_id TEXT;
"""

MIGRATIONS = (_VERSION_1, _VERSION_2)
"""What makes version n of a file of version n - 1, from the empty file on. Only ever added to."""


def version(connection: sqlite3.Connection) -> int:
    """The version of an open file; 0 is one without tables."""
    (number,) = connection.execute("PRAGMA user_version").fetchone()
    return int(number)


def migrate(connection: sqlite3.Connection, path: Path, watch: Watch = UNWATCHED) -> None:
    """Brings a file up to date. Raises sqlite3.Error, OSError, WorkStopped: nothing is changed then."""
    found = version(connection)
    if found >= len(MIGRATIONS):
        return
    if found > 0:
        _back_up(connection, path, found, watch)
    with watch.begin(Stage.UPDATING, Unit.STEPS) as report, reporting(connection, report):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for number in range(version(connection), len(MIGRATIONS)):  # another instance may have been first
                for statement in _statements(MIGRATIONS[number]):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number + 1}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise


@contextmanager
def reporting(connection: sqlite3.Connection, report: Report, done: int = 0) -> Iterator[None]:
    """Reports that so much is done while a statement runs. Raises WorkStopped where a report does."""
    stopped: list[WorkStopped] = []

    def look() -> bool:
        try:
            report(done, None)
        except WorkStopped as error:
            stopped.append(error)
        return bool(stopped)

    connection.set_progress_handler(look, _INSTRUCTIONS)
    try:
        yield
    except sqlite3.OperationalError:
        if stopped:
            raise stopped[0] from None
        raise
    finally:
        connection.set_progress_handler(None, 0)


def _back_up(connection: sqlite3.Connection, path: Path, found: int, watch: Watch) -> None:
    backup = next(
        name
        for name in unused_names(path.with_name(f"{path.stem}-version-{found}{path.suffix}"))
        if not name.exists()
    )
    private_file(backup)
    (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    try:
        with closing(sqlite3.connect(backup)) as target, watch.begin(Stage.BACKING_UP, Unit.BYTES) as report:

            def tell(_status: int, remaining: int, total: int) -> None:
                report((total - remaining) * page_size, total * page_size)

            connection.backup(target, pages=_PAGES, progress=tell)
    except BaseException:
        backup.unlink()  # half a copy is none
        raise


def _statements(script: str) -> list[str]:
    """The statements of a script: unlike `executescript`, these run inside the transaction that is open."""
    statements, begun = [], ""
    for piece in script.split(";"):
        begun += piece + ";"
        if sqlite3.complete_statement(begun):
            statements.append(begun)
            begun = ""
    return statements
