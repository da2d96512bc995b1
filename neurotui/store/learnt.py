"""Facts found out about models at their servers, each by a name: how one is asked to go on, say."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

from neurotui.store.database import Database
from neurotui.wire.surrogates import repair

_PUT = """
INSERT INTO learnt (server, model, name, value, learnt_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (server, model, name) DO UPDATE SET value = excluded.value, learnt_at = excluded.learnt_at
"""


class Learnt:
    """The findings in one file. Every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, server: str, model: str, name: str) -> str:
        """Return what is known by a name of a model; empty if nothing is."""

        def work(connection: sqlite3.Connection) -> str:
            return _get(connection, repair(server), repair(model), name)

        return self._database.read(work)

    def all(self, name: str) -> list[tuple[str, str, str]]:
        """Return each server, model and value of which something is known by a name."""

        def work(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
            query = "SELECT server, model, value FROM learnt WHERE name = ? AND value <> '' ORDER BY 1, 2"
            return connection.execute(query, (name,)).fetchall()

        return self._database.read(work)

    def models(self, server: str, name: str) -> dict[str, str]:
        """Return the models of a server of which something is known by a name, with that."""

        def work(connection: sqlite3.Connection) -> dict[str, str]:
            query = "SELECT model, value FROM learnt WHERE server = ? AND name = ? AND value <> ''"
            return dict(connection.execute(query, (repair(server), name)).fetchall())

        return self._database.read(work)

    def put(self, server: str, model: str, name: str, value: str) -> None:
        """Keep what was found out, in place of what was known."""
        values = (repair(server), repair(model), name, repair(value), time.time())
        self._database.write(lambda connection: connection.execute(_PUT, values), durable=False)

    def change(self, server: str, model: str, name: str, value: Callable[[str], str]) -> str:
        """Keep what `value` makes of what was known, in one transaction; return it."""

        def work(connection: sqlite3.Connection) -> str:
            key = repair(server), repair(model), name
            new = repair(value(_get(connection, *key)))
            connection.execute(_PUT, (*key, new, time.time()))
            return new

        return self._database.write(work, durable=False)


def _get(connection: sqlite3.Connection, server: str, model: str, name: str) -> str:
    query = "SELECT value FROM learnt WHERE server = ? AND model = ? AND name = ?"
    found = connection.execute(query, (server, model, name)).fetchone()
    return found[0] if found else ""
