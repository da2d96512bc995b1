"""The conversations that are open, each with its session: in front, running, or at rest.

Opening, leaving, and choosing another account or model never stop a reply: only `stop` of a session, `close`
and the end of the program do. A conversation that is open is not read from disk again: it stays as it is,
with its reply and its branch. At most `RESTING` conversations at rest stay in memory; the least recently seen
is dropped first. Conversations with a running reply, a queued message or unsaved changes are never dropped.

A running reply keeps its client. An account is closed when no conversation uses it any more and its last
reply has ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from neurotui.app.account_choices import AccountChoices
from neurotui.app.account_pool import AccountPool
from neurotui.app.accounts import SETTLING
from neurotui.app.conversations import merge
from neurotui.app.message_queue import MessageQueue
from neurotui.app.money.asking_price import AskingPrice
from neurotui.app.money.estimates import Estimates
from neurotui.app.money.ledger import Ledger
from neurotui.app.money.prices import Prices
from neurotui.app.money.reconciler import Outcome, Reconciler
from neurotui.app.open_session import OpenSession
from neurotui.app.open_sessions import OpenSessions
from neurotui.app.participants import Contender, Participants
from neurotui.app.rhythm import Rhythms
from neurotui.app.services import Services
from neurotui.app.workspace_observer import Observers, WorkspaceObserver
from neurotui.chat.attachments import Draft
from neurotui.chat.conversation import Conversation, Message, Status, Timing
from neurotui.chat.session import Session, Spawn
from neurotui.errors import StoreError


class Workspace(AccountChoices):
    """The sessions that are open. Call its methods on the event loop only."""

    def __init__(
        self, services: Services, *, spawn: Spawn = asyncio.ensure_future, settling: float = SETTLING
    ) -> None:
        """Run replies by `spawn`; `settling` is the time until a server has billed an answer (seconds)."""
        self._services = services
        self._spawn = spawn
        self._participants = Participants(
            services.account,
            services.accounts,
            services.settings,
            services.store.journal,
            services.store.blobs,
        )
        self._ledger = Ledger.of(lambda: services.settings.settings, services.store)
        self._open = OpenSessions()
        self._observers = Observers()
        self._pool = AccountPool(
            lambda: self.accounts,
            self._participants.known_accounts,
            self._observers.balance_changed,
            self._note_cost,
            self._ledger.prices.learn,
            Reconciler(services.store, self.prices, lambda: services.settings.settings, settling),
        )
        self.estimates = Estimates(
            services.store.learnt,
            self._ledger.prices,
            lambda: services.settings.settings,
            self.account_of,
        )
        """What the next answers will cost."""
        self.asking = AskingPrice(
            self.estimates, self.prices, lambda: services.settings.settings, self.account_of
        )
        """What is asked about before it leaves."""
        self._queue = MessageQueue(self._observers, self.asking)
        self._rhythms = Rhythms(services.store.learnt, self.account_of)
        for learning in (self.estimates, self._rhythms):
            self._observers.subscribe(learning)
        self._closing = False

    def subscribe(self, observer: WorkspaceObserver) -> Callable[[], None]:
        """Tell an observer of all events from now on; return the way to end that."""
        return self._observers.subscribe(observer)

    def outcome(self, answer_id: str) -> Outcome | None:
        """Return what the balance told of an answer; None if it was not asked, or long ago."""
        return self._pool.outcomes.get(answer_id)

    async def with_stops(self, session: Session, answer: Message) -> Message:
        """Return a stopped answer with what is known of stops of its model; any other as it is."""
        return await self._pool.with_stops(self._open.of(session).asked, answer)

    @property
    def ledger(self) -> Ledger:
        """The ledger of costs, and of the limits on them."""
        return self._ledger

    @property
    def prices(self) -> Prices:
        """The prices of models."""
        return self._ledger.prices

    # Sessions

    @property
    def sessions(self) -> list[Session]:
        """All open sessions, the least recently seen first."""
        return [held.session for held in self._open]

    @property
    def running(self) -> list[Session]:
        """The sessions with a running answer."""
        return [session for held in self._open for session in held.running]

    @property
    def news(self) -> list[str]:
        """Ids of the conversations with an unseen answer that has ended, oldest first."""
        return list(self._open.news)

    @property
    def front(self) -> Session | None:
        """The session in front. Setting it marks it as seen, and closes the former one if that is blank."""
        return self._open.front.session if self._open.front is not None else None

    @front.setter
    def front(self, session: Session) -> None:
        if blank := self._open.see(self._open.of(session)):
            self._remove(blank)
        self._trim()
        self._observers.front_changed(session)
        self._look()

    def next_open(self, after: Session) -> Session | None:
        """Return the session of another conversation that runs or has news, the one to see next; or None."""
        return self._open.next_open(after)

    def session_of(self, conversation_id: str) -> Session | None:
        """Return the session of a conversation; None if it is not open."""
        return held.session if (held := self._open.get(conversation_id)) else None

    async def open(self, conversation_id: str, message_id: str = "") -> Session | None:
        """Return the session of a conversation, read from disk unless it is open; None if there is none.

        If it is open but lacks the message, messages of other windows are merged in. Raises StoreError.
        """
        session = self.session_of(conversation_id)
        if session is not None and message_id in {"", *session.conversation.messages}:
            return session
        found = await asyncio.to_thread(self._services.store.library.open, conversation_id)
        if found is None:
            return session
        await self._participants.prepare(found)
        session = self.hold(found)
        if session.conversation is not found:
            merge(session, found)
        return session

    def new(self) -> Session:
        """Begin a new conversation."""
        return self.hold(Conversation(system_prompt=self._services.settings.settings.system_prompt))

    def hold(self, conversation: Conversation) -> Session:
        """Return the session of a conversation, opening it unless it is open already."""
        if (session := self.session_of(conversation.id)) is not None:
            return session
        held = self._make(conversation)
        self._open.put(held)
        self._observers.session_added(held.session)
        self._trim()
        return held.session

    def hold_beside(self, session: Session, contender: Contender, message_id: str | None) -> Session:
        """Open another session of the same conversation, on the branch that ends in a message."""
        held = self._open.of(self.hold(session.conversation))  # a blank one is closed as it is left
        other = self._make(session.conversation, contender)
        other.session.branch.leaf_id = message_id
        held.beside = (*held.beside, other)
        return other.session

    def sessions_of(self, conversation_id: str) -> list[Session]:
        """Return all sessions of a conversation, the one that it is gone on with first."""
        return [each.session for each in held.all] if (held := self._open.get(conversation_id)) else []

    def go_on(self, session: Session) -> None:
        """Make a session that was held beside another the one that its conversation is gone on with.

        Of the others, those that run stay beside it. Whoever answered there answers from now on.
        """
        former, held = self._open.get(session.conversation.id), self._open.of(session)
        assert former is not None
        held.beside = tuple(each for each in former.all if each is not held and each.session.running)
        self._participants.choose(session.conversation, held.account, session.participant.model)
        if former is not held:
            former.beside = ()
            self._open.put(held)
            self._queue.give_back(former)
            self._observers.session_removed(former.session)
            self._observers.session_added(session)
        self.assign()

    async def reload(self, conversation_id: str) -> Session | None:
        """Read a conversation again after a message was deleted from it on disk; stop its reply.

        Return the new session, or None if the conversation is gone. Raises StoreError.
        """
        while True:
            if (session := self.session_of(conversation_id)) is not None:
                await self.stop_in(session)  # before reading: its end must be read too
            found = await asyncio.to_thread(self._services.store.library.open, conversation_id)
            held = self._open.get(conversation_id)
            if held is None or not held.running:  # otherwise a question was asked meanwhile
                break
        if held is not None:
            self._remove(held)
            if found is not None:  # what was chosen here may not be on disk yet
                found.set_up_as(held.session.conversation)
        return self.hold(found) if found is not None else None

    async def close(self, session: Session) -> None:
        """Stop what runs in a session, and forget it."""
        await self.stop_in(session)
        if self.session_of(session.conversation.id) is session:
            self._open.news.pop(session.conversation.id, None)
            self._remove(self._open.of(session))
            self._pool.release_unused()

    async def stop_in(self, session: Session) -> None:
        """Stop all that runs in the conversation of a session, each once; return when it is on disk."""
        held = self._open.get(session.conversation.id)
        await asyncio.gather(*(each.stop() for each in {session, *(held.running if held else ())}))

    async def stop_all(self) -> None:
        """Stop all running replies, each once; return when their ends are on disk."""
        await asyncio.gather(*(session.stop() for session in self.running))

    async def aclose(self) -> None:
        """Stop all running replies and close all accounts; queued messages are not sent."""
        self._closing = self._queue.closed = True
        await self.stop_all()
        await self._queue.aclose()
        await self._ledger.aclose()
        await self.estimates.aclose()
        await self._rhythms.aclose()
        await self._pool.aclose()

    # Queued messages

    def queue(self, session: Session, draft: Draft) -> None:
        """Send a message once the running answer has ended well; an empty one cancels that."""
        self._queue.put(self._open.of(session), draft)

    def queued(self, session: Session) -> Draft:
        """Return the queued message; empty if there is none."""
        return self._open.of(session).queued

    # Internals

    def _make(self, conversation: Conversation, contender: Contender | None = None) -> OpenSession:
        parts = self._services, self._participants, self._ledger, self._spawn
        return OpenSession(conversation, *parts, self._began, self._ended, contender)

    def _remove(self, held: OpenSession) -> None:
        self._open.discard(held)
        for each in held.all:
            each.unsubscribe()
        self._observers.session_removed(held.session)
        self._pool.release_unused()

    def _trim(self) -> None:
        """Drop the least recently seen conversations at rest if there are more than `RESTING`."""
        unsaved = {conversation.id for conversation in self._services.store.journal.unsaved}
        for held in self._open.surplus(unsaved):
            self._remove(held)

    def _began(self, held: OpenSession) -> None:
        self._open.note_view(held)
        self._pool.turn_began(held.asked)
        self._observers.reply_began(held.session)

    def _ended(self, held: OpenSession, answer: Message) -> None:
        self._pool.turn_ended(held.asked)
        stopped_by_user = answer.status is Status.STOPPED and answer.error is None
        if not stopped_by_user and not self._closing:
            self._open.note_end(held)
        self._observers.reply_ended(held.session, answer)
        self._pool.release_unused()
        if self._closing:
            return
        self._pool.answered(held.asked, held.session, answer)
        self._look()
        self._queue.answer_ended(held, answer)
        self._trim()

    def _look(self) -> None:
        """Hold what was answered against the balance, where that is on the screen."""
        if self._open.front is not None and not self._closing:
            self._pool.seen(self._open.front.account)

    async def _note_cost(self, session: Session, answer: Message, timing: Timing) -> None:
        """Record what the balance told of the cost of an answer after its end."""
        session = self.session_of(session.conversation.id) or session  # it may have been reloaded
        if (current := session.conversation.messages.get(answer.id)) is None:
            return
        answer = replace(current, timing=timing)
        session.conversation.put(answer)
        self._observers.message_changed(session, answer)
        with suppress(StoreError):  # the journal reports it and tries again
            await self._services.store.journal.begin(session.conversation, answer)
