"""What was spent, when there is much of it: a year's usage, a month's limit, the models' health.

    python -m tests.benchmarks.spending [--answers 1000000]

The file of that many answers, over two years, takes half a minute to make and 200 MB; it is left in the
folder for temporary files, for the next run, and copied for each. Aim: sums over a million answers take 100
ms at most. They are added up once; what that takes, and what each sum would take without it, stands beside.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

from neurotui.app.money import usage as reports
from neurotui.app.money.sums import this_day, this_month
from neurotui.settings.config import Settings
from neurotui.store.database import FILE_NAME
from neurotui.store.money import usage_sums
from neurotui.store.money.usage import UsageSums, ended
from neurotui.store.store import Store
from tests.benchmarks.figures import keep, median, table

RUNS = 7
DAYS = 730
CONVERSATIONS = 3000

_CHARGE = """
INSERT INTO spending (id, at, conversation_id, profile, asked_model, status, prompt_tokens, completion_tokens,
                      estimated, micros, currency, rate, source, first_token, total)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, 'models', ?, ?)
"""
_CONVERSATION = """
INSERT INTO conversations (id, title, system_prompt, created_at, updated_at, touched)
VALUES (?, ?, '', ?, ?, ?)
"""


def make(folder: Path, answers: int) -> None:
    """Writes the file, unless it is there from an earlier run."""
    if (folder / FILE_NAME).exists():
        return
    unfinished = folder / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    store = Store(unfinished)
    assert store.trouble is None
    store.close()
    store.journal._database.close()
    with closing(sqlite3.connect(unfinished / FILE_NAME)) as connection:
        connection.executemany(_CHARGE, _charges(answers))
        now = time.time()
        rows = ((f"c{number}", f"Conversation {number}", now, now, now) for number in range(CONVERSATIONS))
        connection.executemany(_CONVERSATION, rows)
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (unfinished / FILE_NAME).rename(folder / FILE_NAME)


def _charges(answers: int) -> Iterator[tuple[object, ...]]:
    chance, now, span = random.Random(1), time.time(), DAYS * 86_400
    for number in range(answers):
        profile = chance.choice(["", "work", "home"])
        in_rubles = profile == "home"
        yield (
            f"a{number}",
            now - span + span * number / answers,
            None if number % 50 == 0 else f"c{number * CONVERSATIONS // answers - chance.randrange(5)}",
            profile,
            f"model-{chance.randrange(12)}",
            chance.choice(["complete"] * 18 + ["stopped", "failed"]),
            chance.randrange(100, 9000),
            chance.randrange(10, 3000),
            chance.randrange(1, 90_000) if chance.random() < 0.97 else None,
            "RUB" if in_rubles else "USD",
            92_500_000 if in_rubles else 1_000_000,
            chance.random() * 3,
            chance.random() * 30,
        )


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that it takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def by_rows(store: Store, since: str) -> UsageSums:
    """The same sums, without any that are kept."""

    def work(connection: sqlite3.Connection) -> UsageSums:
        found = UsageSums()
        for row in ended(connection, 0, 2**62, since):
            found.count(row)
        return found

    return store.spending._database.read(work)


def measure(folder: Path, answers: int) -> dict[str, dict[str, float]]:
    """Milliseconds by what is done: the first time, then the median, and without what is kept."""
    with tempfile.TemporaryDirectory(dir=folder) as copy:
        shutil.copy(folder / FILE_NAME, copy)
        store, settings = Store(Path(copy)), Settings()
        assert store.trouble is None
        spending, day, month = store.spending, this_day(), this_month()
        sources = spending, store.library, store.learnt, settings
        since = (date.today() - timedelta(days=29)).isoformat()
        models = [f"model-{number}" for number in range(12)]
        done: dict[str, tuple[Callable[[], object], Callable[[], object] | None]] = {
            "usage of thirty days": (lambda: reports.read(*sources), lambda: by_rows(store, since)),
            "usage of all days": (lambda: reports.read(*sources, None), lambda: by_rows(store, "")),
            "limit of a month": (
                lambda: spending.past_totals(month[0], day[0]),
                lambda: spending.totals(month[0], day[0]),
            ),
            "limit of a day": (lambda: spending.totals(*day), None),
            "health of twelve models": (lambda: spending.health(models, "work"), None),
        }
        found = {}
        for name, (work, plain) in done.items():
            found[name] = {"first": timed(work), "again": median(timed(work) for _ in range(RUNS))}
            if plain is not None:
                found[name]["by rows"] = median(timed(plain) for _ in range(3))
        pieces = -(-answers // usage_sums.PIECE)
        found["usage of thirty days"]["a piece"] = found["usage of thirty days"]["first"] / pieces
        store.close()
        store.journal._database.close()
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=1_000_000)
    answers = parser.parse_args().answers
    folder = Path(tempfile.gettempdir(), f"neurotui-spending-{answers}")
    folder.mkdir(exist_ok=True)
    make(folder, answers)
    found = measure(folder, answers)
    rows = [
        (
            name,
            f"{times['first']:.0f}",
            f"{times['again']:.1f}",
            f"{times['by rows']:.0f}" if "by rows" in times else "",
            f"{times['by rows'] / times['again']:.0f}" if "by rows" in times else "",
        )
        for name, times in found.items()
    ]
    print(f"{answers:,} answers, milliseconds")
    print(table(("", "first", "again", "by rows", "times"), rows))
    print("a piece of the first:", f"{found['usage of thirty days']['a piece']:.0f}")
    print(keep("spending", {"answers": answers, "milliseconds": found}))


if __name__ == "__main__":
    main()
