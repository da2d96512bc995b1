"""What balances told of the cost of answers, in words: for all faces."""

from __future__ import annotations

from neurotui.app.money.balance_report import BalanceReport, DayFall
from neurotui.app.money.reconciler import Outcome, Untold
from neurotui.chat.conversation import Message
from neurotui.chat.receipts import difference_words, reconciled, stops_words
from neurotui.chat.text import clean_line
from neurotui.i18n import _
from neurotui.i18n.formats import money
from neurotui.wire.price import MICROS

ROWS = 7
"""Days that are listed."""


def outcome_words(answer: Message, outcome: Outcome | None) -> str:
    """Return what the balance told of an answer, or why it cannot; empty if it was not asked."""
    told = reconciled(answer)
    if outcome is None or outcome.untold is None or outcome.answer_id != answer.id:
        return told
    return ": ".join(filter(None, (told, untold_words(outcome.untold))))


def untold_words(reason: Untold) -> str:
    """Say why a balance does not tell what an answer has cost."""
    match reason:
        case Untold.BEGINNING:
            why = _("the balance before it is not known")
        case Untold.BESIDE:
            why = _("something else ran on this account")
        case Untold.UNSETTLED:
            why = _("the balance has not settled")
        case Untold.STEP:
            why = _("the balance moves in too large steps")
        case Untold.PRICE:
            why = _("the price is not known, or not all of it")
        case Untold.RATE:
            why = _("the rate of the currency is not set")
    return _("it cannot be told: {why}").format(why=why)


def lines(report: BalanceReport) -> list[str]:
    """Return days and models line by line: a heading flush left, rows indented; nothing without any."""
    if not report.days and not report.stops:
        return []
    told = [_("Balance beside the receipts")]
    for each in report.days[:ROWS]:
        told.append(f"  {each.day} {clean_line(each.profile, 30)}: {day_words(each)}")
    for model, held, all_ in report.stops:
        told.append(f"  {clean_line(model, 60)}: {stops_words(held, all_)}")
    return told


def day_words(day: DayFall) -> str:
    """Say by how much the balance fell on a day, and whether the answers explain that."""
    currency = clean_line(day.currency, 5)
    fell = _("fell by {money}").format(money=money(day.fall / MICROS, currency))
    if day.untold is not None:
        return f"{fell} · {untold_words(day.untold)}"
    if day.unexplained > 0:
        words = _("the server took {money} more than these answers explain")
        return f"{fell} · {words.format(money=money(day.unexplained / MICROS, currency))}"
    return f"{fell} · {difference_words(day.unexplained, currency)}"
