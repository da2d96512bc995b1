"""A conversation: a tree of messages, and the path through it that is shown and sent.

Asking again for an answer, or editing a question, makes a sibling; nothing is ever overwritten. Messages are
values: a change makes a new one with the same id.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from neurotui.chat.attachments import Attachment
from neurotui.chat.timing import Timing as Timing
from neurotui.errors import ErrorRecord
from neurotui.wire.usage import Usage


class Role(StrEnum):
    """Who speaks."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class Status(StrEnum):
    """State of a message: a field of its own, never text glued to what the model said."""

    RUNNING = "running"
    COMPLETE = "complete"
    STOPPED = "stopped"
    CUT = "cut"
    LENGTH = "length"
    FILTERED = "filtered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that the model asked for; shown, never run."""

    id: str
    name: str
    arguments: str
    """JSON, as the model wrote it."""


@dataclass(frozen=True, slots=True)
class Part:
    """Content of an answer that is not text and cannot be shown: a picture, a sound."""

    kind: str
    """`image`, `audio`, `video`, `file`, or the server's own word; empty if it has none."""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Citation:
    """A source that the server names for an answer."""

    url: str
    title: str = ""


UNKNOWN_PRICE = "unknown"
"""Source of a price that a limit in money had need of, and that was not known."""


@dataclass(frozen=True, slots=True)
class Bill:
    """The basis of an answer's price, and the price. Counts are estimates where the server has none."""

    asked_model: str = ""
    """The model that was asked for: the server may report another name for the same one."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    """0 while the answer runs."""
    cost: float | None = None
    """In `currency` at the prices of that time; None while the answer runs or if the model had no price."""
    cached_tokens: int = 0
    """The part of the prompt that the server had read before."""
    profile: str = ""
    """The profile whose server was asked; empty if it has none."""
    server: str = ""
    """The address of that server, where its price is looked for; an answer does not keep it."""
    currency: str = "USD"
    rate: int = 1_000_000
    """Millionths of `currency` for a US dollar at that time; 0 if not known."""
    source: str = ""
    """Where the price came from, as `Price.source` says it; empty without a price.

    `UNKNOWN_PRICE` where a limit in money had need of one.
    """
    prefix: str = field(default="", compare=False)
    """Digest of what stood before the messages of the request; empty if it is not known."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it is stored, shown and sent."""

    id: str
    role: Role
    text: str
    """The user's or the model's words, byte for byte."""
    parent_id: str | None = None
    created_at: float = 0.0
    """Unix time in seconds."""
    status: Status = Status.COMPLETE
    model: str = ""
    reasoning: str = ""
    refused: bool = False
    """True if the text is the model's refusal."""
    tool_calls: tuple[ToolCall, ...] = ()
    finish_reason: str = ""
    usage: Usage | None = None
    error: ErrorRecord | None = None
    timing: Timing | None = None
    bill: Bill | None = None
    """Only for an answer that was asked for here; answers of older versions have none."""
    unreadable: int = 0
    """Number of pieces of the answer that could not be read; an answer with such a hole is never complete."""
    parts: tuple[Part, ...] = ()
    citations: tuple[Citation, ...] = ()
    mark: str = ""
    """Closing tag between reasoning and text, with the blanks around it, if no opening tag came before."""
    continues: str | None = None
    """The id of the answer that this one goes on with, which is its parent then."""
    attachments: tuple[Attachment, ...] = ()
    """The files of a question, or those that came in an answer."""
    joints: tuple[int, ...] = ()
    """Where in the text (characters) each continuation begins, if it was made of an answer and those."""

    @property
    def counted_tokens(self) -> int:
        """Tokens of the answer by the server's count; 0 if it has not counted all that is to be paid."""
        counted = self.usage.completion_tokens if self.usage else 0
        return counted if self.bill is None or self.bill.completion_tokens <= counted else 0

    @property
    def joined(self) -> bool:
        """True if it was made of an answer and its continuations, to be read: it is not stored as it is."""
        return bool(self.joints)

    @property
    def is_blank(self) -> bool:
        """True if the text has not a word in it: most servers refuse such a message."""
        return is_blank(self.text)

    @property
    def is_continuation(self) -> bool:
        """True if it goes on with its parent, an answer too."""
        return self.continues is not None and self.continues == self.parent_id and self.role is Role.ASSISTANT

    @property
    def is_something(self) -> bool:
        """True if there is something besides text: tool calls, files, or parts that are not text."""
        return bool(self.tool_calls or self.parts or self.attachments)


_WORD = re.compile(r"[^\s\u200b-\u200d\u2060\ufeff\0]")


def is_blank(text: str) -> bool:
    """True if `text` is nothing but blanks and characters without width."""
    return not _WORD.search(text)


def new_id() -> str:
    """Return an id that no other instance will make."""
    return os.urandom(16).hex()


def user_message(text: str, parent_id: str | None, attachments: tuple[Attachment, ...] = ()) -> Message:
    """Return a question asked now."""
    return Message(new_id(), Role.USER, text, parent_id, created_at=time.time(), attachments=attachments)


@dataclass(slots=True)
class Conversation:
    """Messages by id, in the order they were made: a tree, in which each alternative is a branch."""

    id: str = field(default_factory=new_id)
    title: str = ""
    """The user's name for it; if empty, the first words serve as one."""
    created_at: float = field(default_factory=time.time)
    system_prompt: str = ""
    messages: MutableMapping[str, Message] = field(default_factory=dict)
    leaf_id: str | None = None
    """Where the conversation opens next time: the newest message, or the branch looked at since."""
    parameters: dict[str, object] = field(default_factory=dict)
    """Further fields of each request: JSON values by name, only those that the user set."""
    first_sent_id: str | None = None
    """The message with which requests begin, if the user omits the oldest ones."""
    profile: str = ""
    """The server that the next question goes to, by profile and address; empty if none was chosen."""
    chosen_model: str = ""
    """The model that was chosen for the next question; empty if none was."""
    _children: dict[str | None, list[str]] = field(default_factory=dict, repr=False)
    _continuations: dict[str, bool] = field(default_factory=dict, repr=False)
    """Ids of the messages that go on with another one; True for those that ended without a word."""

    @classmethod
    def of(cls, messages: Iterable[Message], /, **fields: object) -> Conversation:
        """Return a conversation of `messages`, parents first, that opens at the newest leaf."""
        conversation = cls(**fields)  # type: ignore[arg-type]
        for message in messages:
            conversation.put(message)
        return conversation

    def put(self, message: Message) -> None:
        """Add a message, at which the conversation then opens, or replace the one with the same id."""
        if message.id not in self.messages:
            self._children.setdefault(message.parent_id, []).append(message.id)
            self.leaf_id = message.id
        elif message.id in self._continuations:
            self._move(message)
        if message.is_continuation and not self._is_answer(message.parent_id or ""):
            message = replace(message, continues=None)
        self.messages[message.id] = message
        if message.is_continuation:
            self._continuations[message.id] = message.is_blank and message.status is not Status.RUNNING

    def copy(self) -> Conversation:
        """Return a copy that later changes do not affect."""
        children = {parent_id: list(ids) for parent_id, ids in self._children.items()}
        return replace(
            self,
            messages=dict(self.messages),
            parameters=dict(self.parameters),
            _children=children,
            _continuations=dict(self._continuations),
        )

    def set_up_as(self, other: Conversation) -> None:
        """Take over from another copy of it who answers, the system prompt and the parameters."""
        self.profile, self.chosen_model = other.profile, other.chosen_model
        self.system_prompt, self.parameters = other.system_prompt, other.parameters

    def path(self) -> list[Message]:
        """Return the messages from the first to the leaf at which it opens."""
        return self.path_to(self.leaf_id)

    def path_to(self, message_id: str | None) -> list[Message]:
        """Return the messages from the first to the one with this id."""
        path = []
        while message_id is not None:
            message = self.messages[message_id]
            path.append(message)
            message_id = message.parent_id
        return path[::-1]

    def walk(self) -> Iterator[Message]:
        """Iterate over the messages from the first to the leaf; not all of them need be in memory at once."""
        return (self.messages[id_] for id_ in self.path_ids())

    def path_ids(self) -> list[str]:
        """Return the ids of the messages from the first to the leaf."""
        ids = []
        message_id = self.leaf_id
        while message_id is not None:
            ids.append(message_id)
            message_id = self.messages[message_id].parent_id
        return ids[::-1]

    def siblings(self, message_id: str) -> list[str]:
        """Return the ids of the alternatives to a message, itself among them, oldest first.

        Those of an answer are named by their last parts: it, gone on with, and left as it was are two.
        """
        root_id = message_id
        while root_id in self._continuations:
            root_id = self.messages[root_id].parent_id or ""
        found = []
        for id_ in self._children[self.messages[root_id].parent_id]:
            if id_ not in self._continuations:
                found += self._ends(id_, message_id)
        return found if message_id in found else [message_id]

    def versions(self, path: Iterable[Message]) -> dict[str, tuple[int, int]]:
        """Return the messages of a path that have alternatives, by id: which one it is, of how many."""
        found = {}
        for message in path:
            siblings = self.siblings(message.id)
            if len(siblings) > 1:
                found[message.id] = siblings.index(message.id) + 1, len(siblings)
        return found

    def look_at(self, message_id: str) -> None:
        """Open at the branch of a message, down to its newest leaf; one that does not go on with it first."""
        following = [id_ for id_ in self._children.get(message_id, ()) if id_ not in self._continuations]
        message_id = following[-1] if following else message_id
        while children := self._children.get(message_id):
            message_id = children[-1]
        self.leaf_id = message_id

    def question_of(self, answer_id: str) -> str | None:
        """Return the id of the message that an answer, or the answer it goes on with, follows."""
        while answer_id in self._continuations:
            answer_id = self.messages[answer_id].parent_id or ""
        return self.messages[answer_id].parent_id

    @property
    def name(self) -> str:
        """The title, or the first words of the first question, its files or its pastes."""
        if self.title:
            return self.title
        first = next((message for message in self.messages.values() if message.role is Role.USER), None)
        words = " ".join(first.text[:1000].split()) if first else ""
        if first is not None and not words:
            named = (each.name or " ".join(each.text[:1000].split()) for each in first.attachments)
            words = ", ".join(filter(None, named))
        return words if len(words) <= 60 else words[:59].rsplit(" ", 1)[0] + "…"

    def _ends(self, answer_id: str, shown_id: str) -> list[str]:
        """Return the last part of each form of an answer; what failed to go on is none of its own."""
        ends, waiting = [], [answer_id]
        while waiting:
            id_ = waiting.pop()
            children = self._children.get(id_, [])
            parts = [
                child
                for child in children
                if child in self._continuations and (child == shown_id or not self._continuations[child])
            ]
            if not parts or any(child not in self._continuations for child in children):
                ends.append(id_)
            waiting += reversed(parts)
        return ends

    def _is_answer(self, message_id: str) -> bool:
        message = self.messages.get(message_id)
        return message is not None and message.role is Role.ASSISTANT

    def _move(self, message: Message) -> None:
        """Take a continuation to another parent, or let it be one no longer."""
        former = self.messages[message.id]
        if message.parent_id != former.parent_id:
            siblings = self._children[former.parent_id]
            siblings.remove(message.id)
            if not siblings:
                del self._children[former.parent_id]
            self._children.setdefault(message.parent_id, []).append(message.id)
        if not message.is_continuation:
            del self._continuations[message.id]
