"""The conversations that are kept, for commands without the interface."""

from __future__ import annotations

from collections.abc import Callable

from neurotui.cli.output import EXIT_FAILED, guarded, say
from neurotui.i18n import _
from neurotui.settings.paths import data_dir
from neurotui.store.database import FILE_NAME, Database
from neurotui.store.instances import Instances
from neurotui.store.library import Library


def with_library(command: Callable[[Library], int]) -> int:
    """Does what is asked of the conversations; the exit code, whatever happens."""
    folder = data_dir()
    if folder is None:
        say(_("there is no folder for conversations: HOME is not set, or XDG_DATA_HOME is not absolute"))
        return EXIT_FAILED
    database = Database(folder / FILE_NAME)
    try:
        return guarded(lambda: command(Library(database, Instances(folder).lives)))
    finally:
        database.close()
        if database.notice is not None:
            say(str(database.notice))
