"""Access to the library for commands without the interface."""

from __future__ import annotations

from collections.abc import Callable

from neurotui.cli.output import say
from neurotui.cli.watch import TerminalWatch
from neurotui.settings.places import data_dir
from neurotui.store.database import FILE_NAME, Database
from neurotui.store.instances import Instances
from neurotui.store.library import Library


def with_library(command: Callable[[Library, TerminalWatch], int]) -> int:
    """Run `command` with the library; return its exit code."""
    folder = data_dir()
    watch = TerminalWatch()
    database = Database(folder / FILE_NAME if folder else None, watch)
    try:
        return command(Library(database, Instances(folder).lives), watch)
    finally:
        database.close()
        if database.notice is not None:
            say(str(database.notice))
