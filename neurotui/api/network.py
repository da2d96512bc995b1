"""Sockets of our own: closed the moment they are no longer wanted, and opened before they are.

httpcore asks a backend for its connections. This one is plain asyncio, because what is promised of stopping
is decided here:

- A read, a write or an opening that is cancelled closes its socket there and then, and the cancellation
  travels on after that. httpcore's own way out takes several turns of the event loop, and a second
  cancellation ends it half-way, with the socket open and its place in the pool taken (httpcore#1093, #1115).
- Names are looked up on a daemon thread. The event loop's executor is waited for at exit, and a resolver that
  gets no answer would hold up a quitting program for half a minute.
- A connection is opened, TLS and all, before there is a request for it (`Network.prepare`), at the price of a
  handshake and without any request. A request that comes while it is being opened waits for it.

A server that greets in another protocol is known by its first bytes; h11 would wait for a whole head of it.

A flood cannot starve the program: every read gives the event loop a turn, and returns at most 16 KiB. It
cannot fill the memory either: beyond 128 KiB not asked for, the kernel is left to hold the server back.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import itertools
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpcore

with contextlib.suppress(ImportError):
    # httpcore would load it in the middle of its first request, which would leave 20 ms later.
    importlib.import_module("anyio._backends._asyncio")

PIECE = 16 * 1024
HIGH_WATER = 128 * 1024
LOW_WATER = 32 * 1024
METHODS = (b"POST ", b"GET ", b"CONNECT ")
NOT_HTTP = "not HTTP"
HEAD_START = 0.25
"""Seconds that an address has before the next one is tried beside it (RFC 8305)."""


class Connection(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """One connection to a server, with or without TLS."""

    def __init__(self) -> None:
        self.received = 0
        """Bytes that came so far, inside TLS."""
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._readable = asyncio.Event()
        """Set while there are bytes, or there will be no more."""
        self._writable = asyncio.Event()
        self._ended = False
        self._error: Exception | None = None
        self._paused = False
        self._asked = False
        """Whether a request has begun to leave and nothing came back yet."""
        self.secured_ahead = False
        """Whether TLS was set up before httpcore asks for it; asking takes it down."""

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        self._buffer += data
        self._readable.set()
        if len(self._buffer) > HIGH_WATER and not self._paused:
            self._paused = True
            self._open_transport().pause_reading()

    def eof_received(self) -> None:
        self._end()

    def connection_lost(self, error: Exception | None) -> None:
        self._error = self._error or error
        self._end()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    # What httpcore calls. The name and place of `timeout` are httpcore's.

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with self._mapped(httpcore.ReadTimeout, httpcore.ReadError):
            async with asyncio.timeout(timeout):
                if self._readable.is_set():
                    await asyncio.sleep(0)
                await self._readable.wait()
            if self._error is not None and not self._buffer:
                raise self._error
        size = min(max_bytes, PIECE)
        data = bytes(self._buffer[:size])
        if self._asked:
            self._asked = False
            if not b"HTTP/".startswith(data[:5]):
                self.abort()
                raise httpcore.RemoteProtocolError(NOT_HTTP)
        del self._buffer[:size]
        if not self._buffer and not self._ended:
            self._readable.clear()
        if self._paused and len(self._buffer) < LOW_WATER:
            self._paused = False
            self._open_transport().resume_reading()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with self._mapped(httpcore.WriteTimeout, httpcore.WriteError):
            # In pieces, so that the limit is on a pause and not on a long message over a slow line.
            self._asked |= buffer.startswith(METHODS)
            for start in range(0, len(buffer), PIECE):
                if self._ended or self.closed:
                    raise self._error or BrokenPipeError()
                self._open_transport().write(buffer[start : start + PIECE])
                async with asyncio.timeout(timeout):
                    await self._writable.wait()

    async def aclose(self) -> None:
        self.abort()
        await asyncio.sleep(0)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> Connection:
        if self.secured_ahead:
            self.secured_ahead = False
            return self
        with self._mapped(httpcore.ConnectTimeout, httpcore.ConnectError):
            if not self.fresh:
                raise httpcore.RemoteProtocolError(NOT_HTTP)
            async with asyncio.timeout(timeout):
                transport = await asyncio.get_running_loop().start_tls(
                    self._open_transport(), self, ssl_context, server_hostname=server_hostname
                )
            if transport is None:
                raise ConnectionAbortedError
        self._transport = transport
        return self

    def get_extra_info(self, info: str) -> Any:
        match info:
            case "ssl_object" | "socket":
                return self._open_transport().get_extra_info(info)
            case "client_addr":
                return self._open_transport().get_extra_info("sockname")
            case "server_addr":
                return self._open_transport().get_extra_info("peername")
            case "is_readable":
                return self._readable.is_set()

    # What neurotui calls.

    @property
    def fresh(self) -> bool:
        """Whether the server has neither said anything unasked nor left."""
        return not self._readable.is_set()

    @property
    def closed(self) -> bool:
        """Whether the socket is closed, or about to be."""
        return self._open_transport().is_closing()

    def abort(self) -> None:
        """Closes the socket now; what was to be sent is not."""
        transport = self._open_transport()
        # The transport closes its socket in the next turn of the event loop; the server is told in this one.
        if (own := transport.get_extra_info("socket")) is not None:
            with contextlib.suppress(OSError):
                own.shutdown(socket.SHUT_RDWR)
        transport.abort()

    def _open_transport(self) -> asyncio.Transport:
        assert self._transport is not None
        return self._transport

    def _end(self) -> None:
        self._ended = True
        self._readable.set()
        self._writable.set()

    @contextlib.contextmanager
    def _mapped(self, timeout: type[Exception], error: type[Exception]) -> Iterator[None]:
        """Names a failure in httpcore's words; closes the socket whatever the reason, a cancellation too."""
        try:
            yield
        except TimeoutError as reason:
            self.abort()
            raise timeout(str(reason)) from reason
        except OSError as reason:
            self.abort()
            raise error(str(reason)) from reason
        except BaseException:
            self.abort()
            raise


class Network(httpcore.AsyncNetworkBackend):
    """Opens the connections of one client, and keeps sight of them."""

    def __init__(self) -> None:
        self._connections: list[Connection] = []
        self._prepared: asyncio.Task[Connection] | None = None
        self._prepared_for: tuple[str, int] | None = None

    @property
    def received(self) -> int:
        """Bytes that came over the connections there are."""
        return sum(connection.received for connection in self._connections)

    @property
    def preparing(self) -> bool:
        """Whether a prepared connection is there or on its way."""
        return self._prepared is not None and (not self._prepared.done() or self.ready)

    @property
    def ready(self) -> bool:
        """Whether a prepared connection can be used at once."""
        connection = _result(self._prepared)
        return connection is not None and connection.fresh

    def prepare(self, host: str, port: int, ssl_context: ssl.SSLContext | None, limit: float) -> None:
        """Begins to open a connection, within `limit` seconds, that the next request will find."""
        self._prepared_for = host, port
        self._prepared = asyncio.create_task(self._prepare(host, port, ssl_context, limit))

    def hang_up(self) -> None:
        """Closes all there is, now."""
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
    ) -> Connection:
        prepared, self._prepared = self._prepared, None
        if prepared is not None and self._prepared_for == (host, port):
            if not prepared.done():
                return await prepared
            connection = _result(prepared)
            if connection is not None and connection.fresh:
                return connection
        return await self._open(host, port, timeout)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _prepare(
        self, host: str, port: int, ssl_context: ssl.SSLContext | None, limit: float
    ) -> Connection:
        connection = await self._open(host, port, limit)
        if ssl_context is not None:
            ssl_context.set_alpn_protocols(["http/1.1"])
            await connection.start_tls(ssl_context, host, limit)
            connection.secured_ahead = True
        return connection

    async def _open(self, host: str, port: int, limit: float | None) -> Connection:
        try:
            async with asyncio.timeout(limit):
                connection = await _first_to_answer(await _look_up(host, port))
        except TimeoutError as reason:
            raise httpcore.ConnectTimeout(str(reason)) from reason
        except OSError as reason:
            raise httpcore.ConnectError(str(reason)) from reason
        self._connections = [other for other in self._connections if not other.closed]
        self._connections.append(connection)
        return connection


Address = tuple[int, str, int]
"""Family, numeric host, port."""


async def _look_up(host: str, port: int) -> list[Address]:
    """The addresses of a name, in the system's order but with the families taking turns."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[Address]] = loop.create_future()

    def settle(setter: Callable[[Any], None], value: object) -> None:
        def set_unless_cancelled() -> None:
            if not found.done():
                setter(value)

        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(set_unless_cancelled)

    def look_up() -> None:
        try:
            records = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except UnicodeError as reason:  # a label that is too long
            settle(found.set_exception, socket.gaierror(socket.EAI_NONAME, str(reason)))
        except OSError as reason:
            settle(found.set_exception, reason)
        else:
            settle(found.set_result, [(family, address[0], port) for family, *_, address in records])

    threading.Thread(target=look_up, name=f"look up {host}", daemon=True).start()
    addresses = await found
    first = [address for address in addresses if address[0] == addresses[0][0]]
    second = [address for address in addresses if address[0] != addresses[0][0]]
    pairs = itertools.zip_longest(first, second)
    return [address for pair in pairs for address in pair if address is not None]


async def _first_to_answer(addresses: list[Address]) -> Connection:
    """A connection to the first address that answers; OSError of the first attempt where none does."""
    attempts: list[asyncio.Task[Connection]] = []
    winner = None
    try:
        for number, address in enumerate(addresses, start=1):
            attempts.append(asyncio.create_task(_connect(address)))
            last = number == len(addresses)
            while winner is None and (pending := [attempt for attempt in attempts if not attempt.done()]):
                done, _ = await asyncio.wait(
                    pending, timeout=None if last else HEAD_START, return_when=asyncio.FIRST_COMPLETED
                )
                winner = next((attempt for attempt in done if _result(attempt) is not None), None)
                if not last and not winner:
                    break
            if winner is not None:
                return winner.result()
        reason = attempts[0].exception()
        assert reason is not None
        raise reason
    finally:
        for attempt in attempts:
            if attempt is not winner:
                attempt.cancel()
                attempt.add_done_callback(_discard)


async def _connect(address: Address) -> Connection:
    family, host, port = address
    _, connection = await asyncio.get_running_loop().create_connection(Connection, host, port, family=family)
    return connection


def _result(task: asyncio.Task[Connection] | None) -> Connection | None:
    """What a task has brought; None where it has not, for whatever reason."""
    if task is None or not task.done() or task.cancelled() or task.exception() is not None:
        return None
    return task.result()


def _discard(attempt: asyncio.Task[Connection]) -> None:
    connection = _result(attempt)
    if connection is not None:
        connection.abort()
