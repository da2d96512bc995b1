"""A row for each answer that was asked for here: made with it, ended with it, and removed by nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from neurotui.chat.conversation import Bill, Conversation, Message, Role, Status, Timing, new_id
from neurotui.store.money.charges import Charge, Total
from neurotui.store.store import Store
from neurotui.transcripts.document import render_all
from neurotui.transcripts.reading import import_file
from neurotui.wire.events import Usage
from tests.store.examples import check, rows, turn
from tests.store.test_journal import until

TODAY = (0.0, 1e12)
ROWS = "SELECT status, prompt_tokens, completion_tokens, micros FROM spending ORDER BY number"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(tmp_path)
    yield store
    await store.aclose()
    check(tmp_path)


async def begun(store: Store, conversation: Conversation, prompt: int = 100) -> Message:
    """An answer that is being received."""
    question, running = turn(conversation)
    running = replace(running, bill=Bill("m", prompt, profile="work"), timing=Timing(first_token=0.5))
    conversation.put(running)
    await store.journal.begin(conversation, question, running)
    return running


async def asked(store: Store, conversation: Conversation, cost: float | None = 0.5) -> Message:
    """An answer that has ended."""
    running = await begun(store, conversation)
    ended = replace(
        running,
        text="ответ",
        status=Status.COMPLETE,
        usage=Usage(90, 50, 140, 40),
        bill=replace(
            running.bill or Bill(), prompt_tokens=90, completion_tokens=50, cost=cost, cached_tokens=40
        ),
    )
    conversation.put(ended)
    await store.journal.finish(ended)
    return ended


async def test_an_answer_is_a_row_from_its_question_to_its_end(store: Store, tmp_path: Path) -> None:
    conversation = Conversation()
    await begun(store, conversation)
    assert rows(tmp_path, ROWS) == [("running", 100, 0, None)]
    answer = await asked(store, conversation)
    found = rows(
        tmp_path,
        "SELECT id, conversation_id, instance, profile, asked_model, cached_tokens, estimated, currency,"
        " rate, source, first_token, reserved_tokens FROM spending WHERE status = 'complete'",
    )
    instance = store.journal._instances.name
    assert found == [
        (answer.id, conversation.id, instance, "work", "m", 40, 0, "USD", 1_000_000, "settings", 0.5, 0)
    ]
    assert rows(tmp_path, ROWS)[1] == ("complete", 90, 50, 500_000)
    assert rows(tmp_path, "SELECT DISTINCT asked_model FROM messages WHERE role = 'assistant'") == [("m",)]


async def test_what_comes_is_counted_while_it_comes(store: Store, tmp_path: Path) -> None:
    running = await begun(store, Conversation())
    for _ in range(2):
        store.journal.append(running.id, text="word" * 10, reasoning="word" * 5)
        await until(lambda: not store.journal._is_pending() and store.journal._task is None)
    assert rows(tmp_path, ROWS) == [("running", 100, 30, None)]


async def test_no_deletion_import_or_fork_changes_a_sum(store: Store, tmp_path: Path) -> None:
    conversation = Conversation()
    answer = await asked(store, conversation)
    before = store.spending.totals(*TODAY)
    archive = tmp_path / "archive.json"
    archive.write_text("".join(render_all([conversation])), encoding="utf-8")
    store.library.fork(conversation, answer.id)
    store.library.delete(conversation.id)
    store.library._change(conversation.id, "deleted_at = ?", 1.0)
    store.library.purge()
    assert rows(tmp_path, "SELECT count(*) FROM conversations") == [(1,)]
    import_file(store.library, archive)
    assert rows(tmp_path, "SELECT count(*) FROM conversations") == [(2,)]
    assert store.spending.totals(*TODAY) == before
    assert [(total.answers, total.micros) for total in before] == [(1, 500_000)]


async def test_sums_are_kept_apart_by_model_profile_and_price(store: Store) -> None:
    for cost in (0.5, 0.25, None):
        await asked(store, Conversation(), cost)
    found = {total.micros: total for total in store.spending.totals(*TODAY)}
    assert found.keys() == {750_000, None}
    assert (found[750_000].answers, found[750_000].prompt_tokens, found[750_000].cached_tokens) == (
        2,
        180,
        80,
    )
    assert (found[None].answers, found[None].completion_tokens) == (1, 50)


async def test_a_cost_without_bounds_loses_no_answer(store: Store, tmp_path: Path) -> None:
    await asked(store, Conversation(), cost=1e290)
    await asked(store, Conversation(), cost=1e15)
    assert [micros for *_, micros in rows(tmp_path, ROWS)] == [10**15, 10**15]
    assert [total.micros for total in store.spending.totals(*TODAY)] == [2 * 10**15]


async def test_an_answer_that_ended_does_not_run_again(store: Store, tmp_path: Path) -> None:
    """A reservation may come to be written after the end: a stop does not reach the thread that makes it."""
    answer = await asked(store, Conversation())
    running = replace(answer, status=Status.RUNNING, bill=Bill("m", 100))
    store.spending.reserve([Charge.of(running)], lambda usual, others: [5000], *TODAY)
    assert rows(tmp_path, ROWS) == [("complete", 90, 50, 500_000)]
    assert rows(tmp_path, "SELECT reserved_tokens FROM spending") == [(0,)]


async def test_what_is_usual_is_told_to_whoever_reserves(store: Store, tmp_path: Path) -> None:
    told: list[int | None] = []

    def reserve(usual: Sequence[int | None], _others: Sequence[Total]) -> Sequence[int]:
        told.extend(usual)
        return [7]

    for tokens in (None, *range(1, 61)):
        if tokens is not None:
            ended = replace(_answer("m", tokens), status=Status.COMPLETE)
            store.spending.put(Charge.of(ended))
        if tokens in (None, 1, 60):
            store.spending.reserve([Charge.of(_answer("m", 0))], reserve, *TODAY)
    assert told == [None, 1, 58], "of the latest forty, 95 of 100 are no longer"


def _answer(model: str, tokens: int) -> Message:
    return Message(
        new_id(),
        Role.ASSISTANT,
        "",
        created_at=time.time(),
        status=Status.RUNNING,
        bill=Bill(model, 1, tokens),
    )


RESERVE = """
import sys, time
from pathlib import Path
from neurotui.chat.conversation import Bill, Message, Role, Status, new_id
from neurotui.store.money.charges import Charge, Total
from neurotui.store.store import Store
store = Store(Path(sys.argv[1]))
assert store.trouble is None
store.journal._instances.register()
print("ready", flush=True)
sys.stdin.readline()
seen = []
for number in range(25):
    answer = Message(new_id(), Role.ASSISTANT, "", None, time.time(), Status.RUNNING, bill=Bill("m", 1))
    _reserved, found = store.spending.reserve([Charge.of(answer)], lambda usual, others: [1000], 0, 1e12)
    seen.append(1000 * number + sum(total.completion_tokens for total in found))
print(*seen, flush=True)
sys.stdin.readline()
"""


def test_of_two_windows_that_reserve_at_once_one_sees_the_other(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.trouble is None
    windows = [
        subprocess.Popen(
            [sys.executable, "-c", RESERVE, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]

    def say(window: subprocess.Popen[str]) -> None:
        assert window.stdin is not None
        window.stdin.write("\n")
        window.stdin.flush()

    def line(window: subprocess.Popen[str]) -> str:
        assert window.stdout is not None
        return window.stdout.readline()

    assert [line(window) for window in windows] == ["ready\n"] * 2
    for window in windows:
        say(window)
    seen = sorted(int(word) for window in windows for word in line(window).split())
    assert seen == [1000 * number for number in range(50)], "each sees all that were before it"
    assert sum(total.completion_tokens for total in store.spending.totals(*TODAY)) == 50_000
    for window in windows:
        with window:
            window.kill()
    assert sum(total.completion_tokens for total in store.spending.totals(*TODAY)) == 0, "they are no more"
    store.library.purge()
    assert rows(tmp_path, "SELECT DISTINCT status, reserved_tokens FROM spending") == [("cut", 0)]
    store.close()
    store.journal._database.close()


def midnight(days_ago: int) -> float:
    day = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days_ago)
    return day.timestamp()


async def test_sums_of_past_days_are_kept_and_never_stale(store: Store, tmp_path: Path) -> None:
    def put(days_ago: int, cost: float | None, **fields: object) -> Message:
        answer = replace(_answer("m", 5), created_at=midnight(days_ago) + 3600, status=Status.COMPLETE)
        answer = replace(answer, bill=Bill("m", 1, 5, cost), **fields)  # type: ignore[arg-type]
        store.spending.put(Charge.of(answer))
        return answer

    def past(*but: str) -> tuple[int, int, int]:
        """Millionths, answers, and those without a price."""
        found = store.spending.past_totals(midnight(9), midnight(0), but)
        assert sums(found) == sums(store.spending.totals(midnight(9), midnight(0), but))
        return sums(found)

    def sums(found: Sequence[Total]) -> tuple[int, int, int]:
        unpriced = sum(total.answers for total in found if total.micros is None)
        return sum(total.micros or 0 for total in found), sum(total.answers for total in found), unpriced

    kept = "SELECT count(*) FROM learnt WHERE name = 'day_sum' AND model LIKE '%-%'"
    first = put(3, 0.5)
    put(2, 0.25)
    put(0, 7.0)
    put(20, 9.0)
    assert past() == (750_000, 2, 0)
    assert rows(tmp_path, kept) == [(9,)]
    assert past() == (750_000, 2, 0)
    assert past(first.id) == (250_000, 1, 0)
    put(3, 1.0)  # written late
    assert past(first.id) == (1_250_000, 2, 0)
    assert past() == (1_750_000, 3, 0)
    put(1, 0.25)
    put(0, 7.0)
    assert past() == past() == (2_000_000, 4, 0)
    running = put(2, None, status=Status.RUNNING)
    store.spending.reserve([Charge.of(running)], lambda usual, others: [5], *TODAY)
    assert past() == past() == (2_000_000, 5, 1), "what still runs is seen, and not kept"
    store.spending.put(Charge.of(replace(running, status=Status.COMPLETE, bill=Bill("m", 1, 5, 2.0))))
    assert past() == past() == (4_000_000, 5, 0)


def test_the_sum_of_a_million_answers_of_past_days_is_looked_up(tmp_path: Path) -> None:
    """A tenth of them here; the sum of all takes ten times as long."""
    store = Store(tmp_path)
    store.journal._database.write(
        lambda connection: connection.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
            "INSERT INTO spending (id, at, asked_model, status, prompt_tokens, completion_tokens, micros) "
            "SELECT i, ? + i * 25.9, 'm' || (i % 5), 'complete', 1, 2, 3 FROM n",
            (midnight(30),),
        )
    )
    period = midnight(30), midnight(0)
    expected = sum(total.micros or 0 for total in store.spending.totals(*period))
    assert sum(total.micros or 0 for total in store.spending.past_totals(*period)) == expected
    best = min(timed(lambda: store.spending.past_totals(*period)) for _ in range(5))
    assert best < 0.05
    store.close()
    store.journal._database.close()


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def test_a_million_answers_are_summed_up_quickly(tmp_path: Path) -> None:
    """A tenth of them here; the sum of all takes ten times as long."""
    store = Store(tmp_path)
    store.journal._database.write(
        lambda connection: connection.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
            "INSERT INTO spending (id, at, asked_model, status, prompt_tokens, completion_tokens, micros) "
            "SELECT i, i, 'm' || (i % 5), 'complete', 1, 2, 3 FROM n"
        )
    )
    found = store.spending.totals(*TODAY)
    assert sum(total.micros or 0 for total in found) == 300_000
    start = time.perf_counter()
    store.spending.totals(99_000, 1e12)
    assert time.perf_counter() - start < 1.0
    store.close()
    store.journal._database.close()
