"""httpcore's way to the network: connections of our own, one of them opened before there is a request for it.

`NetworkBackend.prepare` opens a connection, TLS and all, at the price of a handshake and without any request.
A request that comes while it is being opened waits for it; one that it has failed by then opens its own.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Iterable

import httpcore

from neurotui.api.net.compat import use_asyncio
from neurotui.api.net.dialing import open_connection, result_of
from neurotui.api.net.stream import SocketStream

use_asyncio()


class NetworkBackend(httpcore.AsyncNetworkBackend):
    """Open the connections of one client, and keep sight of them."""

    def __init__(self) -> None:
        self._connections: list[SocketStream] = []
        self._prepared: asyncio.Task[SocketStream] | None = None
        self._prepared_for: tuple[str, int] | None = None

    @property
    def received(self) -> int:
        """Bytes that came over the connections there are."""
        return sum(connection.received for connection in self._connections)

    @property
    def soiled(self) -> bool:
        """True if an open connection has more than the answer that was asked for."""
        return any(connection.soiled for connection in self._connections if not connection.closed)

    @property
    def handshaking(self) -> bool:
        """Return whether the latest connection waits, or waited to its end, for an answer in TLS."""
        return bool(self._connections) and self._connections[-1].handshaking

    @property
    def preparing(self) -> bool:
        """True if a prepared connection is there or on its way."""
        return self._prepared is not None and (not self._prepared.done() or self.ready)

    @property
    def ready(self) -> bool:
        """True if a prepared connection can be used at once."""
        connection = result_of(self._prepared)
        return connection is not None and connection.fresh

    @property
    def age(self) -> float:
        """Seconds for which the prepared connection has been open; 0 if there is none."""
        connection = result_of(self._prepared)
        return 0.0 if connection is None else time.monotonic() - connection.opened_at

    def pace(self, interval: Callable[[], float]) -> None:
        """Leave at least `interval` seconds between two reads while the rest of an answer comes steadily."""
        for connection in self._connections:
            connection.pace(interval)

    def take_body(self) -> None:
        """Note that the head of an answer is complete: what comes now is its body."""
        for connection in self._connections:
            connection.awaits_head = False

    def prepare(self, host: str, port: int, ssl_context: ssl.SSLContext | None, limit: float) -> None:
        """Begin to open a connection, within `limit` seconds, that the next request will find."""
        self._prepared_for = host, port
        self._prepared = asyncio.create_task(self._prepare(host, port, ssl_context, limit))
        self._prepared.add_done_callback(result_of)  # a failure that nobody asks for is none to report

    def hang_up(self) -> None:
        """Close all connections now."""
        if self._prepared is not None:
            self._prepared.cancel()
        for connection in self._connections:
            connection.abort()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> SocketStream:
        prepared, self._prepared = self._prepared, None
        if prepared is not None and self._prepared_for == (host, port):
            if not prepared.done():
                return await prepared
            connection = result_of(prepared)
            if connection is not None and connection.fresh:
                return connection
        return await self._open(host, port, timeout)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _prepare(
        self, host: str, port: int, ssl_context: ssl.SSLContext | None, limit: float
    ) -> SocketStream:
        connection = await self._open(host, port, limit)
        if ssl_context is not None:
            ssl_context.set_alpn_protocols(["http/1.1"])
            await connection.start_tls(ssl_context, host, limit)
            connection.secured_ahead = True
        return connection

    async def _open(self, host: str, port: int, limit: float | None) -> SocketStream:
        try:
            async with asyncio.timeout(limit):
                connection = await open_connection(host, port)
        except TimeoutError as reason:
            raise httpcore.ConnectTimeout(str(reason)) from reason
        except OSError as reason:
            raise httpcore.ConnectError(str(reason)) from reason
        self._connections = [other for other in self._connections if not other.closed]
        self._connections.append(connection)
        return connection
