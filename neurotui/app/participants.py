"""The account and the model that answer in each conversation.

A choice for one conversation alone comes first, then the account that new conversations begin with, and its
model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from neurotui.app.accounts import Account
from neurotui.chat.session import Participant
from neurotui.settings.file import SettingsFile


@dataclass(frozen=True, slots=True)
class Choice:
    """The account and the model chosen for one conversation alone."""

    account: Account | None = None
    model: str = ""
    """Empty for the model of the account."""


class Participants:
    """The account in use, and the choices for single conversations."""

    def __init__(self, account: Account, settings: SettingsFile) -> None:
        self.account = account
        """The account that new conversations begin with."""
        self._settings = settings
        self._choices: dict[str, Choice] = {}
        """By id of the conversation."""

    @property
    def accounts(self) -> set[Account]:
        """All accounts that the next message of some conversation may go to, open or not."""
        chosen = (choice.account for choice in self._choices.values())
        return {self.account, *(account for account in chosen if account is not None)}

    def account_of(self, conversation_id: str) -> Account:
        """Return the account that the next message of a conversation goes to."""
        return self._choices.get(conversation_id, Choice()).account or self.account

    def participant_of(self, conversation_id: str) -> Participant:
        """Return who answers the next message of a conversation."""
        choice, account = self._choices.get(conversation_id, Choice()), self.account_of(conversation_id)
        stream = self._settings.settings.stream
        return Participant(
            account.client, choice.model or account.model, stream=stream, profile=account.profile
        )

    def use(self, account: Account) -> None:
        """Begin new conversations with an account from now on.

        A model that was chosen without an account is forgotten, because its name belongs to the old server.
        """
        self.renew(account)
        for conversation_id, choice in list(self._choices.items()):
            if choice.account is None:
                del self._choices[conversation_id]
        self.account = account

    def renew(self, account: Account) -> None:
        """Replace the accounts of the same profile, whose key or address is out of date."""
        if not account.profile:
            return
        if self.account.profile == account.profile:
            self.account = account
        for conversation_id, choice in self._choices.items():
            if choice.account is not None and choice.account.profile == account.profile:
                self._choices[conversation_id] = replace(choice, account=account)

    def use_model(self, conversation_id: str, model: str) -> None:
        """Use a model in a conversation, and wherever its account is used without another choice."""
        account = self.account_of(conversation_id)
        account.model = model
        choice = self._choices.pop(conversation_id, Choice())
        if choice.account is not None:
            self._choices[conversation_id] = replace(choice, model="")

    def choose(self, conversation_id: str, account: Account | None, model: str) -> None:
        """Use a model, and an account if one is given, in one conversation alone."""
        former = self._choices.get(conversation_id, Choice())
        self._choices[conversation_id] = Choice(account or former.account, model)

    def keep(self, conversation_id: str) -> None:
        """Pin a conversation to its current account and model, whatever is used elsewhere later."""
        model = self.participant_of(conversation_id).model
        self.choose(conversation_id, self.account_of(conversation_id), model)

    def forget(self, conversation_id: str) -> None:
        """Forget the choice for a conversation."""
        self._choices.pop(conversation_id, None)
