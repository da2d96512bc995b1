"""Interfaces that a session uses: the network, the disk, the money, and its observers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from neurotui.chat.attachments import Attachment, Blobs
from neurotui.chat.budget import Budget
from neurotui.chat.conversation import Bill, Conversation, Message
from neurotui.errors import StoreError

if TYPE_CHECKING:
    from neurotui.wire.events import ReplyEvent
    from neurotui.wire.request import ChatRequest


class Client(Protocol):
    """The network, as a session needs it."""

    async def stream(
        self, request: ChatRequest, emit: Callable[[ReplyEvent], None], interval: Callable[[], float]
    ) -> None:
        """Emit all events of one reply, `Finished` or `Failed` last; close the connection if cancelled.

        `interval` returns the least time between two reads of a steady answer, in seconds, as of now.
        """


class Journal(Protocol):
    """The disk, as a session needs it."""

    async def begin(self, conversation: Conversation, *messages: Message) -> None:
        """Commit messages before the request leaves. Raises StoreError."""

    def append(self, message_id: str, text: str = "", reasoning: str = "") -> None:
        """Append pieces to a running answer; they are on disk within 0.25 s."""

    def note(self, answer: Message) -> None:
        """Save the facts about a running answer other than its texts."""

    def keep_media(self, answer_id: str, make: Callable[[Blobs], Attachment]) -> asyncio.Future[Attachment]:
        """Keep a file of a running answer; `make` runs beside the event loop. Raises what that does."""

    async def finish(self, message: Message) -> None:
        """Commit an answer in its final form. Raises StoreError."""


class Observer(Protocol):
    """Receives a session's events. Must not change the session."""

    def message_added(self, message: Message) -> None:
        """Called when a question was asked, or an answer begins."""

    def event_received(self, event: ReplyEvent) -> None:
        """Called after an event was applied to the running turn; of a file when it is kept, or cannot be."""

    def message_ended(self, message: Message) -> None:
        """Called when the running answer has ended."""

    def saving_failed(self, error: StoreError) -> None:
        """Called when something could not be written; the chat goes on."""


class Ledger(Protocol):
    """The money, as a session needs it."""

    async def allow(self, answer: Message, bill: Bill) -> Budget:
        """Return the budget of an answer, before the request leaves."""

    def accepted(self, answer_id: str) -> None:
        """Called when the server has begun to answer."""

    async def priced(self, answer_id: str) -> None:
        """Wait for the price of an answer that has ended, where that may be."""

    def note(self, answer: Message) -> None:
        """Record the cost of an answer that has ended."""
