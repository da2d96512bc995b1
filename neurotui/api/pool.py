"""The connections of one client: each request has one to itself, and one waits for the next request.

The one that waits is what an answer left behind that was read to its end, or was opened while the user still
typed. It rests for a while only; a single timer closes it. Everything else is closed with its request.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from copy import copy
from urllib.parse import urlsplit

import httpx

from neurotui.api.endpoint import Endpoint
from neurotui.api.exchange import Exchange
from neurotui.api.faults import hide_library_frames
from neurotui.api.net.environment import Route
from neurotui.api.net.pacing import at_once
from neurotui.api.net.pooled import PooledConnection
from neurotui.api.recording.format import RecordedExchange
from neurotui.api.timeouts import Timeouts
from neurotui.wire.events import ReplyEvent
from neurotui.wire.faults import Target


def unheard(_event: ReplyEvent) -> None:
    """An `emit` for calls of which nobody wants to hear more than the result."""


class ConnectionPool:
    """The connections to one server: at most one that no request uses."""

    def __init__(
        self,
        endpoint: Endpoint,
        transport: httpx.AsyncBaseTransport | None = None,
        record: Callable[[RecordedExchange], None] | None = None,
    ) -> None:
        """`transport` takes the place of the network; `record` is given what went over it.

        May be called on any thread, and takes some 20 ms. Raises ConfigurationError for what is wrong with
        the environment.
        """
        self.endpoint = endpoint
        self.heard = False
        """True once this server has answered in HTTP."""
        self._transport = transport
        self._route = Route.to(endpoint) if transport is None else Route(None, None)
        self._record = record
        self._spare: PooledConnection | None = None
        """Waits for the next request: with a kept connection, a prepared one, or none yet."""
        self._letting_go: asyncio.TimerHandle | None = None
        """Closes the spare when it has rested long enough."""
        self._running = 0
        """Requests on their way."""
        self._closed = False

    @property
    def busy(self) -> bool:
        """True while a request is on its way."""
        return self._running > 0

    @property
    def unprotected(self) -> bool:
        """True if requests go to the server itself, and not over TLS."""
        return self.endpoint.base_url.startswith("http:") and self._route.hop is None

    def warm(self, limit: float) -> None:
        """Begin to open a connection for the next request, within `limit` seconds, unless there is one.

        While a request runs, there is: its own, which is kept where its answer comes to its end.
        """
        if not self._closed and not self.busy:
            connection = self._take()
            connection.prepare(limit)
            self._keep(connection)

    @asynccontextmanager
    async def exchange(
        self,
        timeouts: Timeouts,
        model: str = "",
        emit: Callable[[ReplyEvent], None] = unheard,
        interval: Callable[[], float] = at_once,
    ) -> AsyncIterator[Exchange]:
        """A request about to be made. Its connection is kept if the answer was read to its end."""
        connection = self._take()
        exchange = Exchange(connection, timeouts, self.target(model), emit, interval)
        self._running += 1
        try:
            yield exchange
        except Exception as exception:
            hide_library_frames(exception)
            raise
        finally:
            self._running -= 1
            self.heard = self.heard or exchange.heard
            # While another request runs, its server may be waiting for this connection to be closed.
            if exchange.clean and connection.rest(exchange.promised) and not self.busy:
                self._keep(connection)
            else:
                connection.hang_up()

    def target(self, model: str = "") -> Target:
        """The server and the model, as errors tell of them."""
        return Target(self.endpoint.host, self.endpoint.base_url, model, self.endpoint.secrets)

    def keyless(self) -> ConnectionPool:
        """Return connections to the root of the same host that send neither the key nor the server's headers.

        They are not recorded, and not kept.
        """
        parts = urlsplit(self.endpoint.base_url)
        pool = copy(self)
        pool.endpoint = Endpoint(f"{parts.scheme}://{parts.netloc}")
        pool._spare = pool._letting_go = pool._record = None
        pool._running, pool._closed = 0, True
        return pool

    def let_go(self) -> None:
        """Close the connection that waits for the next request, if there is one."""
        self._stop_timer()
        if self._spare is not None:
            self._spare.hang_up()
            self._spare = None

    async def aclose(self) -> None:
        """Close what is open. A reply that runs is for its owner to cancel."""
        self._closed = True
        if self._spare is not None:
            self.let_go()
            await asyncio.sleep(0)  # for the sockets' own farewell
        if self._transport is not None:
            await self._transport.aclose()

    def _take(self) -> PooledConnection:
        connection, self._spare = self._spare, None
        self._stop_timer()
        if connection is not None and connection.trusted:
            return connection
        if connection is not None:
            connection.hang_up()
        return PooledConnection(self.endpoint, self._route, self._transport, self._record)

    def _keep(self, connection: PooledConnection) -> None:
        """Keep a connection for the next request, for as long as it may rest."""
        if self._spare is not None or self._closed:
            connection.hang_up()
            return
        self._spare = connection
        if connection.open:
            self._letting_go = asyncio.get_running_loop().call_later(connection.rests_for, self.let_go)

    def _stop_timer(self) -> None:
        if self._letting_go is not None:
            self._letting_go.cancel()
            self._letting_go = None
