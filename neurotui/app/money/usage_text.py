"""What was spent, in words and in a plot of blocks, or, to be read aloud, in words alone: for all faces."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from neurotui.app.money import reconciliation_text
from neurotui.app.money.usage import DAYS, UsageReport, UsageRow
from neurotui.chat.budget import unpriced_answers
from neurotui.chat.text import clean_line
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import calendar_day, day, money, month, number, short_day

ROWS = 8
"""Models and conversations that are listed."""
GOES_ON = "    "
"""In front of a line that goes on with the figures of the one before."""
_BETWEEN = " · "
_BLOCKS = "·▁▂▃▄▅▆▇█"


def lines(report: UsageReport, today: date, *, plotted: bool = True, width: int = 100) -> list[str]:
    """Return a report line by line: headings flush left, rows indented.

    A plot has room in so many cells; it cannot be read out, so that without it words tell the same.
    """
    if not report.total:
        return [_("Nothing was spent yet")]
    told = [f"{_('Total')}: {cost_of(report.total)} · {figures_of(report.total)}"]
    if days := (_plot(report, today, width) if plotted else _in_words(report, today)):
        told += ["", *days]
    for heading, groups in sections(report, today):
        told += ["", heading]
        told += [f"  {name}: {cost_of(rows)} · {figures_of(rows)}" for name, rows in groups]
    if balances := reconciliation_text.lines(report.balances):
        told += ["", *balances]
    return told


def folded(line: str, width: int, cells: Callable[[str], int]) -> Iterator[str]:
    """Yield a line in as many as it needs, broken between its figures; those that go on are indented more."""
    begun = ""
    for part in line.split(_BETWEEN):
        longer = f"{begun}{_BETWEEN}{part}" if begun else part
        if begun and cells(longer) > width:
            yield begun
            longer = GOES_ON + part
        begun = longer
    yield begun


def sections(
    report: UsageReport, today: date
) -> Iterator[tuple[str, list[tuple[str, tuple[UsageRow, ...]]]]]:
    """Yield headings, each with its rows by name."""
    days = [
        (day(date.fromisoformat(name), today), rows)
        for name, rows in reversed(report.by_day(today, 7))
        if rows
    ]
    if days:
        yield _("Last seven days"), days
    months = list(reversed(_grouped(report.months)))[:ROWS]
    yield _("Months"), [(month(date.fromisoformat(f"{name}-01")), rows) for name, rows in months]
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
    return _BETWEEN.join(words)


def bars(values: Sequence[int]) -> str:
    """Return a bar for each value; one above 0 is always visible."""
    most = max(values, default=0)
    return "".join(_BLOCKS[max(round(value / most * 8), 1) if value else 0] for value in values)


def _plot(report: UsageReport, today: date, width: int) -> list[str]:
    """Return the last thirty days as a plot, or as many of them as there is room for."""
    count = max(1, min(_days(report), width - 2))
    values, told = _by_day(report, today, count)
    if not any(values) or count == 1:
        return []
    heading = ngettext("{n} day, at most {most} a day", "{n} days, at most {most} a day", count)
    first, last = (short_day(each, today) for each in (today - timedelta(days=count - 1), today))
    dates = [f"  {first.ljust(count - len(last))}{last}"] if len(first) + len(last) < count else []
    return [heading.format(n=number(count), most=told(max(values))), f"  {bars(values)}", *dates]


def _in_words(report: UsageReport, today: date) -> list[str]:
    """Return what a plot shows of the last thirty days: their mean, the greatest, and where they go."""
    count = _days(report)
    values, told = _by_day(report, today, count)
    if not any(values) or count == 1:
        return []
    greatest = max(range(count), key=lambda place: (values[place], place))
    when = calendar_day(today - timedelta(days=count - 1 - greatest), today)
    heading = ngettext("{n} day: {mean} a day on average", "{n} days: {mean} a day on average", count)
    words = [
        heading.format(n=number(count), mean=told(round(sum(values) / count))),
        _("The most was {most}, on {day}").format(most=told(values[greatest]), day=when),
    ]
    if count >= 14:
        trend = _("The last seven days: {now}; the seven before: {before}")
        words.append(trend.format(now=told(sum(values[-7:])), before=told(sum(values[-14:-7]))))
    return words


def _days(report: UsageReport) -> int:
    return min(report.span or DAYS, DAYS)


def _by_day(report: UsageReport, today: date, count: int) -> tuple[list[int], Callable[[int], str]]:
    """Return a figure for each of the last days, money if that is of one currency, and its words."""
    days = report.by_day(today, count)
    currencies = {row.currency for _day, rows in days for row in rows if row.currency is not None}
    if len(currencies) == 1 and not any(row.unpriced for _day, rows in days for row in rows):
        [currency] = currencies
        code = clean_line(currency, 5)
        costs = [sum(row.micros or 0 for row in rows) for _day, rows in days]
        return costs, lambda micros: money(micros / 1_000_000, code)
    tokens = [sum(row.tokens for row in rows) for _day, rows in days]
    return tokens, lambda count: ngettext("{n} token", "{n} tokens", count).format(n=number(count))


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
