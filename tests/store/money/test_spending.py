"""What a day has cost, by what is kept of it."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from neurotui.app.money.ledger import Ledger
from neurotui.app.money.prices import Prices
from neurotui.chat.conversation import Bill, Conversation, Message, Role, Status, Timing, new_id
from neurotui.settings.config import Budget, Price, Profile, Settings
from neurotui.store.instances import Instances
from neurotui.store.library import Added, Library
from neurotui.store.migrations.version_3 import TAKE_OVER
from neurotui.store.money.charges import Charge
from neurotui.store.money.spending import Spending
from neurotui.store.store import FILE_NAME, Store
from neurotui.transcripts import document
from neurotui.wire import price
from neurotui.wire.events import Usage
from tests.chat.test_budget import turn_of
from tests.store.examples import library_of, rows

PROFILES = {
    "work": Profile(prices={"big": Price(10.0, 100.0)}),
    "home": Profile(prices={"big": Price(1.0, 1.0), "small": Price(0.1, 0.1)}),
}


async def limit(settings: Settings, library: Library | None, noted: Sequence[Message] = ()) -> str | None:
    """The limit that is reached before a request leaves."""
    ledger = Ledger(lambda: settings, spending_of(library) if library else None)
    for answer in noted:
        ledger.note(answer)
    asked = Message("", Role.ASSISTANT, "", created_at=time.time(), status=Status.RUNNING)
    found = (await ledger.allow(asked, Bill("big", 1))).reached(turn_of())
    return str(found.facts["limit"]) if found else None


def spending_of(library: Library) -> Spending:
    return Spending(library._database, Instances(None))


def asked_in(folder: Path, *conversations: Conversation) -> Library:
    """The library of a folder, with conversations that an older neurotui has asked for there."""
    library = library_of(folder, *conversations)
    library._database.write(lambda connection: connection.execute(TAKE_OVER))
    return library


def answers(*found: tuple[float, str, Usage | None, str]) -> Conversation:
    """A conversation of answers: when, by which model, how many tokens, the text."""
    conversation = Conversation()
    for at, model, usage, text in found:
        message = Message(
            new_id(),
            Role.ASSISTANT,
            text,
            conversation.leaf_id,
            at,
            model=model,
            usage=usage,
            timing=Timing(),
        )
        conversation.put(message)
    return conversation


def dollars(input: float, output: float) -> price.Price:
    """A price of the settings."""
    return price.Price(round(input * price.MICROS), round(output * price.MICROS), source="settings")


def price_of(settings: Settings, model: str, profile: str = "") -> price.Price | None:
    return Prices(lambda: settings).price(model, profile)


def test_the_price_is_that_of_the_profile_in_use() -> None:
    settings = Settings(profiles=PROFILES, profile="home")
    assert price_of(settings, "big") == dollars(1.0, 1.0)
    assert price_of(replace(settings, profile="work"), "big") == dollars(10.0, 100.0)
    assert price_of(replace(settings, profile="work"), "small") == dollars(0.1, 0.1)
    assert price_of(settings, "other") is None
    assert price_of(Settings(), "big") is None
    assert price_of(settings, "big", "work") == dollars(10.0, 100.0)
    assert price_of(settings, "small", "work") == dollars(0.1, 0.1)


@pytest.mark.parametrize(
    ("model", "known"),
    [
        ("gpt-5-mini-2025-08-07", True),
        ("gpt-5-mini-20250807", True),
        ("gpt-5-mini-0807", True),
        ("gpt-5-mini@20250807", True),
        ("gpt-5-mini-latest", True),
        ("gpt-5-mini-2", False),
        ("gpt-5-mini-high", False),
        ("gpt-5-nano-2025-08-07", False),
        ("gpt-5", False),
        ("-2025-08-07", False),
        ("", False),
    ],
)
def test_an_edition_of_a_model_costs_what_the_model_does(model: str, known: bool) -> None:
    prices = {"gpt-5-mini": Price(1.0, 1.0), "gpt-5-mini-2024-01-01": Price(7.0, 7.0)}
    settings = Settings(profiles={"p": Profile(prices=prices)})
    assert price_of(settings, model) == (dollars(1.0, 1.0) if known else None)
    assert price_of(settings, "gpt-5-mini-2024-01-01") == dollars(7.0, 7.0)


@pytest.mark.parametrize(
    ("budget", "reached"),
    [
        (Budget(), None),
        (Budget(day_tokens=151), None),
        (Budget(day_tokens=150), "150 tokens per day"),
        (Budget(day_cost=0.012), None),
        (Budget(day_cost=0.011), "$0.011 per day"),
    ],
)
async def test_the_answers_of_today_count(budget: Budget, reached: str | None, tmp_path: Path) -> None:
    now = time.time()
    library = asked_in(
        tmp_path,
        answers(
            (now - 86400 * 2, "big", Usage(0, 1000), "long ago"),
            (now, "big", Usage(100, 100), "counted"),
            (now, "small", None, "word" * 50),
        ),
    )
    settings = Settings(budget=budget, profiles=PROFILES, profile="work")
    assert await limit(settings, library) == reached
    assert await limit(settings, None) is None


WORK = Settings(budget=Budget(day_cost=1.0), profiles=PROFILES, profile="work")
"""A dollar a day, and `big` is 100 dollars for a million tokens of its answers."""


def paid(bill: Bill | None, **fields: object) -> Message:
    """An answer of today."""
    made = Message(
        new_id(), Role.ASSISTANT, "words", None, time.time(), model="big-x", timing=Timing(), bill=bill
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def kept(folder: Path, *messages: Message) -> Library:
    return asked_in(folder, *(Conversation.of([message]) for message in messages))


@pytest.mark.parametrize(
    ("message", "reached"),
    [
        (paid(Bill("big", 1, 10_000)), True),  # by what was asked for, whatever has answered
        (paid(Bill("other", 1, 10_000, 1.0)), True),  # at the price that held, which is not set any more
        (paid(Bill("big", 1, 10_000, 0.5)), False),
        (paid(Bill("other", 1, 10_000)), False),  # there is no price
        (paid(Bill("big", 99_000, 0), status=Status.CUT, text="word" * 100), True),  # died; not yet counted
        (paid(Bill("big", 90_000, 0), status=Status.CUT, text="word" * 100), False),
        (paid(None, model="big-2025-08-07", usage=Usage(0, 10_000)), True),  # from an older neurotui
        (paid(None, model="big", text="word" * 10_000), True),
        (paid(None, model="big-new", usage=Usage(0, 10_000)), False),
        (paid(None, model="big", text="word" * 10_000, timing=None), False),  # from another program
        (paid(Bill("big", 0, 0, 0.0), status=Status.FAILED, text=""), False),  # never left
        (paid(Bill("big", 1, 1, -5.0)), False),
    ],
)
async def test_an_answer_costs_what_it_says_or_what_its_tokens_do(
    message: Message, reached: bool, tmp_path: Path
) -> None:
    message = replace(message, created_at=time.time())  # made when tests were collected, maybe yesterday
    assert await limit(WORK, kept(tmp_path, message)) == ("$1.00 per day" if reached else None)


async def test_what_comes_from_elsewhere_lowers_nothing(tmp_path: Path) -> None:
    library = kept(
        tmp_path, paid(Bill("big", 1, 1, -5.0)), paid(Bill("big", -9, -9)), paid(Bill("big", 1, 1, 1.0))
    )
    assert await limit(WORK, library) == "$1.00 per day"


async def test_a_deleted_conversation_has_cost_what_it_did(tmp_path: Path) -> None:
    conversation = Conversation.of([paid(Bill("big", 1, 1, 1.0))])
    library = asked_in(tmp_path, conversation)
    library.delete(conversation.id)
    assert await limit(WORK, library) == "$1.00 per day"


async def test_a_fork_is_not_paid_again(tmp_path: Path) -> None:
    conversation = Conversation.of([paid(Bill("big", 1, 1, 0.6))])
    library = asked_in(tmp_path, conversation)
    library.fork(conversation, conversation.leaf_id or "")
    assert await limit(WORK, library, noted=conversation.path()) is None


async def test_an_import_buries_nothing(tmp_path: Path) -> None:
    library = kept(tmp_path, paid(Bill("big", 1, 1, 1.0)))
    old = [Message(new_id(), Role.ASSISTANT, "old", created_at=1000.0 + number) for number in range(6000)]
    library.add(Conversation.of(old))
    assert await limit(WORK, library) == "$1.00 per day"


async def test_what_is_not_on_disk_counts_too_and_nothing_twice(tmp_path: Path) -> None:
    message = paid(Bill("big", 1, 1, 0.6))
    assert await limit(WORK, None, noted=[message]) is None
    assert await limit(WORK, None, noted=[message, paid(Bill("big", 1, 1, 0.4))]) == "$1.00 per day"
    assert await limit(WORK, kept(tmp_path, message), noted=[message]) is None


async def test_what_is_kept_of_nothing_but_its_cost_is_seen_nowhere(tmp_path: Path) -> None:
    library = library_of(tmp_path)
    spending_of(library).put(Charge.of(paid(Bill("big", 1, 10_000), text="secret", reasoning="thought")))
    assert await limit(WORK, library) == "$1.00 per day"
    assert library.summaries() == [] and library.latest() is None and not list(library.conversations())
    assert rows(tmp_path, "SELECT count(*) FROM messages") == [(0,)]
    library._database.close()
    assert b"secret" not in (tmp_path / FILE_NAME).read_bytes()


async def test_a_day_begins_at_midnight_by_the_local_clock(tmp_path: Path) -> None:
    midnight = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    bill = Bill("big", 1, 1, 1.0)
    before, after = paid(bill, created_at=midnight - 1), paid(bill, created_at=midnight)
    tomorrow = paid(bill, created_at=midnight + 49 * 3600)
    assert await limit(WORK, kept(tmp_path / "a", before, tomorrow), noted=[before]) is None
    assert await limit(WORK, kept(tmp_path / "b", before, after)) == "$1.00 per day"


async def test_an_answer_that_died_and_was_deleted_has_cost_what_came_of_it(tmp_path: Path) -> None:
    question = Message("q", Role.USER, "secret", None, time.time())
    died = paid(Bill("big", 1), id="a", parent_id="q", status=Status.RUNNING, text="word" * 10_000)
    library = asked_in(tmp_path, Conversation.of([question, died]))
    store = Store(tmp_path)
    [unfinished] = await store.journal.unfinished()
    await store.journal.delete(unfinished)
    await store.aclose()
    assert rows(tmp_path, "SELECT role, text FROM messages") == [("user", "secret")]
    assert await limit(WORK, library) == "$1.00 per day"
    assert [summary.name for summary in library.summaries()] == ["secret"]


@pytest.mark.parametrize("timing", [Timing(), Timing(total=1.5)])
def test_a_bill_is_kept_and_goes_with_an_export(timing: Timing, tmp_path: Path) -> None:
    conversation = Conversation.of(
        [paid(Bill("big", 1, 2, 0.5), timing=timing), paid(Bill("small", 1, 0, 0.0)), paid(Bill())]
    )
    library = library_of(tmp_path, conversation)
    kept = library.open(conversation.id)
    assert kept is not None and kept.messages == conversation.messages
    exported = json.loads("".join(document.render(conversation)))
    back, _lost = document.read_conversation(exported["conversations"][0])
    assert back.messages == conversation.messages
    assert library.add(back) is Added.KNOWN
