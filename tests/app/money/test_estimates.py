"""What the next answer will cost, told before it is asked for; what is read afresh."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from neurotui import i18n
from neurotui.app.money.estimate_text import (
    estimate_line,
    is_too_dear,
    is_worth_a_line,
    reason_to_ask,
    reread_line,
)
from neurotui.app.money.estimates import Estimate, Reread
from neurotui.app.services import Services
from neurotui.app.workspace import Workspace
from neurotui.chat.attachments import Attachment, AttachmentKind, Draft
from neurotui.chat.conversation import Conversation, Message, Role
from neurotui.chat.session import Session
from neurotui.chat.token_counts import Counts, counts_of_message
from neurotui.settings.config import Budget
from neurotui.settings.file import SettingsFile
from neurotui.wire.events import Usage
from neurotui.wire.parts import Blob
from neurotui.wire.price import Money, Price
from tests.app.working import account_at, ask, last, working
from tests.catalogues import openrouter
from tests.counters import Counter, priced
from tests.servers import Server

MINI = Price(250_000, 2_000_000, 25_000)
"""A quarter of a dollar for a million tokens of a question, two for those of an answer."""
MODELS = {
    "data": [
        priced("gpt-5-mini", "0.00000025", "0.000002", "0.000000025"),
        priced("gpt-5", "0.00000125", "0.00001", "0.000000125"),
        priced("plain", "0.000001", "0.000002"),
    ]
}
WORDS = "one two three four "
LONG = WORDS * 5000
"""Of 28,500 tokens as the counter counts."""
PICTURE = Attachment(AttachmentKind.IMAGE, "p.png", "image/png", Blob("0" * 64, 9))


@pytest.fixture
def russian() -> Iterator[None]:
    i18n.use("ru")
    yield
    i18n.use("en")


@asynccontextmanager
async def counted(
    folder: Path, counter: Counter, *, settings: SettingsFile | None = None, server: Server | None = None
) -> AsyncIterator[tuple[Workspace, Services]]:
    """A workspace at a server that counts, and tells prices."""
    if server is None:
        async with (
            Server(counter, paths=openrouter(MODELS)) as server,
            counted(folder, counter, settings=settings, server=server) as parts,
        ):
            yield parts
        return
    account = account_at(server)
    async with working(folder, server, account=account, settings=settings) as (workspace, services):
        await workspace.prices.learn(account)
        yield workspace, services


async def estimated(workspace: Workspace, session: Session, text: str, *files: Attachment) -> Estimate:
    found = await workspace.estimates.of(session, Draft(text, files), session.next_parent_id)
    assert found is not None
    return found


async def learnt(workspace: Workspace) -> None:
    """Return when all receipts were read."""
    await workspace.estimates.aclose()


async def test_a_model_is_learnt_from_its_receipts_and_kept(tmp_path: Path) -> None:
    counter = Counter(latin=0.4, cyrillic=0.7)
    async with Server(counter, paths=openrouter(MODELS)) as server:
        async with counted(tmp_path, counter, server=server) as (workspace, _services):
            first = await estimated(workspace, workspace.new(), WORDS * 100)
            assert first.prompt_tokens == 482, "as is usual"
            for text in (WORDS * 100, "раз два три " * 100, WORDS * 300):
                await ask(workspace, text)
        async with counted(tmp_path, counter, server=server) as (workspace, _services):
            for text in (WORDS * 200, "один два " * 200):
                found = await estimated(workspace, workspace.new(), text)
                told = counter.count([{"content": text}])
                assert found.prompt_tokens == pytest.approx(told, rel=0.08), "after a new start"


async def test_an_answer_that_was_not_counted_or_is_of_another_model_teaches_nothing(tmp_path: Path) -> None:
    async with counted(tmp_path, Counter(latin=0.5)) as (workspace, _services):
        session = await ask(workspace, WORDS * 100)
        await learnt(workspace)
        answer, account = last(session), workspace.account_of(session)
        assert answer.bill is not None
        before = await estimated(workspace, workspace.new(), WORDS * 100)
        await workspace.estimates.learn(session, account, replace(answer, usage=None))
        drawn = replace(answer, bill=replace(answer.bill, asked_model="painter"), usage=Usage(5000, 20))
        await workspace.estimates.learn(session, account, drawn)
        assert await estimated(workspace, workspace.new(), WORDS * 100) == before


async def test_the_conversation_goes_along(tmp_path: Path) -> None:
    counter = Counter()
    async with counted(tmp_path, counter) as (workspace, _services):
        session = await ask(workspace, WORDS * 100)
        await ask(workspace, WORDS * 50, session=session)
        await learnt(workspace)
        found = await estimated(workspace, session, "And now?")
        assert found.prompt_tokens == pytest.approx(counter.told[-1] + 10, rel=0.03)
        assert found.cached_tokens == counter.told[-1], "it was asked just now"
        session.conversation.system_prompt = WORDS * 100
        more = await estimated(workspace, session, "And now?")
        assert more.prompt_tokens - found.prompt_tokens == pytest.approx(574, rel=0.05)
        assert more.cached_tokens == 0, "another prompt, which nobody has read"


async def test_a_picture_costs_what_one_of_this_model_costs(tmp_path: Path) -> None:
    counter = Counter()
    async with counted(tmp_path, counter) as (workspace, services):
        picture = replace(PICTURE, blob=await asyncio.to_thread(services.store.blobs.put, b"picture"))
        for text in (WORDS * 100, WORDS * 300):
            await ask(workspace, text)
        session = workspace.front = workspace.new()
        text = "what is this?"
        assert (await estimated(workspace, session, text, picture)).prompt_tokens > 900
        await session.send(text, (picture,))
        await learnt(workspace)
        found = await estimated(workspace, workspace.new(), text, picture)
        assert found.prompt_tokens < 300, "85 and some words"


async def test_a_long_conversation_is_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[str] = []

    def counting(message: Message) -> Counts:
        counts.append(message.id)
        return counts_of_message(message)

    monkeypatch.setattr("neurotui.app.money.estimates.counts_of_message", counting)
    messages = [
        Message(str(at), Role.ASSISTANT if at % 2 else Role.USER, WORDS, str(at - 1) if at else None)
        for at in range(1000)
    ]
    async with counted(tmp_path, Counter()) as (workspace, _services):
        session = workspace.hold(Conversation.of(messages))
        for typed in ("a", "ab", "abc"):
            await estimated(workspace, session, typed)
        assert len(counts) == 1000
        await ask(workspace, "more", session=session)
        await learnt(workspace)
        await estimated(workspace, session, "and")
        assert len(counts) == 1002, "only the question and the answer are new"


async def test_an_answer_is_as_long_as_it_may_be_or_as_it_usually_is(tmp_path: Path) -> None:
    settings = SettingsFile()
    async with counted(tmp_path, Counter(), settings=settings) as (workspace, _services):
        session = workspace.new()
        assert (await estimated(workspace, session, "Hi")).answer_tokens == 2000
        for _ in range(3):
            await ask(workspace, "Hi")
        await learnt(workspace)
        assert (await estimated(workspace, session, "Hi")).answer_tokens == 20
        session.conversation.parameters["max_tokens"] = 12
        assert (await estimated(workspace, session, "Hi")).answer_tokens == 12
        settings.change(("budget", "answer_tokens"), 5)
        assert (await estimated(workspace, session, "Hi")).answer_tokens == 5


# What is read afresh


async def test_another_model_reads_it_afresh(tmp_path: Path) -> None:
    counter = Counter()
    async with counted(tmp_path, counter) as (workspace, _services):
        session = await ask(workspace, LONG)
        await learnt(workspace)
        assert await workspace.estimates.reread(session) is None, "nothing was changed"
        workspace.choose(session, model="gpt-5")
        found = await workspace.estimates.reread(session)
        assert found is not None and found.cost is not None and found.instead_of is not None
        assert found.tokens == pytest.approx(24_000, rel=0.05), "gpt-5 is not known yet"
        assert found.cost.amount == pytest.approx(0.03, rel=0.05)
        assert found.instead_of.amount == pytest.approx(0.0007, rel=0.05)
        workspace.choose(session, model="gpt-5-mini")
        assert await workspace.estimates.reread(session) is None, "as it was"


def begin_otherwise(session: Session, change: str) -> None:
    """Change what stands before the messages of the next request; empty for nothing."""
    conversation = session.conversation
    match change:
        case "prompt":
            conversation.system_prompt = "Be brief"
        case "effort":
            conversation.parameters["reasoning_effort"] = "high"
        case "beginning":
            conversation.first_sent_id = session.branch.path()[2].id


@pytest.mark.parametrize("change", ["prompt", "effort", "beginning"])
async def test_another_beginning_is_read_afresh(change: str, tmp_path: Path) -> None:
    async with counted(tmp_path, Counter()) as (workspace, _services):
        session = await ask(workspace, LONG)
        await ask(workspace, LONG, session=session)
        await learnt(workspace)
        conversation = session.conversation
        begin_otherwise(session, change)
        found = await workspace.estimates.reread(session)
        assert found is not None and found.cost is not None and found.instead_of is not None
        tokens = 28_500 if change == "beginning" else 57_000
        assert found.tokens == pytest.approx(tokens, rel=0.03)
        assert found.cost.micros == pytest.approx(tokens / 4, rel=0.03)
        assert found.instead_of.micros == pytest.approx(57_000 / 40, rel=0.03)
        conversation.parameters["temperature"] = 0.5
        assert await workspace.estimates.reread(session) == found, "no part of what is read"


async def test_a_short_a_cold_and_an_uncached_conversation_are_not_worth_a_word(tmp_path: Path) -> None:
    async with counted(tmp_path, Counter(caches=False)) as (workspace, _services):
        short = await ask(workspace, WORDS * 2000)
        workspace.choose(short, model="gpt-5")
        assert await workspace.estimates.reread(short) is None
        uncached = await ask(workspace, LONG)
        await ask(workspace, "And?", session=uncached)
        workspace.choose(uncached, model="gpt-5")
        assert await workspace.estimates.reread(uncached) is None, "two answers tell that nothing is kept"
        unpriced = await ask(workspace, "Hi")
        workspace.choose(unpriced, model="plain")
        await ask(workspace, LONG, session=unpriced)
        workspace.choose(unpriced, model="gpt-5")
        assert await workspace.estimates.reread(unpriced) is None, "no price for it, and none was told"
        cold = await ask(workspace, LONG)
        workspace.choose(cold, model="gpt-5")
        assert await workspace.estimates.reread(cold) is not None
        for id_, message in list(cold.conversation.messages.items()):
            cold.conversation.messages[id_] = replace(message, created_at=time.time() - 7200)
        assert await workspace.estimates.reread(cold) is None


async def test_a_model_chosen_before_a_new_start_is_remembered(tmp_path: Path) -> None:
    counter = Counter()
    async with Server(counter, paths=openrouter(MODELS)) as server:
        async with counted(tmp_path, counter, server=server) as (workspace, _services):
            session = await ask(workspace, LONG)
            workspace.choose(session, model="gpt-5")
        async with counted(tmp_path, counter, server=server) as (workspace, _services):
            again = await workspace.open(session.conversation.id)
            assert again is not None
            assert await workspace.estimates.reread(again) is not None


@pytest.mark.parametrize("change", ["prompt", "effort", "beginning", ""])
async def test_what_was_changed_just_before_a_new_start_is_told_after_it(change: str, tmp_path: Path) -> None:
    counter = Counter()
    async with Server(counter, paths=openrouter(MODELS)) as server:
        async with counted(tmp_path, counter, server=server) as (workspace, services):
            session = await ask(workspace, LONG)
            await ask(workspace, LONG, session=session)
            conversation = session.conversation
            begin_otherwise(session, change)
            await services.store.journal.begin(conversation)
        async with counted(tmp_path, counter, server=server) as (workspace, services):
            again = await workspace.open(conversation.id)
            assert again is not None
            found = await workspace.estimates.reread(again)
            assert (found is not None) == bool(change)
            again.conversation.system_prompt = ""
            again.conversation.parameters.clear()
            again.conversation.first_sent_id = None
            assert await workspace.estimates.reread(again) is None, "as it was"


# Words


SMALL = Estimate(20, 2000, price=MINI)
DEAR = Estimate(42_345, 2000, price=MINI)
ROUBLES = Price(20_000_000, 160_000_000, currency="RUB", rate=80_000_000)


@pytest.mark.parametrize(
    ("estimate", "words"),
    [
        (DEAR, "≈ 42,000 tok · ≈ $0.011 + up to $0.004"),
        (replace(DEAR, cached_tokens=40_000), "≈ 42,000 tok · ≈ $0.0016 + up to $0.004"),
        (replace(DEAR, price=ROUBLES), "≈ 42,000 tok · ≈ ₽0.85 + up to ₽0.32"),
        (replace(DEAR, price=replace(MINI, at_least=True)), "≈ 42,000 tok · ≥ $0.011 + up to $0.004"),
        (replace(DEAR, price=None), "≈ 42,000 tok · price unknown"),
        (replace(DEAR, price=Price(0, 0)), "≈ 42,000 tok · free"),
        (replace(DEAR, price=Price(0, 0, per_call=40_000)), "≈ 42,000 tok · ≈ $0.04"),
    ],
)
def test_an_estimate_in_words(estimate: Estimate, words: str) -> None:
    assert estimate_line(estimate) == words


@pytest.mark.usefixtures("russian")
def test_the_words_in_russian() -> None:
    roubles = replace(DEAR, price=ROUBLES)
    assert estimate_line(roubles).replace("\u202f", " ").replace("\u00a0", " ") == (
        "≈ 42 000 ток. · ≈ 0,85 ₽ + до 0,32 ₽"
    )
    limits = Budget(ask_above=0.5, currency="RUB")
    assert "Вы просили спрашивать, если дороже 0,5" in reason_to_ask(roubles, limits)
    line = reread_line(Reread(24_123, Money(50_400), Money(5040))).replace("\u202f", " ")
    assert line == "Следующий ответ заново прочтёт 24 000 токенов: ≈ 0,05\u00a0$ вместо 0,005\u00a0$"


def test_what_is_read_afresh_in_words() -> None:
    told = Reread(24_123, Money(50_400), Money(5040))
    assert reread_line(told) == "The next answer reads 24,000 tokens afresh: ≈ $0.05 instead of $0.005"
    assert reread_line(replace(told, instead_of=None)).endswith("afresh: ≈ $0.05")
    assert reread_line(replace(told, cost=None)).endswith("afresh: price unknown")


@pytest.mark.parametrize(
    ("estimate", "worth"),
    [
        (SMALL, False),
        (replace(SMALL, prompt_tokens=999), False),
        (replace(SMALL, prompt_tokens=1000), True),
        (replace(SMALL, price=Price(600_000_000, 0)), True),
        (replace(SMALL, price=None), False),
        (replace(SMALL, price=replace(ROUBLES, input=20_000_000)), False),
        (replace(SMALL, price=Price(40_000_000_000, 0, currency="RUB", rate=80_000_000)), True),
        (replace(SMALL, price=Price(20_000_000_000, 0, currency="RUB", rate=0)), False),
    ],
)
def test_a_small_question_is_not_worth_a_line(estimate: Estimate, worth: bool) -> None:
    assert is_worth_a_line(estimate, Budget()) is worth


def test_an_unknown_price_is_told_where_a_limit_needs_it() -> None:
    assert is_worth_a_line(replace(SMALL, price=None), Budget(ask_above=1))


@pytest.mark.parametrize(
    ("price", "limits", "dear"),
    [
        (MINI, Budget(), False),
        (MINI, Budget(ask_above=0.014), True),
        (MINI, Budget(ask_above=0.015), False),
        (ROUBLES, Budget(ask_above=0.014), True),
        (ROUBLES, Budget(ask_above=1.1, currency="RUB"), True),
        (MINI, Budget(ask_above=0.01, currency="RUB"), False),
        (None, Budget(ask_above=0.01), False),
    ],
)
def test_what_is_dear_is_by_the_limit(price: Price | None, limits: Budget, dear: bool) -> None:
    assert is_too_dear(replace(DEAR, price=price), limits) is dear


def test_what_comes_from_the_cache_is_told_once() -> None:
    assert Estimate(1000, 0, 400, MINI).question == MINI.cost(Usage(1000, 0, cached_tokens=400))
