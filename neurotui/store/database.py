"""The file that everything is kept in, opened so that no fault of the disk can lose or betray its content.

A `Database` connects when it is first used, and again whenever it could not before: a disk that comes back,
or rights that were given, need no restart. Each piece of work is one transaction. Work may come from any
thread; one piece runs at a time, so whoever must not wait for a long search opens a second `Database` on
the file.

- WAL, so that reading never waits for writing, except where another machine may have the file open: its
  shared memory works on one machine only, and the file would be corrupted.
- Work that must outlast a power cut is `durable`: its commit waits for the disk. All other work survives
  the death of the process, and a power cut takes the last moments of it at most.
- A damaged file, whenever it turns out to be one, is set aside; what can be read of it is moved to a fresh
  one and the work is done there (`neurotui.store.rescue`). `notice` then says so.
- Another instance may do that too: before each piece of work it is checked that the name still means the
  file.
- A file of a newer version, and one that may not be written, are read all the same; only writing raises.
  Each transaction that writes looks at the version anew: a newer neurotui may have been started since.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from neurotui.errors import (
    DiskFull,
    NoFolder,
    StoreDamaged,
    StoreError,
    StoreLocked,
    StoreReadOnly,
    StoreTooNew,
)
from neurotui.i18n import _
from neurotui.i18n.reasons import reason_of
from neurotui.store import schema
from neurotui.store.files import (
    companions,
    file_error,
    identity,
    is_full,
    on_network,
    private_file,
    private_folder,
)
from neurotui.store.older import wait_for_older
from neurotui.store.older_columns import add_missing_columns
from neurotui.store.timings import DEFAULT_TIMINGS, Timings
from neurotui.store.watch import UNWATCHED, Watch

T = TypeVar("T")

FILE_NAME = "neurotui.db"

SMALLEST_PAGE = 512
"""Bytes of the smallest file of SQLite that is not empty."""

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_TOOBIG}
"""TOOBIG is among them because no text of ours is that big."""
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
_FORBIDDEN = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}


class Database:
    """One connection to a file of conversations; `None` as its path stands for a place that is not known."""

    def __init__(
        self, path: Path | None, watch: Watch = UNWATCHED, timings: Timings = DEFAULT_TIMINGS
    ) -> None:
        self.path = path
        self.watch = watch
        """Shows how far it is while the file is brought up to date, or rescued."""
        self.notice: StoreError | None = None
        """The damage that was found, and the place where the damaged file is now."""
        self._timings = timings
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._refusal: StoreError | None = None
        self._durable = True

    @property
    def refusal(self) -> StoreError | None:
        """The reason why nothing can be written, once connected; None where it can."""
        return self._refusal

    def connect(self) -> None:
        """Open the file, and make it where there is none. Raises StoreError."""
        self.read(lambda connection: None)

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `work` makes of one unchanging state of the file. Raises StoreError."""
        with self._lock:
            return self._guarded(lambda: self._transaction("BEGIN", work))

    def write(self, work: Callable[[sqlite3.Connection], T], *, durable: bool = True) -> T:
        """Do `work` as a whole or not at all; it may be called twice. Raises StoreError."""
        with self._lock:
            if isinstance(self._refusal, StoreReadOnly):
                self.close()  # the rights may have been given since
            return self._guarded(lambda: self._transaction("BEGIN IMMEDIATE", work, durable))

    def close(self) -> None:
        """Close the file; the next piece of work opens it again."""
        with self._lock:
            connection, self._connection, self._refusal = self._connection, None, None
            if connection is not None:
                with suppress(sqlite3.Error):
                    connection.close()

    def _guarded(self, attempt: Callable[[], T]) -> T:
        try:
            try:
                return attempt()
            except (sqlite3.Error, UnicodeDecodeError) as error:
                if not _is_damage(error) or self._refusal is not None:
                    raise
            self._set_aside()
            return attempt()
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise store_error(error, self.path) from error
        except OSError as error:
            assert self.path is not None
            raise file_error(error, self.path) from error

    def _transaction(self, begin: str, work: Callable[[sqlite3.Connection], T], durable: bool = False) -> T:
        connection = self._connected()
        if begin != "BEGIN":
            if self._refusal is not None:
                raise self._refusal
            if durable != self._durable:
                connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                self._durable = durable
        connection.execute(begin)
        try:
            if begin != "BEGIN":
                schema.require_known(connection)
            result = work(connection)
            connection.execute("COMMIT")
        except BaseException as error:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            if isinstance(error, StoreTooNew):
                self._refusal = error
            raise
        return result

    def _connected(self) -> sqlite3.Connection:
        if self.path is None:
            raise NoFolder(_("HOME is not set, or XDG_DATA_HOME is not an absolute path"))
        if self._connection is not None and identity(self.path) == self._identity:
            return self._connection
        self.close()
        may_write = self._prepare_place(self.path)
        self._identity = identity(self.path)
        _refuse_scrap(self.path)
        connection = _open(self.path, self._timings.busy)
        try:
            if schema.version(connection) > len(schema.MIGRATIONS):
                self._refusal = StoreTooNew()
            elif not may_write:
                self._refusal = StoreReadOnly(path=self.path)
                add_missing_columns(connection)
            else:
                if 0 < schema.version(connection) < len(schema.MIGRATIONS):
                    wait_for_older(connection, self.path.parent, self.watch)
                _use_journal(connection, "DELETE" if on_network(self.path) else "WAL")
                schema.migrate(connection, self.path, self.watch)
        except BaseException:
            connection.close()
            raise
        self._connection, self._durable = connection, True
        return connection

    def _prepare_place(self, path: Path) -> bool:
        """Make the folder and the file private; return True if they may be written."""
        try:
            private_folder(path.parent)
            for name in (path, *companions(path)):
                if name == path or name.exists():
                    private_file(name)
        except OSError:
            if not path.is_file():
                raise
        return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)

    def _set_aside(self) -> None:
        from neurotui.store.rescue import rescue

        assert self.path is not None and self._identity is not None
        self.close()
        if rescued := rescue(self.path, self._identity, self.watch):
            self.notice = StoreDamaged(rescued.summary, path=rescued.aside)


def store_error(error: Exception, path: Path | None) -> StoreError:
    """Return an error of SQLite as one of ours."""
    code = _code(error)
    cause = reason_of(error)
    if code == sqlite3.SQLITE_FULL:
        return DiskFull(cause)
    if code in _LOCKED:
        return StoreLocked(cause)
    if path is not None and code in _FORBIDDEN | {sqlite3.SQLITE_IOERR} and is_full(path):
        return DiskFull(cause)
    if code in _FORBIDDEN:
        return StoreReadOnly(cause, path=path)
    return StoreError(cause)


def _code(error: Exception) -> int:
    """Return the primary result code of an error, without its extension."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


def _is_damage(error: Exception) -> bool:
    # All text that is written is UTF-8; where it no longer is, the error is Python's own, and has no code.
    undecodable = isinstance(error, UnicodeDecodeError) or "decode to UTF-8" in str(error)
    return undecodable or _code(error) in _DAMAGED


def _refuse_scrap(path: Path) -> None:
    """Raise sqlite3.DatabaseError for a file that SQLite would overwrite, as too short to be anything."""
    if 0 < path.stat().st_size < SMALLEST_PAGE:
        error = sqlite3.DatabaseError("file is not a database")
        error.sqlite_errorcode = sqlite3.SQLITE_NOTADB
        raise error


def _open(path: Path, busy: float) -> sqlite3.Connection:
    """Return a connection that has read the head of the file. Raises sqlite3.Error."""
    uri = path.absolute().as_uri()
    try:
        return _configured(uri + "?mode=rw", busy)
    except sqlite3.OperationalError as error:
        if _code(error) not in _FORBIDDEN or os.access(path.parent, os.W_OK):
            raise
    # A file in WAL mode wants a companion that cannot be made here; but then nobody can write it here either.
    return _configured(uri + "?immutable=1", busy)


def _configured(uri: str, busy: float) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=busy, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -16000")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA journal_size_limit = 4194304")
        schema.version(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _use_journal(connection: sqlite3.Connection, mode: str) -> None:
    try:
        connection.execute(f"PRAGMA journal_mode = {mode}")
    except sqlite3.OperationalError as error:
        # Another instance is at it, or the file system cannot do it: the mode that there is serves as well.
        if _code(error) not in _LOCKED | {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}:
            raise
