"""The client of one server: replies as events, models, balance.

What happens in a reply is said at once and synchronously, by calling `emit`; an error is said too, as the
last event. The rules of repeating are in `retry`, those of connections in `line` and `network`.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx

from neurotui.api import retry
from neurotui.api.endpoint import Endpoint
from neurotui.api.exchange import Exchange, unheard
from neurotui.api.faults import hide_library_frames
from neurotui.api.net.environment import Route
from neurotui.api.net.pooled import PooledConnection
from neurotui.api.timeouts import DEFAULT_TIMEOUTS, Timeouts
from neurotui.errors import (
    ConfigurationError,
    Disconnected,
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
from neurotui.wire.errorbody import is_error
from neurotui.wire.events import Failed, Reconnected, ReplyEvent, RetryScheduled
from neurotui.wire.faults import Target, classify
from neurotui.wire.request import ChatRequest

if TYPE_CHECKING:
    from neurotui.api.catalogue import Balance, ModelInfo
    from neurotui.api.recording.recorder import Recorder


IDENTIFY_WITHIN = 3.0
"""Seconds for the list of models, when a refusal is to be understood by it."""


class ChatClient:
    """Talks to the server of an endpoint. Several replies may run at once, each over a line of its own."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        recorder: Recorder | None = None,
    ) -> None:
        """`transport` takes the place of the network, `recorder` listens to what it brings.

        May be called on any thread, and takes some 20 ms. What is wrong with the environment is told by the
        first request, not here.
        """
        self.endpoint = endpoint
        self._timeouts = timeouts
        self._transport = transport
        self._recorder = recorder
        self._spare: PooledConnection | None = None
        """The line that waits for the next request: with a kept connection, a prepared one, or none yet."""
        self._letting_go: asyncio.TimerHandle | None = None
        """Closes the spare line when it has rested long enough."""
        self._running = 0
        """Requests on their way."""
        self._closed = False
        self._counts_refused = False
        """Whether this server refuses to be asked for the counts of tokens in a stream."""
        self._heard = False
        """True once this server has answered in HTTP."""
        self._route = Route(None, None)
        self._trouble: ConfigurationError | None = None
        if transport is None:
            try:
                self._route = Route.to(endpoint)
            except ConfigurationError as error:
                self._trouble = error

    async def stream(self, request: ChatRequest, emit: Callable[[ReplyEvent], None]) -> None:
        """Asks for a reply, and calls `emit` with each of its events, ending with one Finished or Failed.

        Cancelled, it raises CancelledError with the connection closed already. Raises nothing else but what
        `emit` raises.
        """
        if self._trouble is not None:
            emit(Failed(self._trouble))
            return
        repetition = 0
        reconnected = False
        while (failure := await self._attempt(request, emit)) is not None:
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
        """Begin to open a connection for the next request, unless there is one; return at once.

        While a request runs, there is: its own, which is kept where its answer comes to its end. TCP and TLS
        only: the server sees no request. Through a proxy, only the way to the proxy is opened.
        """
        if self._trouble is None and not self._closed and not self._running:
            line = self._take()
            line.prepare(self._timeouts.connect)
            self._keep(line)

    async def models(self) -> list[ModelInfo]:
        """The models that the key may use. Raises NeurotuiError."""
        from neurotui.api.catalogue import read_models

        try:
            document = await self._fetch("models")
        except (WrongAddress, WebPageReceived) as error:
            raise await self._unlisted(error) from None
        models = read_models(document)
        if models is None and isinstance(document, dict) and is_error(document):
            raise self._explained(classify(None, document, self._target("")))
        if models is None:
            raise ProtocolViolated(_("That is not a list of models"), host=self.endpoint.host)
        return models

    async def _unlisted(self, error: NeurotuiError) -> NeurotuiError:
        """The error of a server that gives no list of models: it has none, or its API is at /v1."""
        from neurotui.api.catalogue import read_models

        address = self.endpoint.base_url
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
        return ModelsNotListed(host=self.endpoint.host, url=address, http_status=error.http_status)

    async def balance(self) -> Balance | None:
        """What was spent and what is left; None where the server does not tell, for whatever reason."""
        from neurotui.api.catalogue import read_balance

        try:
            usage = await self._fetch("dashboard/billing/usage")
            return read_balance(usage, await self._fetch("dashboard/billing/subscription"))
        except NeurotuiError:
            return None

    async def aclose(self) -> None:
        """Closes what is open. A reply that runs is for its owner to cancel."""
        self._closed = True
        if self._spare is not None:
            self.let_go()
            await asyncio.sleep(0)  # for the sockets' own farewell
        if self._transport is not None:
            await self._transport.aclose()

    def let_go(self) -> None:
        """Close the connection that is kept for the next request, if there is one."""
        self._stop_timer()
        if self._spare is not None:
            self._spare.hang_up()
            self._spare = None

    async def _attempt(
        self, request: ChatRequest, emit: Callable[[ReplyEvent], None]
    ) -> tuple[NeurotuiError, bool, bool] | None:
        """Ask once, as the user sees it; return None, or the error that it failed with, whether it may be
        repeated, and whether that is because the connection was closing when the request left.
        """
        timeouts = self._timeouts
        if not request.stream:
            timeouts = replace(timeouts, silence=timeouts.unstreamed)
        while True:
            count_tokens = request.stream and not self._counts_refused
            body = json.dumps(request.body(include_usage=count_tokens), ensure_ascii=False, default=str)
            try:
                async with self._exchange(timeouts, request.model, emit) as exchange:
                    await exchange.converse(
                        self.endpoint.url("chat/completions"),
                        body.encode("utf-8", "replace"),
                        stream=request.stream,
                    )
                return None
            except NeurotuiError as raised:
                error = raised.with_traceback(None)
            if count_tokens and b"stream_options" in exchange.error_body and error.http_status in (400, 422):
                self._counts_refused = True
                continue
            error = await self._identified(error, request.model)
            may_repeat = not exchange.spoke and not exchange.pause_unread
            return self._explained(error), may_repeat, exchange.stale

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

    async def _fetch(self, path: str) -> object:
        """The JSON document of a call that only reads."""
        if self._trouble is not None:
            raise self._trouble.with_traceback(None)
        repeated = False
        busy = self._running > 0
        limit = min(self._timeouts.lookup, self._timeouts.busy) if busy else self._timeouts.lookup
        while True:
            error: NeurotuiError
            try:
                async with (
                    asyncio.timeout(limit),
                    self._exchange(self._timeouts, "", unheard) as exchange,
                ):
                    return await exchange.fetch(self.endpoint.url(path))
            except (TimeoutError, SilenceTimeout):
                seconds = round(min(limit, self._timeouts.silence))
                words = _("An answer is coming, and the server may take one connection at a time")
                error = LookupTimeout(words if busy else "", host=self.endpoint.host, seconds=seconds)
            except NeurotuiError as raised:
                error = self._explained(raised).with_traceback(None)
            if repeated or not exchange.stale:
                raise error
            repeated = True

    @asynccontextmanager
    async def _exchange(
        self, timeouts: Timeouts, model: str, emit: Callable[[ReplyEvent], None]
    ) -> AsyncIterator[Exchange]:
        """A request about to be made. Its line is kept for the next one if the answer was read to its end."""
        line = self._take()
        exchange = Exchange(line, timeouts, self._target(model), emit)
        self._running += 1
        try:
            yield exchange
        except Exception as exception:
            hide_library_frames(exception)
            raise
        finally:
            self._running -= 1
            self._heard = self._heard or exchange.heard
            # While another request runs, its server may be waiting for this connection to be closed.
            if exchange.clean and line.rest(exchange.promised) and not self._running:
                self._keep(line)
            else:
                line.hang_up()

    def _target(self, model: str) -> Target:
        return Target(self.endpoint.host, self.endpoint.base_url, model, self.endpoint.secrets)

    def _take(self) -> PooledConnection:
        line, self._spare = self._spare, None
        self._stop_timer()
        if line is not None and line.trusted:
            return line
        if line is not None:
            line.hang_up()
        return PooledConnection(self.endpoint, self._route, self._transport, self._recorder)

    def _keep(self, line: PooledConnection) -> None:
        """Keep a line for the next request, for as long as it may rest; then close it, by a single timer."""
        if self._spare is not None or self._closed:
            line.hang_up()
            return
        self._spare = line
        if line.open:
            self._letting_go = asyncio.get_running_loop().call_later(line.rests_for, self.let_go)

    def _stop_timer(self) -> None:
        if self._letting_go is not None:
            self._letting_go.cancel()
            self._letting_go = None

    def _explained(self, error: NeurotuiError) -> NeurotuiError:
        """Return an error with what only the client knows: which key was refused, who never spoke HTTP."""
        plain = self.endpoint.base_url.startswith("http:") and self._route.hop is None
        if isinstance(error, Disconnected) and plain and not self._heard:
            words = _("If it is an https server, its address begins with https://")
            error.cause = ". ".join(filter(None, (error.cause, words)))
        if not isinstance(error, KeyRefused):
            return error
        key, source = self.endpoint.key, self.endpoint.key_source
        sent = ", ".join(header.name for header in self.endpoint.headers if header.is_secret)
        if sent:
            words = _("The profile gives it in the headers {names}").format(names=sent)
            error.cause = ". ".join(filter(None, (error.cause.rstrip("."), words)))
            return error
        if key is None:
            return KeyMissing(
                error.cause, http_status=error.http_status, code=error.code, request_id=error.request_id
            )
        match bool(key.last4), bool(source):
            case True, True:
                words = _("The key ends in {end} and comes from {source}")
            case True, False:
                words = _("The key ends in {end}")
            case False, True:
                words = _("The key comes from {source}")
            case _:
                words = ""
        error.cause = ". ".join(filter(None, (error.cause.rstrip("."), words.format(end=key, source=source))))
        return error
