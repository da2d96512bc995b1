"""The pieces that a journal writes. Each may be written again without harm."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field

from neurotui.chat.attachments import Attachment
from neurotui.chat.conversation import Conversation, Message, Role, Status
from neurotui.chat.tokens import estimate_tokens
from neurotui.store import attachment_rows, drafts, message_rows, rows
from neurotui.store.money import charge_rows
from neurotui.store.money.charges import Charge
from neurotui.wire.surrogates import repair


@dataclass(frozen=True, slots=True)
class Put:
    """Messages as they are now."""

    conversation: Conversation
    header: rows.Header
    messages: tuple[Message, ...]
    known: tuple[Message, ...]
    """All messages of the conversation."""
    done: asyncio.Future[None]

    @property
    def asks(self) -> bool:
        """True if an answer begins with it."""
        return any(message.status is Status.RUNNING for message in self.messages)

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The files of the messages."""
        return tuple(each for message in self.messages for each in message.attachments)

    def do(self, connection: sqlite3.Connection, owner: str) -> None:
        rows.put(connection, self.header, self.messages, owner=owner, known=self.known)
        for message in self.messages:
            if message.role is Role.ASSISTANT and message.bill is not None:
                charge_rows.put(connection, Charge.of(message, self.header.id), owner)


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of a running answer."""

    message_id: str
    number: int
    text: str
    reasoning: str
    tokens: int
    """Estimate of the tokens up to its end."""

    def do(self, connection: sqlite3.Connection, owner: str) -> None:
        message_rows.put_delta(connection, self.message_id, self.number, self.text, self.reasoning)
        charge_rows.count(connection, self.message_id, self.tokens)


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a running answer beside its texts."""

    message: Message

    def do(self, connection: sqlite3.Connection, owner: str) -> None:
        message_rows.put_facts(connection, self.message)


@dataclass(frozen=True, slots=True)
class Draft:
    """Text in the input of a conversation that was not sent."""

    conversation_id: str
    text: str
    header: rows.Header | None = None
    """How its conversation is set up, as long as that has no message; None if it is not known."""
    attachments: tuple[Attachment, ...] = ()

    def do(self, connection: sqlite3.Connection, owner: str) -> None:
        drafts.put(connection, self.conversation_id, self.text, self.header, self.attachments)


@dataclass(frozen=True, slots=True)
class Attach:
    """A file that came in an answer."""

    message_id: str
    position: int
    attachment: Attachment

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        return (self.attachment,)

    def do(self, connection: sqlite3.Connection, owner: str) -> None:
        if message_rows.is_there(connection, self.message_id):
            attachment_rows.put_for_message(connection, self.message_id, self.attachments, self.position)


Write = Put | Delta | Facts | Draft | Attach


@dataclass(slots=True)
class Running:
    """An answer that is being received, and what came of it since the last batch."""

    conversation: Conversation
    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    number: int = 0
    tokens: int = 0
    files: int = 0
    """Number of files that came in it."""
    facts: Message | None = None
    """Its facts, where they have changed since the last batch."""

    def add(self, text: str, reasoning: str) -> None:
        """Take a piece."""
        if text:
            self.text.append(text)
        if reasoning:
            self.reasoning.append(reasoning)

    @property
    def has_more(self) -> bool:
        """True if `take` would yield anything."""
        return self.facts is not None or _is_more(self.text) or _is_more(self.reasoning)

    def take(self, message_id: str) -> Iterator[Delta | Facts]:
        """Yield the writes that are due."""
        text, reasoning = _take(self.text), _take(self.reasoning)
        if text or reasoning:
            self.number += 1
            self.tokens += estimate_tokens(text) + estimate_tokens(reasoning)
            yield Delta(message_id, self.number, text, reasoning, self.tokens)
        if self.facts is not None:
            facts, self.facts = self.facts, None
            yield Facts(facts)


def _take(pieces: list[str]) -> str:
    """Return all of the pieces, but half a surrogate pair at their end: the other half is on its way."""
    text = "".join(pieces)
    pieces.clear()
    if _is_half(text[-1:]):
        pieces.append(text[-1])
        text = text[:-1]
    return repair(text)


def _is_more(pieces: list[str]) -> bool:
    """True if `_take` would return anything."""
    return bool(pieces) and not (len(pieces) == 1 and _is_half(pieces[0]))


def _is_half(text: str) -> bool:
    return "\ud800" <= text <= "\udbff" and len(text) == 1
