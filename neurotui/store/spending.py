"""The charges in one file; the rows themselves are told of in `charge_rows`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Sequence
from functools import partial

from neurotui.store import charge_rows
from neurotui.store.charges import Charge, Total
from neurotui.store.database import Database
from neurotui.store.message_rows import Lives


def settle(database: Database, lives: Lives) -> None:
    """Complete rows of an older version, and end those of instances that are no more. Raises StoreError."""
    after = -1
    while after:
        after = database.write(partial(charge_rows.settle, lives=lives, after=after), durable=False)


class Spending:
    """The charges in one file. Every method blocks, and raises StoreError."""

    def __init__(self, database: Database, lives: Lives, instance: str) -> None:
        self._database = database
        self._lives = lives
        self._instance = instance

    def totals(self, start: float, end: float, but: Collection[str] = ()) -> list[Total]:
        """Return the sums of what was asked for between two Unix times, but for the answers with some ids."""
        return self._database.read(
            lambda connection: charge_rows.totals(connection, start, end, self._lives, but)
        )

    def outlook(
        self, models: Sequence[str], start: float, end: float, but: Collection[str] = ()
    ) -> tuple[list[int | None], list[Total]]:
        """Return the usual tokens of each model, None where not known, and what `totals` returns."""

        def work(connection: sqlite3.Connection) -> tuple[list[int | None], list[Total]]:
            usual = [charge_rows.usual_tokens(connection, model) for model in models]
            return usual, charge_rows.totals(connection, start, end, self._lives, but)

        return self._database.read(work)

    def reserve(
        self,
        charge: Charge,
        tokens: Callable[[int | None], int],
        start: float,
        end: float,
        but: Collection[str] = (),
    ) -> list[Total]:
        """Reserve tokens for an answer that is about to be asked for; return what others have cost.

        `tokens` is given the usual length of an answer of this model, None if that is not known. Both happen
        in one transaction: of two that ask at once, in two windows, the second sees what the first reserved.
        """

        def work(connection: sqlite3.Connection) -> list[Total]:
            found = charge_rows.totals(connection, start, end, self._lives, {*but, charge.id})
            reserved = tokens(charge_rows.usual_tokens(connection, charge.asked_model))
            charge_rows.put(connection, charge, self._instance, reserved)
            return found

        return self._database.write(work, durable=False)

    def put(self, charge: Charge) -> None:
        """Write a charge that no journal writes: of an answer of which nothing else is kept."""
        self._database.write(lambda connection: charge_rows.put(connection, charge, self._instance))
