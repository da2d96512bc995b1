"""What was spent in a time: by day, month, model and conversation, each currency by itself.

A row is of one currency, or of the answers without a price, which have none: sums of several currencies mean
nothing, and what is unknown is part of no sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from neurotui.app import balance_report
from neurotui.app.balance_report import NO_BALANCES, BalanceReport
from neurotui.settings.config import Settings
from neurotui.store.usage import UsageSum

if TYPE_CHECKING:
    from neurotui.store.learnt import Learnt
    from neurotui.store.library import Library
    from neurotui.store.spending import Spending

DAYS = 30
"""Days that are told of, if nothing else is asked for."""
LATEST = 4_000_000_000.0
"""A Unix time behind all others; clocks of other days may have gone ahead."""


_COUNTS = ("answers", "prompt_tokens", "completion_tokens", "unpriced", "stopped", "failed")


@dataclass(frozen=True, slots=True)
class UsageRow:
    """The sum of some answers in one currency, or of those without a price."""

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

    def by_day(self, today: date, days: int = DAYS) -> list[tuple[str, tuple[UsageRow, ...]]]:
        """Return each of the last days with its rows, those without any too."""
        names = [(today - timedelta(days=back)).isoformat() for back in reversed(range(days))]
        return [(name, tuple(row for row in self.days if row.key == name)) for name in names]


def read(
    spending: Spending, library: Library, learnt: Learnt, settings: Settings, days: int | None = DAYS
) -> UsageReport:
    """Return what was spent in the last days, this one included; None for all. Blocks; raises StoreError."""
    start = 0.0
    if days is not None and days < datetime.now().toordinal():
        midnight = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        start = max(0.0, (midnight - timedelta(days=days - 1)).timestamp()) if days < 20_000 else 0.0
    sums = spending.usage(start, LATEST)
    names = {summary.id: summary.name for summary in library.summaries()}
    balances = balance_report.read(learnt, spending, settings, date.today(), days)
    return replace(report(sums, names), balances=balances)


def report(sums: Iterable[UsageSum], names: Mapping[str, str]) -> UsageReport:
    """Return the rows that sums come to; `names` are those of conversations by id."""
    found = list(sums)
    return UsageReport(
        _rows(found, lambda each: (each.day, "")),
        _rows(found, lambda each: (each.day[:7], "")),
        _dearest(_rows(found, lambda each: (each.asked_model, each.profile))),
        _dearest(
            _rows(found, lambda each: (each.conversation_id or "", names.get(each.conversation_id or "", "")))
        ),
        _rows(found, lambda _each: ("", "")),
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


def _rows(sums: Iterable[UsageSum], key: Callable[[UsageSum], tuple[str, str]]) -> tuple[UsageRow, ...]:
    """Return a row for each key and currency, in the order of the keys; those without a price behind."""
    rows: dict[tuple[str, str, str | None], list[UsageSum]] = {}
    for each in sums:
        rows.setdefault((*key(each), each.currency), []).append(each)
    return tuple(
        UsageRow(
            *place,
            micros=None if place[2] is None else sum(each.micros or 0 for each in found),
            **{name: sum(getattr(each, name) for each in found) for name in _COUNTS},
        )
        for place, found in sorted(
            rows.items(), key=lambda row: (*row[0][:2], row[0][2] is None, row[0][2] or "")
        )
    )


def _dearest(rows: Iterable[UsageRow]) -> tuple[UsageRow, ...]:
    """Return the dearest rows first, those without a price last, by their tokens."""

    def dearness(row: UsageRow) -> tuple[bool, str, int, int]:
        return row.micros is None, row.currency or "", -(row.micros or 0), -row.tokens

    return tuple(sorted(rows, key=dearness))
