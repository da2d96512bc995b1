"""A path through the tree of a conversation, as one view follows it."""

from __future__ import annotations

from dataclasses import dataclass, field

from neurotui.chat.conversation import Conversation, Message


@dataclass(slots=True)
class Branch:
    """The messages from the first to one leaf.

    Several views may follow one conversation: additions and moves in another view do not affect this one.
    """

    conversation: Conversation = field(default_factory=Conversation)
    leaf_id: str | None = None
    """The last message of the path; None if there is none."""

    @classmethod
    def of(cls, conversation: Conversation) -> Branch:
        """Return the branch that was looked at last."""
        return cls(conversation, conversation.leaf_id)

    @property
    def leaf(self) -> Message | None:
        """The last message of the path."""
        return self.conversation.messages.get(self.leaf_id or "")

    def path(self) -> list[Message]:
        """Return the messages from the first to the leaf."""
        return self.conversation.path_to(self.leaf_id)

    def put(self, message: Message) -> None:
        """Add a message, which becomes the leaf, or replace the one with the same id in its place."""
        is_new = message.id not in self.conversation.messages
        self.conversation.put(message)
        if is_new:
            self.leaf_id = message.id

    def look_at(self, message_id: str) -> None:
        """Switch to the branch of a message, down to its newest leaf."""
        self.conversation.look_at(message_id)
        self.leaf_id = self.conversation.leaf_id

    def snapshot(self, *running: Message) -> Conversation:
        """Return a copy of the conversation on this branch, with the running answers as they stand.

        Later changes do not affect it.
        """
        conversation = self.conversation.copy()
        for message in running:
            conversation.put(message)
        conversation.leaf_id = self.leaf_id
        return conversation
