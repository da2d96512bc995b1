"""What an answer may cost: which limit stops it, when, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from neurotui.chat.branch import Branch
from neurotui.chat.budget import NOTHING, Budget, Others, Spent, spent
from neurotui.chat.conversation import Bill, Message, Role, Status
from neurotui.chat.participant import Participant
from neurotui.chat.session import Session
from neurotui.chat.turn import Turn
from neurotui.errors import (
    BalanceExhausted,
    BudgetReached,
    ConnectionRefused,
    Disconnected,
    ServerFailed,
    SilenceTimeout,
)
from neurotui.wire.events import (
    Accepted,
    Connecting,
    Failed,
    Finished,
    FinishReason,
    ModelReport,
    ReasoningDelta,
    Sent,
    TextDelta,
    ToolCallDelta,
    Usage,
)
from neurotui.wire.price import MICROS, Price
from tests.chat.clock import Clock
from tests.chat.test_session import MemoryJournal, Script, ScriptedClient


@dataclass
class Limits:
    answer_tokens: int = 0
    answer_cost: float = 0.0
    day_tokens: int = 0
    day_cost: float = 0.0
    month_tokens: int = 0
    month_cost: float = 0.0
    currency: str = "USD"


def dollars(input: float = 0.0, output: float = 0.0, cached: float | None = None) -> Price:
    """A price in US dollars for a million tokens."""
    return Price(
        round(input * MICROS), round(output * MICROS), None if cached is None else round(cached * MICROS)
    )


ROUBLES = "₽2 per month (beside 1 answer without a price)"
WORD = "word"
"""A token, by the estimate."""


def turn_of(*events: object) -> Turn:
    turn = Turn(Message("a", Role.ASSISTANT, "", status=Status.RUNNING), Clock())
    for event in (Connecting(), Sent(), Accepted(), *events):
        turn.apply(event)  # type: ignore[arg-type]
    return turn


def test_tokens_have_a_price() -> None:
    usage = Usage(1_000_000, 2_000_000, 3_000_000, cached_tokens=400_000)
    assert spent(usage, None) == Spent(2_000_000, unpriced=1)
    assert spent(usage, dollars(1.0, 10.0)) == Spent(2_000_000, 21_000_000)
    assert spent(usage, dollars(1.0, 10.0, 0.5)) == Spent(2_000_000, 20_800_000)
    assert Spent(1, 2, 3) + Spent(3, 4, 5) == Spent(4, 6, 8)
    assert spent(Usage(), None) == Spent(), "what never left costs nothing, whatever its price"


def test_costs_are_counted_in_the_currency_of_the_limits() -> None:
    usage = Usage(1_000_000)
    roubles = Price(80_000_000, 0, currency="RUB", rate=80_000_000)
    assert spent(usage, roubles, "RUB") == Spent(0, 80_000_000)
    assert spent(usage, roubles, "USD") == Spent(0, 1_000_000)
    assert spent(usage, replace(roubles, rate=0), "RUB") == Spent(0, 80_000_000)
    assert spent(usage, replace(roubles, rate=0), "USD") == Spent(unpriced=1)
    assert spent(usage, dollars(1.0), "RUB") == Spent(unpriced=1), "never 1:1"


@pytest.mark.parametrize(
    ("limits", "today", "words", "reached"),
    [
        (Limits(), Spent(10**9, 10**15), 1000, None),
        (Limits(answer_tokens=10), Spent(), 9, None),
        (Limits(answer_tokens=10), Spent(), 10, "10 tokens per answer"),
        (Limits(answer_cost=0.001), Spent(), 99, None),
        (Limits(answer_cost=0.001), Spent(), 100, "$0.001 per answer"),
        (Limits(day_tokens=100), Spent(90), 9, None),
        (Limits(day_tokens=100), Spent(90), 10, "100 tokens per day"),
        (Limits(day_cost=2.0), Spent(0, 1_999_500), 49, None),
        (Limits(day_cost=2.0), Spent(0, 1_999_500), 50, "$2.00 per day"),
        (
            Limits(day_cost=2.0),
            Spent(0, 2_000_000, 3),
            1,
            "$2.00 per day (beside 3 answers without a price)",
        ),
        (Limits(month_tokens=100), Spent(90), 9, None),
        (Limits(month_tokens=100), Spent(90), 10, "100 tokens per month"),
        (Limits(month_cost=2.0), Spent(0, 1_999_500), 49, None),
        (Limits(month_cost=2.0), Spent(0, 1_999_500), 50, "$2.00 per month"),
        (Limits(month_cost=2.0, currency="RUB"), Spent(0, 1_999_500), 50, None),
        (
            Limits(month_cost=2.0, currency="RUB"),
            Spent(0, 2_000_000),
            50,
            "₽2 per month (beside 1 answer without a price)",
        ),
    ],
)
def test_the_limit_that_is_reached_is_named(
    limits: Limits, today: Spent, words: int, reached: str | None
) -> None:
    price = dollars(output=10.0)
    allowance = Budget(limits, lambda: price, 0, lambda: Others(today, today))
    turn = turn_of(*[TextDelta(WORD)] * (words // 2), *[ReasoningDelta(WORD)] * (words - words // 2))
    found = allowance.reached(turn)
    assert (str(found.facts["limit"]) if found else None) == reached


def test_the_question_costs_too_and_a_count_by_the_server_holds() -> None:
    allowance = Budget(Limits(answer_cost=0.01), lambda: dollars(10.0), prompt_tokens=1000)
    assert allowance.reached(turn_of()) is not None
    assert allowance.reached(turn_of(Usage(999, 5, 1004))) is None


LONG: Script = [Connecting(), Sent(), Accepted(), *[TextDelta(WORD)] * 5, 0.01, *[TextDelta(WORD)] * 9, 60.0]


@dataclass
class Purse:
    """What a session knows of money."""

    limits: Limits
    today: Spent = NOTHING
    price: Price | None = None
    noted: list[Message] = field(default_factory=list)

    async def allow(self, answer: Message, bill: Bill) -> Budget:
        return Budget(
            self.limits, lambda: self.price, bill.prompt_tokens, lambda: Others(self.today, self.today)
        )

    def accepted(self, answer_id: str) -> None:
        """Knows the price, or never will."""

    async def priced(self, answer_id: str) -> None:
        """Nothing is asked for."""

    def note(self, answer: Message) -> None:
        self.noted.append(answer)


async def ask(client: ScriptedClient, limits: Limits, today: Spent = NOTHING) -> tuple[Message, Session]:
    session = Session(Branch(), Participant(client, "m"), MemoryJournal(), ledger=Purse(limits, today))
    return await session.send("Hi"), session


async def test_an_answer_that_reaches_its_limit_is_stopped_like_by_escape() -> None:
    client = ScriptedClient(LONG, LONG)
    answer, session = await ask(client, Limits(answer_tokens=8))
    assert answer.status is Status.STOPPED
    assert answer.text == WORD * 14  # all of the piece in which it was reached
    assert answer.error is not None and answer.error.kind == "budget"
    assert answer.timing is not None and answer.timing.closed is not None
    assert client.cancels == 1
    assert not session.running
    assert (await session.send("Again")).status is Status.STOPPED


async def test_an_answer_that_is_over_in_the_same_moment_is_complete() -> None:
    whole: Script = [
        Connecting(),
        Sent(),
        Accepted(),
        TextDelta(WORD * 9),
        FinishReason("stop"),
        Finished(True),
    ]
    answer, session = await ask(ScriptedClient(whole, whole), Limits(answer_tokens=2))
    assert (answer.status, answer.error) == (Status.COMPLETE, None)
    assert (await session.send("Again")).status is Status.COMPLETE


async def test_nothing_is_asked_where_the_day_is_spent() -> None:
    client = ScriptedClient(LONG)
    answer, session = await ask(client, Limits(day_tokens=100), Spent(100))
    assert client.requests == []
    assert answer.status is Status.FAILED
    assert isinstance(session.turn and session.turn.error, BudgetReached)


QUESTION = "word" * 100
"""100 tokens, by the estimate."""
BEGUN: Script = [Connecting(), Sent(), Accepted()]


@pytest.mark.parametrize(
    ("script", "prompt", "completion"),
    [
        ([*BEGUN, TextDelta(WORD), Usage(7, 5), FinishReason("stop"), Finished(True)], 7, 5),
        ([*BEGUN, TextDelta(WORD * 3), FinishReason("stop"), Finished(True)], 100, 3),  # never counted
        ([*BEGUN, TextDelta(WORD * 3), Usage(0, 0, 9), FinishReason("stop"), Finished(True)], 100, 3),
        ([*BEGUN, Usage(7, 1), *[TextDelta(WORD)] * 3, Finished(False)], 7, 4),  # counted before the end
        ([*BEGUN, TextDelta(WORD), Failed(Disconnected(host="a"))], 100, 1),
        (
            [Connecting(), Sent(), Failed(SilenceTimeout(host="a", seconds=120))],
            100,
            0,
        ),  # a model may have it
        ([*BEGUN, ModelReport("m-2025-08-07"), ToolCallDelta(0, "c", "f", WORD), Finished(True)], 100, 1),
        ([Connecting(), Failed(ConnectionRefused(host="a", address="a"))], 0, 0),
        ([Connecting(), Sent(), Failed(ServerFailed(http_status=500))], 0, 0),
        ([*BEGUN, Failed(BalanceExhausted())], 0, 0),  # said within the stream, before a word
    ],
)
async def test_an_answer_keeps_what_it_cost(script: Script, prompt: int, completion: int) -> None:
    purse = Purse(Limits(), price=dollars(1_000_000.0, 1_000.0))
    session = Session(Branch(), Participant(ScriptedClient(script), "m"), MemoryJournal(), ledger=purse)
    answer = await session.send(QUESTION)
    assert answer.bill == Bill("m", prompt, completion, prompt + completion / 1000)
    assert purse.noted == [answer]


async def test_a_stopped_answer_costs_what_was_asked_and_what_came() -> None:
    purse = Purse(Limits(answer_tokens=8), price=dollars(1.0, 1.0))
    session = Session(Branch(), Participant(ScriptedClient(LONG), "m"), MemoryJournal(), ledger=purse)
    answer = await session.send(QUESTION)
    assert answer.status is Status.STOPPED
    assert answer.bill == Bill("m", 100, 14, 114 / 1_000_000)


async def test_a_model_without_a_price_has_no_cost_yet() -> None:
    session = Session(
        Branch(),
        Participant(ScriptedClient(LONG), "m"),
        MemoryJournal(),
        ledger=Purse(Limits(answer_tokens=8)),
    )
    answer = await session.send("Hi")
    assert answer.bill is not None and answer.bill.cost is None
