"""A damaged file set aside, and what can be read of it moved to a fresh one.

The damaged file is only copied and renamed, never written. The copy is read row by row, because SQLite gives
up a whole query for one bad page: where it does, the query begins again one row further on, until it is past
that page. Where the list of tables is gone, and with it all knowledge of what lies where, that of an empty
file is put in its place: every file has its first tables made in the same order, on the same pages. Those
that came later are on other pages in each file, and are lost then; what was spent is in the messages too.

A row that makes no sense is left out. A message whose parent is lost follows the one that was written
before it, so that what is left of a conversation can still be read from its beginning. Blobs are looked for
in their folder, where their rows are lost.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import number
from neurotui.store import schema
from neurotui.store.blobs import BlobStore
from neurotui.store.files import companions, identity, lock, private_file, unused_names
from neurotui.store.migrations import LAST_ON_FIXED_PAGES
from neurotui.store.migrations.version_3 import TAKE_OVER
from neurotui.store.money import day_sums, usage_sums
from neurotui.store.rows import opening
from neurotui.store.watch import UNWATCHED, Report, Stage, Unit, Watch

PATIENCE = 20_000
"""Unreadable rows in succession that are taken for the end of a table: more than any one page leads to."""

_PIECE = 1 << 20
"""Bytes copied at once."""

_INTERIOR_PAGE = 5
"""Kind of a page that leads to others: https://sqlite.org/fileformat2.html#b_tree_pages."""

_ERRORS = (sqlite3.Error, UnicodeDecodeError)
"""The second one where SQLite quotes damaged text in its message."""

_TABLES = (
    *("blobs", "spending", "conversations", "messages", "deltas", "drafts"),
    *("tags", "attachments", "prices", "learnt"),
)
"""In this order, so that a row finds what it refers to, and no trigger makes what is there to be read."""

_WITHOUT_ROWID = {"deltas", "tags", "prices", "learnt"}

_TYPES: Mapping[str, type | tuple[type, ...]] = {"TEXT": str, "INTEGER": int, "REAL": (int, float)}


@dataclass(frozen=True, slots=True)
class Rescued:
    """Result of a rescue."""

    aside: Path
    """New name of the damaged file."""
    messages: int
    """Number of messages that could be read."""

    @property
    def summary(self) -> str:
        """Return the result in words."""
        if not self.messages:
            return _("Nothing in it could be read")
        return ngettext("{n} message was rescued", "{n} messages were rescued", self.messages).format(
            n=number(self.messages)
        )


def rescue(path: Path, damaged: tuple[int, int], watch: Watch = UNWATCHED) -> Rescued | None:
    """Set aside the file at `path`; None where it is not the `damaged` one, or another instance is at it.

    Raises OSError, sqlite3.Error, and WorkStopped, and has then changed nothing.
    """
    descriptor = os.open(path.with_name("rescue.lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        with suppress(BlockingIOError):
            lock(descriptor)
            return _rescue(path, watch) if identity(path) == damaged else None
        return None
    finally:
        os.close(descriptor)


def _rescue(path: Path, watch: Watch) -> Rescued:
    with tempfile.TemporaryDirectory(prefix="rescue-", dir=path.parent) as folder:
        copy = Path(folder, path.name)
        originals = [original for original in (path, companions(path)[0]) if original.exists()]
        with watch.begin(Stage.COPYING, Unit.BYTES) as report:
            _copy(originals, copy.parent, report)
        fresh = Path(folder, "fresh.db")
        private_file(fresh)
        with closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
            schema.migrate(connection, fresh)
            with watch.begin(Stage.RESCUING, Unit.MESSAGES) as report:
                messages = _move(copy, connection, BlobStore(path.parent), report)
        stamp = datetime.now().strftime("%Y-%m-%d %H-%M-%S")
        wanted = path.with_name(f"{path.stem} damaged {stamp}{path.suffix}")
        aside = next(name for name in unused_names(wanted) if not name.exists())
        # The log goes first: left beside the fresh file, it would be taken for that file's own.
        for original, name in zip(companions(path), companions(aside), strict=True):
            with suppress(FileNotFoundError):
                original.replace(name)
        path.replace(aside)
        fresh.replace(path)
    return Rescued(aside, messages)


def _copy(originals: Sequence[Path], folder: Path, report: Report) -> None:
    """Copy files into a folder, under their names."""
    done, total = 0, sum(original.stat().st_size for original in originals)
    for original in originals:
        with original.open("rb") as source, (folder / original.name).open("wb") as target:
            while piece := source.read(_PIECE):
                report(done, total)
                done += target.write(piece)


def _move(damaged: Path, target: sqlite3.Connection, blobs: BlobStore, report: Report) -> int:
    """Copy all rows that can be read; return the number of messages among them."""
    try:
        source = _open(damaged)
    except _ERRORS:
        _graft_schema(damaged)
        try:
            source = _open(damaged)
        except _ERRORS:
            return 0
    with closing(source):
        target.execute("BEGIN")
        for table in _TABLES:
            with suppress(*_ERRORS):
                _move_table(table, source, target, report)
        (messages,) = target.execute("SELECT count(*) FROM messages").fetchone()
        with schema.reporting(target, report, messages):
            _mend(target, blobs)
            target.execute("COMMIT")
    return int(messages)


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    try:
        if not connection.execute("PRAGMA table_info(messages)").fetchall():
            raise sqlite3.DatabaseError("no messages")
    except _ERRORS:
        connection.close()
        raise
    return connection


def _graft_schema(damaged: Path) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as empty:
        schema.apply(empty, last=LAST_ON_FIXED_PAGES)
        fixed = [name for (name,) in empty.execute("SELECT name FROM sqlite_master")]
        schema.apply(empty)
        empty.execute("PRAGMA writable_schema = ON")
        marks = ", ".join("?" * len(fixed))
        empty.execute(f"DELETE FROM sqlite_master WHERE name NOT IN ({marks})", fixed)
        (page_size,) = empty.execute("PRAGMA page_size").fetchone()
        image = bytearray(empty.serialize())
    with damaged.open("r+b") as file:
        pages = file.seek(0, os.SEEK_END) // page_size
        image[18:20] = b"\2\2"  # the log is read too, where there is one
        image[28:32] = pages.to_bytes(4, "big")
        for page in _schema_pages(image):
            if page <= max(pages, 1):
                file.seek((page - 1) * page_size)
                file.write(image[(page - 1) * page_size : page * page_size])


def _schema_pages(image: bytearray) -> Iterator[int]:
    """Yield the pages that hold the list of tables, from 1: the first one, and those that it leads to."""
    yield 1
    if image[100] == _INTERIOR_PAGE:
        yield int.from_bytes(image[108:112], "big")
        for cell in range(int.from_bytes(image[103:105], "big")):
            place = int.from_bytes(image[112 + 2 * cell : 114 + 2 * cell], "big")
            yield int.from_bytes(image[place : place + 4], "big")


def _move_table(table: str, source: sqlite3.Connection, target: sqlite3.Connection, report: Report) -> None:
    there = {name for _number, name, *_rest in source.execute(f"PRAGMA table_info({table})")}
    if not there:
        return
    columns = {
        name: _TYPES[kind]
        for _number, name, kind, *_rest in target.execute(f"PRAGMA table_info({table})")
        if name in there and name not in {"message_count", "characters"}  # counted anew
    }
    names = ", ".join(columns)
    insert = f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})"
    rows = (_rows_at_once if table in _WITHOUT_ROWID else _rows)(table, names, source)
    moved = 0
    for row in rows:
        moved += table == "messages"
        if table in {"conversations", "messages", "spending"}:  # the others are small
            report(moved, None)
        named = dict(zip(columns, row, strict=True))
        if not all(value is None or isinstance(value, columns[name]) for name, value in named.items()):
            continue
        if table == "messages":
            target.execute(
                "INSERT OR IGNORE INTO conversations "
                "(id, title, system_prompt, created_at, updated_at, touched) "
                "VALUES (:conversation_id, '', '', :created_at, :created_at, :created_at)",
                named,
            )
        target.execute(insert, row)


def _rows(table: str, names: str, source: sqlite3.Connection) -> Iterator[Sequence[Any]]:
    last = failures = 0
    while failures < PATIENCE:
        try:
            query = f"SELECT rowid, {names} FROM {table} WHERE rowid > ? ORDER BY rowid"
            for rowid, *row in source.execute(query, (last,)):
                last, failures = rowid, 0
                yield row
            return
        except _ERRORS:
            last += 1
            failures += 1


def _rows_at_once(table: str, names: str, source: sqlite3.Connection) -> Iterator[Sequence[Any]]:
    with suppress(*_ERRORS):
        yield from source.execute(f"SELECT {names} FROM {table}")


def _mend(target: sqlite3.Connection, blobs: BlobStore) -> None:
    """Make whole what refers to rows that are lost."""
    target.execute("DELETE FROM deltas WHERE message_id NOT IN (SELECT id FROM messages)")
    target.execute("DELETE FROM tags WHERE conversation_id NOT IN (SELECT id FROM conversations)")
    target.execute("DELETE FROM attachments WHERE message_id NOT IN (SELECT id FROM messages)")
    for name in ("digest", "sent_digest"):
        unknown = f"SELECT DISTINCT {name} FROM attachments WHERE {name} NOT IN (SELECT digest FROM blobs)"
        for (digest,) in target.execute(unknown).fetchall():
            if (size := blobs.size(digest)) is not None:
                target.execute("INSERT INTO blobs VALUES (?, ?, ?)", (digest, size, time.time()))
        target.execute(f"UPDATE attachments SET {name} = NULL WHERE {name} NOT IN (SELECT digest FROM blobs)")
    kept = (day_sums.NAME, usage_sums.NAME)  # they know of rows that may be lost
    target.execute("DELETE FROM learnt WHERE name IN (?, ?)", kept)
    if not target.execute("SELECT 1 FROM spending WHERE prompt_tokens IS NOT NULL").fetchone():
        target.execute(TAKE_OVER)
    target.execute(
        """
        UPDATE messages SET parent_id = (
            SELECT id FROM messages earlier
            WHERE earlier.conversation_id = messages.conversation_id AND earlier.seq < messages.seq
            ORDER BY earlier.seq DESC LIMIT 1
        ) WHERE parent_id NOT IN (SELECT id FROM messages)
        """
    )
    nameless = target.execute("SELECT id FROM conversations WHERE opening = ''").fetchall()
    for (conversation_id,) in nameless:
        first = target.execute(
            "SELECT text FROM messages WHERE conversation_id = ? AND role = 'user' ORDER BY seq LIMIT 1",
            (conversation_id,),
        ).fetchone()
        if first:
            target.execute(
                "UPDATE conversations SET opening = ? WHERE id = ?", (opening(first[0]), conversation_id)
            )
