"""What changes conversations in the history: renamed, pinned, deleted, brought back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from neurotui.app import listing
from neurotui.chat.conversation import Conversation
from neurotui.errors import StoreError
from neurotui.i18n import _
from neurotui.store.library import Library, Summary


class HistoryChanges:
    """Changes conversations that are listed.

    Each change holds at once, for the history may be closed before it is written. Awaiting what a method
    returns writes it, in a thread, and gives what to tell the user; a StoreError takes the change back.
    """

    def __init__(self, library: Library, current: Conversation) -> None:
        self.current = current
        """The conversation that is open: its title changes with that on disk."""
        self.deleted: list[Summary] = []
        """Those that can be brought back; the last one comes back first."""
        self._library = library

    @property
    def current_is_deleted(self) -> bool:
        """True if the conversation that is open was deleted."""
        return any(summary.id == self.current.id for summary in self.deleted)

    def rename(self, summary: Summary, title: str) -> Awaitable[str]:
        """Give a conversation another name; without one, its first words name it."""
        before = self.current.title

        def name_it(title: str) -> None:
            if summary.id == self.current.id:
                self.current.title = title

        name_it(title)
        return self._write(lambda: self._library.rename(summary.id, title), failed=lambda: name_it(before))

    def pin(self, summary: Summary) -> Awaitable[str]:
        """Keep a conversation at the top, or no longer."""
        return self._write(lambda: self._library.pin(summary.id, not summary.pinned))

    def delete(self, summary: Summary) -> Awaitable[str]:
        """Take a conversation out of the list."""
        self.deleted.append(summary)
        return self._write(
            lambda: self._library.delete(summary.id),
            _("“{name}” is deleted").format(name=listing.name(summary.name)),
            failed=lambda: self.deleted.remove(summary),
        )

    def undo(self) -> Awaitable[str]:
        """Bring back what was deleted last."""
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
