"""Migrations: a file written by an older neurotui gets the tables of this one.

A file is brought up to date in one transaction, after a copy was made of it: whatever ends the process, the
file is of the version it had, or of this one. Copies that were cut short are not called backups. Of several
instances that find the file old, one does the work and the others wait. A file that is newer than this code
is not written.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from neurotui.errors import StoreTooNew, WorkStopped
from neurotui.store.files import lock, private_file, unused_names
from neurotui.store.migrations import MIGRATIONS as MIGRATIONS
from neurotui.store.watch import UNWATCHED, Report, Stage, Unit, Watch

_INSTRUCTIONS = 100_000
"""Of SQLite between two reports: some milliseconds."""
_PAGES = 1000
"""Pages of a backup between two reports."""
_PAUSE = 0.05
"""Seconds between two looks at what another instance is doing."""


def version(connection: sqlite3.Connection) -> int:
    """Return the version of an open file; 0 is one without tables."""
    (number,) = connection.execute("PRAGMA user_version").fetchone()
    return int(number)


def require_known(connection: sqlite3.Connection) -> None:
    """Raise StoreTooNew if a newer neurotui has brought the file up to date since it was opened."""
    if version(connection) > len(MIGRATIONS):
        raise StoreTooNew()


def migrate(connection: sqlite3.Connection, path: Path, watch: Watch = UNWATCHED) -> None:
    """Bring a file up to date. Raises sqlite3.Error, OSError, WorkStopped: nothing is changed then."""
    found = version(connection)
    if found >= len(MIGRATIONS):
        return
    if found == 0:
        apply(connection, watch)
        return
    with _alone(path.with_name("migration.lock"), watch):
        found = version(connection)  # another instance may have been first
        if 0 < found < len(MIGRATIONS):
            _back_up(connection, path, found, watch)
        apply(connection, watch)


def apply(connection: sqlite3.Connection, watch: Watch = UNWATCHED, last: int | None = None) -> None:
    """Make the tables up to a version, the newest if none is given, in one transaction."""
    last = len(MIGRATIONS) if last is None else last
    with watch.begin(Stage.UPDATING, Unit.STEPS) as report, reporting(connection, report):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for number in range(version(connection), last):
                for statement in _statements(MIGRATIONS[number]):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number + 1}")
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # some errors have rolled back already
                connection.execute("ROLLBACK")
            raise


@contextmanager
def reporting(connection: sqlite3.Connection, report: Report, done: int = 0) -> Iterator[None]:
    """Report that so much is done while a statement runs. Raises WorkStopped where a report does."""
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


@contextmanager
def _alone(path: Path, watch: Watch) -> Iterator[None]:
    """Hold a lock, once no other instance holds it."""
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        with watch.begin(Stage.UPDATING, Unit.STEPS) as report:
            while not _locked(descriptor):
                report(0, None)
                time.sleep(_PAUSE)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    """Lock a file; False where another instance has it."""
    with suppress(BlockingIOError, PermissionError):  # the second is Windows' word for it
        lock(descriptor)
        return True
    return False


def _back_up(connection: sqlite3.Connection, path: Path, found: int, watch: Watch) -> None:
    """Copy a file beside it. The copy has its name only when it is whole and on the disk."""
    name = path.with_name(f"{path.stem}-version-{found}{path.suffix}")
    unfinished = name.with_name(name.name + ".part")
    unfinished.unlink(missing_ok=True)  # of an instance that was killed
    private_file(unfinished)
    (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    try:
        with watch.begin(Stage.BACKING_UP, Unit.BYTES) as report:

            def tell(_status: int, remaining: int, total: int) -> None:
                report((total - remaining) * page_size, total * page_size)

            with closing(sqlite3.connect(unfinished)) as target:
                connection.backup(target, pages=_PAGES, progress=tell)
        unfinished.replace(next(free for free in unused_names(name) if not free.exists()))
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _statements(script: str) -> list[str]:
    """Return the statements of a script: unlike `executescript`, these run inside the open transaction."""
    statements, begun = [], ""
    for piece in script.split(";"):
        begun += piece + ";"
        if sqlite3.complete_statement(begun):
            statements.append(begun)
            begun = ""
    return statements
