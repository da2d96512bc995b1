"""Access to the library for commands without the interface."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from neurotui.chat.conversation import Message
from neurotui.cli.output import say
from neurotui.cli.watch import TerminalWatch
from neurotui.settings.places import data_dir
from neurotui.store import purging
from neurotui.store.blobs import BlobStore
from neurotui.store.database import FILE_NAME, Database
from neurotui.store.instances import Instances
from neurotui.store.learnt import Learnt
from neurotui.store.library import Library
from neurotui.store.money.charges import Charge
from neurotui.store.money.spending import Spending
from neurotui.store.purging import BlobCount


def write_charge(answer: Message, *, make: bool = False) -> None:
    """Write what an answer has cost of which nothing else is kept. Blocks; raises StoreError.

    Where there is no database yet, none is made for that, unless `make` says so: for a limit.
    """
    folder = data_dir()
    if folder is None or not (make or (folder / FILE_NAME).exists()):
        return
    database = Database(folder / FILE_NAME, TerminalWatch())
    try:
        Spending(database, Instances(folder)).put(Charge.of(answer))
    finally:
        database.close()


@contextmanager
def opened() -> Iterator[tuple[Database | None, Instances]]:
    """Open the database; None where there is none yet."""
    folder = data_dir()
    instances = Instances(folder)
    if folder is None or not (folder / FILE_NAME).exists():
        yield None, instances
        return
    database = Database(folder / FILE_NAME, TerminalWatch())
    try:
        yield database, instances
    finally:
        database.close()


def count_blobs() -> BlobCount | None:
    """Count the attachments that are kept; None where nothing is. Blocks; raises StoreError."""
    folder = data_dir()
    if folder is None or not (folder / FILE_NAME).exists():
        return None
    database = Database(folder / FILE_NAME, TerminalWatch())
    try:
        return purging.count(database, BlobStore(folder))
    finally:
        database.close()


def with_library(command: Callable[[Library, TerminalWatch], int]) -> int:
    """Run `command` with the library; return its exit code."""
    return _with_database(
        lambda database, instances, watch: command(Library(database, instances.lives), watch)
    )


def with_spending(command: Callable[[Spending, Library, Learnt, TerminalWatch], int]) -> int:
    """Run `command` with what was spent, the library, and what was learnt; return its exit code."""
    return _with_database(
        lambda database, instances, watch: command(
            Spending(database, instances), Library(database, instances.lives), Learnt(database), watch
        )
    )


def _with_database(command: Callable[[Database, Instances, TerminalWatch], int]) -> int:
    folder = data_dir()
    watch = TerminalWatch()
    database = Database(folder / FILE_NAME if folder else None, watch)
    try:
        return command(database, Instances(folder), watch)
    finally:
        database.close()
        if database.notice is not None:
            say(str(database.notice))
