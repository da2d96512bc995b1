"""Everything that a face is built from: accounts, store, settings, places, clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from neurotui.app.accounts import SETTLING, Account, Accounts
from neurotui.settings.file import SettingsFile

if TYPE_CHECKING:
    from neurotui.chat.conversation import Conversation
    from neurotui.store.store import Store


@dataclass(frozen=True, slots=True)
class Places:
    """The folders that belong to the user; None where the system names none."""

    exports: Path
    """Where transcripts are offered to be written."""
    data: Path | None = None
    """Where conversations are kept."""
    state: Path | None = None
    """Where the log is kept."""


@dataclass(frozen=True, slots=True)
class Services:
    """What a face and its features are given; put together once, at the start."""

    account: Account
    """The one to begin with."""
    demo: Callable[[], Account]
    """Make an account of the embedded endpoint, for those who have no key yet."""
    store: Store
    """Conversations, past and present."""
    places: Places
    accounts: Accounts
    """The accounts to choose from."""
    settings: SettingsFile = field(default_factory=SettingsFile)
    first_run: bool = False
    """True if nothing was configured yet."""
    conversation: Conversation | None = None
    """The one to begin with; None for a new one."""
    settling: float = SETTLING
    """Seconds after an answer in which its server writes the bill."""
    clock: Callable[[], float] = time.monotonic
    """Seconds, for all that is measured."""
