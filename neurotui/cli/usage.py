"""`neurotui usage`: what was spent. Lines for people, a row a line for programs, or JSON."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import date

from neurotui.app.money import usage_text
from neurotui.app.money.usage import UsageReport, UsageRow, as_json, read
from neurotui.chat.text import clean_line
from neurotui.cli.output import bold, can_print, cells, is_plain, print_json
from neurotui.cli.store import with_spending
from neurotui.store.learnt import Learnt
from neurotui.store.library import Library
from neurotui.store.money.spending import Spending
from neurotui.store.watch import Watch


def run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Print it; return the exit code."""

    def command(spending: Spending, library: Library, learnt: Learnt, watch: Watch) -> int:
        settings, days = options.settings.settings, None if options.all else options.days
        report = read(spending, library, learnt, settings, days, watch)
        if options.json:
            print_json(as_json(report))
        elif sys.stdout.isatty():
            width = shutil.get_terminal_size().columns
            plotted = not (settings.plain or is_plain(environ)) and can_print("█")
            for line in usage_text.lines(report, date.today(), plotted=plotted, width=width):
                for part in usage_text.folded(line, width, cells):
                    print(part if part.startswith(" ") or not part else bold(part))
        else:
            _print_rows(report)
        return 0

    return with_spending(command)


def _print_rows(report: UsageReport) -> None:
    kinds: dict[str, Sequence[UsageRow]] = {
        "day": report.days,
        "month": report.months,
        "model": report.models,
        "conversation": report.conversations,
        "total": report.total,
    }
    for kind, rows in kinds.items():
        for row in rows:
            cost = "" if row.micros is None else f"{row.micros / 1_000_000:.6f}"
            figures = (row.answers, row.prompt_tokens, row.completion_tokens)
            print(kind, clean_line(row.key), *figures, cost, row.currency or "", row.unpriced, sep="\t")
