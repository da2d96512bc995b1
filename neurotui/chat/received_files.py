"""The files of one running answer, on their way to the disk: the answer ends when they are there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from neurotui.chat.attachments import Attachment
from neurotui.chat.events import MediaKept
from neurotui.chat.ports import Journal
from neurotui.chat.received import received
from neurotui.chat.turn import Turn
from neurotui.errors import StoreError
from neurotui.wire.events import MediaReceived


class ReceivedFiles:
    """Files of an answer. One that cannot be decoded or kept stays a part that is only named."""

    def __init__(
        self,
        journal: Journal,
        turn: Turn,
        tell: Callable[[MediaReceived], None],
        failed: Callable[[StoreError], None],
    ) -> None:
        """`tell` is called for each file when it is kept or cannot be, `failed` with trouble of the disk."""
        self._journal = journal
        self._turn = turn
        self._tell = tell
        self._failed = failed
        self._coming: set[asyncio.Future[Attachment]] = set()

    def take(self, media: MediaReceived) -> None:
        """Keep a file that came."""
        keeping = self._journal.keep_media(self._turn.answer_id, partial(received, media))
        self._coming.add(keeping)
        keeping.add_done_callback(partial(self._settle, media))

    async def settled(self) -> None:
        """Return when no file is on its way."""
        while self._coming:
            await asyncio.wait(self._coming)

    def _settle(self, media: MediaReceived, keeping: asyncio.Future[Attachment]) -> None:
        self._coming.discard(keeping)
        if keeping.cancelled():
            return
        error = keeping.exception()
        if error is None:
            self._turn.apply(MediaKept(media.kind, keeping.result()))
        elif isinstance(error, StoreError):
            self._failed(error)
        self._journal.note(self._turn.facts())
        self._tell(media)
