"""Prices that servers told, with the day on which they did: used offline, and asked for again after a day."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from neurotui.store.database import Database
from neurotui.wire.price import Price, currency_code
from neurotui.wire.surrogates import repair

ASKED = "prices_asked"
"""Name under which it is kept when a server was asked, for it may tell none."""

_GET = """
SELECT model, input, output, cached, per_call, currency, source, told_at, at_least FROM prices
WHERE server = ? AND input IS NOT NULL AND output IS NOT NULL
"""
_PUT = """
INSERT OR REPLACE INTO prices
    (server, model, input, output, cached, per_call, currency, source, told_at, at_least)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_ASKED = "SELECT learnt_at FROM learnt WHERE server = ? AND model = '' AND name = ?"
_ASK = """
INSERT OR REPLACE INTO learnt (server, model, name, value, learnt_at) VALUES (?, '', ?, '', ?)
"""


class PriceTable:
    """The prices in one file. Every method blocks, and raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, server: str) -> tuple[dict[str, Price], float]:
        """Return the prices that a server told last, by model, and the Unix time at which it was asked."""

        def work(connection: sqlite3.Connection) -> tuple[dict[str, Price], float]:
            prices = {
                model: Price(
                    *(input, output, cached, per_call or 0, currency_code(currency)),
                    source=source,
                    told_at=told_at,
                    at_least=bool(at_least),
                )
                for model, input, output, cached, per_call, currency, source, told_at, at_least in (
                    connection.execute(_GET, (repair(server),))
                )
            }
            found = connection.execute(_ASKED, (repair(server), ASKED)).fetchone()
            return prices, found[0] if found else 0.0

        return self._database.read(work)

    def note_asked(self, server: str, at: float) -> None:
        """Keep that a server was asked at a Unix time, and what it told before."""
        values = repair(server), ASKED, at
        self._database.write(lambda connection: connection.execute(_ASK, values), durable=False)

    def put(self, server: str, prices: Mapping[str, Price], at: float) -> None:
        """Keep what a server told at a Unix time, in place of what it told before; none if it tells none."""
        server = repair(server)
        rows = [
            (
                *(server, repair(model), price.input, price.output, price.cached, price.per_call),
                *(price.currency, price.source, at, price.at_least),
            )
            for model, price in prices.items()
        ]

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM prices WHERE server = ?", (server,))
            connection.executemany(_PUT, rows)
            connection.execute(_ASK, (server, ASKED, at))

        self._database.write(work, durable=False)
