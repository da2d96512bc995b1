"""What was spent, in words and in a plot of blocks: for all faces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from neurotui.app import reconciliation_text
from neurotui.app.usage import UsageReport, UsageRow
from neurotui.chat.budget import unpriced_answers
from neurotui.chat.text import clean_line
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import money, number

ROWS = 8
"""Models and conversations that are listed."""
_BLOCKS = "·▁▂▃▄▅▆▇█"


def lines(report: UsageReport, today: date, *, plotted: bool = True) -> list[str]:
    """Return a report line by line: headings flush left, rows indented. A plot cannot be read out."""
    if not report.total:
        return [_("Nothing was spent yet")]
    told = [f"{_('Total')}: {cost_of(report.total)} · {figures_of(report.total)}"]
    if plotted and (plot := _plot(report, today)):
        told += ["", *plot]
    for heading, groups in sections(report, today):
        told += ["", heading]
        told += [f"  {name}: {cost_of(rows)} · {figures_of(rows)}" for name, rows in groups]
    if balances := reconciliation_text.lines(report.balances):
        told += ["", *balances]
    return told


def sections(
    report: UsageReport, today: date
) -> Iterator[tuple[str, list[tuple[str, tuple[UsageRow, ...]]]]]:
    """Yield headings, each with its rows by name."""
    days = [(name, rows) for name, rows in reversed(report.by_day(today, 7)) if rows]
    if days:
        yield _("Last seven days"), days
    yield _("Months"), list(reversed(_grouped(report.months)))[:ROWS]
    models = _grouped(report.models)
    yield _("Models"), [(_model(rows[0]), rows) for _key, rows in models[:ROWS]]
    conversations = _grouped(report.conversations)[:ROWS]
    yield _("Conversations"), [(_conversation(rows[0]), rows) for _key, rows in conversations]


def cost_of(rows: Sequence[UsageRow]) -> str:
    """Return what rows cost together, in each currency, with the number of answers without a price."""
    costs = [
        money(row.micros / 1_000_000, clean_line(row.currency, 5))
        for row in rows
        if row.micros is not None and row.currency is not None
    ]
    unpriced = sum(row.unpriced for row in rows)
    return " + ".join(filter(None, (*costs, unpriced_answers(unpriced)))) or _("nothing")


def figures_of(rows: Sequence[UsageRow]) -> str:
    """Return answers and tokens, and how many were stopped or failed."""
    answers, tokens = (sum(getattr(row, name) for row in rows) for name in ("answers", "tokens"))
    stopped, failed = (sum(getattr(row, name) for row in rows) for name in ("stopped", "failed"))
    words = [
        ngettext("{n} answer", "{n} answers", answers).format(n=number(answers)),
        ngettext("{n} token", "{n} tokens", tokens).format(n=number(tokens)),
    ]
    if stopped:
        words.append(ngettext("{n} stopped", "{n} stopped", stopped).format(n=number(stopped)))
    if failed:
        words.append(ngettext("{n} failed", "{n} failed", failed).format(n=number(failed)))
    return " · ".join(words)


def bars(values: Sequence[int]) -> str:
    """Return a bar for each value; one above 0 is always visible."""
    most = max(values, default=0)
    return "".join(_BLOCKS[max(round(value / most * 8), 1) if value else 0] for value in values)


def _plot(report: UsageReport, today: date) -> list[str]:
    """Return the last thirty days as a plot: of the money if it is of one currency, else of the tokens."""
    days = report.by_day(today)
    currencies = {row.currency for _day, rows in days for row in rows if row.currency is not None}
    unpriced = any(row.unpriced for _day, rows in days for row in rows)
    if len(currencies) == 1 and not unpriced:
        [currency] = currencies
        values = [sum(row.micros or 0 for row in rows) for _day, rows in days]
        most = money(max(values) / 1_000_000, clean_line(currency, 5))
    else:
        values = [sum(row.tokens for row in rows) for _day, rows in days]
        most = ngettext("{n} token", "{n} tokens", max(values)).format(n=number(max(values)))
    if not any(values):
        return []
    return [_("Thirty days, at most {most} a day").format(most=most), f"  {bars(values)}"]


def _grouped(rows: Sequence[UsageRow]) -> list[tuple[str, tuple[UsageRow, ...]]]:
    """Return rows of the same thing together, in the order of their first."""
    found: dict[tuple[str, str], list[UsageRow]] = {}
    for row in rows:
        found.setdefault((row.key, row.name), []).append(row)
    return [(key, tuple(group)) for (key, _name), group in found.items()]


def _model(row: UsageRow) -> str:
    model = clean_line(row.key, 60) or _("unknown model")
    return f"{clean_line(row.name, 30)}:{model}" if row.name else model


def _conversation(row: UsageRow) -> str:
    if row.name:
        return clean_line(row.name, 60)
    return _("deleted: {id}").format(id=clean_line(row.key[:8])) if row.key else _("not saved")
