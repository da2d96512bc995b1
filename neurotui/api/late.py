"""A client that is made when it is first needed.

Importing httpx and reading the certificates takes longer than drawing the first screen; so both wait until
the screen stands, and happen on a thread, beside the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from neurotui.api.net.threads import on_daemon_thread
from neurotui.errors import NeurotuiError
from neurotui.wire.events import Failed, ReplyEvent
from neurotui.wire.request import ChatRequest

if TYPE_CHECKING:
    from neurotui.api.catalogue import Balance, ModelInfo
    from neurotui.api.client import ChatClient


class LateClient:
    """Stands for the ChatClient that `make` makes. What `make` raises is how every request ends."""

    def __init__(self, make: Callable[[], ChatClient]) -> None:
        self._make = make
        self._client: asyncio.Future[ChatClient] | None = None

    async def stream(self, request: ChatRequest, emit: Callable[[ReplyEvent], None]) -> None:
        """As ChatClient.stream."""
        try:
            client = await self.client()
        except NeurotuiError as error:
            emit(Failed(error))
        else:
            await client.stream(request, emit)

    async def warm(self) -> None:
        """As ChatClient.warm; silent where there is no client to be had."""
        try:
            client = await self.client()
        except NeurotuiError:
            return
        await client.warm()

    async def models(self) -> list[ModelInfo]:
        """As ChatClient.models."""
        return await (await self.client()).models()

    async def balance(self) -> Balance | None:
        """As ChatClient.balance; None also where there is no client to be had."""
        try:
            client = await self.client()
        except NeurotuiError:
            return None
        return await client.balance()

    async def aclose(self) -> None:
        """Closes the client, if one was made."""
        if self._client is None:
            return
        if not self._client.done():
            self._client.cancel()
        elif not self._client.exception():
            await self._client.result().aclose()

    async def client(self) -> ChatClient:
        """The client itself; raises what kept it from being made, each time anew."""
        if self._client is None or (self._client.done() and self._client.exception()):
            self._client = on_daemon_thread(self._make, "make client")
        # Shielded: a stop while the client is being made must not spoil it for the next request.
        return await asyncio.shield(self._client)
