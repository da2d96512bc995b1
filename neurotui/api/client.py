"""The client of one server: replies as events, models, balance.

What happens in a reply is said at once and synchronously, by calling `emit`; an error is said too, as the
last event. The rules of repeating are in `retry`, those of connections in `pool` and `net`.

Importing httpx, reading the certificates and fetching a key take longer than drawing the first screen. So
nothing of it is loaded with this module: a client makes its connections when they are first needed, on a
thread.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from neurotui.api import retry
from neurotui.api.endpoint import Endpoint
from neurotui.api.explaining import explained
from neurotui.api.net.pacing import at_once
from neurotui.api.net.threads import on_daemon_thread
from neurotui.api.timeouts import DEFAULT_TIMEOUTS, Timeouts
from neurotui.errors import (
    KeyMissing,
    KeyRefused,
    LookupTimeout,
    ModelNotFound,
    ModelsNotListed,
    NeurotuiError,
    ProtocolViolated,
    RequestRefused,
    SilenceTimeout,
    WebPageReceived,
    WrongAddress,
    has_version,
)
from neurotui.i18n import _

if TYPE_CHECKING:
    import httpx

    from neurotui.api.catalogue import Balance, ModelInfo
    from neurotui.api.encoding import Blobs, Encoder
    from neurotui.api.pool import ConnectionPool
    from neurotui.api.recording.format import RecordedExchange
    from neurotui.wire.events import ReplyEvent
    from neurotui.wire.price import Price
    from neurotui.wire.request import ChatRequest


MAX_DOCUMENT_BYTES = 8 * 1024 * 1024
IDENTIFY_WITHIN = 3.0
"""Seconds for the list of models, when a refusal is to be understood by it."""


class ChatClient:
    """Talks to one server. Several replies may run at once, each over a connection of its own."""

    def __init__(
        self,
        endpoint: Endpoint | Callable[[], Endpoint],
        *,
        transport: Callable[[], httpx.AsyncBaseTransport] | None = None,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        record: Callable[[RecordedExchange], None] | None = None,
        blobs: Blobs | None = None,
    ) -> None:
        """Where `endpoint` has to be made, that may take its time, and raise NeurotuiError.

        `transport` makes what takes the place of the network; `record` is given each exchange that has ended.
        What is wrong with the environment or the endpoint is how every request ends, until it is not wrong
        any more.
        """
        self._endpoint = endpoint
        self._transport = transport
        self._timeouts = timeouts
        self._record = record
        self.blobs = blobs
        """The bytes of the files that requests carry; None if there are none."""
        self._making: asyncio.Future[ConnectionPool] | None = None
        self._closed = False
        self._counts_refused = False
        """True if this server refuses to be asked for the counts of tokens in a stream."""

    async def endpoint(self) -> Endpoint:
        """Return the endpoint, with its key, though the way to it may be barred. Raises NeurotuiError."""
        try:
            return (await self._pool()).endpoint
        except NeurotuiError:
            if callable(self._endpoint):
                raise
            return self._endpoint

    async def stream(
        self,
        request: ChatRequest,
        emit: Callable[[ReplyEvent], None],
        interval: Callable[[], float] = at_once,
    ) -> None:
        """Ask for a reply, and call `emit` with each of its events, ending with one Finished or Failed.

        `interval` returns the least time between two reads of a steady answer, in seconds, as of now.

        Cancelled, it raises CancelledError with the connection closed already. Raises nothing else but what
        `emit` raises.
        """
        from neurotui.api.encoding import Encoder
        from neurotui.wire.events import Failed, FilesChecked, Reconnected, RetryScheduled

        try:
            pool = await self._pool()
        except NeurotuiError as trouble:
            emit(Failed(trouble.with_traceback(None)))
            return
        repetition = 0
        reconnected = False
        encoder = Encoder(self.blobs)
        if request.earlier:
            lost = await encoder.lost(request.earlier)
            emit(FilesChecked(request.earlier, lost))
            request = request.without(lost)
        while (failure := await self._attempt(pool, request, encoder, emit, interval)) is not None:
            error, may_repeat, stale = failure
            if stale and not reconnected:
                reconnected = True
                emit(Reconnected())
                continue
            delay = retry.delay(error, repetition + 1, random.random()) if may_repeat else None
            if delay is None:
                emit(Failed(error))
                return
            repetition += 1
            emit(RetryScheduled(error, delay, repetition))
            await asyncio.sleep(delay)

    async def warm(self) -> None:
        """Begin to open a connection for the next request, unless there is one; do not wait for it.

        TCP and TLS only: the server sees no request. Through a proxy, only the way to the proxy is opened.
        Silent about whatever goes wrong.
        """
        if self._closed:
            return
        with suppress(NeurotuiError):
            (await self._pool()).warm(self._timeouts.connect)

    async def models(self) -> list[ModelInfo]:
        """Return the models that the key may use. Raises NeurotuiError."""
        from neurotui.api.catalogue import read_models
        from neurotui.wire.errorbody import is_error
        from neurotui.wire.faults import classify

        pool = await self._pool()
        try:
            document = await self._fetch("models")
        except (WrongAddress, WebPageReceived) as error:
            raise await self._unlisted(error) from None
        models = await asyncio.to_thread(read_models, document)
        if models is None and isinstance(document, dict) and is_error(document):
            raise explained(classify(None, document, pool.target()), pool)
        if models is None:
            raise ProtocolViolated(_("That is not a list of models"), host=pool.endpoint.host)
        return models

    async def _unlisted(self, error: NeurotuiError) -> NeurotuiError:
        """The error of a server that gives no list of models: it has none, or its API is at /v1."""
        from neurotui.api.catalogue import read_models

        endpoint = await self.endpoint()
        address = endpoint.base_url
        elsewhere = WrongAddress(url=address, suggestion=f"{address}/v1", http_status=error.http_status)
        if not has_version(address):
            with suppress(NeurotuiError):
                try:
                    if read_models(await self._fetch("v1/models")) is not None:
                        return elsewhere
                except (KeyRefused, KeyMissing):
                    return elsewhere
        if isinstance(error, WebPageReceived):
            return error
        return ModelsNotListed(host=endpoint.host, url=address, http_status=error.http_status)

    async def prices(self, group: str = "") -> dict[str, Price] | None:
        """Return the prices in catalogues beside the list of models. Silent about whatever goes wrong.

        None if a catalogue could not be had now, but may be soon. That of a New API gateway is public, and
        asked for without the key and the server's headers; `group` is that of the key.
        """
        from neurotui.api.catalogue import read_models
        from neurotui.api.pricing import MAX_PRICING_BYTES, read_pricing

        passes = False
        try:
            stranger = (await self._pool()).keyless()
            document = await self._fetch("api/pricing", stranger, MAX_PRICING_BYTES)
            found = await asyncio.to_thread(read_pricing, document, group)
            if found is not None:
                return found
        except NeurotuiError as error:
            passes = error.passes
        try:
            models = await asyncio.to_thread(read_models, await self._fetch("model/info"))
            if found := {model.id: model.price for model in models or () if model.price is not None}:
                return found
        except NeurotuiError as error:
            passes |= error.passes
        return None if passes else {}

    async def balance(self) -> Balance | None:
        """Return what was spent and what is left; None if the server does not tell, for whatever reason."""
        from neurotui.api.catalogue import read_balance

        try:
            usage = await self._fetch("dashboard/billing/usage")
            return read_balance(usage, await self._fetch("dashboard/billing/subscription"))
        except NeurotuiError:
            return None

    async def aclose(self) -> None:
        """Close what is open. A reply that runs is for its owner to cancel."""
        self._closed = True
        if (pool := self._made()) is not None:
            await pool.aclose()
        elif self._making is not None:
            self._making.cancel()

    def let_go(self) -> None:
        """Close the connection that is kept for the next request, if there is one."""
        if (pool := self._made()) is not None:
            pool.let_go()

    async def _pool(self) -> ConnectionPool:
        """Return the connections, which are made by the first to need them. Raises NeurotuiError."""
        if (pool := self._made()) is not None:
            return pool
        if self._making is None or self._making.done():
            self._making = on_daemon_thread(self._make, "make client")
        # Shielded: a stop while they are being made must not spoil them for the next request.
        return await asyncio.shield(self._making)

    def _made(self) -> ConnectionPool | None:
        making = self._making
        if making is None or not making.done() or making.cancelled() or making.exception():
            return None
        return making.result()

    def _make(self) -> ConnectionPool:
        if callable(self._endpoint):
            self._endpoint = self._endpoint()
        from neurotui.api.pool import ConnectionPool

        return ConnectionPool(self._endpoint, self._transport and self._transport(), self._record)

    async def _attempt(
        self,
        pool: ConnectionPool,
        request: ChatRequest,
        encoder: Encoder,
        emit: Callable[[ReplyEvent], None],
        interval: Callable[[], float],
    ) -> tuple[NeurotuiError, bool, bool] | None:
        """Ask once, as the user sees it; return None, or the error that it failed with, whether it may be
        repeated, and whether that is because the connection was closing when the request left.
        """
        from neurotui.api.encoding import Body
        from neurotui.wire.faults import as_of_files

        timeouts = self._timeouts
        if not request.stream:
            timeouts = replace(timeouts, silence=timeouts.unstreamed)
        while True:
            count_tokens = request.stream and not self._counts_refused
            try:
                body = await encoder.encode(request.body(include_usage=count_tokens))
            except NeurotuiError as lost:
                return lost.with_traceback(None), False, False
            try:
                async with pool.exchange(timeouts, request.model, emit, interval) as exchange:
                    await exchange.converse(pool.endpoint.url(request.call), body, request)
                return None
            except NeurotuiError as raised:
                error = raised.with_traceback(None)
            if count_tokens and b"stream_options" in exchange.error_body and error.http_status in (400, 422):
                self._counts_refused = True
                continue
            error = as_of_files(error) if isinstance(body, Body) else error
            error = await self._identified(error, request.model)
            may_repeat = not exchange.spoke and not exchange.pause_unread
            stays = request.once and exchange.asked
            return explained(error, pool), may_repeat and not stays, exchange.stale and not stays

    async def _identified(self, error: NeurotuiError, model: str) -> NeurotuiError:
        """A refusal, as one of the model if the server names it and its list of models lacks it.

        Asks for the list, which costs nothing: some servers give such a refusal no code of its own.
        """
        plain = type(error) in (RequestRefused, WrongAddress) and error.status in (400, 404, 422)
        if not plain or not re.search(rf"(?<![\w-]){re.escape(model)}(?![\w-])", error.cause):
            return error
        try:
            async with asyncio.timeout(IDENTIFY_WITHIN):
                models = await self.models()
        except (NeurotuiError, TimeoutError):
            return error
        if not models or any(known.id == model for known in models):
            return error
        return ModelNotFound(
            error.cause,
            http_status=error.http_status,
            stated_status=error.stated_status,
            code=error.code,
            request_id=error.request_id,
            model=model,
        )

    async def _fetch(
        self, path: str, pool: ConnectionPool | None = None, most: int = MAX_DOCUMENT_BYTES
    ) -> object:
        """The JSON document of a call that only reads, of at most so many bytes."""
        pool = pool or await self._pool()
        repeated = False
        busy = pool.busy
        limit = min(self._timeouts.lookup, self._timeouts.busy) if busy else self._timeouts.lookup
        while True:
            error: NeurotuiError
            try:
                async with asyncio.timeout(limit), pool.exchange(self._timeouts) as exchange:
                    return await exchange.fetch(pool.endpoint.url(path), most)
            except (TimeoutError, SilenceTimeout):
                seconds = round(min(limit, self._timeouts.silence))
                words = _("An answer is coming, and the server may take one connection at a time")
                error = LookupTimeout(words if busy else "", host=pool.endpoint.host, seconds=seconds)
            except NeurotuiError as raised:
                error = explained(raised, pool).with_traceback(None)
            if repeated or not exchange.stale:
                raise error
            repeated = True
