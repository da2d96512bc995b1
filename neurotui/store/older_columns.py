"""Reading a file of an older version that may not be written, and so cannot be brought up to date.

Views of the connection stand before its tables and have the missing columns, with their defaults, or in the
place of tables that are missing, and have no rows.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing

from neurotui.store import schema

_TABLES = ("conversations", "messages")
"""The tables that have been given columns since version 1."""
_LATER = ("blobs", "attachments")
"""Tables that a conversation is read from, and that version 1 had not."""


def add_missing_columns(connection: sqlite3.Connection) -> None:
    """Let a connection see the columns and tables of the newest version. Raises sqlite3.Error."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as newest:
        schema.apply(newest)
        for table in _TABLES:
            there = {name for name, _default in _columns(connection, table)}
            missing = [
                f"{default or 'NULL'} AS {name}"
                for name, default in _columns(newest, table)
                if name not in there
            ]
            if there and missing:
                columns = ", ".join(("rowid AS rowid", "*", *missing))
                connection.execute(f"CREATE TEMP VIEW {table} AS SELECT {columns} FROM main.{table}")
        for table in _LATER:
            if not _columns(connection, table):
                columns = ", ".join(f"NULL AS {name}" for name, _default in _columns(newest, table))
                connection.execute(f"CREATE TEMP VIEW {table} AS SELECT {columns} WHERE false")


def _columns(connection: sqlite3.Connection, table: str) -> list[tuple[str, str | None]]:
    """Return the columns of a table with their defaults, as SQL."""
    found = connection.execute(f"PRAGMA main.table_info({table})")
    return [(name, default) for _number, name, _kind, _not_null, default, _key in found]
