"""The moments in the life of a pane that features wait for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from neurotui.chat.attachments import Draft
from neurotui.chat.conversation import Message


@dataclass(frozen=True, slots=True)
class Moments:
    """The callbacks for each moment, called in their order."""

    ready: list[Callable[[], object]] = field(default_factory=list)
    """Called once everything is loaded."""
    shown: list[Callable[[], object]] = field(default_factory=list)
    """Called when another conversation is shown, or the first one."""
    listed: list[Callable[[], object]] = field(default_factory=list)
    """Called when conversations may have been deleted or renamed in the history."""
    account: list[Callable[[], object]] = field(default_factory=list)
    """Called when the account or the model may have changed."""
    typed: list[Callable[[], object]] = field(default_factory=list)
    """Called when the text of the input has changed."""
    configured: list[Callable[[], object]] = field(default_factory=list)
    """Called when the prompt, the parameters, or what is sent of the conversation may have changed."""
    asked: list[Callable[[Draft], bool]] = field(default_factory=list)
    """Called with a message that was sent; who returns True asks it in the place of the session."""
    began: list[Callable[[], object]] = field(default_factory=list)
    """Called when an answer begins."""
    ended: list[Callable[[Message, bool], object]] = field(default_factory=list)
    """Called with an answer that has ended, and True if there was text in the input at that time."""
    translated: list[Callable[[], object]] = field(default_factory=list)
    """Called when the language was changed."""
    found: list[Callable[[str, str], Awaitable[None]]] = field(default_factory=list)
    """Called with the words by which a message was found, and its id, when the message is shown."""
