"""A decoder whose long work is done beside the event loop: a picture of 20 MB would hold it up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from neurotui.errors import NeurotuiError
from neurotui.wire.decoders import Decoder
from neurotui.wire.events import ContentEvent

Argument = TypeVar("Argument")


class Decoding:
    """The reading of one answer."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._work: asyncio.Future[list[ContentEvent]] | None = None
        """The reading that runs beside the event loop, if one does."""

    @property
    def done(self) -> bool:
        """True once the last event was returned."""
        return self._decoder.done

    @property
    def finish_reason(self) -> str:
        """The model's word for why it ended, once it came."""
        return self._decoder.finish_reason

    async def feed(self, chunk: bytes) -> list[ContentEvent]:
        """Return the events that `chunk` completes."""
        if not self._decoder.is_long(chunk):
            return self._decoder.feed(chunk)
        return await self._beside(self._decoder.feed, chunk)

    async def close(self, error: NeurotuiError | None) -> list[ContentEvent]:
        """Return the last events, when the body has ended or was broken off by `error`."""
        if not self._decoder.is_long():
            return self._decoder.close(error)
        return await self._beside(self._decoder.close, error)

    async def rest(self) -> list[ContentEvent]:
        """Return the events of what was being read when a time limit ended the wait for it."""
        return [] if self._work is None else await self._work

    async def _beside(
        self, work: Callable[[Argument], list[ContentEvent]], argument: Argument
    ) -> list[ContentEvent]:
        self._work = asyncio.ensure_future(asyncio.to_thread(work, argument))
        events = await asyncio.shield(self._work)  # a decoder does one thing at a time
        self._work = None
        return events
