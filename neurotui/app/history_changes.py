"""Changes of conversations in the history: rename, pin, delete, undo."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from neurotui.app import listing
from neurotui.chat.conversation import Conversation
from neurotui.errors import StoreError
from neurotui.i18n import _
from neurotui.store.library import Library, Summary


class HistoryChanges:
    """Operations on the conversations that are listed.

    Each change takes effect at once, for the history may be closed before it is written. Awaiting the result
    of a method writes the change in a thread and returns the text to show; a StoreError reverts the change.
    """

    def __init__(self, library: Library, current: Conversation) -> None:
        self.current = current
        """The conversation that is open: renaming it changes its title in memory too."""
        self.deleted: list[Summary] = []
        """Conversations that can be restored, the last one first."""
        self._library = library

    @property
    def current_is_deleted(self) -> bool:
        """True if the conversation that is open was deleted."""
        return any(summary.id == self.current.id for summary in self.deleted)

    def rename(self, summary: Summary, title: str) -> Awaitable[str]:
        """Rename a conversation; without a title, its first words name it."""
        before = self.current.title

        def name_it(title: str) -> None:
            if summary.id == self.current.id:
                self.current.title = title

        name_it(title)
        return self._write(lambda: self._library.rename(summary.id, title), failed=lambda: name_it(before))

    def pin(self, summary: Summary) -> Awaitable[str]:
        """Pin a conversation to the top, or unpin it."""
        return self._write(lambda: self._library.pin(summary.id, not summary.pinned))

    def delete(self, summary: Summary) -> Awaitable[str]:
        """Delete a conversation; `undo` restores it."""
        self.deleted.append(summary)
        return self._write(
            lambda: self._library.delete(summary.id),
            _("“{name}” is deleted").format(name=listing.name(summary.name)),
            failed=lambda: self.deleted.remove(summary),
        )

    def undo(self) -> Awaitable[str]:
        """Restore the conversation that was deleted last."""
        summary = self.deleted.pop()
        return self._write(
            lambda: self._library.restore(summary.id),
            _("“{name}” is back").format(name=listing.name(summary.name)),
            failed=lambda: self.deleted.append(summary),
        )

    async def _write(
        self, change: Callable[[], None], told: str = "", failed: Callable[[], None] = lambda: None
    ) -> str:
        try:
            await asyncio.to_thread(change)
        except StoreError:
            failed()
            raise
        return told
