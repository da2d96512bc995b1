"""Windows of an older neurotui, which are to be closed before the file gets the tables of this one.

They would go on working beside it, because a version only adds; but what they write does not fill the new
columns, and sums of the day have to look for it elsewhere. So the user is told which window to close. Where
nobody would read that, as in a script, nothing is waited for.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from neurotui.chat.text import clean_line
from neurotui.i18n import _
from neurotui.store.instances import Instances
from neurotui.store.watch import Stage, Unit, Watch

PAUSE = 0.1
"""Seconds between two looks."""


def wait_for_older(connection: sqlite3.Connection, folder: Path, watch: Watch) -> None:
    """Return when no older instance runs any more. Raises WorkStopped where the watch does."""
    if not watch.is_seen:
        return
    instances = Instances(folder)
    while older := sorted(instances.older()):
        about = ", ".join(_name_of(connection, conversation_id) for _instance, conversation_id in older)
        with watch.begin(Stage.WAITING, Unit.STEPS, about) as report:
            while sorted(instances.older()) == older:
                report(0, None)
                time.sleep(PAUSE)


def _name_of(connection: sqlite3.Connection, conversation_id: str) -> str:
    """Return the name of a conversation in a file of any version."""
    found = connection.execute(
        "SELECT coalesce(nullif(title, ''), opening) FROM conversations WHERE id = ?", (conversation_id,)
    ).fetchone()
    name = clean_line(found[0]) if found else ""
    return _("“{name}”").format(name=name) if name else _("a new conversation")
