"""What was spent in a time: by day, month, model and conversation, each currency by itself.

A row is of one currency, or of the answers without a price, which have none: sums of several currencies mean
nothing, and what is unknown is part of no sum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from neurotui.app.money import balance_report
from neurotui.app.money.balance_report import NO_BALANCES, BalanceReport
from neurotui.settings.config import Settings
from neurotui.store.money.usage import Figures, Key, Table, UsageSums, add
from neurotui.store.watch import UNWATCHED, Watch

if TYPE_CHECKING:
    from neurotui.store.learnt import Learnt
    from neurotui.store.library import Library
    from neurotui.store.money.spending import Spending

DAYS = 30
"""Days that are told of, if nothing else is asked for."""


class UsageRow(NamedTuple):
    """The sum of some answers in one currency, or of those without a price. There may be very many."""

    key: str = ""
    """A day, a month, a model, or the id of a conversation; empty for answers that were not saved."""
    name: str = ""
    """The profile of a model, or the name of a conversation; empty if it has none, or is gone."""
    currency: str | None = None
    """None for answers without a price."""
    answers: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    micros: int | None = None
    unpriced: int = 0
    stopped: int = 0
    failed: int = 0

    @property
    def tokens(self) -> int:
        """Tokens of the questions and of the answers."""
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class UsageReport:
    """What was spent, in rows; days and months in their order, the others the dearest first."""

    days: tuple[UsageRow, ...]
    months: tuple[UsageRow, ...]
    models: tuple[UsageRow, ...]
    conversations: tuple[UsageRow, ...]
    total: tuple[UsageRow, ...]
    """A row for each currency."""
    balances: BalanceReport = NO_BALANCES
    """The same by the balances, where servers tell them."""
    span: int | None = DAYS
    """Number of the last days that are told of; None for all."""

    def by_day(self, today: date, days: int = DAYS) -> list[tuple[str, tuple[UsageRow, ...]]]:
        """Return each of the last days with its rows, those without any too."""
        names = [(today - timedelta(days=back)).isoformat() for back in reversed(range(days))]
        return [(name, tuple(row for row in self.days if row.key == name)) for name in names]


def read(
    spending: Spending,
    library: Library,
    learnt: Learnt,
    settings: Settings,
    days: int | None = DAYS,
    watch: Watch = UNWATCHED,
) -> UsageReport:
    """Return what was spent in the last days, this one included; None for all. Blocks; raises StoreError."""
    today = date.today()
    since = ""
    if days is not None and days < today.toordinal():
        since = (today - timedelta(days=days - 1)).isoformat()
    sums = spending.usage(since, watch)
    balances = balance_report.read(learnt, spending, settings, today, days)
    return replace(report(sums, library.names()), balances=balances, span=days)


def report(sums: UsageSums, names: Mapping[str, str]) -> UsageReport:
    """Return the rows that sums come to; `names` are those of conversations by id."""
    months, total = (_folded(sums.days, length) for length in (len("2026-11"), 0))
    return UsageReport(
        _rows(sums.days, lambda key: (key[0], "")),
        _rows(months, lambda key: (key[0], "")),
        _dearest(sums.models, lambda key: (key[1], key[0])),
        _dearest(sums.conversations, lambda key: (key[0], names.get(key[0], ""))),
        _rows(total, lambda _key: ("", "")),
    )


def as_json(report: UsageReport) -> dict[str, object]:
    """Return a report as `neurotui usage --json` prints it."""
    return {
        "days": [{"day": row.key} | _figures(row) for row in report.days],
        "months": [{"month": row.key} | _figures(row) for row in report.months],
        "models": [{"model": row.key, "profile": row.name or None} | _figures(row) for row in report.models],
        "conversations": [
            {"conversation": row.key or None, "name": row.name or None} | _figures(row)
            for row in report.conversations
        ],
        "total": [_figures(row) for row in report.total],
    } | balance_report.as_json(report.balances)


def _figures(row: UsageRow) -> dict[str, object]:
    return {
        "answers": row.answers,
        "prompt_tokens": row.prompt_tokens,
        "completion_tokens": row.completion_tokens,
        "cost": None if row.micros is None else row.micros / 1_000_000,
        "currency": row.currency,
        "unpriced": row.unpriced,
        "stopped": row.stopped,
        "failed": row.failed,
    }


def _folded(days: Table, length: int) -> Table:
    """Return the sums of all days whose names begin alike."""
    found: Table = {}
    for (day, currency), figures in days.items():
        add(found, (day[:length], currency), figures)
    return found


def _rows(table: Table, name: Callable[[Key], tuple[str, str]]) -> tuple[UsageRow, ...]:
    """Return a row for each key and currency, in the order of the keys; those without a price behind."""
    found = sorted((*name(key), not key[-1], key[-1], figures) for key, figures in table.items())
    return tuple(_row(*row) for row in found)


def _row(key: str, name: str, unpriced: bool, currency: str, figures: Figures) -> UsageRow:
    answers, prompt, completion, micros, *counts = figures
    sold_in, cost = (None, None) if unpriced else (currency, micros)
    return UsageRow(key, name, sold_in, answers, prompt, completion, cost, *counts)


def _dearest(table: Table, name: Callable[[Key], tuple[str, str]]) -> tuple[UsageRow, ...]:
    """Return a row for each key and currency, the dearest first; those without a price behind, by tokens."""
    found = sorted(
        (not key[-1], key[-1], -figures[3], -figures[1] - figures[2], name(key), figures)
        for key, figures in table.items()
    )
    return tuple(
        _row(*names, unpriced, currency, figures)
        for unpriced, currency, _cost, _tokens, names, figures in found
    )
