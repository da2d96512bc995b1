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

from neurotui.app.account_pool import AccountPool
from neurotui.app.accounts import SETTLING, Account
from neurotui.app.conversations import merge
from neurotui.app.ledger import Ledger
from neurotui.app.open_session import OpenSession
from neurotui.app.participants import Contender, Participants
from neurotui.app.services import Services
from neurotui.app.workspace_observer import WorkspaceObserver as WorkspaceObserver
from neurotui.chat.conversation import Conversation, Message, Status
from neurotui.chat.session import Session, Spawn
from neurotui.errors import StoreError

RESTING = 8
"""Number of conversations at rest that stay in memory."""


class Workspace:
    """The sessions that are open. Call its methods on the event loop only."""

    def __init__(
        self, services: Services, *, spawn: Spawn = asyncio.ensure_future, settling: float = SETTLING
    ) -> None:
        """Run replies by `spawn`; `settling` is the time until a server has billed an answer (seconds)."""
        self._services = services
        self._spawn = spawn
        self._participants = Participants(
            services.account, services.accounts, services.settings, services.store.journal
        )
        self._ledger = Ledger(lambda: services.settings.settings, services.store.spending)
        self._held: dict[str, OpenSession] = {}
        """By id of the conversation, the least recently seen first."""
        self._front: OpenSession | None = None
        self._news: dict[str, None] = {}
        self._observers: tuple[WorkspaceObserver, ...] = ()
        self._pool = AccountPool(
            self._used, self._participants.known_accounts, self._tell_balance, self._note_spent, settling
        )
        self._closing = False

    def subscribe(self, observer: WorkspaceObserver) -> Callable[[], None]:
        """Notify an observer from now on; return a function that ends that."""
        self._observers = (*self._observers, observer)

        def unsubscribe() -> None:
            self._observers = tuple(other for other in self._observers if other is not observer)

        return unsubscribe

    # Sessions

    @property
    def sessions(self) -> list[Session]:
        """All open sessions, the least recently seen first."""
        return [held.session for held in self._held.values()]

    @property
    def running(self) -> list[Session]:
        """The sessions with a running answer."""
        return [session for held in self._held.values() for session in held.running]

    @property
    def news(self) -> list[str]:
        """Ids of the conversations with an unseen answer that has ended, oldest first."""
        return list(self._news)

    @property
    def front(self) -> Session | None:
        """The session in front. Setting it marks it as seen, and closes the former one if that is blank."""
        return self._front.session if self._front is not None else None

    @front.setter
    def front(self, session: Session) -> None:
        former, self._front = self._front, self._holding(session)
        self._held[self._front.id] = self._held.pop(self._front.id)
        self._news.pop(self._front.id, None)
        if former is not None and former is not self._front and former.is_blank:
            self._remove(former)
        self._trim()
        for observer in self._observers:
            observer.front_changed(session)

    def next_open(self, after: Session) -> Session | None:
        """Return the least recently seen session but `after` that runs or has news; None if none does."""
        wanted = [
            held.session for held in self._held.values() if held.session.running or held.id in self._news
        ]
        return next((session for session in wanted if session is not after), None)

    def session_of(self, conversation_id: str) -> Session | None:
        """Return the session of a conversation; None if it is not open."""
        held = self._held.get(conversation_id)
        return held.session if held is not None else None

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
        held = self._held[conversation.id] = self._make(conversation)
        for observer in self._observers:
            observer.session_added(held.session)
        self._trim()
        return held.session

    def hold_beside(self, session: Session, contender: Contender, message_id: str | None) -> Session:
        """Open another session of the same conversation, on the branch that ends in a message."""
        held = self._held[session.conversation.id]
        other = self._make(session.conversation, contender)
        other.session.branch.leaf_id = message_id
        held.beside = (*held.beside, other)
        return other.session

    def sessions_of(self, conversation_id: str) -> list[Session]:
        """Return all sessions of a conversation, the one that it is gone on with first."""
        held = self._held.get(conversation_id)
        return [each.session for each in held.all] if held is not None else []

    def go_on(self, session: Session) -> None:
        """Make a session that was held beside another the one that its conversation is gone on with.

        Of the others, those that run stay beside it. Whoever answered there answers from now on.
        """
        former, held = self._held[session.conversation.id], self._holding(session)
        held.beside = tuple(each for each in former.all if each is not held and each.session.running)
        self._participants.choose(session.conversation, held.account, session.participant.model)
        if former is not held:
            former.beside = ()
            self._held[held.id] = held
            self._front = held if self._front is former else self._front
            if text := former.take_queued():
                self._tell_queue_returned(session, text)
            for observer in self._observers:
                observer.session_removed(former.session)
                observer.session_added(session)
        self._assign()

    async def reload(self, conversation_id: str) -> Session | None:
        """Read a conversation again after a message was deleted from it on disk; stop its reply.

        Return the new session, or None if the conversation is gone. Raises StoreError.
        """
        while True:
            if (session := self.session_of(conversation_id)) is not None:
                await self._stop_in(session)  # before reading: its end must be read too
            found = await asyncio.to_thread(self._services.store.library.open, conversation_id)
            held = self._held.get(conversation_id)
            if held is None or not held.running:  # otherwise a question was asked meanwhile
                break
        if held is not None:
            self._remove(held)
        if held is not None and found is not None:  # what was chosen here may not be on disk yet
            former = held.session.conversation
            found.profile, found.chosen_model = former.profile, former.chosen_model
        return self.hold(found) if found is not None else None

    async def close(self, session: Session) -> None:
        """Stop what runs in a session, and forget it."""
        await self._stop_in(session)
        if self.session_of(session.conversation.id) is session:
            self._news.pop(session.conversation.id, None)
            self._remove(self._holding(session))
            self._pool.release_unused()

    async def stop_all(self) -> None:
        """Stop all running replies, each once; return when their ends are on disk."""
        await asyncio.gather(*(session.stop() for session in self.running))

    async def aclose(self) -> None:
        """Stop all running replies and close all accounts; queued messages are not sent."""
        self._closing = True
        await self.stop_all()
        await self._pool.aclose()

    # Queued messages

    def queue(self, session: Session, text: str) -> None:
        """Send a message once the running answer has ended well; an empty text cancels that."""
        self._holding(session).queued = text

    def queued(self, session: Session) -> str:
        """Return the queued message; empty if there is none."""
        return self._holding(session).queued

    # Accounts and models

    @property
    def ledger(self) -> Ledger:
        """What was spent, and what may be."""
        return self._ledger

    @property
    def account(self) -> Account:
        """The account that new conversations begin with."""
        return self._participants.account

    @property
    def accounts(self) -> set[Account]:
        """All that some message may go to."""
        return self._used()

    def account_of(self, session: Session) -> Account:
        """Return the account that the next message of a session goes to."""
        return self._holding(session).account

    def account_of_fork(self, session: Session) -> Account:
        """Return the account that a fork of a session goes on with: its own, if it can be used."""
        return self._participants.account_of_fork(session.conversation)

    def use(self, account: Account) -> None:
        """Go on with an account in the conversation that is looked at, and in those to come.

        Nothing of the demo goes to a real server: a conversation that was held with either stays there.
        """
        front = self.front.conversation if self.front is not None else None
        self._participants.use(account, front, self._conversations)
        self._assign()

    async def use_profile(self, profile: str) -> Account:
        """Use the account of a profile with its current settings and key. Raises ConfigurationError."""
        account = await asyncio.to_thread(self._services.accounts.account, profile)
        self.use(account)
        return account

    def use_model(self, session: Session, model: str) -> None:
        """Go on with a model in a session, and begin with it where its account is used.

        Other conversations keep theirs. The settings are not saved.
        """
        self._participants.use_model(model, session.conversation, self._conversations)
        self._assign()
        if profile := self.account_of(session).profile:
            self._services.settings.change(("profiles", profile, "model"), model)

    def choose(self, session: Session, *, account: Account | None = None, model: str = "") -> None:
        """Go on with an account, with a model, or with both, in one conversation alone."""
        self._participants.choose(session.conversation, account, model)
        self._assign()

    async def take_over(self, key: tuple[str, ...]) -> None:
        """Apply a changed setting to the open conversations. Raises ConfigurationError."""
        settings = self._services.settings.settings
        match key:
            case ("profile",):
                await self.use_profile(settings.active_profile)
            case ("system_prompt",):
                for held in self._held.values():
                    if held.is_blank:
                        held.session.conversation.system_prompt = settings.system_prompt
        await self._participants.take_over(key)
        self._assign()

    def warm(self, session: Session) -> None:
        """Open a connection for the next message of a session, in the background."""
        self._pool.warm(self.account_of(session))

    # Internals

    def _make(self, conversation: Conversation, contender: Contender | None = None) -> OpenSession:
        return OpenSession(
            conversation,
            self._services,
            self._participants,
            self._ledger,
            self._spawn,
            self._began,
            self._ended,
            contender,
        )

    def _holding(self, session: Session) -> OpenSession:
        for held in self._held[session.conversation.id].all:
            if held.session is session:
                return held
        raise AssertionError("this session was closed")

    async def _stop_in(self, session: Session) -> None:
        """Stop all that runs in the conversation of a session."""
        held = self._held.get(session.conversation.id)
        stopping = held.running if held is not None else []
        await asyncio.gather(*(each.stop() for each in {session, *stopping}))

    def _remove(self, held: OpenSession) -> None:
        del self._held[held.id]
        if held is self._front:
            self._front = None
        for each in held.all:
            each.unsubscribe()
        for observer in self._observers:
            observer.session_removed(held.session)
        self._pool.release_unused()

    def _trim(self) -> None:
        """Drop the least recently seen conversations at rest if there are more than `RESTING`."""
        resting = [held for held in self._held.values() if not held.running and not held.queued]
        surplus = len(resting) - RESTING
        if surplus <= 0:
            return
        stays = {conversation.id for conversation in self._services.store.journal.unsaved}
        stays |= {held.id for held in (self._front, resting[-1]) if held is not None}
        for held in [held for held in resting if held.id not in stays][:surplus]:
            self._remove(held)

    def _assign(self) -> None:
        """Update the account and the model of each session to the current choices."""
        for held in self._held.values():
            conversation = held.session.conversation
            held.account = self._participants.account_of(conversation)
            participant = self._participants.participant_of(conversation)
            if participant != held.session.participant:
                held.session.participant = participant
                for observer in self._observers:
                    observer.participant_changed(held.session)
        self._pool.release_unused()

    def _used(self) -> set[Account]:
        held = {each.account for held in self._held.values() for each in held.all}
        return {self._participants.account, *held}

    @property
    def _conversations(self) -> list[Conversation]:
        return [session.conversation for session in self.sessions]

    def _began(self, held: OpenSession) -> None:
        for observer in self._observers:
            observer.reply_began(held.session)

    def _ended(self, held: OpenSession, answer: Message, account: Account) -> None:
        stopped_by_user = answer.status is Status.STOPPED and answer.error is None
        seen = self._front is not None and self._front.id == held.id
        if not seen and not stopped_by_user and not self._closing:
            self._news[held.id] = self._news.pop(held.id, None)
        for observer in self._observers:
            observer.reply_ended(held.session, answer)
        self._pool.release_unused()
        if self._closing:
            return
        self._pool.settle(account, held.session, answer)
        if held.queued and answer.status in {Status.COMPLETE, Status.LENGTH}:
            asyncio.get_running_loop().call_soon(self._send_queued, held)  # when all were told of this end
        elif text := held.take_queued():
            self._tell_queue_returned(held.session, text)
        self._trim()

    def _send_queued(self, held: OpenSession) -> None:
        if not held.session.running and not self._closing and (text := held.take_queued()):
            for observer in self._observers:
                observer.queue_sent(held.session, text)
            held.session.send(text)

    async def _note_spent(self, session: Session, answer: Message, spent: float) -> None:
        """Record the cost of a stopped answer, known from the balance."""
        if answer.status is not Status.STOPPED or answer.timing is None:
            return
        session = self.session_of(session.conversation.id) or session  # it may have been reloaded
        answer = replace(answer, timing=replace(answer.timing, spent=spent))
        session.conversation.put(answer)
        for observer in self._observers:
            observer.message_changed(session, answer)
        with suppress(StoreError):  # the journal reports it and tries again
            await self._services.store.journal.begin(session.conversation, answer)

    def _tell_queue_returned(self, session: Session, text: str) -> None:
        for observer in self._observers:
            observer.queue_returned(session, text)

    def _tell_balance(self, account: Account) -> None:
        for observer in self._observers:
            observer.balance_changed(account)
