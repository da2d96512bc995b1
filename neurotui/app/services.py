"""Everything that an interface is built from: accounts, store, settings, folders, clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from neurotui.app.accounts import SETTLING, Account, Accounts
from neurotui.app.clock import Clock
from neurotui.settings.file import SettingsFile

if TYPE_CHECKING:
    from neurotui.chat.conversation import Conversation
    from neurotui.store.store import Store


@dataclass(frozen=True, slots=True)
class Places:
    """The user's folders; None if the system has none."""

    exports: Path
    """Default folder for transcripts."""
    data: Path | None = None
    """Folder of the conversations."""
    state: Path | None = None
    """Folder of the log, and of what is remembered of the terminal."""


@dataclass(frozen=True, slots=True)
class Services:
    """The services that an interface and its features use; assembled once, at the start."""

    account: Account
    """The account to begin with."""
    demo: Callable[[], Account]
    """Factory of an account of the embedded endpoint, for users who have no key yet."""
    store: Store
    """Conversations, past and present."""
    places: Places
    accounts: Accounts
    """The accounts to choose from."""
    settings: SettingsFile = field(default_factory=SettingsFile)
    first_run: bool = False
    """True if nothing was configured yet."""
    conversation: Conversation | None = None
    """The conversation to begin with; None for a new one."""
    server_flag: bool = False
    """True if a flag of this start names the server."""
    model_flag: str = ""
    """The model that a flag of this start names; empty if none does."""
    settling: float = SETTLING
    """Time after an answer until its server has billed it (seconds)."""
    clock: Clock = field(default_factory=Clock)
    """Clock for all measurements."""
