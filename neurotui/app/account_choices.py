"""Accounts and models that the open conversations go on with, as they are chosen."""

from __future__ import annotations

import asyncio

from neurotui.app.account_pool import AccountPool
from neurotui.app.accounts import Account
from neurotui.app.money.ledger import Ledger
from neurotui.app.open_sessions import OpenSessions
from neurotui.app.participants import Participants
from neurotui.app.services import Services
from neurotui.app.workspace_observer import Observers
from neurotui.chat.conversation import Conversation
from neurotui.chat.session import Session


class AccountChoices:
    """The part of the workspace that chooses. Call its methods on the event loop only."""

    _services: Services
    _participants: Participants
    _open: OpenSessions
    _observers: Observers
    _pool: AccountPool
    _ledger: Ledger

    @property
    def account(self) -> Account:
        """The account that new conversations begin with."""
        return self._participants.account

    @property
    def accounts(self) -> set[Account]:
        """The accounts that some message may go to."""
        held = {each.account for held in self._open for each in held.all}
        return {self._participants.account, *held}

    def account_of(self, session: Session) -> Account:
        """Return the account that the next message of a session goes to."""
        return self._open.of(session).account

    def account_of_fork(self, session: Session) -> Account:
        """Return the account that a fork of a session goes on with: its own, if it can be used."""
        return self._participants.account_of_fork(session.conversation)

    def use(self, account: Account) -> None:
        """Go on with an account in the conversation that is looked at, and in those to come.

        Nothing of the demo goes to a real server: a conversation that was held with either stays there.
        """
        front = self._open.front
        conversation = front.session.conversation if front is not None else None
        self._participants.use(account, conversation, self._conversations)
        self.assign()

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
        self.assign()
        if (profile := self.account_of(session).profile) in self._services.accounts.profiles():
            self._services.settings.change(("profiles", profile, "model"), model)

    def choose(self, session: Session, *, account: Account | None = None, model: str = "") -> None:
        """Go on with an account, with a model, or with both, in one conversation alone."""
        self._participants.choose(session.conversation, account, model)
        self.assign()

    async def take_over(self, key: tuple[str, ...]) -> None:
        """Apply a changed setting to the open conversations. Raises ConfigurationError."""
        settings = self._services.settings.settings
        match key:
            case ("profile",):
                await self.use_profile(settings.active_profile)
            case ("system_prompt",):
                for held in self._open:
                    if held.is_blank:
                        held.session.conversation.system_prompt = settings.system_prompt
        await self._participants.take_over(key)
        front = self._open.front
        if front is not None and key == ("profiles", front.account.profile, "model"):
            self._participants.choose(front.session.conversation, model=front.account.model)
        self.assign()

    def assign(self) -> None:
        """Update the account and the model of each session to the current choices, and to what is known."""
        for held in self._open:
            conversation = held.session.conversation
            held.account = self._participants.account_of(conversation)
            self._ledger.prices.meet(held.account)
            participant = self._participants.participant_of(conversation)
            if participant != held.session.participant:
                held.session.participant = participant
                self._observers.participant_changed(held.session)
        self._pool.release_unused()

    def warm(self, session: Session) -> None:
        """Open a connection for the next message of a session, in the background."""
        self._pool.warm(self.account_of(session))

    # Internals

    @property
    def _conversations(self) -> list[Conversation]:
        return [held.session.conversation for held in self._open]
