"""What `neurotui doctor` tells of balances: the last day beside its receipts, and what a stop costs."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from neurotui.app.accounts import Account
from neurotui.app.money.balance_report import read
from neurotui.app.money.reconciliation_text import day_words
from neurotui.chat.receipts import stops_words
from neurotui.chat.text import clean_line
from neurotui.cli.report import Report, Verdict
from neurotui.cli.store import opened
from neurotui.errors import StoreError
from neurotui.i18n import _
from neurotui.settings.config import Settings
from neurotui.store.learnt import Learnt
from neurotui.store.money.spending import Spending


def add_reconciliation(report: Report, server: Account, settings: Settings) -> None:
    """Report what was learnt here of the balance of a server, if anything was. Blocks."""
    with suppress(StoreError), opened() as (database, instances):
        if database is None:
            return
        learnt, spending = Learnt(database), Spending(database, instances)
        found = read(learnt, spending, settings, date.today(), None, server.ref)
        if found.days:
            day = found.days[0]
            report.add(_("reconciled"), f"{day.day}: {day_words(day)}")
        for model, held, told in found.stops:
            words = f"{clean_line(model, 60)}: {stops_words(held, told)}"
            report.add(_("bill at a stop"), words, Verdict.GOOD if held == told else Verdict.WARNING)
