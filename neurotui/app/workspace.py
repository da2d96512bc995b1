"""The conversations that are open, each with its session: looked at, running, or at rest.

Opening, leaving, and choosing another account or model never stop what runs: `stop` of a session, `close`,
and the end of the program do. A conversation that is open is given as it is, with its reply and its branch,
and not read from disk again. At rest at most `RESTING` stay in memory; the least lately seen goes first.
What runs, has a message waiting, or is not on disk stays.

A reply that runs goes on with the client it has. An account is closed when no conversation uses it any more
and its last reply has ended.
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
from neurotui.app.participants import Participants
from neurotui.app.services import Services
from neurotui.app.workspace_observer import WorkspaceObserver as WorkspaceObserver
from neurotui.chat.conversation import Conversation, Message, Status
from neurotui.chat.session import Session, Spawn
from neurotui.errors import StoreError
from neurotui.settings.config import Profile
from neurotui.settings.credentials import DEFAULT_MODEL

RESTING = 8
"""Number of conversations at rest that stay in memory."""


class Workspace:
    """The sessions that are open. Its methods belong to the event loop."""

    def __init__(
        self, services: Services, *, spawn: Spawn = asyncio.ensure_future, settling: float = SETTLING
    ) -> None:
        """A reply runs where `spawn` puts it; `settling` is the seconds in which a server writes a bill."""
        self._services = services
        self._spawn = spawn
        self._participants = Participants(services.account, services.settings)
        self._ledger = Ledger(lambda: services.settings.settings, services.store.spending)
        self._held: dict[str, OpenSession] = {}
        """By conversation, the least lately seen first."""
        self._front: OpenSession | None = None
        self._news: dict[str, None] = {}
        self._observers: tuple[WorkspaceObserver, ...] = ()
        self._pool = AccountPool(self._used, self._tell_balance, self._note_spent, settling)
        self._closing = False

    def subscribe(self, observer: WorkspaceObserver) -> Callable[[], None]:
        """Tell an observer of all that happens from now on; return the way to end that."""
        self._observers = (*self._observers, observer)

        def unsubscribe() -> None:
            self._observers = tuple(other for other in self._observers if other is not observer)

        return unsubscribe

    # Sessions

    @property
    def sessions(self) -> list[Session]:
        """All that are open, the least lately seen first."""
        return [held.session for held in self._held.values()]

    @property
    def running(self) -> list[Session]:
        """Those in which an answer is on its way."""
        return [session for session in self.sessions if session.running]

    @property
    def news(self) -> list[str]:
        """Ids of the conversations in which an answer has ended that nobody has looked at, oldest first."""
        return list(self._news)

    @property
    def front(self) -> Session | None:
        """The one that is looked at. To set it is to have seen it; a blank one that is left is closed."""
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
        """Return the next session that runs or has news, from the least lately seen on; None if none does."""
        wanted = [
            held.session for held in self._held.values() if held.session.running or held.id in self._news
        ]
        return next((session for session in wanted if session is not after), None)

    def session_of(self, conversation_id: str) -> Session | None:
        """Return the session of a conversation; None if that is not open."""
        held = self._held.get(conversation_id)
        return held.session if held is not None else None

    async def open(self, conversation_id: str, message_id: str = "") -> Session | None:
        """Return the session of a conversation, read from disk unless it is open; None if there is none.

        If it is open but lacks the message, what another window has added is read. Raises StoreError.
        """
        session = self.session_of(conversation_id)
        if session is not None and message_id in {"", *session.conversation.messages}:
            return session
        found = await asyncio.to_thread(self._services.store.library.open, conversation_id)
        if found is None:
            return session
        session = self.hold(found)
        if session.conversation is not found:
            merge(session, found)
        return session

    def new(self) -> Session:
        """Begin a conversation."""
        return self.hold(Conversation(system_prompt=self._services.settings.settings.system_prompt))

    def hold(self, conversation: Conversation) -> Session:
        """Return the session of a conversation that is in memory; that of one that is open as it is."""
        if (session := self.session_of(conversation.id)) is not None:
            return session
        held = OpenSession(
            conversation,
            self._services,
            self._participants,
            self._ledger,
            self._spawn,
            self._began,
            self._ended,
        )
        self._held[held.id] = held
        for observer in self._observers:
            observer.session_added(held.session)
        self._trim()
        return held.session

    async def reload(self, conversation_id: str) -> Session | None:
        """Read a conversation again, after a message was deleted from it on disk; stop what runs there.

        Return the session that takes the place of the former one. Raises StoreError.
        """
        while True:
            if (session := self.session_of(conversation_id)) is not None:
                await session.stop()  # before: its end is to be read too
            found = await asyncio.to_thread(self._services.store.library.open, conversation_id)
            held = self._held.get(conversation_id)
            if held is None or not held.session.running:  # else something was asked meanwhile
                break
        if held is not None:
            self._remove(held)
        return self.hold(found) if found is not None else None

    async def close(self, session: Session) -> None:
        """Stop what runs in a session, and forget it with all that was chosen for it."""
        await session.stop()
        if self.session_of(session.conversation.id) is session:
            self._news.pop(session.conversation.id, None)
            self._remove(self._holding(session))
            self._participants.forget(session.conversation.id)
            self._pool.release_unused()

    async def stop_all(self) -> None:
        """Stop all that runs, each once; return when all ends are on disk."""
        await asyncio.gather(*(session.stop() for session in self.running))

    async def aclose(self) -> None:
        """Stop all that runs, and close all accounts; what waits is not sent any more."""
        self._closing = True
        await self.stop_all()
        await self._pool.aclose()

    # A message that waits for the end of an answer

    def queue(self, session: Session, text: str) -> None:
        """Send a message when the running answer has ended well; an empty one takes it back."""
        self._holding(session).queued = text

    def queued(self, session: Session) -> str:
        """Return the message that waits; empty if none does."""
        return self._holding(session).queued

    # Accounts and models

    @property
    def account(self) -> Account:
        """The one that new conversations begin with."""
        return self._participants.account

    def account_of(self, session: Session) -> Account:
        """Return the account that the next message of a session goes to."""
        return self._holding(session).account

    def use(self, account: Account) -> None:
        """Go on with an account in new conversations, and in all for which no other was chosen.

        Nothing of the demo goes to a real server: a conversation that was held with one of them stays there.
        """
        for held in self._held.values():
            if held.account.is_demo is not account.is_demo and not held.is_blank:
                self._participants.keep(held.id)
        self._participants.use(account)
        self._assign()

    async def use_profile(self, profile: str) -> Account:
        """Go on with the account of a profile as it is set and keyed now. Raises ConfigurationError."""
        account = await asyncio.to_thread(self._services.accounts.account, profile)
        self.use(account)
        return account

    def use_model(self, session: Session, model: str) -> None:
        """Go on with a model in a session and wherever its account is used; the settings are not saved."""
        self._participants.use_model(session.conversation.id, model)
        self._assign()
        if profile := self.account_of(session).profile:
            self._services.settings.change(("profiles", profile, "model"), model)

    def choose(self, session: Session, *, account: Account | None = None, model: str = "") -> None:
        """Go on with an account, with a model, or with both, in one conversation alone."""
        self._participants.choose(session.conversation.id, account, model)
        self._assign()

    async def take_over(self, key: tuple[str, ...]) -> None:
        """Let a setting that was changed hold in what is open. Raises ConfigurationError."""
        settings = self._services.settings.settings
        profiles = {account.profile for account in self._participants.accounts}
        match key:
            case ("profile",):
                await self.use_profile(settings.active_profile)
            case ("profiles", profile, "base_url" | "key_command") if profile in profiles:
                account = await asyncio.to_thread(self._services.accounts.account, profile)
                self._participants.renew(account)
            case ("profiles", profile, "model") if profile in profiles:
                model = settings.profiles.get(profile, Profile()).model or DEFAULT_MODEL
                for account in self._participants.accounts:
                    if account.profile == profile:
                        account.model = model
            case ("system_prompt",):
                for held in self._held.values():
                    if held.is_blank:
                        held.session.conversation.system_prompt = settings.system_prompt
        self._assign()

    def warm(self, session: Session) -> None:
        """Open a connection for the next message of a session, beside what else is done."""
        self._pool.warm(self.account_of(session))

    # Internals

    def _holding(self, session: Session) -> OpenSession:
        held = self._held[session.conversation.id]
        assert held.session is session, "this session was closed"
        return held

    def _remove(self, held: OpenSession) -> None:
        del self._held[held.id]
        if held is self._front:
            self._front = None
        if held.is_blank:
            self._participants.forget(held.id)
        elif held.account.is_demo:
            self._participants.keep(held.id)  # opened again, it must not go to a real server
        held.unsubscribe()
        for observer in self._observers:
            observer.session_removed(held.session)
        self._pool.release_unused()

    def _trim(self) -> None:
        """Let go of what was not seen for longest, where more is at rest than stays in memory."""
        resting = [held for held in self._held.values() if not held.session.running and not held.queued]
        surplus = len(resting) - RESTING
        if surplus <= 0:
            return
        stays = {conversation.id for conversation in self._services.store.journal.unsaved}
        stays |= {held.id for held in (self._front, resting[-1]) if held is not None}
        for held in [held for held in resting if held.id not in stays][:surplus]:
            self._remove(held)

    def _assign(self) -> None:
        """Have the next message of each session answered by who is to answer it now."""
        for held in self._held.values():
            held.account = self._participants.account_of(held.id)
            participant = self._participants.participant_of(held.id)
            if participant != held.session.participant:
                held.session.participant = participant
                for observer in self._observers:
                    observer.participant_changed(held.session)
        self._pool.release_unused()

    def _used(self) -> set[Account]:
        return self._participants.accounts | {held.account for held in self._held.values()}

    def _began(self, held: OpenSession) -> None:
        for observer in self._observers:
            observer.reply_began(held.session)

    def _ended(self, held: OpenSession, answer: Message, account: Account) -> None:
        stopped_by_user = answer.status is Status.STOPPED and answer.error is None
        if held is not self._front and not stopped_by_user and not self._closing:
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
            for observer in self._observers:
                observer.queue_returned(held.session, text)
        self._trim()

    def _send_queued(self, held: OpenSession) -> None:
        if not held.session.running and not self._closing and (text := held.take_queued()):
            for observer in self._observers:
                observer.queue_sent(held.session, text)
            held.session.send(text)

    async def _note_spent(self, session: Session, answer: Message, spent: float) -> None:
        """Write down what a stopped answer cost by the balance."""
        if answer.status is not Status.STOPPED or answer.timing is None:
            return
        session = self.session_of(session.conversation.id) or session  # it may have been read again
        answer = replace(answer, timing=replace(answer.timing, spent=spent))
        session.conversation.put(answer)
        for observer in self._observers:
            observer.message_changed(session, answer)
        with suppress(StoreError):  # the journal tells of it, and tries again
            await self._services.store.journal.begin(session.conversation, answer)

    def _tell_balance(self, account: Account) -> None:
        for observer in self._observers:
            observer.balance_changed(account)
