"""The way to a server, step by step and with the time that each step takes: for `neurotui doctor`."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpcore
import httpx

from neurotui.api.connection import Connection
from neurotui.api.endpoint import Endpoint
from neurotui.api.faults import error_of
from neurotui.api.line import Route
from neurotui.api.opening import Address, first_to_answer, look_up
from neurotui.api.timeouts import DEFAULT_TIMEOUTS
from neurotui.wire.faults import Target
from neurotui.wire.request import ChatRequest

PATIENCE = 3.0
"""Seconds that a server has to notice that its client is gone."""
MOST_BEFORE = 64 * 1024
"""Bytes of head and pings before an answer begins; where there are more, none is waited for."""

_ANSWER = re.compile(rb'data:|"choices"')


@dataclass(frozen=True, slots=True)
class Security:
    """What protects a connection."""

    version: str
    issuer: str
    """Who vouches for the server."""
    until: float
    """The end of its certificate, in Unix time."""


class Probe:
    """Goes to a server, or to the proxy on the way to it. Every step raises NeurotuiError."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Raises BadProxy, BadCertificates."""
        self._endpoint = endpoint
        self._route = Route.to(endpoint)
        url = self._route.proxy.url if self._route.proxy else httpcore.URL(endpoint.base_url)
        self.host = url.origin.host.decode()
        self.port = url.origin.port
        self.through_proxy = self._route.proxy is not None
        self._addresses: list[Address] = []

    async def look_up(self) -> list[str]:
        """The addresses of the name."""
        with self._explained():
            async with asyncio.timeout(DEFAULT_TIMEOUTS.connect):
                self._addresses = await look_up(self.host, self.port)
        return [host for _family, host, _port in self._addresses]

    async def connect(self) -> Connection:
        """An open connection to the first of the addresses that answers."""
        with self._explained():
            async with asyncio.timeout(DEFAULT_TIMEOUTS.connect):
                return await first_to_answer(self._addresses)

    async def secure(self, connection: Connection) -> Security | None:
        """Sets TLS up on a connection; None where none is wanted."""
        if self._route.tls is None or self.through_proxy:
            return None
        with self._explained(connection):
            await connection.start_tls(self._route.tls, self.host, DEFAULT_TIMEOUTS.connect)
        tls: ssl.SSLObject = connection.get_extra_info("ssl_object")
        certificate: dict[str, Any] = tls.getpeercert() or {}
        names = dict(pair for pairs in certificate.get("issuer", ()) for pair in pairs)
        return Security(
            (tls.version() or "").replace("TLSv", "TLS "),
            names.get("organizationName") or names.get("commonName") or "",
            ssl.cert_time_to_seconds(certificate["notAfter"]) if "notAfter" in certificate else 0.0,
        )

    async def leave(self, request: ChatRequest) -> float | None:
        """Leaves in the middle of an answer; seconds until the server closes its side, None if it goes on.

        That it closes is what a stop must bring about. Only our side of the connection is closed, so that
        the other one shows it. Through a proxy it would show what the proxy does.
        """
        connection = await self.connect()
        try:
            await self.secure(connection)
            with self._explained():
                await connection.write(self._written(request), DEFAULT_TIMEOUTS.write)
                if not await self._begun(connection):
                    return None
            try:
                connection.get_extra_info("socket").shutdown(socket.SHUT_WR)
            except OSError:
                return None  # it left first
            left_at = time.monotonic()
            received = b""
            try:
                async with asyncio.timeout(PATIENCE):
                    while data := await connection.read(1 << 16):
                        received = received[-10:] + data
                        if b"[DONE]" in received:
                            return None
            except TimeoutError:
                return None
            except httpcore.ReadError:
                pass  # it was in a hurry to leave
            return time.monotonic() - left_at
        finally:
            connection.abort()

    async def _begun(self, connection: Connection) -> bool:
        """Whether a stream begins: not so where the server refuses, answers in one piece, or only pings."""
        received = b""
        try:
            async with asyncio.timeout(DEFAULT_TIMEOUTS.lookup):
                while (answer := _ANSWER.search(received)) is None:
                    data = await connection.read(1 << 16)
                    received += data
                    if not data or _refused(received) or len(received) > MOST_BEFORE:
                        return False
        except TimeoutError:
            raise httpcore.ReadTimeout from None
        return answer[0] == b"data:"

    def _written(self, request: ChatRequest) -> bytes:
        """A request as it goes over the wire."""
        url = httpx.URL(self._endpoint.url("chat/completions"))
        body = json.dumps(request.body(include_usage=False)).encode()
        key = self._endpoint.key
        lines = [
            b"POST " + url.raw_path + b" HTTP/1.1",
            b"Host: " + url.netloc,
            *([f"Authorization: Bearer {key.reveal()}".encode()] if key is not None else []),
            b"Content-Type: application/json",
            b"Accept: text/event-stream",
            b"Connection: close",
            b"Content-Length: %d" % len(body),
        ]
        return b"\r\n".join(lines) + b"\r\n\r\n" + body

    @contextmanager
    def _explained(self, securing: Connection | None = None) -> Iterator[None]:
        """Raise what goes wrong in neurotui's words; `securing` is a connection that TLS is set up on."""
        target = Target(self._endpoint.host, self._endpoint.base_url)
        hop = self._route.hop
        try:
            yield
        except httpcore.RemoteProtocolError as reason:
            raise error_of(httpx.RemoteProtocolError(str(reason)), target, DEFAULT_TIMEOUTS) from None
        except httpcore.ReadTimeout:
            patience = replace(DEFAULT_TIMEOUTS, silence=DEFAULT_TIMEOUTS.lookup)
            raise error_of(httpx.ReadTimeout(""), target, patience) from None
        except (TimeoutError, httpcore.TimeoutException):
            failure: Exception = httpx.ConnectTimeout("")
            handshaking = securing is not None and securing.handshaking
            raise error_of(failure, target, DEFAULT_TIMEOUTS, hop, handshaking=handshaking) from None
        except (OSError, httpcore.NetworkError) as reason:
            failure = httpx.ConnectError("")
            failure.__cause__ = reason
            handshaking = securing is not None and securing.handshaking
            raise error_of(failure, target, DEFAULT_TIMEOUTS, hop, handshaking=handshaking) from None


def _refused(received: bytes) -> bool:
    """Whether a response begins with anything but 200."""
    start, end, _ = received.partition(b"\r\n")
    return bool(end) and b" 200" not in start
