"""What is done with conversations beside asking: copied, merged, named, forked."""

from __future__ import annotations

from neurotui.chat.conversation import Conversation, Status
from neurotui.chat.session import Session


def merge(session: Session, found: Conversation) -> None:
    """Add what another window has written; the branch that is looked at here stays."""
    conversation, turn = session.conversation, session.turn
    leaf_id = conversation.leaf_id
    for message in found.messages.values():
        known = conversation.messages.get(message.id)
        is_own = turn is not None and message.id == turn.answer_id
        if known is None or (known.status is Status.RUNNING and not is_own):
            conversation.put(message)
    conversation.leaf_id, conversation.title = leaf_id, found.title
