"""Sums of usage that are kept: the same as those of the rows, whatever happens to these, and looked up."""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from neurotui.errors import WorkStopped
from neurotui.store.database import FILE_NAME, Database
from neurotui.store.files import identity
from neurotui.store.money import day_sums, usage_sums
from neurotui.store.money.charges import Charge
from neurotui.store.money.usage import UsageSums, ended, incomplete
from neurotui.store.rescue import rescue
from neurotui.store.store import Store
from neurotui.store.watch import Report, Stage, Unit

NOON = datetime.now().replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path)
    assert store.trouble is None
    yield store
    close(store)


def close(store: Store) -> None:
    store.close()
    store.journal._database.close()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sums are kept of few rows already."""
    for name, count in (("LIVE", 3), ("MANY", 5), ("PIECE", 7)):
        monkeypatch.setattr(usage_sums, name, count)


def charge(id_: str, days_ago: float = 0, **fields: object) -> Charge:
    at = (NOON - timedelta(days=days_ago)).timestamp()
    return replace(Charge(id_, at, "talk", "work", "m", "complete", 10, 5, micros=3), **fields)  # type: ignore[arg-type]


def summed_up(store: Store, since: str = "") -> UsageSums:
    """The sums of the rows themselves."""

    def work(connection: sqlite3.Connection) -> UsageSums:
        found = UsageSums()
        for row in (*ended(connection, 0, 2**62, since), *incomplete(connection, since)):
            found.count(row)
        return found

    return store.spending._database.read(work)


def kept(folder: Path) -> list[str]:
    """The days and months of which there are sums."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        query = "SELECT model FROM learnt WHERE name = ? AND model <> ? ORDER BY 1"
        return [key for (key,) in connection.execute(query, (usage_sums.NAME, usage_sums.HEAD))]


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("seed", range(5))
def test_kept_sums_are_those_of_the_rows_whatever_happens_to_them(
    seed: int, store: Store, tmp_path: Path
) -> None:
    chance = random.Random(seed)
    other = Store(tmp_path)
    running: list[Charge] = []
    for number in range(150):
        each = charge(
            f"a{number}",
            chance.choice([0, 0, 1, 2, 29, 30, 31, 70, -1]),  # a clock that jumps
            conversation_id=chance.choice(["talk", "other", None]),
            asked_model=chance.choice(["m", "n"]),
            micros=chance.choice([None, 0, 1, 10**12]),
            currency=chance.choice(["USD", "RUB"]),
            status=chance.choice(["complete", "stopped", "failed", "cut", "running", "running"]),
        )
        window = chance.choice([store, other])
        window.spending.put(each)
        if each.status == "running":
            running.append(each)
        if running and chance.random() < 0.4:
            done = running.pop(chance.randrange(len(running)))
            window.spending.put(replace(done, status="complete", completion_tokens=7, micros=9))
        if chance.random() < 0.3:
            days = chance.choice([0, 1, 5, 29, 60, 400])
            since = chance.choice(["", (date.today() - timedelta(days=days)).isoformat()])
            assert chance.choice([store, other]).spending.usage(since) == summed_up(store, since)
    for each in running:
        store.spending.put(replace(each, status="cut"))
    for days in range(80):
        since = (date.today() - timedelta(days=days)).isoformat()
        assert store.spending.usage(since) == summed_up(store, since)
    assert store.spending.usage() == summed_up(store)
    assert len(kept(tmp_path)) > 5
    close(other)


@pytest.mark.usefixtures("soon")
def test_in_another_time_zone_days_are_others(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not hasattr(time, "tzset"):
        pytest.skip("the time zone of a process cannot be set here")
    late = datetime(2026, 5, 9, 23, 30).timestamp()
    for number in range(20):
        store.spending.put(charge(str(number), at=late))
    assert [day for day, _currency in store.spending.usage().days] == ["2026-05-09"]
    assert kept(tmp_path) == ["2026-05", "2026-05-09"]
    try:
        with monkeypatch.context() as patched:
            patched.setenv("TZ", "ABC-03" if time.timezone > -7200 else "ABC+03")
            time.tzset()
            assert store.spending.usage() == summed_up(store)
            moved = datetime.fromtimestamp(late).strftime("%Y-%m-%d")
            assert kept(tmp_path) == [moved[:7], moved]
    finally:
        time.tzset()
    assert store.spending.usage() == summed_up(store)


class Stopping:
    """A watch that ends the work after so many reports."""

    is_seen = True

    def __init__(self, reports: int) -> None:
        self.told: list[tuple[int, int | None]] = []
        self._left = reports

    def begin(self, stage: Stage, unit: Unit, about: str = "") -> Stopping:
        assert stage is Stage.ADDING_UP
        return self

    def __enter__(self) -> Report:
        return self.report

    def __exit__(self, *_error: object) -> None:
        pass

    def report(self, done: int, total: int | None) -> None:
        self.told.append((done, total))
        if len(self.told) > self._left:
            raise WorkStopped


@pytest.mark.usefixtures("soon")
def test_it_is_added_up_piece_by_piece_once_and_goes_on_where_it_was_stopped(store: Store) -> None:
    for number in range(40):
        store.spending.put(charge(str(number), number % 4))
    with pytest.raises(WorkStopped):
        store.spending.usage(watch=(watch := Stopping(2)))
    assert watch.told == [(0, 37), (7, 37), (14, 37)]
    assert store.spending.usage(watch=(watch := Stopping(99))) == summed_up(store)
    assert watch.told == [(14, 37), (21, 37), (28, 37)]
    assert store.spending.usage(watch=(watch := Stopping(0))) == summed_up(store)
    assert watch.told == [], "once"


@pytest.mark.usefixtures("soon")
def test_what_cannot_be_kept_is_summed_up_all_the_same(store: Store, tmp_path: Path) -> None:
    for number in range(40):
        store.spending.put(charge(str(number), number))
    if os.name == "nt" or os.geteuid() == 0:  # nothing is forbidden to root: a newer file is read, too
        with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
            connection.execute("PRAGMA user_version = 99")
    else:
        (tmp_path / FILE_NAME).chmod(0o400)
    again = Store(tmp_path)
    assert again.trouble is not None
    expected = summed_up(again)
    assert sum(figures[0] for figures in expected.days.values()) == 40
    assert again.spending.usage() == expected
    start, end = ((NOON - timedelta(days=days, hours=12)).timestamp() for days in (30, 0))
    assert sum(total.answers for total in again.spending.past_totals(start, end)) == 30
    assert kept(tmp_path) == []
    close(again)


@pytest.mark.usefixtures("soon")
def test_a_rescued_file_is_summed_up_again(store: Store, tmp_path: Path) -> None:
    for number in range(40):
        store.spending.put(charge(str(number), number))
    store.spending.usage()
    assert kept(tmp_path)
    close(store)
    path = tmp_path / FILE_NAME
    with closing(sqlite3.connect(path)) as connection:  # what a damaged page may have held
        connection.execute("DELETE FROM spending WHERE number > 20")
        connection.commit()
    damaged = identity(path)
    assert damaged is not None and rescue(path, damaged) is not None
    assert kept(tmp_path) == []
    for number in range(40, 60):
        store.spending.put(charge(str(number), number))
    assert store.spending.usage() == summed_up(store)
    assert sum(figures[0] for figures in store.spending.usage().days.values()) == 40


def fill(folder: Path, answers: int, days: int) -> None:
    """Write so many answers, over so many days."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        connection.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            "INSERT INTO spending (id, at, conversation_id, profile, asked_model, status, prompt_tokens, "
            "completion_tokens, micros) "
            "SELECT i, ? + i * ?, 'c' || (i / 400), 'p' || (i % 2), 'm' || (i % 5), 'complete', 1, 2, "
            "1000003 + i FROM n",
            (answers, NOON.timestamp() - days * 86_400, days * 86_400 / answers),
        )
        connection.commit()


def test_the_usage_of_a_million_answers_is_looked_up_and_exact(store: Store, tmp_path: Path) -> None:
    """A tenth of them here; to sum up all takes ten times as long."""
    count = 100_000
    fill(tmp_path, count, 700)
    assert store.spending.usage() == summed_up(store)
    times = []
    for _ in range(5):
        start = time.process_time()
        found = store.spending.usage()
        times.append(time.process_time() - start)
    assert min(times) < 0.05
    expected = count * 1_000_003 + count * (count + 1) // 2
    for table in (found.days, found.models, found.conversations):
        assert sum(figures[3] for figures in table.values()) == expected


def test_the_first_sums_of_a_month_hold_the_file_for_moments_only(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, 3000, 30)
    start, end = ((NOON - timedelta(days=days, hours=12)).timestamp() for days in (30, 0))
    monkeypatch.setattr(day_sums, "PATIENCE", 0.0)
    reads: list[object] = []
    reading = store.spending._reading.read

    def read(work: Callable[[sqlite3.Connection], day_sums.Found]) -> day_sums.Found:
        reads.append(work)
        return reading(work)

    monkeypatch.setattr(store.spending._reading, "read", read)
    found = store.spending.past_totals(start, end)
    assert len(reads) == 30, "a day at a time"
    assert sum(total.micros or 0 for total in found) == sum(
        total.micros or 0 for total in store.spending.totals(start, end)
    )


def steps(database: Database, work: Callable[[], object]) -> int:
    """Thousands of instructions that SQLite takes for it: the same on any machine."""
    count = 0

    def step() -> None:
        nonlocal count
        count += 1

    connection = database.read(lambda connection: connection)
    connection.set_progress_handler(step, 1000)
    try:
        work()
    finally:
        connection.set_progress_handler(None, 0)
    return count


def test_what_is_asked_for_often_does_not_read_all_rows(store: Store, tmp_path: Path) -> None:
    fill(tmp_path, 100_000, 30)
    spending = store.spending
    assert spending.health(["m1"], "p1")["m1"].answers == 40
    assert spending.health(["m1"], "nobody") == {}
    assert spending.speed("m1", "nobody") is None
    assert steps(spending._database, lambda: spending.health(["m1"], "nobody")) < 100
    assert steps(spending._database, lambda: spending.speed("m1", "nobody")) < 100
    assert steps(spending._database, lambda: spending._database.read(lambda it: [*incomplete(it)])) < 2
    assert steps(spending._database, lambda: spending._database.read(usage_sums.next_piece)) > 300
    spending.usage()
    assert steps(spending._database, lambda: spending._database.read(usage_sums.next_piece)) < 2


@pytest.mark.usefixtures("soon")
def test_of_two_windows_that_add_up_at_once_each_row_is_taken_in_once(store: Store) -> None:
    for number in range(40):
        store.spending.put(charge(str(number), number % 4))
    piece = store.spending._reading.read(usage_sums.next_piece)
    assert piece is not None
    assert store.spending.usage() == summed_up(store), "the other window was quicker"
    store.spending._reading.write(partial(usage_sums.take_in, piece=piece))
    assert store.spending.usage() == summed_up(store)
