"""Answers that a crash cut short: found at the next start, and kept, deleted, or gone on with."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from neurotui.app.workspace import Workspace
from neurotui.chat.attachments import NOTHING, Draft
from neurotui.chat.conversation import Conversation, Role
from neurotui.chat.session import Session
from neurotui.store.journal import Unfinished
from neurotui.store.store import Store


@dataclass(frozen=True, slots=True)
class CrashedAnswer:
    """An answer that was running when its program died, and the name of its conversation."""

    unfinished: Unfinished
    name: str


async def look_back(store: Store) -> list[CrashedAnswer]:
    """Return the answers that nothing was decided about yet, oldest first. Raises StoreError."""
    found = await store.journal.unfinished()
    summaries = await asyncio.to_thread(store.library.summaries) if found else []
    names = {summary.id: summary.name for summary in summaries}
    return [CrashedAnswer(unfinished, names.get(unfinished.conversation_id, "")) for unfinished in found]


async def delete(workspace: Workspace, store: Store, unfinished: Unfinished) -> Session | None:
    """Delete an answer for good. Raises StoreError.

    Returns the session that takes the place of the one of its conversation, if that was open.
    """
    await store.journal.delete(unfinished)
    if workspace.session_of(unfinished.conversation_id) is None:
        return None
    return await workspace.reload(unfinished.conversation_id)


def next_prompt(conversation: Conversation, unfinished: Unfinished) -> Draft:
    """Return the question to ask again after a crash; empty if there is an answer to be gone on with."""
    message = unfinished.message
    question = conversation.messages.get(message.parent_id or "")
    if message.is_blank and question is not None and question.role is Role.USER:
        return Draft(question.text, question.attachments)
    return NOTHING
