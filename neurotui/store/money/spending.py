"""The charges in one file; the rows themselves are told of in `charge_rows`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from math import inf

from neurotui.errors import DiskFull, StoreLocked, StoreReadOnly, StoreTooNew
from neurotui.store import model_runs
from neurotui.store.database import Database
from neurotui.store.instances import Instances
from neurotui.store.message_rows import Lives
from neurotui.store.money import balance_rows, charge_rows, day_sums, usage_sums
from neurotui.store.money.balance_rows import Explained, Mark
from neurotui.store.money.charges import Charge, Total
from neurotui.store.money.usage import UsageSums
from neurotui.store.watch import UNWATCHED, Stage, Unit, Watch

_NOT_KEPT = (DiskFull, StoreLocked, StoreReadOnly, StoreTooNew)
"""Reasons why sums cannot be kept, though they can be read."""

Grant = Callable[[Sequence[int | None], Sequence[Total]], Sequence[int]]
"""Returns the tokens to reserve for some answers, none at all to refuse them.

It is given the usual length of an answer of each model (tokens), None where that is not known, and the sums
of the other answers.
"""


def settle(database: Database, lives: Lives) -> None:
    """Complete rows of an older version, and end those of instances that are no more. Raises StoreError."""
    after = -1
    while after:
        after = database.write(partial(charge_rows.settle, lives=lives, after=after), durable=False)


class Spending:
    """The charges in one file. Every method blocks, and raises StoreError."""

    def __init__(self, database: Database, instances: Instances, reading: Database | None = None) -> None:
        """`reading` is another connection to the file, for what takes long."""
        self._database = database
        self._instances = instances
        self._reading = reading or database

    def totals(self, start: float, end: float, but: Collection[str] = ()) -> list[Total]:
        """Return the sums of what was asked for between two Unix times, but for the answers with some ids."""
        return self._database.read(
            lambda connection: charge_rows.totals(connection, start, end, self._instances.lives, but)
        )

    def past_totals(self, start: float, end: float, but: Collection[str] = ()) -> list[Total]:
        """Return the same of days that are over, between two midnights; what was summed up is kept."""
        patience = day_sums.PATIENCE
        while True:
            sums = partial(day_sums.sums, start=start, end=end, lives=self._instances.lives, but=but)
            found = self._reading.read(partial(sums, patience=patience))
            if found.is_new:
                try:
                    self._reading.write(partial(day_sums.keep, found=found), durable=False)
                except _NOT_KEPT:
                    patience = inf
            if found.is_whole:
                return found.totals

    def usage(self, since: str = "", watch: Watch = UNWATCHED) -> UsageSums:
        """Return what was asked for from a day on (2026-11-30), or ever.

        Of many answers the sums are kept, when they are asked for first; that takes some seconds for a
        million of them, a piece at a time.
        """
        with suppress(*_NOT_KEPT):  # they are summed up all the same
            self._keep_usage(watch)
        return self._reading.read(lambda connection: usage_sums.usage(connection, since))

    def _keep_usage(self, watch: Watch) -> None:
        with watch.begin(Stage.ADDING_UP, Unit.ANSWERS) as report:
            while (piece := self._reading.read(usage_sums.next_piece)) is not None:
                report(piece.after, piece.end)
                self._reading.write(partial(usage_sums.take_in, piece=piece), durable=False)

    def health(self, models: Iterable[str], profile: str) -> dict[str, charge_rows.Health]:
        """Return how the latest answers of models went in a profile."""
        return self._database.read(lambda connection: charge_rows.health(connection, models, profile))

    def runs_of(self, model: str, profile: str, mark: str) -> list[model_runs.Run]:
        """Return how the latest answers of a model ended, the last first."""
        return self._database.read(lambda connection: model_runs.of_model(connection, model, profile, mark))

    def runs_at(self, profile: str, mark: str, since: float) -> list[model_runs.Run]:
        """Return how the latest answers of a server ended since a Unix time, the last first."""
        return self._database.read(lambda connection: model_runs.of_server(connection, profile, mark, since))

    def mark(self, elsewhere: Collection[str]) -> Mark:
        """Return the place of now among the charges of all but some profiles."""
        return self._database.read(
            lambda connection: balance_rows.mark(connection, elsewhere, self._instances.lives)
        )

    def beside(self, after: int, up_to: int, elsewhere: Collection[str], answer_id: str = "") -> int:
        """Return how many charges of other answers lie behind one mark and up to another."""
        return self._database.read(
            lambda connection: balance_rows.beside(connection, after, up_to, elsewhere, answer_id)
        )

    def explained(self, after: int, up_to: int, profile: str) -> Explained:
        """Return the charges of a profile behind one mark and up to another."""
        return self._database.read(
            lambda connection: balance_rows.explained(connection, after, up_to, profile)
        )

    def speed(self, model: str, profile: str) -> float | None:
        """Return the most tokens a second that a model made in its latest answers; None without any."""
        return self._database.read(lambda connection: balance_rows.speed(connection, model, profile))

    def reserve(
        self, charges: Sequence[Charge], grant: Grant, start: float, end: float, but: Collection[str] = ()
    ) -> tuple[Sequence[int], list[Total]]:
        """Reserve tokens for answers that are about to be asked for; return them, and what others have cost.

        `grant` decides in the transaction that reads what others have cost, so that of two that ask at once,
        in two windows, the second sees what was reserved for the first.
        """
        self._instances.register()  # or other instances would take the rows for those of a dead one
        ids = {*but, *(charge.id for charge in charges)}

        def work(connection: sqlite3.Connection) -> tuple[Sequence[int], list[Total]]:
            found = self._of_others(connection, start, end, ids)
            usual = [charge_rows.usual_tokens(connection, charge.asked_model) for charge in charges]
            reserved = grant(usual, found)
            for charge, tokens in zip(charges, reserved, strict=False):
                charge_rows.put(connection, charge, self._instances.name, tokens)
            return reserved, found

        return self._database.write(work, durable=False)

    def release(self, answer_ids: Collection[str]) -> None:
        """Take back what was reserved for answers that are not asked for."""

        def work(connection: sqlite3.Connection) -> None:
            for id_ in answer_ids:
                charge_rows.release(connection, id_)

        self._database.write(work, durable=False)

    def exchange(
        self, counts: Mapping[str, int], start: float, end: float, but: Collection[str] = ()
    ) -> list[Total]:
        """Write how many tokens have come of answers that run here; return what others have cost."""

        def work(connection: sqlite3.Connection) -> list[Total]:
            for id_, tokens in counts.items():
                charge_rows.count(connection, id_, tokens)
            return self._of_others(connection, start, end, but)

        return self._database.write(work, durable=False)

    def put(self, charge: Charge) -> None:
        """Write a charge that no journal writes: of an answer of which nothing else is kept."""
        self._database.write(lambda connection: charge_rows.put(connection, charge, self._instances.name))

    def _of_others(
        self, connection: sqlite3.Connection, start: float, end: float, but: Collection[str]
    ) -> list[Total]:
        """Return the sums without the answers in `but`, and without those that run in this instance."""
        instances = self._instances
        return charge_rows.totals(connection, start, end, instances.lives, but, instances.name)
