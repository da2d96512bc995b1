"""Drafts: the text in the input, kept for each conversation, and restored after a restart.

A conversation that has only a draft is kept by its id. A new instance takes over the draft that an instance
which has ended has left.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from neurotui.errors import StoreError
from neurotui.store.store import Store
from neurotui.tui.conversation.composer import Composer

INTERVAL = 0.5
"""Time until a change is passed to the journal, which writes it soon (seconds)."""


class Drafts:
    """The drafts of the conversations, above all of the one that is shown."""

    def __init__(self, store: Store, composer: Composer) -> None:
        self._store = store
        self._composer = composer
        self._id: str | None = None
        """The conversation whose draft is shown; None while that is being read."""
        self._next = ""
        """The conversation whose draft is shown or being read."""
        self._known: dict[str, str] = {}
        """Drafts by conversation that were shown or changed here; not all may be on disk yet."""
        self._pending = False
        self._looked_back = False
        """True once the draft of an earlier instance was looked for."""

    def leave_for(self, conversation_id: str, *, takes_along: bool) -> None:
        """Leave the draft that is shown; that of another conversation comes by `open`.

        With `takes_along`, what is typed goes along unless the other conversation has a draft.
        """
        if conversation_id == self._id:
            return
        self.keep()
        left, self._id, self._next = self._id, None, conversation_id
        if left is None:
            return  # what was typed before there was a place for it stays
        if not takes_along or self.known(conversation_id):
            self._composer.put("")
        elif self._composer.text:
            self._hand_over(left, "")
            self.changed()

    async def open(self, conversation_id: str, *, is_new: bool = False) -> None:
        """Show the draft of a conversation; what was typed while it was read stands behind it."""
        self.leave_for(conversation_id, takes_along=is_new)
        draft = self._known.get(conversation_id)
        if draft is None:
            draft = ""
            with suppress(StoreError):  # that nothing can be read is told where the conversations are
                draft = await self._read(conversation_id)
                if is_new and not draft and not self._looked_back:
                    draft = await self._take_over()
        if self._id == conversation_id or self._next != conversation_id:
            return
        self._id = conversation_id
        self._known[conversation_id] = draft
        if draft:
            self._composer.put(draft + self._composer.text)
        self.keep()

    async def offer(self, conversation_id: str, text: str) -> None:
        """Put a text into the input of a conversation that is being opened, unless it has a draft."""
        await self.open(conversation_id)
        self._composer.bring_back(text)

    def changed(self) -> None:
        """Save the draft soon, because the text in the input has changed."""
        if not self._pending:
            self._pending = True
            self._composer.set_timer(INTERVAL, self.keep)

    def keep(self) -> None:
        """Pass the draft to the journal now if it has changed."""
        if self._pending and self._id is not None:
            self._pending = False
            self._hand_over(self._id, self._composer.draft)

    def sent(self, conversation_id: str) -> None:
        """Note that the draft was sent as a message of this conversation."""
        self._hand_over(conversation_id, "")
        self._id = conversation_id

    def known(self, conversation_id: str) -> str:
        """Return the draft of a conversation that was shown here; empty if it has none."""
        return self._known.get(conversation_id, "")

    def forget(self, conversation_id: str) -> None:
        """Drop the draft of a conversation that is not shown, because it was sent."""
        self._hand_over(conversation_id, "")

    def set_aside(self, conversation_id: str, text: str) -> None:
        """Make a text the draft of a conversation that is not shown, unless that has one."""
        if not self._known.get(conversation_id):
            self._hand_over(conversation_id, text)

    async def _read(self, conversation_id: str) -> str:
        return await asyncio.to_thread(self._store.library.draft, conversation_id)

    async def _take_over(self) -> str:
        """Return the draft that an ended instance has left; it becomes the draft of this one."""
        self._looked_back = True
        place, draft = await asyncio.to_thread(self._store.library.left_draft)
        if draft:
            self._store.journal.draft(place, "")
            self.changed()
        return draft

    def _hand_over(self, conversation_id: str, text: str) -> None:
        self._known[conversation_id] = text
        self._store.journal.draft(conversation_id, text)
