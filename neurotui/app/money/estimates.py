"""Estimates of the next answer: its tokens by what was learnt of the model, its cost by the prices.

Who looks asks after each change of the text, so that nothing is counted twice: the characters of a message
are counted once, those of a long conversation once for its last message. A large text is counted on a thread.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from neurotui.app.money.prefixes import Prefix, cached_last_time, is_cached, last_counted, prefix_of
from neurotui.app.participants import Contender
from neurotui.app.workspace_observer import WorkspaceObserver
from neurotui.chat.attachments import Draft, content
from neurotui.chat.conversation import Message, Role, Status
from neurotui.chat.joining import sent_to
from neurotui.chat.session import Session
from neurotui.chat.token_counts import (
    Counts,
    counts_of_content,
    counts_of_message,
    counts_of_text,
    total,
)
from neurotui.chat.token_rates import TokenRates
from neurotui.errors import StoreError
from neurotui.wire.price import Money, Price
from neurotui.wire.usage import Usage

if TYPE_CHECKING:
    from neurotui.app.accounts import Account
    from neurotui.app.money.prices import Prices
    from neurotui.settings.config import Settings
    from neurotui.store.learnt import Learnt

T = TypeVar("T")

NAME = "tokens"
"""Name under which it is kept how a model counts."""
USUAL_TOKENS = 2000
"""Up to so many tokens an answer has of a model that has not answered yet."""
LARGE = 50_000
"""So many characters are counted on a thread."""
LONG = 20_000
"""From so many tokens on it is told that a conversation is read afresh."""
WORTH = 1000
"""So many of them are worth a word."""
COLD_AFTER = 3600.0
"""Seconds after which no server has a conversation in its cache any more, as a rule."""
WARM_FOR = 300.0
"""Seconds for which a server has it, as a rule."""

_MOST = ("max_completion_tokens", "max_tokens")


@dataclass(frozen=True, slots=True)
class Estimate:
    """The tokens and the cost of an answer that was not asked for yet."""

    prompt_tokens: int
    answer_tokens: int
    """Up to so many."""
    cached_tokens: int = 0
    """The part of the prompt that the server is likely to have in its cache."""
    price: Price | None = None

    @property
    def question(self) -> Money | None:
        """The cost of what is sent; None if the price is not known."""
        asked = Usage(self.prompt_tokens, 0, cached_tokens=self.cached_tokens)
        return self.price.cost(asked) if self.price is not None else None

    @property
    def all(self) -> Money | None:
        """The cost with that of the longest answer that is likely."""
        whole = Usage(self.prompt_tokens, self.answer_tokens, cached_tokens=self.cached_tokens)
        return self.price.cost(whole) if self.price is not None else None


@dataclass(frozen=True, slots=True)
class Reread:
    """Tokens that the next answer reads afresh, because the server's cache is of no use any more."""

    tokens: int
    cost: Money | None
    """None if the price is not known."""
    instead_of: Money | None
    """Cost of reading them from the cache; None if the price is not known."""


class Estimates(WorkspaceObserver):
    """Estimates the next answers of conversations, and learns from those that have ended."""

    def __init__(
        self,
        learnt: Learnt | None,
        prices: Prices,
        settings: Callable[[], Settings],
        account_of: Callable[[Session], Account],
    ) -> None:
        """Without `learnt`, what is learnt is forgotten with the program."""
        self._learnt = learnt
        self._prices = prices
        self._settings = settings
        self._account_of = account_of
        self._rates: dict[tuple[str, str], TokenRates] = {}
        """By server and model."""
        self._asked: dict[str, Prefix] = {}
        """How the last answer of a conversation was asked for, by the id of that."""
        self._running: dict[str, Prefix] = {}
        """How the answers that run were asked for, by their ids."""
        self._counted: dict[str, tuple[Message, Counts]] = {}
        """Messages of one conversation, by their ids."""
        self._counted_of = ""
        self._history: tuple[object, Counts] = (), Counts()
        """The sum of a history, with what it was made of."""
        self._tasks: set[asyncio.Task[Any]] = set()

    async def of(
        self,
        session: Session,
        draft: Draft,
        parent_id: str | None,
        asked: Contender | None = None,
    ) -> Estimate:
        """Estimate the answer to a draft that follows a message; `asked` answers in the session's place.

        The message may be an answer that runs: it counts as what it will have come to.
        """
        account, model, takes = (
            self._account_of(session),
            session.participant.model,
            session.participant.takes,
        )
        draws = session.participant.draws
        if asked is not None:
            account, model, takes = asked.account, asked.model, asked.account.takes(asked.model)
            draws = account.draws_alone(model)
        if draws:
            return await self.of_picture(session, draft.text, Contender(account, model))
        rates = await self._rates_of(account, model)
        price = self._prices.price(model, account.profile, account.ref.address)
        answer_tokens = self._answer_tokens(session, rates)
        said = sum(len(each.text) for each in draft.attachments) + len(draft.text)
        question = await _large(said, lambda: counts_of_content(content(draft.text, draft.attachments)))
        history = await self._history_of(session, parent_id, takes)
        prompt = rates.tokens(history + question)
        turn = session.turn
        if session.running and turn is not None and turn.answer_id == parent_id:
            prompt += max(answer_tokens, turn.tokens(0).completion_tokens)
        cached = self._cached_tokens(session, prefix_of(session, account, model), parent_id)
        return Estimate(prompt, answer_tokens, min(prompt, cached), price)

    async def of_next(self, session: Session, draft: Draft, asked: Contender | None = None) -> Estimate:
        """Estimate the answer to the next message, which waits for the end of an answer that runs."""
        parent_id = session.branch.leaf_id if session.running else session.next_parent_id
        return await self.of(session, draft, parent_id, asked)

    async def rates(self, session: Session) -> TokenRates:
        """Return what is known of how the model of a session counts, its last receipt included."""
        if self._tasks:
            await asyncio.wait(self._tasks)
        return await self._rates_of(self._account_of(session), session.participant.model)

    def known_rates(self, session: Session) -> TokenRates | None:
        """Return the same as far as it is known without a wait; None before it was read."""
        return self._rates.get((_server(self._account_of(session)), session.participant.model))

    async def of_picture(self, session: Session, prompt: str, asked: Contender) -> Estimate:
        """Estimate a picture by a call of its own: nothing but the prompt leaves."""
        account, model = asked.account, asked.model
        rates = await self._rates_of(account, model)
        price = self._prices.price(model, account.profile, account.ref.address)
        tokens = rates.tokens(counts_of_text(prompt))
        return Estimate(tokens, self._answer_tokens(session, rates), price=price)

    async def reread(self, session: Session) -> Reread | None:
        """Return what the next answer reads afresh since the model, or what is sent, was changed.

        None if nothing was, or if it is not worth a word.
        """
        account, conversation = self._account_of(session), session.conversation
        asked, now = self._asked.get(conversation.id), prefix_of(session, account)
        last = last_counted(session.branch)
        if asked in (None, now) or last is None or last.usage is None or session.participant.draws:
            return None
        assert asked is not None
        usage, was = last.usage, self._prices.price(asked.model, asked.profile, asked.server)
        before = usage.prompt_tokens + usage.completion_tokens - usage.reasoning_tokens
        is_cold = time.time() - last.created_at > COLD_AFTER
        if before <= LONG or is_cold or not is_cached(session.branch, asked.model, was):
            return None
        rates = await self._rates_of(account, session.participant.model)
        takes = session.participant.takes
        tokens = rates.tokens(await self._history_of(session, session.branch.leaf_id, takes))
        if tokens < WORTH:
            return None
        price = self._prices.price(session.participant.model, account.profile, account.ref.address)
        from_cache = Usage(before, 0, cached_tokens=before)
        return Reread(
            tokens,
            price.cost(Usage(tokens)) if price is not None else None,
            was.cost(from_cache) if was is not None and was.cached is not None else None,
        )

    def met(self, session: Session, *, is_changed: bool = False) -> None:
        """Note how a conversation from the disk was asked for, as the bill of its last answer tells.

        `is_changed` tells that its prompt is another one since.
        """
        conversation = session.conversation
        last = last_counted(session.branch)
        if last is not None and conversation.id not in self._asked:
            now = prefix_of(session, self._account_of(session))
            self._asked[conversation.id] = now.before(last.bill, is_changed=is_changed)

    async def learn(self, session: Session, account: Account, answer: Message) -> None:
        """Learn from an answer that has ended, unless what was sent is not known any more."""
        usage, now, model = answer.usage, prefix_of(session, account), session.participant.model
        is_same = self._running.pop(answer.id, now) == now and answer.bill is not None
        if usage is None or answer.bill is None or not is_same or answer.bill.asked_model != model:
            return
        if answer.continues is not None or session.participant.draws:
            return
        rates = await self._rates_of(account, model)
        counts = await self._history_of(session, answer.parent_id, session.participant.takes)
        # Some count what comes from the cache beside the prompt.
        beside = usage.cached_tokens if usage.cached_tokens > usage.prompt_tokens else 0
        learnt = rates.with_receipt(counts, usage.prompt_tokens + beside)
        if answer.status in {Status.COMPLETE, Status.LENGTH}:
            learnt = learnt.with_answer(usage.completion_tokens)
        if learnt is rates:
            return
        server = _server(account)
        self._rates[server, model] = learnt
        if self._learnt is not None and not account.ref.kind:
            with suppress(StoreError):  # the journal tells of it
                await asyncio.to_thread(self._learnt.put, server, model, NAME, learnt.to_text())

    async def aclose(self) -> None:
        """Return when nothing is learnt any more."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    # As an observer of the workspace

    def session_added(self, session: Session) -> None:
        self.met(session)

    def reply_began(self, session: Session) -> None:
        prefix = self._asked[session.conversation.id] = prefix_of(session, self._account_of(session))
        if session.turn is not None:
            self._running[session.turn.answer_id] = prefix

    def reply_ended(self, session: Session, answer: Message) -> None:
        self._spawn(self.learn(session, self._account_of(session), answer))

    # Internals

    async def _rates_of(self, account: Account, model: str) -> TokenRates:
        server = _server(account)
        if (known := self._rates.get((server, model))) is not None:
            return known
        kept = ""
        if self._learnt is not None and not account.ref.kind:
            with suppress(StoreError):  # where nothing is kept, nothing was learnt
                kept = await asyncio.to_thread(self._learnt.get, server, model, NAME)
        return self._rates.setdefault((server, model), TokenRates.from_text(kept))

    async def _history_of(
        self, session: Session, parent_id: str | None, takes: frozenset[str] | None
    ) -> Counts:
        """Count the system prompt and the messages that go along with a question, as far as that is new.

        `takes` is what the model takes, as the account tells it.
        """
        conversation, prompt = session.conversation, session.conversation.system_prompt
        shows = takes is None or "image" in takes
        last = conversation.messages.get(parent_id or "")
        made_of = (conversation.id, len(conversation.messages), conversation.first_sent_id, prompt, shows)
        if self._history[0] == (*made_of, last):
            return self._history[1]
        if self._counted_of != conversation.id:
            self._counted_of, self._counted = conversation.id, {}
        known = self._counted
        sent = sent_to(conversation, parent_id) if last is not None else []
        new = [message for message in sent if not _has(known, message)]
        counts = await _large(sum(map(_length, new)), lambda: [counts_of_message(each) for each in new])
        known.update((message.id, (message, found)) for message, found in zip(new, counts, strict=True))
        whole = total(known[message.id][1] for message in sent) if sent else Counts()
        if prompt:
            whole += counts_of_text(prompt) + Counts(messages=1)
        if not shows:
            made = (each for each in sent if each.role is Role.ASSISTANT)
            whole += Counts(pictures=-sum(known[each.id][1].pictures for each in made))
        self._history = (*made_of, last), whole
        return whole

    def _answer_tokens(self, session: Session, rates: TokenRates) -> int:
        """Return up to how many tokens the answer has: what it may have, or what is usual."""
        told = session.conversation.parameters | dict(session.participant.parameters)
        limits = [each for name in _MOST if isinstance(each := told.get(name), int) and each > 0]
        most = self._settings().budget.answer_tokens
        return min([rates.answer_tokens(USUAL_TOKENS), *limits, *([most] if most > 0 else [])])

    def _cached_tokens(self, session: Session, prefix: Prefix, parent_id: str | None) -> int:
        """Return how much of a conversation the server is likely to have in its cache."""
        last = cached_last_time(session.branch, parent_id)
        is_same = self._asked.get(session.conversation.id) == prefix
        if last is None or last.usage is None or not is_same or time.time() - last.created_at > WARM_FOR:
            return 0
        return last.usage.prompt_tokens

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _server(account: Account) -> str:
    return account.ref.address.lower()


def _has(known: dict[str, tuple[Message, Counts]], message: Message) -> bool:
    """True if a message was counted as it is now."""
    found = known.get(message.id)
    return found is not None and (found[0] is message or found[0] == message)


def _length(message: Message) -> int:
    return len(message.text) + sum(len(each.text) for each in message.attachments)


async def _large(characters: int, count: Callable[[], T]) -> T:
    """Count here, or on a thread if it takes a while."""
    return await asyncio.to_thread(count) if characters > LARGE else count()
