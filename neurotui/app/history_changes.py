"""Changes of conversations in the history: rename, pin, delete, undo."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from neurotui.app import listing
from neurotui.chat.conversation import Conversation
from neurotui.chat.session import Session
from neurotui.chat.text import clean_line
from neurotui.errors import StoreError
from neurotui.i18n import _
from neurotui.store.library import Library, Summary

NAMED = 50
"""Longest name in a sentence about a conversation (cells)."""


def _none(_conversation_id: str) -> Sequence[Session]:
    """Default: no conversation is open but the one on the screen."""
    return ()


class HistoryChanges:
    """Operations on the conversations that are listed.

    Each change takes effect at once, for the history may be closed before it is written. Awaiting the result
    of a method writes the change in a thread and returns the text to show; a StoreError reverts the change.
    """

    def __init__(
        self,
        library: Library,
        current: Conversation,
        sessions_of: Callable[[str], Sequence[Session]] = _none,
        gone: dict[str, str] | None = None,
    ) -> None:
        """`sessions_of` returns the open sessions of a conversation; `gone` is of earlier changes."""
        self.current = current
        """The conversation that is open: renaming it changes its title in memory too."""
        self.deleted: list[Summary] = []
        """Conversations that can be restored, the last one first."""
        self._library = library
        self._sessions_of = sessions_of
        self.gone = gone if gone is not None else {}
        """The names, by their ids, of the conversations that were deleted here since the start."""
        self._in_turn = asyncio.Lock()
        """Changes are written in the order in which they were made."""
        self._changing: set[asyncio.Task[str]] = set()

    @property
    def current_is_deleted(self) -> bool:
        """True if the conversation that is open was deleted."""
        return any(summary.id == self.current.id for summary in self.deleted)

    def rename(self, summary: Summary, title: str) -> Awaitable[str]:
        """Rename a conversation; without a title, its first words name it."""
        opened = [each.conversation for each in self._sessions_of(summary.id)[:1]]
        conversation = self.current if summary.id == self.current.id else next(iter(opened), None)
        before = conversation.title if conversation is not None else ""

        def name_it(title: str) -> None:
            if conversation is not None:
                conversation.title = title

        name_it(title)
        rename = self._write(lambda: self._library.rename(summary.id, title), failed=lambda: name_it(before))
        return self._surely(rename)

    def pin(self, summary: Summary) -> Awaitable[str]:
        """Pin a conversation to the top, or unpin it."""
        return self._surely(self._write(lambda: self._library.pin(summary.id, not summary.pinned)))

    def running(self, summary: Summary) -> int:
        """Return the number of answers that are being written here in a conversation."""
        return sum(session.running for session in self._sessions_of(summary.id))

    def delete(self, summary: Summary) -> Awaitable[str]:
        """Delete a conversation, after what runs in it here was stopped; `undo` restores it."""
        self.deleted.append(summary)
        return self._surely(self._delete(summary))

    def undo(self) -> Awaitable[str]:
        """Restore the conversation that was deleted last."""
        return self._surely(self._undo(self.deleted.pop()))

    async def written(self) -> None:
        """Wait until all changes are written, or have failed."""
        if self._changing:
            await asyncio.wait(self._changing)

    async def returned(self) -> str:
        """Return what to say of conversations that were deleted here and are back; empty if none is.

        Another window has gone on with them. Raises StoreError.
        """
        if not self.gone:
            return ""
        back = await asyncio.to_thread(self._library.returned, tuple(self.gone))
        names = [self.gone.pop(id_) for id_ in back if id_ in self.gone]
        self.deleted = [summary for summary in self.deleted if summary.id not in back]
        words = _("“{name}” is back: it was continued in another window")
        return " · ".join(words.format(name=name) for name in names)

    async def _delete(self, summary: Summary) -> str:
        name = clean_line(listing.name(summary.name), NAMED)
        is_deleted = False
        try:
            async with self._in_turn:
                # Nothing is stopped in vain: it stays as long as another window writes in it.
                if not await asyncio.to_thread(self._library.is_answered_elsewhere, summary.id):
                    await asyncio.gather(*(session.stop() for session in self._sessions_of(summary.id)))
                    is_deleted = await asyncio.to_thread(self._library.delete, summary.id)
        finally:
            if not is_deleted and summary in self.deleted:
                self.deleted.remove(summary)
        if not is_deleted:
            words = _("“{name}” is kept: an answer is being written in it in another window")
            return words.format(name=name)
        self.gone[summary.id] = name
        return _("“{name}” is deleted").format(name=name)

    async def _undo(self, summary: Summary) -> str:
        name = clean_line(listing.name(summary.name), NAMED)
        told = _("“{name}” is back").format(name=name)
        restore = self._write(
            lambda: self._library.restore(summary.id), told, failed=lambda: self.deleted.append(summary)
        )
        told = await restore
        self.gone.pop(summary.id, None)
        return told

    def _surely(self, change: Coroutine[Any, Any, str]) -> Awaitable[str]:
        """Make a change that goes on when the caller is cancelled: the history may be closed meanwhile."""
        task = asyncio.get_running_loop().create_task(change)
        self._changing.add(task)
        task.add_done_callback(self._changing.discard)
        return asyncio.shield(task)

    async def _write(
        self, change: Callable[[], None], told: str = "", failed: Callable[[], None] = lambda: None
    ) -> str:
        try:
            async with self._in_turn:
                await asyncio.to_thread(change)
        except StoreError:
            failed()
            raise
        return told
