"""A connection of our own: closed the moment it is no longer wanted.

httpcore asks a backend for its connections. These are plain asyncio, because what is promised of stopping is
decided here: a read, a write or a handshake that is cancelled closes its socket there and then, and the
cancellation travels on after that. httpcore's own way out takes several turns of the event loop, and a second
cancellation ends it half-way, with the socket open and its place in the pool taken (httpcore#1093, #1115).

A flood cannot starve the program: every read gives the event loop a turn, and returns at most 16 KiB. It
cannot fill the memory either: beyond 128 KiB not asked for, the kernel is left to hold the server back. And a
server that greets in another protocol is known by its first bytes; h11 would wait for a whole head of it.

A long request is heard while it leaves: a server that refuses it in the midst is listened to at once, and is
sent no more. The kernel is kept from hoarding what does not leave yet: so a pause is seen as one, and what is
told of the progress is so. A stop in the midst resets the connection, for an orderly end would queue up
behind all that the server has not taken yet.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import ssl
import struct
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpcore

from neurotui.api.net.framing import MAX_HEAD_BYTES, ResponseFraming
from neurotui.api.net.pacing import Pacing

PIECE = 16 * 1024
"""Bytes that are written at once."""
READ_PIECE = 4 * 1024
"""Bytes that are read at once: so many pings are handled before a key gets its turn."""
HIGH_WATER = 128 * 1024
LOW_WATER = 32 * 1024
LONG = 128 * 1024
"""Bytes of a request from which on it is heard while it leaves; as many wait in the kernel at most."""
NOT_HTTP = "not HTTP"
NOT_TLS = "not TLS"
TLS_ALERT = "TLS alert"
HEAD_TOO_LONG = "head too long"
REFUSED = "refused"

_TLS_ALERT = b"\x15\x03"
"""The first bytes of a TLS record that refuses what was sent."""
_METHODS = (b"POST ", b"GET ", b"CONNECT ")
_REFUSAL = re.compile(rb"HTTP/1\.[01] [345]")
_RESET = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""Linger for no time: what was not sent is dropped, and the other side is told at once."""


class SocketStream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """One connection to a server, with or without TLS."""

    def __init__(self) -> None:
        self.received = 0
        """Bytes that came so far, inside TLS."""
        self.opened_at = 0.0
        """On the monotonic clock."""
        self._transport: asyncio.Transport | None = None
        self._socket_transport: asyncio.Transport | None = None
        """The transport below all TLS."""
        self._buffer = bytearray()
        self._readable = asyncio.Event()
        """Set while there are bytes, or there will be no more."""
        self._writable = asyncio.Event()
        self._ended = False
        self._error: Exception | None = None
        self._paused = False
        """True while more waits here than is asked for."""
        self._pacing: Pacing | None = None
        self._pause: asyncio.TimerHandle | None = None
        """Ends a pause between two reads."""
        self._asked = False
        """True if a request has begun to leave and nothing of its answer was read yet."""
        self._written = 0
        """Bytes of the request so far."""
        self._broken_off = False
        """True if the rest of a request was not sent, for it was refused."""
        self.awaits_head = False
        """True until the body of an answer begins."""
        self._head_size = 0
        """Of a head with all interim ones before it: h11 bounds each, but not how many there are."""
        self._framing: ResponseFraming | None = None
        self.handshaking = False
        """True from the beginning of a TLS handshake until it is done, even where that never is."""
        self.secured_ahead = False
        """True if TLS was set up before httpcore asks for it; asking resets it."""

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = self._socket_transport = transport
        self.opened_at = time.monotonic()
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        self._buffer += data
        self._readable.set()
        if len(self._buffer) > HIGH_WATER and not self._paused:
            self._paused = True
            self._open_transport().pause_reading()
        elif self._refused:
            self._writable.set()
        elif self._pacing is not None and self._pause is None and not self._paused:
            loop = asyncio.get_running_loop()
            if pause := self._pacing.pause_after(len(data), loop.time()):
                self._pause = loop.call_later(pause, self._end_pause)
                assert self._socket_transport is not None
                self._socket_transport.pause_reading()

    def eof_received(self) -> None:
        self._end()

    def connection_lost(self, error: Exception | None) -> None:
        if error is not None and self._is_long and not self._buffer:
            self._salvage()
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
        size = min(max_bytes, READ_PIECE)
        data = bytes(self._buffer[:size])
        if self._asked:
            self._asked = False
            if not b"HTTP/".startswith(data[:5]):
                self.abort()
                raise httpcore.RemoteProtocolError(TLS_ALERT if data.startswith(_TLS_ALERT) else NOT_HTTP)
        if self.awaits_head:
            self._head_size += len(data)
            if self._head_size > MAX_HEAD_BYTES:
                self.abort()
                raise httpcore.RemoteProtocolError(HEAD_TOO_LONG)
        if self._framing is not None:
            self._framing.feed(data)
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
            if buffer.startswith(_METHODS):
                self._asked = self.awaits_head = True
                self._pacing = None
                self._end_pause()
                self._head_size = self._written = 0
                self._framing = ResponseFraming(buffer)
            for start in range(0, len(buffer), PIECE):
                if self._refused:
                    break
                if self._ended or self.closed:
                    raise self._error or BrokenPipeError()
                piece = buffer[start : start + PIECE]
                self._open_transport().write(piece)
                self._count(len(piece))
                if not self._writable.is_set():
                    async with asyncio.timeout(timeout):
                        await self._writable.wait()
        if self._refused:
            self._broken_off = True
            raise httpcore.WriteError(REFUSED)

    async def aclose(self) -> None:
        self.abort()
        await asyncio.sleep(0)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> SocketStream:
        if self.secured_ahead:
            self.secured_ahead = False
            return self
        with self._mapped(httpcore.ConnectTimeout, httpcore.ConnectError):
            if self._buffer:
                raise httpcore.RemoteProtocolError(NOT_TLS)
            if self._ended:
                raise self._error or ConnectionResetError
            self.handshaking = True
            async with asyncio.timeout(timeout):
                transport = await asyncio.get_running_loop().start_tls(
                    self._open_transport(),
                    self,
                    ssl_context,
                    server_hostname=server_hostname and server_hostname.partition("%")[0],
                )
            if transport is None:
                raise ConnectionAbortedError
        self.handshaking = False
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

    def pace(self, interval: Callable[[], float]) -> None:
        """Leave at least `interval` seconds between two reads while the rest of an answer comes steadily."""
        self._pacing = Pacing(interval)

    @property
    def fresh(self) -> bool:
        """True if the server has neither said anything unasked nor left."""
        return not self._readable.is_set()

    @property
    def soiled(self) -> bool:
        """True if bytes came after the end of the last answer: they would begin the next one."""
        return self._framing is not None and self._framing.surplus

    @property
    def closed(self) -> bool:
        """True if the socket is closed, or about to be."""
        return self._open_transport().is_closing()

    def abort(self) -> None:
        """Close the socket now; drop what was still to be sent."""
        if self._pause is not None:
            self._pause.cancel()
        transport = self._open_transport()
        # The transport closes its socket in the next turn of the event loop; the server is told in this one.
        if (own := transport.get_extra_info("socket")) is not None:
            with contextlib.suppress(OSError):
                if self._is_long or self._broken_off:
                    own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                own.shutdown(socket.SHUT_RDWR)
        transport.abort()

    def _open_transport(self) -> asyncio.Transport:
        assert self._transport is not None
        return self._transport

    @property
    def _is_long(self) -> bool:
        """True while a long request leaves, or waits for its answer."""
        return self._asked and self._written > LONG

    @property
    def _refused(self) -> bool:
        """True if a long request is refused before all of it has left."""
        return self._is_long and _REFUSAL.match(self._buffer) is not None

    def _salvage(self) -> None:
        """Take what the server said before it reset the connection, which was found out by writing."""
        if self._transport is self._socket_transport:
            with contextlib.suppress(OSError):
                self._buffer += os.read(self._open_transport().get_extra_info("socket").fileno(), HIGH_WATER)
                self.received += len(self._buffer)

    def _count(self, size: int) -> None:
        """Count bytes of a request that were handed to the kernel."""
        self._written += size
        if self._written - size <= LONG < self._written and hasattr(socket, "TCP_NOTSENT_LOWAT"):
            with contextlib.suppress(OSError):
                own = self._open_transport().get_extra_info("socket")
                own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, LONG)

    def _end_pause(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
            assert self._socket_transport is not None
            self._socket_transport.resume_reading()

    def _end(self) -> None:
        self._ended = True
        self._readable.set()
        self._writable.set()

    @contextlib.contextmanager
    def _mapped(self, timeout: type[Exception], error: type[Exception]) -> Iterator[None]:
        """Map a failure to httpcore's exceptions; close the socket for any of them, a cancellation too."""
        try:
            yield
        except TimeoutError as reason:
            self.abort()
            gave_up = (
                timeout if reason.errno is None else error
            )  # the kernel's own limit is a lost connection
            raise gave_up(str(reason)) from reason
        except OSError as reason:
            self.abort()
            raise error(str(reason)) from reason
        except BaseException:
            self.abort()
            raise
