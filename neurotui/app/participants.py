"""Who answers in which conversation: the account and the model.

What was chosen for a conversation alone comes first, then the account that new ones begin with, with its
model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from neurotui.app.accounts import Account
from neurotui.chat.session import Participant
from neurotui.settings.file import SettingsFile


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for one conversation alone."""

    account: Account | None = None
    model: str = ""
    """Empty for the one that the account begins with."""


class Participants:
    """The account in use, and what was chosen in its place."""

    def __init__(self, account: Account, settings: SettingsFile) -> None:
        self.account = account
        """The one that new conversations begin with."""
        self._settings = settings
        self._choices: dict[str, Choice] = {}
        """By conversation."""

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
        """Begin with an account from now on.

        A model that was chosen without an account is forgotten: its name means something to one server alone.
        """
        self.renew(account)
        for conversation_id, choice in list(self._choices.items()):
            if choice.account is None:
                del self._choices[conversation_id]
        self.account = account

    def renew(self, account: Account) -> None:
        """Put an account in the place of those of its profile, which have another key or address."""
        if not account.profile:
            return
        if self.account.profile == account.profile:
            self.account = account
        for conversation_id, choice in self._choices.items():
            if choice.account is not None and choice.account.profile == account.profile:
                self._choices[conversation_id] = replace(choice, account=account)

    def use_model(self, conversation_id: str, model: str) -> None:
        """Go on with a model in a conversation, and begin with it wherever its account is used."""
        account = self.account_of(conversation_id)
        account.model = model
        choice = self._choices.pop(conversation_id, Choice())
        if choice.account is not None:
            self._choices[conversation_id] = replace(choice, model="")

    def choose(self, conversation_id: str, account: Account | None, model: str) -> None:
        """Go on with a model in one conversation alone; with another account, if one is given."""
        former = self._choices.get(conversation_id, Choice())
        self._choices[conversation_id] = Choice(account or former.account, model)

    def keep(self, conversation_id: str) -> None:
        """Let a conversation stay with who answers there now, whatever is used from now on."""
        model = self.participant_of(conversation_id).model
        self.choose(conversation_id, self.account_of(conversation_id), model)

    def forget(self, conversation_id: str) -> None:
        """Forget what was chosen for a conversation."""
        self._choices.pop(conversation_id, None)
