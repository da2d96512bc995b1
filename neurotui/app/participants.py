"""Who answers in which conversation: the account and the model.

A conversation goes on with the server and the model that it is marked with: those that were chosen in it or
answered there last. New ones begin with the account in use and its model. One that has no mark, from a time
when none was kept, goes on with the account in use and the model of its last answer.

Nothing of a real server goes to the demo or into a recording, nor the other way round. The servers of a kind
are reached only where one of them was chosen since the start: with `--demo` alone, no network is used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neurotui.app.accounts import DEMO_MODEL, Account, Accounts, unusable_account
from neurotui.app.commands import find
from neurotui.app.server_refs import DEMO, RECORDING, ServerRef
from neurotui.chat.conversation import Conversation, Message, Status
from neurotui.chat.participant import Participant
from neurotui.chat.ports import Journal
from neurotui.errors import (
    ConfigurationError,
    HeldWithDemo,
    HeldWithServer,
    ProfileUnknown,
    ServerGone,
    ServerMoved,
    StoreError,
)
from neurotui.settings.config import Profile
from neurotui.settings.credentials import DEFAULT_MODEL, Credentials
from neurotui.settings.file import SettingsFile

if TYPE_CHECKING:
    from neurotui.app.accounts import Blobs


@dataclass(frozen=True, slots=True)
class Contender:
    """One of several who are asked the same: a model, and the account that it is asked at."""

    account: Account
    model: str


class Participants:
    """The account in use, and all others that a conversation was held with since the start."""

    def __init__(
        self,
        account: Account,
        accounts: Accounts,
        settings: SettingsFile,
        journal: Journal,
        blobs: Blobs | None = None,
    ) -> None:
        """`account` is the one of this start; what is chosen is written to `journal`.

        `blobs` has the bytes of the files that are sent.
        """
        self.account = account
        """The one that new conversations begin with."""
        self._accounts = accounts
        self._settings = settings
        self._journal = journal
        self._blobs = blobs
        self._known = {account.ref.key: account}
        """By profile, or where they have none, by server."""
        self._left: set[tuple[str, tuple[str, str]]] = set()
        """Profiles with the servers that were theirs before they got another address here."""
        self._unusable: dict[ServerRef, Account] = {}
        """Those of conversations that nothing can be sent in."""
        self._writing: set[asyncio.Task[None]] = set()

    def known_accounts(self) -> set[Account]:
        """Return all that were used since the start, as their profiles are now."""
        return {self.account, *self._known.values()}

    async def prepare(self, conversation: Conversation) -> None:
        """Make the account of a conversation that is to be opened: files are read beside the event loop."""
        ref = self._ref_of(conversation)
        if ref is not None and self._found(ref) is None:
            account = await asyncio.to_thread(self._make, ref)
            if self._found(ref) is None:
                self._take(ref, account)

    def account_of(self, conversation: Conversation) -> Account:
        """Return the account that the next message of a conversation goes to.

        Where nothing can be sent, its trouble tells why.
        """
        ref = self._ref_of(conversation)
        if ref is None:
            return self.account
        return self._found(ref) or self._take(ref, self._make(ref))

    def account_of_fork(self, conversation: Conversation) -> Account:
        """Return the account that a fork goes on with: the same, unless nothing can be sent there."""
        account = self.account_of(conversation)
        return self.account if account in self._unusable.values() else account

    def participant_of(self, conversation: Conversation, contender: Contender | None = None) -> Participant:
        """Return who answers the next message of a conversation, or the contender in that one's place."""
        if contender is None:
            account, model = self.account_of(conversation), conversation.chosen_model
            if not model and not conversation.profile:
                model = _last_model(conversation)
            contender = Contender(account, model or account.model)
        account = contender.account
        account.client.blobs = self._blobs
        return Participant(
            account.client,
            contender.model,
            stream=self._settings.settings.stream,
            profile=account.profile,
            takes=account.takes(contender.model),
            draws=account.draws_alone(contender.model),
            server="" if account.trouble is not None else account.ref.mark,
        )

    def use(
        self, account: Account, front: Conversation | None = None, others: Iterable[Conversation] = ()
    ) -> None:
        """Begin with an account from now on, and go on with it in one conversation; others keep theirs.

        Nothing of the demo goes to a real server: a conversation that was held with one of them stays there.
        """
        self._keep(others)
        self.renew(account)
        self.account = account
        if front is None or not _may_go(front, account):
            return
        if front.messages:
            self.choose(front, account)
        else:
            front.profile = front.chosen_model = ""

    def use_model(self, model: str, conversation: Conversation, others: Iterable[Conversation] = ()) -> None:
        """Go on with a model in a conversation, and begin with it where its account is used.

        Other conversations keep theirs.
        """
        self._keep(others)
        account = self.account_of(conversation)
        account.model = model
        if account is self.account and not conversation.messages:
            conversation.profile = conversation.chosen_model = ""
        else:
            self.choose(conversation, model=model)

    async def take_over(self, key: tuple[str, ...]) -> None:
        """Let a setting of a profile that was changed hold in what is open. Raises ConfigurationError."""
        known = {account.profile: account for account in self.known_accounts()}
        match key:
            case ("profiles", profile, "base_url" | "key_command") if profile in known:
                self.renew(await asyncio.to_thread(self._accounts.account, profile))
            case ("profiles", profile, "model") if profile in known:
                stored = self._settings.settings.profiles.get(profile, Profile())
                known[profile].model = stored.model or DEFAULT_MODEL
        self._unusable.clear()  # they may be usable now

    def renew(self, account: Account) -> None:
        """Put an account in the place of that of its profile, which has another key or address."""
        ref = account.ref
        former = self._known.get(ref.key)
        if former is not None and former.ref.server != ref.server:
            self._left.add((ref.profile, former.ref.server))
        if self.account.ref.key == ref.key:
            self.account = account
        self._known[ref.key] = account
        self._unusable.clear()

    def choose(self, conversation: Conversation, account: Account | None = None, model: str = "") -> None:
        """Go on with an account, with a model, or with both, in one conversation alone.

        Nothing changes where the conversation must not go to that account.
        """
        account = account or self.account_of(conversation)
        if account in self._unusable.values():
            conversation.chosen_model = model  # for the server that it had
            return
        if not _may_go(conversation, account):
            return
        ref = account.ref
        if not model and ServerRef.read(conversation.profile).key == ref.key:
            model = conversation.chosen_model  # a name means something to one server alone
        self._known.setdefault(ref.key, account)
        conversation.profile = ref.mark
        conversation.chosen_model = model or (account.model if conversation.messages else "")
        if conversation.messages:
            self._remember(conversation)

    # Internals

    def _keep(self, conversations: Iterable[Conversation]) -> None:
        """Let conversations stay with who answers there now, whatever is used from now on."""
        for conversation in conversations:
            if not conversation.profile and conversation.messages:
                self.choose(conversation, model=self.participant_of(conversation).model)

    def _remember(self, conversation: Conversation) -> None:
        """Have what was chosen in a conversation written."""

        async def write() -> None:
            with suppress(StoreError):  # the journal tells of it, and tries again
                await self._journal.begin(conversation)

        task = asyncio.get_running_loop().create_task(write())
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    def _ref_of(self, conversation: Conversation) -> ServerRef | None:
        """Return the server that a conversation stays with; None for the account in use."""
        if conversation.profile:
            return ServerRef.read(conversation.profile)
        kind = kind_of(conversation)
        if kind is None or kind == self.account.ref.kind:
            return None
        same_kind = (account.ref for account in self._known.values() if account.ref.kind == kind)
        return next(same_kind, ServerRef(address=kind))

    def _found(self, ref: ServerRef) -> Account | None:
        """Return the account of a server, if it was made already."""
        account = self._known.get(ref.key)
        if account is not None:
            is_there = ref.server == account.ref.server or not ref.address or not account.address
            if is_there or (ref.profile, ref.server) in self._left:
                return account
        return self._unusable.get(ref)

    def _take(self, ref: ServerRef, account: Account) -> Account:
        if refusal(account) is not None:
            self._unusable[ref] = account
        else:
            self._known[ref.key] = account
        return account

    def _make(self, ref: ServerRef) -> Account:
        """Make the account of a server that is not known yet. Reads files."""
        if all(account.ref.kind != ref.kind for account in self.known_accounts()):
            return _unusable(ref, (HeldWithDemo if ref.kind == DEMO else HeldWithServer)(**_keys()))
        known = self._known.get(ref.key)
        if known is None and ref.profile:
            try:
                known = self._accounts.account(ref.profile)
            except ProfileUnknown:
                pass
            except ConfigurationError as error:
                return unusable_account(Credentials(profile=ref.profile), error)
        if known is not None and (known.ref.server == ref.server or not ref.address):
            return known
        name = ref.profile or ref.server[1]
        if known is None:
            return _unusable(ref, ServerGone(name=name, **_keys()))
        return _unusable(ref, ServerMoved(name=name, host=known.host, **_keys()))


def refusal(account: Account) -> ConfigurationError | None:
    """Return why nothing can be asked at the account of a conversation, which can be read and forked alone.

    None if it can be tried, even if a key is missing: that can be added.
    """
    is_final = isinstance(account.trouble, ServerGone | HeldWithDemo | HeldWithServer)
    return account.trouble if is_final else None


def kind_of(conversation: Conversation) -> str | None:
    """Return the kind of server that a conversation was held with; None if it may go to any."""
    ref = ServerRef.read(conversation.profile)
    if not conversation.messages:
        return RECORDING if ref.kind == RECORDING else None
    if conversation.profile:
        return ref.kind
    return DEMO if _last_model(conversation) == DEMO_MODEL else ""


def take_flags(conversation: Conversation, account: Account, *, server: bool, model: str) -> None:
    """Let the flags of this start change the conversation that it opens: the server, the model, or both.

    What was held with the demo is not changed by a real server, nor the other way round.
    """
    if not _may_go(conversation, account) or (account.trouble is not None and not account.address):
        return
    if server or (model and not conversation.profile):
        is_same = ServerRef.read(conversation.profile).key == account.ref.key
        former = conversation.chosen_model if is_same else ""
        conversation.profile = account.ref.mark
        conversation.chosen_model = model or former or account.model
    elif model:
        conversation.chosen_model = model


def _may_go(conversation: Conversation, account: Account) -> bool:
    kind = kind_of(conversation)
    return kind is None or kind == account.ref.kind


def _last_model(conversation: Conversation) -> str:
    """Return the model that answered last, by the name it was asked by.

    Empty if none did, and if another program has asked.
    """
    message: Message | None = conversation.messages.get(conversation.leaf_id or "")
    while message is not None:
        if message.timing is not None and message.status is not Status.FAILED:
            return (message.bill.asked_model if message.bill is not None else "") or message.model
        message = conversation.messages.get(message.parent_id or "")
    return ""


def _keys() -> dict[str, Any]:
    """Return the keys of what helps, for the hints."""
    return {"server": find("server").key, "fork": find("fork").key}


def _unusable(ref: ServerRef, trouble: ConfigurationError) -> Account:
    account = unusable_account(Credentials(profile=ref.profile), trouble)
    account.host = ref.profile or ref.server[1] or ref.address.rstrip(":")
    return account
