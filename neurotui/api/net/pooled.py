"""One connection to the server, and the httpx client that speaks over it.

A line carries one request at a time. After an answer that was read to its end it carries the next one; after
anything else it is hung up and thrown away, pool and all, so that nothing of one answer, and no slip in the
book-keeping of a pool, can reach the next.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpcore
import httpx

from neurotui import __version__
from neurotui.api.endpoint import Endpoint
from neurotui.api.faults import SOCKS_UNREADABLE, Hop
from neurotui.api.net.backend import NetworkBackend
from neurotui.api.net.environment import Route
from neurotui.errors import Redirected
from neurotui.wire.redaction import words_of

if TYPE_CHECKING:
    from neurotui.api.recording.format import RecordedExchange

for _name in ("httpx", "httpcore"):
    # Below warnings they log headers and the words of the server, which may repeat the key.
    logging.getLogger(_name).setLevel(logging.WARNING)

KEEP = 90.0
"""Seconds for which an idle connection is kept; on the clock on the wall, which a sleep does not stop."""
KEEP_LOOPBACK = 12.0
"""The same for a server on this computer: many serve one connection at a time, and another costs nothing."""
MARGIN = 1.0
"""Seconds before the end of what a server promises, at which a connection is not used any more."""
TURNS = 5
"""Of the event loop, until it has read what came and told of an end through all layers of TLS."""
TRY_AGAIN = 5.0
"""Seconds after which a connection that could not be prepared may be tried again."""


class KeyHeader(httpx.Auth):
    """Add the key and the server's own headers to requests to that server, and to no other."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._headers = endpoint.credentials
        self._origin = _origin(httpx.URL(endpoint.base_url))

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if _origin(request.url) == self._origin:
            for header in self._headers:
                request.headers[header.name] = header.value.reveal()
        yield request


class PoolTransport(httpx.AsyncBaseTransport):
    """httpx's way to httpcore, over a pool with a network of our own, which httpx has no parameter for."""

    def __init__(self, network: NetworkBackend, route: Route) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=route.tls,
            proxy=route.proxy,
            max_connections=1,
            keepalive_expiry=None,  # how long a connection rests is its owner's to say
            network_backend=network,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        with in_words_of_httpx():
            answer = await self._pool.handle_async_request(
                httpcore.Request(
                    request.method,
                    httpcore.URL(
                        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                    ),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer),
            extensions=answer.extensions,
        )

    @property
    def idle(self) -> bool:
        """True if an open connection waits for a request."""
        return any(
            connection.is_idle() and not connection.has_expired() for connection in self._pool.connections
        )


class _Body(httpx.AsyncByteStream):
    """The body of an answer."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        assert isinstance(self._answer.stream, AsyncIterable)
        with in_words_of_httpx():
            async for piece in self._answer.stream:
                yield piece

    async def aclose(self) -> None:
        await self._answer.aclose()


@contextmanager
def in_words_of_httpx() -> Iterator[None]:
    """Raise what httpcore raises as the exception of the same name of httpx."""
    try:
        yield
    except Exception as reason:
        for kind in type(reason).__mro__:
            if kind.__module__.startswith("httpcore") and hasattr(httpx, kind.__name__):
                raise getattr(httpx, kind.__name__)(str(reason)) from reason
        # Where a SOCKS proxy breaks off, httpcore lets another library's exception through.
        if type(reason).__module__.startswith("socksio."):
            raise httpx.ProxyError(SOCKS_UNREADABLE) from None
        raise


class PooledConnection:
    """A connection and its client."""

    def __init__(
        self,
        endpoint: Endpoint,
        route: Route,
        transport: httpx.AsyncBaseTransport | None = None,
        record: Callable[[RecordedExchange], None] | None = None,
    ) -> None:
        """Speaks through `transport` where one is given, and then `route` means nothing."""
        self.network = NetworkBackend()
        self.tls = ""
        """The TLS version of the connection, where it has one."""
        self._own = PoolTransport(self.network, route) if transport is None else None
        self._route = route
        self._endpoint = endpoint
        self._keep = KEEP_LOOPBACK if endpoint.loopback else KEEP
        self._used_at = time.time()
        self._prepared_at = -TRY_AGAIN
        used = self._own or transport
        if record is not None and used is not None:
            from neurotui.api.recording.recorder import Recorder

            used = Recorder(record).around(used, endpoint)
        self.client = httpx.AsyncClient(
            transport=used,
            auth=KeyHeader(endpoint),
            headers={
                "Host": endpoint.host_header,
                "User-Agent": f"neurotui/{__version__}",
                "Accept": "application/json",
                # Packing holds events back until a block is full.
                "Accept-Encoding": "identity",
            },
            event_hooks={"response": [self._refuse_redirect]},
            follow_redirects=False,
            trust_env=False,
        )

    @property
    def hop(self) -> Hop | None:
        """The proxy on the way."""
        return self._route.hop

    @property
    def trusted(self) -> bool:
        """True if an open connection may be used: not after a long time, a sleep or a clock set back."""
        return 0 < self.rests_for <= self._keep

    @property
    def rests_for(self) -> float:
        """Seconds for which what is open may go on standing idle."""
        return self._used_at + self._keep - time.time()

    @property
    def open(self) -> bool:
        """True if a connection waits for a request, or is on its way."""
        return self.idle or self.network.preparing

    @property
    def idle(self) -> bool:
        """True if a connection of an earlier request waits for the next one."""
        return self._own is not None and self._own.idle

    def prepare(self, limit: float) -> None:
        """Begin to open a connection within `limit` seconds, unless there is one or that failed just now."""
        now = time.monotonic()
        if self._own is None or self.idle or self.network.preparing or now < self._prepared_at + TRY_AGAIN:
            return
        self._prepared_at = now
        self._used_at = time.time()
        proxy = self._route.proxy
        origin = (proxy.url if proxy else httpcore.URL(self._endpoint.base_url)).origin
        tls = proxy.ssl_context if proxy else self._route.tls
        self.network.prepare(origin.host.decode(), origin.port, tls, limit)

    async def look(self) -> None:
        """Give the event loop the time to see whether what is open was closed meanwhile."""
        if self.open:
            for _ in range(TURNS):
                await asyncio.sleep(0)

    def rest(self, promised: float | None = None) -> bool:
        """Let the line wait for its next request; return whether it can.

        `promised` is for how many seconds the server said to keep it: it is given up before they are over, so
        that no request meets the server's own farewell.
        """
        self._used_at = time.time()
        if promised is not None:
            self._keep = min(self._keep, promised - MARGIN)
        return not self.network.soiled

    def hang_up(self) -> None:
        """Close the connection now. It carries no further request."""
        self.network.hang_up()

    async def _refuse_redirect(self, response: httpx.Response) -> None:
        """Raise Redirected, before httpx so much as reads where to."""
        if response.has_redirect_location:
            target = words_of(response.headers["Location"], self._endpoint.secrets, 200)
            raise Redirected(host=self._endpoint.host, target=target, http_status=response.status_code)


def _origin(url: httpx.URL) -> tuple[bytes, bytes, int | None]:
    return url.raw_scheme, url.raw_host, url.port
