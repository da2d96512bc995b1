"""Files that come in answers, on their way to the disk: decoded and written on a thread of their own.

The bytes are kept first, the row follows with the texts of the answer. A file may be decoded for a while: no
question waits for that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from neurotui.chat.attachments import Attachment, Blobs
from neurotui.store.blobs import BlobStore
from neurotui.store.writes import Attach, Running

Make = Callable[[Blobs], Attachment]
"""Decodes a file and puts its bytes into the blobs. May raise."""


class AnswerFiles:
    """Makes attachments of what comes in answers, one after the other."""

    def __init__(self, blobs: BlobStore, on_made: Callable[[Attach], None]) -> None:
        self._blobs = blobs
        self._on_made = on_made
        self._thread = ThreadPoolExecutor(1, "files of answers")
        self._tasks: set[asyncio.Task[Attachment]] = set()

    def keep(self, answer_id: str, running: Running, make: Make) -> asyncio.Future[Attachment]:
        """Return the attachment once its bytes are kept, or what `make` raised.

        Whoever waits for it may be cancelled: it is kept all the same.
        """
        task = asyncio.get_running_loop().create_task(self._keep(answer_id, running, make))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return asyncio.shield(task)

    async def aclose(self) -> None:
        """Return when all are kept."""
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._thread.shutdown()

    async def _keep(self, answer_id: str, running: Running, make: Make) -> Attachment:
        attachment = await asyncio.get_running_loop().run_in_executor(self._thread, make, self._blobs)
        self._on_made(Attach(answer_id, running.files, attachment))
        running.files += 1
        return attachment
