"""What the interface is given: the parts that reach the network and the disk, put together elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from neurotui.chat import session
from neurotui.chat.conversation import Conversation
from neurotui.errors import ConfigurationError
from neurotui.settings.api_keys import KeyPlace
from neurotui.settings.file import SettingsFile

if TYPE_CHECKING:
    from neurotui.store.store import Store


class Model(Protocol):
    """What a server tells of a model."""

    @property
    def id(self) -> str:
        """The name to ask for it by."""

    @property
    def name(self) -> str:
        """A name for people, where there is one."""

    @property
    def owner(self) -> str:
        """Whose model it is, where that is told."""

    @property
    def context_length(self) -> int | None:
        """In tokens, where that is told."""

    @property
    def for_chat(self) -> bool:
        """Whether it answers in text, as far as is told."""


class Balance(Protocol):
    """What a server tells of the money of a key, in US dollars."""

    @property
    def used(self) -> float:
        """What was spent."""

    @property
    def remaining(self) -> float | None:
        """What is left; None for a key without a limit."""


class Client(session.Client, Protocol):
    """The network, as a screen needs it."""

    async def warm(self) -> None:
        """Opens a connection before it is needed. Silent on failure."""

    async def models(self) -> Sequence[Model]:
        """The models of the key. Raises NeurotuiError."""

    async def balance(self) -> Balance | None:
        """What was spent and what is left; None where the server does not tell."""

    async def aclose(self) -> None:
        """Closes what is open."""


@dataclass(frozen=True, slots=True)
class Server:
    """Who is talked to: a model at a host."""

    client: Client
    model: str
    host: str
    """As it is shown."""
    trouble: ConfigurationError | None = None
    """Why nothing can be sent, where that is known before."""
    profile: str = ""
    """The profile of the settings that it belongs to, if it does."""
    unprotected: bool = False
    """Whether key and conversation cross a network in the clear."""
    is_demo: bool = False
    """Whether it is the embedded endpoint."""


class Accounts(Protocol):
    """The servers that the user has, and the way to one more. Raises ConfigurationError."""

    def profiles(self) -> Sequence[str]:
        """The names of those there are."""

    def server(self, profile: str) -> Server:
        """The server of a profile."""

    def draft(self, base_url: str, key: str) -> Server:
        """A server by what was typed, to be tried; an empty address is NeuroAPI's."""

    def keep(self, profile: str, base_url: str, key: str, place: KeyPlace, model: str) -> Server:
        """Makes a profile of what was tried, and the one in use; the settings are not saved by it.

        An empty key or model leaves the old one. Blocks.
        """


@dataclass(frozen=True, slots=True)
class Services:
    """The parts."""

    server: Server
    demo: Callable[[], Server]
    """Makes the embedded endpoint, for those who have no key yet."""
    store: Store
    """Conversations, past and present."""
    exports: Path
    """The folder where transcripts are offered to be written."""
    accounts: Accounts
    """The servers to choose from."""
    settings: SettingsFile = field(default_factory=SettingsFile)
    """What is set."""
    first_run: bool = False
    """Whether nothing was configured yet."""
    conversation: Conversation | None = None
    """The one to go on with."""
