"""What the interface is given: the parts that reach the network and the disk, put together elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from neurotui.chat import session
from neurotui.chat.conversation import Conversation
from neurotui.errors import ConfigurationError
from neurotui.store.store import Store


class Client(session.Client, Protocol):
    """The network, as a screen needs it."""

    async def warm(self) -> None:
        """Opens a connection before it is needed. Silent on failure."""

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


@dataclass(frozen=True, slots=True)
class Backend:
    """The parts."""

    server: Server
    demo: Callable[[], Server]
    """Makes the embedded endpoint, for those who have no key yet."""
    store: Store
    """Conversations, past and present."""
    exports: Path
    """The folder where transcripts are offered to be written."""
    conversation: Conversation | None = None
    """The one to go on with."""
