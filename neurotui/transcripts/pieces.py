"""A conversation that is read entry by entry: too large for one piece, or with a damaged end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurotui.chat.conversation import Conversation, Message
from neurotui.store.shelf import Shelf
from neurotui.transcripts import chatgpt, document


class Pieces:
    """The entries of one conversation, in our format (`messages`) or ChatGPT's (`mapping`)."""

    def __init__(self, left: chatgpt.Left) -> None:
        self.head: dict[str, Any] = {}
        """Everything but the entries."""
        self._left = left
        self._messages: Shelf[Message] | None = None
        self._nodes: Shelf[dict[str, Any]] | None = None

    @classmethod
    def of(cls, data: Mapping[str, Any], left: chatgpt.Left) -> Pieces:
        """Return the pieces of a complete conversation; more can be added."""
        pieces = cls(left)
        for name, value in data.items():
            match name, value:
                case "messages", list():
                    pieces.begin(name)
                    for entry in value:
                        pieces.add_message(entry)
                case "mapping", dict():
                    pieces.begin(name)
                    for id_, node in value.items():
                        pieces.add_node(id_, node)
                case _:
                    pieces.head[name] = value
        return pieces

    def begin(self, name: str) -> None:
        """Expect entries of this kind: `messages` or `mapping`."""
        if name == "messages":
            self._messages = Shelf() if self._messages is None else self._messages
        else:
            self._nodes = Shelf() if self._nodes is None else self._nodes

    @property
    def begun(self) -> bool:
        """True if there are entries, or could be."""
        return self._messages is not None or self._nodes is not None

    def add_message(self, data: object) -> None:
        """Add an element of `messages`."""
        message = document.read_message(data)
        if message is None or self._messages is None:
            self._left.unreadable += 1
        else:
            self._messages[message.id] = message

    def add_node(self, id_: str, data: object) -> None:
        """Add a member of `mapping`."""
        if isinstance(data, dict) and self._nodes is not None:
            try:
                self._nodes[id_] = data
            except RecursionError:  # nested too deep for the shelf
                self._left.unreadable += 1

    def add(self, data: dict[str, Any]) -> None:
        """Add an object found by itself, if it is an entry; the first one decides the kind of all."""
        if self._nodes is None and "role" in data and "id" in data:
            self.begin("messages")
            self.add_message(data)
        elif self._messages is None and "parent" in data and "message" in data:
            self.begin("mapping")
            self.add_node(str(data.get("id")), data)

    def conversation(self) -> Conversation:
        """Return the conversation gathered so far; its messages are on a shelf."""
        if self._nodes is not None:
            return chatgpt.read_nodes(self.head, self._nodes, self._left, Shelf)
        return document.assemble(self.head, self._messages or {}, Shelf())
