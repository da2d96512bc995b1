"""The ledger of a program: what its sessions come to while they run, and what a day has left."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from neurotui.app.ledger import USUAL_TOKENS, Ledger
from neurotui.chat.branch import Branch
from neurotui.chat.budget import Spent
from neurotui.chat.conversation import Bill, Message, Role, Status, new_id
from neurotui.chat.participant import Participant
from neurotui.chat.session import Session
from neurotui.settings.config import Budget, Price, Profile, Settings
from neurotui.store.store import Store
from neurotui.wire.events import Accepted, Connecting, Finished, FinishReason, Sent, TextDelta
from tests.chat.test_budget import turn_of
from tests.chat.test_session import Script, ScriptedClient
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
    assert [(bill.asked_model, bill.profile, bill.spent.cost) for bill in ledger.running] == [
        ("m", "work", 0.0002),
        ("m", "work", 0.0005),
    ]
    await sessions[0].stop()
    assert [bill.spent for bill in ledger.running] == [Spent(5, 0.0005)]
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
