"""Answers that a crash cut short: found at the next start, and kept, deleted, or gone on with."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from neurotui.app.workspace import Workspace
from neurotui.chat.conversation import Conversation
from neurotui.chat.session import Session
from neurotui.i18n import _
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


def next_prompt(conversation: Conversation, unfinished: Unfinished) -> str:
    """Return what to ask to go on after a crash: for the rest, or where not a word came, the question."""
    question = conversation.messages.get(unfinished.message.parent_id or "")
    if not unfinished.message.is_blank or question is None:
        return _("Go on from where you stopped")
    return question.text
