"""The way to a server, step by step and with the time that each step takes: for `neurotui doctor`."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import h11
import httpcore
import httpx

from neurotui.api.endpoint import Endpoint
from neurotui.api.faults import error_of
from neurotui.api.net.dialing import Address, first_to_answer, look_up
from neurotui.api.net.environment import Route
from neurotui.api.net.stream import SocketStream
from neurotui.api.timeouts import DEFAULT_TIMEOUTS
from neurotui.errors import NeurotuiError
from neurotui.i18n import _
from neurotui.wire.completions import CompletionDecoder
from neurotui.wire.events import OUTPUT, ContentEvent, Failed
from neurotui.wire.faults import Target, classify
from neurotui.wire.request import ChatRequest

PATIENCE = 3.0
"""Seconds that a server has to notice that its client is gone; more where its answer took long to begin."""
MOST_PATIENCE = 10.0
SETTLING = 0.25
"""Seconds that an answer has to go on before its client leaves: one that is over by then shows nothing."""
TOO_SOON = 0.5
"""Seconds after the leaving within which a whole answer may have been on its way already."""
REFUSAL_WITHIN = 2.0
"""Seconds for the words of a refusal."""
MOST_BEFORE = 64 * 1024
"""Bytes of head and pings before an answer begins; where there are more, none is waited for."""
DRIPS = 4
"""Pieces that a line must bring at least before it can be called slow."""
SLOW = 8_000
"""Bytes a second; a line that brings less, and cuts most events in two, holds back what was sent before."""


@dataclass(frozen=True, slots=True)
class Departure:
    """How a server took it that its client left in the midst of an answer."""

    seen_after: float | None = None
    """Seconds until the server closed its side; None if it did not, or could not be watched."""
    watched_for: float = 0.0
    """Seconds in which it did not; 0 if it did, or could not be watched."""
    untried: str = ""
    """Why it could not be tried; empty if it was."""


@dataclass(frozen=True, slots=True)
class Security:
    """The protection of a connection."""

    version: str
    issuer: str
    """Who vouches for the server."""
    until: float
    """The end of its certificate, in Unix time."""


class Probe:
    """The way to a server, or to the proxy before it, step by step. Every step raises NeurotuiError."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Raises BadProxy, BadCertificates."""
        self._endpoint = endpoint
        self._route = Route.to(endpoint)
        url = self._route.proxy.url if self._route.proxy else httpcore.URL(endpoint.base_url)
        self.host = url.origin.host.decode().replace("%25", "%", 1)
        self.port = url.origin.port
        self.through_proxy = self._route.proxy is not None
        self._addresses: list[Address] = []

    async def look_up(self) -> list[str]:
        """The addresses of the name."""
        with self._explained():
            async with asyncio.timeout(DEFAULT_TIMEOUTS.connect):
                self._addresses = await look_up(self.host, self.port)
        return [host for _family, host, _port in self._addresses]

    async def connect(self) -> SocketStream:
        """An open connection to the first of the addresses that answers."""
        with self._explained():
            async with asyncio.timeout(DEFAULT_TIMEOUTS.connect):
                return await first_to_answer(self._addresses)

    async def secure(self, connection: SocketStream) -> Security | None:
        """Set up TLS on a connection; None if none is wanted."""
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

    async def leave(self, request: ChatRequest) -> Departure:
        """Leave in the midst of an answer, and watch whether the server closes its side too.

        That it closes is what a stop must bring about. Only our side of the connection is closed, so that
        the other one shows it. Through a proxy it would show what the proxy does.
        """
        connection = await self.connect()
        try:
            await self.secure(connection)
            answer = _Answer(Target(self._endpoint.host, self._endpoint.base_url, request.model))
            with self._explained():
                await connection.write(answer.asked_by(self._request(request)), DEFAULT_TIMEOUTS.write)
                sent_at = time.monotonic()
                why_not = await self._why_not_midst(connection, answer)
            if why_not:
                return Departure(untried=why_not)
            patience = min(max(PATIENCE, 2 * (answer.head_at - sent_at)), MOST_PATIENCE)
            try:
                connection.get_extra_info("socket").shutdown(socket.SHUT_WR)
            except OSError:
                return Departure(untried=_("the server closed the connection first"))
            with self._explained():
                return await self._watched(connection, answer, patience)
        finally:
            connection.abort()

    async def _why_not_midst(self, connection: SocketStream, answer: _Answer) -> str:
        """Read until an answer has begun and is not over; return why that did not come about, or nothing."""
        limit = DEFAULT_TIMEOUTS.lookup
        try:
            async with asyncio.timeout(limit) as deadline:
                while not (answer.begun or answer.over or answer.received > MOST_BEFORE):
                    answer.take(await connection.read(1 << 16))
                    if answer.refused:
                        soon = asyncio.get_running_loop().time() + REFUSAL_WITHIN
                        deadline.reschedule(min(soon, deadline.when() or soon))
                    if answer.head_at:
                        connection.awaits_head = False
        except TimeoutError:
            if not answer.received:
                raise httpcore.ReadTimeout from None
            if not answer.refused:
                return _("no answer began within {n} s").format(n=round(limit))
        if answer.refused or answer.error is not None:
            return answer.refusal
        if answer.over:
            return _("the answer came in one piece") if answer.begun else _("the server sent no answer")
        if not answer.begun:
            return _("only pings came")
        until = time.monotonic() + SETTLING
        while not answer.over and time.monotonic() < until:
            if connection.get_extra_info("is_readable"):
                answer.take(await connection.read(1 << 16))
            else:  # a read that is broken off closes the connection
                await asyncio.sleep(0.01)
        return _("the answer was over too soon") if answer.over else ""

    async def _watched(self, connection: SocketStream, answer: _Answer, patience: float) -> Departure:
        """Return what the server does after its client has left."""
        left_at, before = time.monotonic(), answer.received
        pieces = cut = 0
        try:
            async with asyncio.timeout(patience):
                while data := await connection.read(1 << 16):
                    answer.take(data)
                    pieces, cut = pieces + 1, cut + answer.cut
                    if answer.complete:
                        break
        except TimeoutError:
            pass
        except httpcore.ReadError:
            return Departure(time.monotonic() - left_at)  # it was in a hurry to leave
        else:
            if not answer.complete:
                return Departure(time.monotonic() - left_at)
            if time.monotonic() - left_at < TOO_SOON:
                return Departure(untried=_("the answer was over too soon"))
        watched_for = time.monotonic() - left_at
        if pieces >= DRIPS and 2 * cut >= pieces and answer.received - before < SLOW * watched_for:
            return Departure(untried=_("the line is too slow to tell"))
        return Departure(watched_for=watched_for)

    def _request(self, request: ChatRequest) -> tuple[h11.Request, bytes]:
        """A request as it goes over the wire: head and body."""
        url = httpx.URL(self._endpoint.url("chat/completions"))
        body = json.dumps(request.body(include_usage=False)).encode()
        credentials = ((header.name, header.value.reveal()) for header in self._endpoint.credentials)
        headers = [
            (b"Host", self._endpoint.host_header.encode()),
            *((name.encode(), value.encode()) for name, value in credentials),
            (b"Content-Type", b"application/json"),
            (b"Accept", b"text/event-stream"),
            (b"Connection", b"close"),
            (b"Content-Length", b"%d" % len(body)),
        ]
        return h11.Request(method="POST", target=url.raw_path, headers=headers), body

    @contextmanager
    def _explained(self, securing: SocketStream | None = None) -> Iterator[None]:
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


class _Answer:
    """An answer as it comes in, as far as a departure needs to know it."""

    def __init__(self, target: Target) -> None:
        self.received = 0
        """Bytes."""
        self.head_at = 0.0
        self.begun = False
        """True if the model has said anything."""
        self.complete = False
        """True if the answer is whole: the server had no more to say."""
        self.cut = False
        """True if the last piece ended in the midst of an event."""
        self.over = False
        """True if no more comes."""
        self.error: NeurotuiError | None = None
        """The error that the stream itself tells of."""
        self._target = target
        self._wire = h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST_BEFORE)
        self._decoder = CompletionDecoder(target)
        self._status = 0
        self._refusal = b""

    def asked_by(self, request: tuple[h11.Request, bytes]) -> bytes:
        """The bytes of a request."""
        head, body = request
        parts = (head, h11.Data(data=body), h11.EndOfMessage())
        return b"".join(self._wire.send(part) or b"" for part in parts)

    @property
    def refused(self) -> bool:
        return self._status >= 300

    @property
    def refusal(self) -> str:
        """Return what the server refuses, in one sentence."""
        return (self.error or classify(self._status, self._refusal, self._target)).title

    def take(self, data: bytes) -> None:
        """Read the next bytes; none at all are the end of the connection."""
        self.received += len(data)
        try:
            self._wire.receive_data(data)
            while (event := self._wire.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
                self._take(event)
                if isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
                    break
        except h11.RemoteProtocolError as broken:
            if not data:
                self.over = True
                return
            raise httpcore.RemoteProtocolError(str(broken)) from None
        self.over = self.over or not data or self.complete or self.error is not None

    def _take(self, event: object) -> None:
        events: list[ContentEvent] = []
        match event:
            case h11.Response():
                self._status, self.head_at = event.status_code, time.monotonic()
            case h11.Data() if self.refused:
                self._refusal += event.data
            case h11.Data():
                data = bytes(event.data)
                self.cut = not data.endswith(b"\n")
                events = self._decoder.feed(data)
                self.complete = self._decoder.done or bool(self._decoder.finish_reason)
            case h11.EndOfMessage():
                self.over = True
                events = [] if self.refused else self._decoder.close()
            case _:
                pass
        for told in events:
            self.begun = self.begun or isinstance(told, OUTPUT)
            if isinstance(told, Failed):
                self.error = told.error
                self.complete = False
