"""The ledger of a program: what its sessions come to while they run, and what a day has left."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from neurotui.app.money.ledger import USUAL_TOKENS, Ledger
from neurotui.app.money.sums import this_month
from neurotui.chat.branch import Branch
from neurotui.chat.budget import Spent
from neurotui.chat.conversation import Bill, Message, Role, Status, new_id
from neurotui.chat.participant import Participant
from neurotui.chat.session import Session
from neurotui.errors import BudgetReached, DiskFull
from neurotui.settings.config import Budget, Price, Profile, Settings
from neurotui.store.money.charges import Charge
from neurotui.store.store import Store
from neurotui.wire.events import Accepted, Connecting, Finished, FinishReason, Ping, Sent, TextDelta
from tests.chat.test_budget import turn_of
from tests.chat.test_session import MemoryJournal, Script, ScriptedClient
from tests.store.examples import rows
from tests.store.test_journal import until

PRICES = {"work": Profile(prices={"m": Price(0.0, 100.0)})}
"""A hundred dollars for a million tokens: a token is a hundred millionths."""
WORD = "word"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(tmp_path)
    yield store
    await store.aclose()


def ledger_of(store: Store | None, **limits: float) -> Ledger:
    settings = Settings(budget=Budget(**limits), profiles=PRICES, profile="work")  # type: ignore[arg-type]
    return Ledger(lambda: settings, store.spending if store else None)


def running() -> Message:
    return Message(new_id(), Role.ASSISTANT, "", created_at=time.time(), status=Status.RUNNING)


def session_of(store: Store, ledger: Ledger, script: Script) -> Session:
    participant = Participant(ScriptedClient(script), "m", profile="work")
    return Session(Branch(), participant, store.journal, ledger=ledger)


BEGUN: Script = [Connecting(), Sent(), Accepted()]


async def test_every_answer_of_a_session_becomes_a_row(store: Store, tmp_path: Path) -> None:
    ledger = ledger_of(store)
    script: Script = [*BEGUN, TextDelta(WORD * 3), FinishReason("stop"), Finished(True)]
    session = session_of(store, ledger, script)
    answer = await session.send("Hi")
    assert ledger.running == ()
    found = rows(tmp_path, "SELECT id, profile, asked_model, status, completion_tokens, micros FROM spending")
    assert found == [(answer.id, "work", "m", "complete", 3, 300)]


async def test_what_runs_is_seen_as_it_grows(store: Store) -> None:
    ledger = ledger_of(store)
    sessions = [session_of(store, ledger, [*BEGUN, TextDelta(WORD * n), 60.0]) for n in (2, 5)]
    for session in sessions:
        session.send("Hi")
    await until(lambda: [bill.spent.tokens for bill in ledger.running] == [2, 5])
    assert [(bill.asked_model, bill.profile, bill.spent.micros) for bill in ledger.running] == [
        ("m", "work", 200),
        ("m", "work", 500),
    ]
    await sessions[0].stop()
    assert [bill.spent for bill in ledger.running] == [Spent(5, 500)]
    await sessions[1].stop()
    assert ledger.running == ()


@pytest.mark.parametrize("on_disk", [True, False])
async def test_a_running_answer_counts_as_what_was_reserved_or_came(store: Store, on_disk: bool) -> None:
    ledger = ledger_of(store if on_disk else None, day_tokens=USUAL_TOKENS + 100)
    first, second = await ledger.allow(running(), Bill("m", 1)), await ledger.allow(running(), Bill("m", 1))
    assert first.reached(turn_of(*[TextDelta(WORD)] * 50)) is None
    assert second.reached(turn_of(*[TextDelta(WORD)] * 99)) is None
    assert second.reached(turn_of(*[TextDelta(WORD)] * 100)) is not None
    assert first.reached(turn_of(TextDelta(WORD * 2050))) is not None, "beside 2,000 that the second may take"


async def test_a_limit_of_an_answer_is_what_is_reserved_for_it(store: Store) -> None:
    ledger = ledger_of(store, day_tokens=100, answer_tokens=60)
    await ledger.allow(running(), Bill("m", 1))
    second = await ledger.allow(running(), Bill("m", 1))
    assert second.reached(turn_of(*[TextDelta(WORD)] * 39)) is None
    assert second.reached(turn_of(*[TextDelta(WORD)] * 40)) is not None


async def test_two_programs_do_not_both_pass_a_limit(store: Store, tmp_path: Path) -> None:
    other = Store(tmp_path)
    assert other.trouble is None
    for each in (store, other):
        await each.journal.enter("")
    budgets = await asyncio.gather(
        *(ledger_of(each, day_tokens=USUAL_TOKENS).allow(running(), Bill("m", 1)) for each in (store, other))
    )
    assert sorted(budget.reached(turn_of()) is not None for budget in budgets) == [False, True]
    await other.aclose()


async def test_no_more_is_reserved_than_a_limit_leaves(store: Store) -> None:
    """Or the one that was asked first would be stopped for what the second can never come to."""
    ledger = ledger_of(store, day_tokens=USUAL_TOKENS + 100)
    first = await ledger.allow(running(), Bill("m", 1))
    await ledger.allow(running(), Bill("m", 1))
    assert first.reached(turn_of(*[TextDelta(WORD)] * (USUAL_TOKENS - 1))) is None
    assert first.reached(turn_of(*[TextDelta(WORD)] * USUAL_TOKENS)) is not None


RESERVED = "SELECT status, reserved_tokens FROM spending"


@asynccontextmanager
async def other_window(folder: Path) -> AsyncIterator[Store]:
    """A store of the same folder, as another instance has it."""
    other = Store(folder)
    await other.journal.enter("")
    try:
        yield other
    finally:
        await other.aclose()


async def test_of_two_windows_that_ask_several_at_once_one_gets_all_and_the_other_nothing(
    store: Store, tmp_path: Path
) -> None:
    async with other_window(tmp_path) as other:
        ledgers = [ledger_of(each, day_tokens=3 * USUAL_TOKENS) for each in (store, other)]
        found = await asyncio.gather(
            *(ledger.reserve([Bill("m", 1)] * 2) for ledger in ledgers), return_exceptions=True
        )
        assert {type(each) for each in found} == {list, BudgetReached}
        assert rows(tmp_path, RESERVED) == [("running", USUAL_TOKENS)] * 2


async def test_an_answer_finds_what_was_reserved_for_it(store: Store, tmp_path: Path) -> None:
    ledger = ledger_of(store, day_tokens=2 * USUAL_TOKENS)
    for id_ in await ledger.reserve([Bill("m", 1)] * 2):
        budget = await ledger.allow(replace(running(), id=id_), Bill("m", 1))
        assert budget.reached(turn_of(*[TextDelta(WORD)] * (USUAL_TOKENS - 1))) is None
        assert budget.reached(turn_of(*[TextDelta(WORD)] * USUAL_TOKENS)) is not None
    assert rows(tmp_path, RESERVED) == [("running", USUAL_TOKENS)] * 2


async def test_another_window_counts_what_is_reserved_before_it_is_asked_for(
    store: Store, tmp_path: Path
) -> None:
    await ledger_of(store, day_tokens=2 * USUAL_TOKENS).reserve([Bill("m", 1)] * 2)
    async with other_window(tmp_path) as other:
        budget = await ledger_of(other, day_tokens=2 * USUAL_TOKENS).allow(running(), Bill("m", 1))
        assert budget.reached(turn_of()) is not None


async def test_what_is_not_asked_for_after_all_is_given_back(store: Store, tmp_path: Path) -> None:
    ledger = ledger_of(store, day_tokens=2 * USUAL_TOKENS)
    first, second = await ledger.reserve([Bill("m", 1)] * 2)
    await ledger.allow(replace(running(), id=first), Bill("m", 1))
    ledger.release([first, second])
    await ledger.aclose()
    assert rows(tmp_path, "SELECT id FROM spending") == [(first,)], "which was asked for"
    assert len(await ledger_of(store, day_tokens=2 * USUAL_TOKENS).reserve([Bill("m", 1)] * 2)) == 2


async def test_who_is_gone_while_it_is_reserved_reserves_nothing(store: Store, tmp_path: Path) -> None:
    ledger = ledger_of(store, day_tokens=2 * USUAL_TOKENS)
    asking = asyncio.ensure_future(ledger.reserve([Bill("m", 1)] * 2))
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # a thread is at it
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await ledger.reserve([Bill("m", 1)]), "the former has come to its end"
    await until(lambda: rows(tmp_path, RESERVED) == [("running", USUAL_TOKENS)])


async def test_a_program_that_ends_asks_nothing_more(store: Store, tmp_path: Path) -> None:
    ledger = ledger_of(store, day_tokens=2 * USUAL_TOKENS)
    asking = asyncio.ensure_future(ledger.reserve([Bill("m", 1)] * 2))
    await asyncio.sleep(0)
    await ledger.aclose()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert rows(tmp_path, RESERVED) == []


@pytest.mark.parametrize("on_disk", [True, False])
async def test_without_a_disk_what_is_asked_here_counts(store: Store, on_disk: bool) -> None:
    ledger = ledger_of(store if on_disk else None, day_tokens=2 * USUAL_TOKENS)

    def full(*_arguments: object, durable: bool) -> None:
        raise DiskFull

    store.spending._database.write = full  # type: ignore[method-assign, assignment]
    await ledger.reserve([Bill("m", 1)])
    with pytest.raises(BudgetReached, match="it allows 1 of 2 answers"):
        await ledger.reserve([Bill("m", 1)] * 2)


async def test_what_another_window_comes_to_stops_an_answer_here(store: Store, tmp_path: Path) -> None:
    """Even one that is silent but for pings: it is the sum that counts."""
    usual = replace(running(), status=Status.COMPLETE, bill=Bill("m", 1, 2))
    store.spending.put(Charge.of(usual))
    async with other_window(tmp_path) as other:
        pings: Script = [Ping(), 0.02] * 500
        ledger = ledger_of(store, day_tokens=100)
        silent = session_of(store, ledger, [*BEGUN, *pings])
        here = silent.send("Hi")
        await until(lambda: silent.turn is not None and silent.turn.vitals.pings)
        script: Script = [*BEGUN, *[TextDelta(WORD)] * 50, 60.0]
        there = session_of(other, ledger_of(other, answer_tokens=99), script)
        there.send("Hi")
        await until(lambda: ledger._spent_elsewhere.tokens >= 50)
        assert silent.running, "52 are not 100"
        await there.stop()
        there.participant = Participant(ScriptedClient([*BEGUN, *[TextDelta(WORD)] * 48, 60.0]), "m")
        there.send("Hi")
        answer = await here
        assert answer.status is Status.STOPPED
        assert answer.error is not None and answer.error.kind == "budget"
        await there.stop()


async def test_who_keeps_nothing_counts_for_other_windows_while_it_runs(store: Store, tmp_path: Path) -> None:
    ledger = ledger_of(store, day_tokens=10_000)
    script: Script = [*BEGUN, *[TextDelta(WORD)] * 2500, 0.3, TextDelta(WORD), 60.0]
    session = Session(Branch(), Participant(ScriptedClient(script), "m"), MemoryJournal(), ledger=ledger)
    session.send("Hi")
    async with other_window(tmp_path) as other:

        def come() -> int:
            return sum(total.completion_tokens for total in other.spending.totals(0, time.time() + 60))

        await until(lambda: come() >= 2501)
        await session.stop()
        await ledger.aclose()


async def test_nobody_looks_while_no_day_is_limited(store: Store) -> None:
    ledger = ledger_of(store, answer_tokens=10_000)
    looks: list[object] = []
    store.spending.exchange = lambda *found: looks.append(found) or []  # type: ignore[method-assign, func-returns-value]
    words: Script = [TextDelta(WORD), 0.02] * 20
    script: Script = [*BEGUN, *words, FinishReason("stop"), Finished(True)]
    await session_of(store, ledger, script).send("Hi")
    assert looks == []


async def test_what_ended_counts_as_what_it_was_and_not_as_what_was_reserved(store: Store) -> None:
    ledger = ledger_of(store, day_tokens=USUAL_TOKENS)
    answer = running()
    await ledger.allow(answer, Bill("m", 1))
    ledger.note(replace(answer, status=Status.COMPLETE, bill=Bill("m", 1, 30, 0.003)))
    assert (await ledger.allow(running(), Bill("m", 1))).reached(turn_of()) is None


async def test_a_day_that_nobody_limits_asks_the_disk_for_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "data")
    budget = await ledger_of(store, answer_tokens=5).allow(running(), Bill("m", 1))
    assert budget.reached(turn_of(TextDelta(WORD * 5))) is not None
    assert not (tmp_path / "data").exists()
    await store.aclose()


def of_month(at: float, cost: float | None, **bill: object) -> Message:
    """An answer that was asked for at a time."""
    made = Bill("m", 1, 10, cost, **bill)  # type: ignore[arg-type]
    return replace(running(), created_at=at, status=Status.COMPLETE, bill=made)


async def test_the_answers_of_the_month_count_and_those_before_it_do_not(store: Store) -> None:
    start, _end = this_month()
    for at, cost in ((start + 1, 0.25), (start - 1, 100.0), (time.time(), 0.5)):
        store.spending.put(Charge.of(of_month(at, cost)))
    for limit, reached in ((0.751, False), (0.75, True)):
        budget = await ledger_of(store, month_cost=limit).allow(running(), Bill("m", 1))
        assert (budget.reached(turn_of()) is not None) is reached
    budget = await ledger_of(store, month_tokens=21).allow(running(), Bill("m", 1))
    assert budget.reached(turn_of()) is None
    assert budget.reached(turn_of(TextDelta(WORD))) is not None


async def test_two_programs_do_not_both_pass_a_limit_of_the_month(store: Store, tmp_path: Path) -> None:
    async with other_window(tmp_path) as other:
        await store.journal.enter("")
        budgets = await asyncio.gather(
            *(
                ledger_of(each, month_tokens=USUAL_TOKENS).allow(running(), Bill("m", 1))
                for each in (store, other)
            )
        )
        assert sorted(budget.reached(turn_of()) is not None for budget in budgets) == [False, True]


async def test_a_program_that_ran_through_a_day_counts_it_for_the_month(store: Store) -> None:
    """What ended here yesterday is no part of the day, and is not counted twice."""
    start, _end = this_month()
    ledger = ledger_of(store, month_cost=0.6, day_cost=0.6)
    before = of_month(start + 1, 0.3)
    store.spending.put(Charge.of(before))
    ledger.note(before)
    assert (await ledger.allow(running(), Bill("m", 1))).reached(turn_of()) is None
    ledger.note(of_month(start + 2, 0.3))
    budget = await ledger.allow(running(), Bill("m", 1))
    assert "per month" in str(budget.reached(turn_of())) or time.time() < start + 86_400


async def test_answers_without_a_price_are_counted_and_told(store: Store) -> None:
    for bill in (Bill("other", 1, 1), Bill("other", 1, 1), Bill("m", 1, 1, 5.0, currency="RUB", rate=0)):
        answer = replace(running(), status=Status.COMPLETE, bill=bill)
        store.spending.put(Charge.of(answer))
    never_left = replace(running(), status=Status.FAILED, bill=Bill("other", 0, 0))
    store.spending.put(Charge.of(never_left))
    budget = await ledger_of(store, day_cost=0.0001).allow(running(), Bill("m", 1))
    reached = budget.reached(turn_of(TextDelta(WORD)))
    assert reached is not None
    assert "(beside 3 answers without a price)" in str(reached)


async def test_each_answer_keeps_the_price_that_it_began_with(store: Store) -> None:
    """Though it changes in the midst of the day, and of the answer."""
    settings = Settings(profiles=PRICES, profile="work")
    ledger = Ledger(lambda: settings, store.spending)
    budget = await ledger.allow(running(), Bill("m", 1, profile="work"))
    settings = replace(settings, profiles={"work": Profile(prices={"m": Price(0.0, 900.0)})})
    cost = budget.cost(turn_of(*[TextDelta(WORD)] * 10))
    assert cost is not None and cost.micros == 1000
    later = (await ledger.allow(running(), Bill("m", 1, profile="work"))).cost(turn_of(TextDelta(WORD)))
    assert later is not None and later.micros == 900
