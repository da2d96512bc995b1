"""A listener to what goes through a transport, which changes nothing of it."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable
from functools import reduce
from typing import Any

import httpx

from neurotui.api.body import Unpacker
from neurotui.api.encoding import Body
from neurotui.api.endpoint import Endpoint
from neurotui.api.faults import HTTPX_ERRORS, reasons
from neurotui.api.recording.format import COMPLETE, Reason, RecordedChunk, RecordedExchange
from neurotui.errors import NeurotuiError

CALL = "/chat/completions"
"""The call that is recorded; lists of models, balances and pictures by a call of their own are not."""

_SECRET_HEADERS = {"set-cookie", "set-cookie2"}
_SHORTEST_KEY = 6
"""Characters; a local server's key may be a word like "none", which may stand anywhere."""


def described(request: httpx.Request) -> bytes:
    """Return the body of a request, with digests where it has the bytes of files."""
    body = request.extensions.get("body")
    return body.described if isinstance(body, Body) else request.content


class Recorder:
    """Pass each exchange that has ended, without the key, to `keep`."""

    def __init__(self, keep: Callable[[RecordedExchange], None]) -> None:
        self._keep = keep

    def around(self, transport: httpx.AsyncBaseTransport, endpoint: Endpoint) -> httpx.AsyncBaseTransport:
        """A transport that does what `transport` does, and is listened to."""
        secrets = [secret for secret in endpoint.secrets.splitlines() if len(secret) >= _SHORTEST_KEY]
        return _Listening(transport, lambda exchange: self._keep(reduce(_without, secrets, exchange)))


class _Listening(httpx.AsyncBaseTransport):
    def __init__(self, transport: httpx.AsyncBaseTransport, keep: Callable[[RecordedExchange], None]) -> None:
        self._transport = transport
        self._keep = keep

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith(CALL):
            return await self._transport.handle_async_request(request)
        tape = _Tape(RecordedExchange(json.loads(described(request)), str(request.url)), self._keep)
        request.extensions["trace"] = tape.traced(request.extensions.get("trace"))
        try:
            response = await self._transport.handle_async_request(request)
        except BaseException as error:
            tape.end(error)
            raise
        tape.head(response)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _Stream(response.stream, tape)
        return response

    async def aclose(self) -> None:
        await self._transport.aclose()


class _Tape:
    """One exchange while it happens."""

    def __init__(self, exchange: RecordedExchange, keep: Callable[[RecordedExchange], None]) -> None:
        self._exchange = exchange
        self._keep = keep
        self._began = time.monotonic()
        self._ended = False

    def traced(self, trace: Callable[[str, dict[str, Any]], Any] | None) -> Callable[..., Any]:
        """A trace for httpcore that notes the phases and then does what `trace` does."""
        tunnelling = False

        async def note(name: str, info: dict[str, Any]) -> None:
            nonlocal tunnelling
            match name.partition(".")[2]:
                case "connect_tcp.started":
                    self._exchange.phases.append((self._now(), "connecting"))
                case "send_request_headers.started":
                    tunnelling = info["request"].method == b"CONNECT"
                case "send_request_body.complete" if not tunnelling:
                    self._exchange.phases.append((self._now(), "sent"))
                case _:
                    pass
            if trace is not None:
                await trace(name, info)

        return note

    def head(self, response: httpx.Response) -> None:
        self._exchange.status = response.status_code
        self._exchange.head_at = self._now()
        self._exchange.headers = [
            (name, value)
            for name, value in response.headers.multi_items()
            if name.lower() not in _SECRET_HEADERS
        ]

    def piece(self, data: bytes) -> None:
        self._exchange.pieces.append(RecordedChunk(self._now(), data))

    def end(self, error: BaseException | None = None, *, complete: bool = False) -> None:
        """Note the end, the first time it is called."""
        if self._ended:
            return
        self._ended = True
        exchange = self._exchange
        exchange.end_at = self._now()
        if complete:
            exchange.end = COMPLETE
        elif isinstance(error, HTTPX_ERRORS):
            exchange.end, exchange.words = type(error).__name__, str(error)
            exchange.reason = next(filter(None, map(_reason, reasons(error))), None)
        self._keep(exchange)

    def _now(self) -> float:
        return time.monotonic() - self._began


class _Stream(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, tape: _Tape) -> None:
        self._stream = stream
        self._tape = tape

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for data in self._stream:
                self._tape.piece(data)
                yield data
        except BaseException as error:
            self._tape.end(error)
            raise
        self._tape.end(complete=True)

    async def aclose(self) -> None:
        self._tape.end()
        await self._stream.aclose()


def _reason(error: BaseException) -> Reason | None:
    match error:
        case ssl.SSLCertVerificationError():
            return Reason("certificate", error.errno or 0, error.verify_message)
        case socket.gaierror():
            return Reason("name", error.errno or 0, error.strerror or "")
        case OSError(errno=int(number)):
            return Reason("system", number, error.strerror or "")
    return None


def _without(exchange: RecordedExchange, key: str) -> RecordedExchange:
    """The exchange with asterisks for the key, wherever a server or a user has put it."""
    stars = "*" * len(key)
    secret = key.encode()
    exchange.request = json.loads(json.dumps(exchange.request).replace(json.dumps(key)[1:-1], stars))
    exchange.headers = [(name, value.replace(key, stars)) for name, value in exchange.headers]
    exchange.words = exchange.words.replace(key, stars)
    body = exchange.body
    if secret in body:
        body = body.replace(secret, stars.encode())
        pieces, start = [], 0
        for piece in exchange.pieces:
            pieces.append(RecordedChunk(piece.at, body[start : start + len(piece.data)]))
            start += len(piece.data)
        exchange.pieces = pieces
    elif secret in _unpacked(exchange):
        exchange.pieces = []
    return exchange


def _unpacked(exchange: RecordedExchange) -> bytes:
    """Return a body unpacked, as far as it can be read."""
    packing = next((value for name, value in exchange.headers if name.lower() == "content-encoding"), "")
    unpacker, found = Unpacker(packing, ""), b""
    try:
        for piece in exchange.pieces:
            found += b"".join(unpacker.feed(piece.data))
    except NeurotuiError:
        pass
    return found
