"""How much of a model's context a conversation takes, and what to omit when it takes too much. Pure."""

from __future__ import annotations

from neurotui.chat.branch import Branch
from neurotui.chat.conversation import Message, Role
from neurotui.chat.joining import joined_path, sent_to


def counted_tokens(branch: Branch) -> int | None:
    """Return the conversation's tokens by the server's last count; None if it has not counted.

    Reasoning is not sent back, so it takes no place in the next request.
    """
    for message in reversed(branch.path()):
        if message.usage is not None:
            usage = message.usage
            return usage.prompt_tokens + usage.completion_tokens - usage.reasoning_tokens
    return None


def left_out(branch: Branch) -> int:
    """Return the number of leading messages that requests omit, each answer counted once."""
    path, first_id = joined_path(branch.conversation, branch.leaf_id), branch.conversation.first_sent_id
    return next((at for at, message in enumerate(path) if message.id == first_id), 0)


def later_beginning(branch: Branch, share: float = 0.5) -> Message | None:
    """Return the question to begin with so that at most `share` of the characters sent now still are.

    At least one turn is omitted, the last question never; None if there is nothing to omit.
    """
    sent = sent_to(branch.conversation, branch.leaf_id)
    remaining = sum(len(message.text) for message in sent)
    goal = share * remaining
    found = None
    for at, message in enumerate(sent):
        if at and message.role is Role.USER:
            found = message
            if remaining <= goal:
                break
        remaining -= len(message.text)
    return found
