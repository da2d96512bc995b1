"""What features wait for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from neurotui.chat.conversation import Message


@dataclass(frozen=True, slots=True)
class Moments:
    """Moments in the life of a pane, and who is called then, in this order."""

    ready: list[Callable[[], object]] = field(default_factory=list)
    """All is loaded."""
    shown: list[Callable[[], object]] = field(default_factory=list)
    """A conversation is shown from its beginning."""
    account: list[Callable[[], object]] = field(default_factory=list)
    """The account or the model that is talked to may be another one."""
    sent: list[Callable[[], object]] = field(default_factory=list)
    """A message is about to be sent from the input."""
    began: list[Callable[[], object]] = field(default_factory=list)
    """An answer begins."""
    ended: list[Callable[[Message, bool], object]] = field(default_factory=list)
    """An answer has ended; True if something new stood in the input then."""
    translated: list[Callable[[], object]] = field(default_factory=list)
    """Another language is in use."""
    found: list[Callable[[str, str], Awaitable[None]]] = field(default_factory=list)
    """A message is shown that was found by words; called with the words and its id."""
