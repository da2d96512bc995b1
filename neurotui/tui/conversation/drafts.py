"""Drafts: what stands in the input, kept for each conversation, and restored after a restart.

A conversation that has only a draft is kept by its id, with its server and its model. A new instance goes on
with the one that an instance which has ended has left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from neurotui.app.attachments.chips import Chip, as_draft, as_kept
from neurotui.app.drafts import as_draft as conversation_of
from neurotui.app.drafts import resume
from neurotui.app.services import Services
from neurotui.app.workspace import Workspace
from neurotui.chat.attachments import NOTHING, OBJECT, Draft
from neurotui.chat.session import Session
from neurotui.errors import StoreError
from neurotui.store.drafts import NEW
from neurotui.tui.conversation.composer import Composer

INTERVAL = 0.5
"""Time until a change is passed to the journal, which writes it soon (seconds)."""

WRITTEN_WITHIN = 0.25
"""Time that a draft has to reach the disk before drafts are read from there (seconds)."""


class Drafts:
    """The drafts of the conversations, above all of the one that is shown."""

    def __init__(
        self, services: Services, workspace: Workspace, composer: Composer, hold: Callable[[Session], None]
    ) -> None:
        """`hold` shows a session."""
        self._services = services
        self._store = services.store
        self._workspace = workspace
        self._composer = composer
        self._hold = hold
        self._id: str | None = None
        """The conversation whose draft is shown; None while that is being read."""
        self._next = ""
        """The conversation whose draft is shown or being read."""
        self._known: dict[str, Draft] = {}
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
            self._wait_for_files(left)
            self._composer.put("")
        elif self._composer.text:
            self._hand_over(left, NOTHING)
            self.changed()

    async def open(self, conversation_id: str, *, is_new: bool = False) -> None:
        """Show the draft of a conversation; what was typed while it was read stands behind it."""
        self.leave_for(conversation_id, takes_along=is_new)
        draft = self._known.get(conversation_id)
        if draft is None:
            draft = NOTHING
            with suppress(StoreError):  # that nothing can be read is told where the conversations are
                draft = await self._read(conversation_id)
                if is_new and not draft and not self._looked_back:
                    draft = await self._take_over(conversation_id)
        if self._id == conversation_id or self._next != conversation_id:
            return
        self._id = conversation_id
        self._known[conversation_id] = draft
        if draft:
            typed = self._composer.text
            self._composer.put(draft)
            self._composer.insert_here(typed)
        self.keep()

    async def recall(self, conversation_id: str) -> None:
        """Read the draft of a conversation that is to be shown and has nothing else. Raises StoreError."""
        session = self._workspace.session_of(conversation_id)
        if session is not None and not session.conversation.messages and conversation_id != self._id:
            await self._store.journal.written(WRITTEN_WITHIN)
            if draft := await self._read(conversation_id):
                self._known[conversation_id] = draft

    async def offer(self, conversation_id: str, draft: Draft) -> None:
        """Put a question into the input of a conversation that is being opened, unless it has a draft."""
        await self.open(conversation_id)
        self._composer.bring_back(draft)

    def changed(self) -> None:
        """Save the draft soon, because the text in the input has changed."""
        if not self._pending:
            self._pending = True
            self._composer.set_timer(INTERVAL, self.keep)

    def account_changed(self) -> None:
        """Keep the draft with the server and the model that its conversation has now."""
        if self._composer.text and not self._composer.busy:
            self.changed()

    def discard(self, conversation_id: str) -> None:
        """Drop the draft of a conversation because that was deleted."""
        self._known.pop(conversation_id, None)
        if conversation_id == self._id:
            self._pending = False
            self._composer.put("")

    def keep(self) -> None:
        """Pass the draft to the journal now if it has changed."""
        if self._pending and self._id is not None:
            self._pending = False
            self._hand_over(self._id, self._composer.draft)

    def sent(self, conversation_id: str) -> None:
        """Note that the draft was sent as a message of this conversation."""
        self._hand_over(conversation_id, NOTHING)
        self._id = conversation_id

    def known(self, conversation_id: str) -> Draft:
        """Return the draft of a conversation that was shown here; empty if it has none."""
        return self._known.get(conversation_id, NOTHING)

    def forget(self, conversation_id: str) -> None:
        """Drop the draft of a conversation that is not shown, because it was sent."""
        self._hand_over(conversation_id, NOTHING)

    def set_aside(self, conversation_id: str, draft: Draft) -> None:
        """Make a question the draft of a conversation that is not shown, unless that has one."""
        if not self._known.get(conversation_id):
            self._hand_over(conversation_id, draft)

    def _wait_for_files(self, left: str) -> None:
        """Add the files that are still being read to the draft of a conversation that is left."""
        composer, pieces = self._composer, list(self._composer.pieces(self._composer.text))
        reading = [piece for piece in pieces if isinstance(piece, Chip) and piece.is_reading]
        kept = self.known(left)

        async def add() -> None:
            await composer.attaching.settled(reading)
            if left == self._id and composer.written == kept:
                composer.put(as_draft(pieces))
            elif left != self._id and self.known(left) == kept:
                self._hand_over(left, as_draft(pieces))

        if reading:
            composer.run_worker(add(), group="attach", exit_on_error=False)

    async def _read(self, conversation_id: str) -> Draft:
        library = self._store.library
        text = await asyncio.to_thread(library.draft, conversation_id)
        if OBJECT not in text:
            return Draft(text)
        return Draft(text, await asyncio.to_thread(library.draft_attachments, conversation_id))

    async def _take_over(self, conversation_id: str) -> Draft:
        """Go on with the draft that an ended instance has left.

        Return it if it has no conversation of its own. One whose server cannot be used stays where it is.
        """
        self._looked_back = True
        place, text = await asyncio.to_thread(self._store.library.left_draft)
        if place.startswith(NEW):
            draft = await self._read(place) if OBJECT in text else Draft(text)
            self._store.journal.draft(place, "")
            self.changed()
            return draft
        session = await resume(self._workspace, self._services, place) if place else None
        if session is not None and self._next == conversation_id and self._id is None:
            self._hold(session)  # nothing was sent, and nothing else opened, meanwhile
        return NOTHING

    def _hand_over(self, conversation_id: str, draft: Draft) -> None:
        self._known[conversation_id] = draft
        session = self._workspace.session_of(conversation_id)
        conversation = conversation_of(session) if session else None
        self._store.journal.draft(conversation_id, as_kept(draft), conversation, draft.attachments)
