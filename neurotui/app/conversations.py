"""Operations on a conversation other than asking: switch branches, merge, rename, fork, configure.

The disk is written to in a thread; each coroutine raises StoreError unless its docstring says otherwise.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace

from neurotui.app.accounts import Account
from neurotui.chat.conversation import Conversation, Status
from neurotui.chat.session import Session
from neurotui.errors import StoreError
from neurotui.store.library import Library


def merge(session: Session, found: Conversation) -> None:
    """Add the messages that another window has written, staying on the current branch."""
    conversation, turn = session.conversation, session.turn
    leaf_id = conversation.leaf_id
    for message in found.messages.values():
        known = conversation.messages.get(message.id)
        is_own = turn is not None and message.id == turn.answer_id
        if known is None or (known.status is Status.RUNNING and not is_own):
            conversation.put(message)
    conversation.leaf_id, conversation.title = leaf_id, found.title


async def look_at(library: Library, session: Session, message_id: str) -> None:
    """Switch to the branch of a message, and remember it for the next time; a StoreError is ignored."""
    session.branch.look_at(message_id)
    if (leaf_id := session.branch.leaf_id) is not None:
        with suppress(StoreError):  # to forget the branch does no harm
            await asyncio.to_thread(library.look_at, session.conversation.id, leaf_id)


async def rename(library: Library, conversation: Conversation, title: str) -> None:
    """Set the title of a conversation, at once and on disk; without one, its first words name it."""
    conversation.title = " ".join(title.split())
    await asyncio.to_thread(library.rename, conversation.id, conversation.title)


async def configure(library: Library, conversation: Conversation) -> None:
    """Save the system prompt, the parameters, and the message that requests begin with."""
    await asyncio.to_thread(library.configure, conversation)


async def fork(library: Library, session: Session, message_id: str, account: Account) -> Conversation:
    """Return a new conversation, kept at once, that begins with the messages up to this one.

    It goes on with an account; with the same model, if that is the account of the session. An answer that
    is still being written comes along as it is, and is not completed there.
    """
    copy, participant = session.snapshot(), session.participant
    copy.profile = account.ref.mark
    copy.chosen_model = participant.model if participant.client is account.client else account.model
    message = copy.messages[message_id]
    if message.status is Status.RUNNING:
        copy.put(replace(message, status=Status.CUT))
    return await asyncio.to_thread(library.fork, copy, message_id)
