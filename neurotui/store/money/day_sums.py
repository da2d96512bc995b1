"""Sums of days that are over, kept: so that a limit on a month is looked up and not summed up.

A day that is over changes no more, once nothing of it runs and all of its rows are complete; but a row may be
written late. Rows are numbered as they are added, and what is kept holds for all up to a number: `UPTO`. So
the days of the rows behind that number are summed up again, and all others are looked up.
"""

from __future__ import annotations

import json
import sqlite3
import time
from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from neurotui.store.message_rows import Lives
from neurotui.store.money.charge_rows import totals
from neurotui.store.money.charges import Total

NAME = "day_sum"
UPTO = "upto"
"""In the place of a day: the number of the last row that the sums know of."""

PATIENCE = 0.1
"""Seconds for which days are summed up at once, but one day in any case."""

_OPEN = """
SELECT EXISTS (SELECT 1 FROM spending WHERE status = 'running' AND +at >= ? AND +at < ?)
    OR EXISTS (SELECT 1 FROM spending WHERE prompt_tokens IS NULL AND +at >= ? AND +at < ?)
"""
_KEPT = "SELECT model, value FROM learnt WHERE server = '' AND name = ?"
_KEEP = "INSERT OR REPLACE INTO learnt (server, model, name, value, learnt_at) VALUES ('', ?, ?, ?, ?)"
_DROP = "DELETE FROM learnt WHERE server = '' AND model = ? AND name = ?"
_LATER = "SELECT at FROM spending WHERE number > ? AND +at < ?"  # by the number, not by the index of times
_TIMES = "SELECT at FROM spending WHERE at >= ? AND at < ? AND id IN ({ids})"

Day: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Found:
    """Sums of days, and what of them is to be kept."""

    totals: list[Total]
    fresh: dict[str, str]
    stale: list[str]
    """Days that are kept with sums that do not hold any more."""
    upto: str
    """The number that all of it holds for."""
    former: str
    """The number that what was kept held for; another instance may have kept something meanwhile."""
    is_whole: bool = True
    """False if days are left that have to be summed up, too."""

    @property
    def is_new(self) -> bool:
        return bool(self.fresh or self.stale)


def sums(
    connection: sqlite3.Connection,
    start: float,
    end: float,
    lives: Lives,
    but: Collection[str] = (),
    patience: float = PATIENCE,
) -> Found:
    """Return the sums of the days between two midnights, but for answers with some ids.

    Of days with very many answers not all are summed up at once, for others wait for the file meanwhile.
    """
    began = time.monotonic()
    kept = dict(connection.execute(_KEPT, (NAME,)))
    former = kept.pop(UPTO, "0")
    days = {key: _day(key) for key in kept}
    over = max([end, *(day[1] for day in days.values())])
    later = sorted(at for (at,) in connection.execute(_LATER, (int(former), over))) if kept else []
    stale = [key for key, day in days.items() if _has(later, day)]
    marks = ", ".join("?" * len(but))
    found = connection.execute(_TIMES.format(ids=marks), (start, end, *but)) if but else ()
    left_out = sorted(at for (at,) in found)
    totals_: list[Total] = []
    fresh: dict[str, str] = {}
    is_whole = True
    for day in _days(start, end):
        key = f"{day[0]:.0f}-{day[1]:.0f}"
        if _has(left_out, day):
            totals_ += totals(connection, *day, lives, but)
        elif key in kept and key not in stale:
            totals_ += [Total(*total) for total in json.loads(kept[key])]
        elif fresh and time.monotonic() - began > patience:
            is_whole = False
            break
        else:
            counted = totals(connection, *day, lives)
            totals_ += counted
            if not connection.execute(_OPEN, (*day, *day)).fetchone()[0]:
                fresh[key] = json.dumps([astuple(total) for total in counted])
    upto = connection.execute("SELECT coalesce(max(number), 0) FROM spending").fetchone()[0]
    gone = [key for key in stale if key not in fresh]
    return Found(totals_, fresh, gone, str(upto), former, is_whole)


def keep(connection: sqlite3.Connection, found: Found) -> None:
    """Keep the sums, unless others have been kept meanwhile."""
    if dict(connection.execute(_KEPT, (NAME,))).get(UPTO, "0") != found.former:
        return
    connection.executemany(_DROP, [(key, NAME) for key in found.stale])
    values = found.fresh | {UPTO: found.upto}
    connection.executemany(_KEEP, [(key, NAME, value, time.time()) for key, value in values.items()])


def _days(start: float, end: float) -> Iterator[Day]:
    """Yield the days between two midnights by the local clock; one may have 23 or 25 hours."""
    while start < end:
        following = (datetime.fromtimestamp(start) + timedelta(days=1)).timestamp()
        yield start, min(following, end)
        start = following


def _day(key: str) -> Day:
    start, _dash, end = key.partition("-")
    return float(start), float(end)


def _has(times: list[float], day: Day) -> bool:
    """True if one of the times, in their order, is of a day."""
    place = bisect_left(times, day[0])
    return place < len(times) and times[place] < day[1]
