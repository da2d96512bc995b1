"""Plays a recording: an httpx transport in the place of the network; all above it is the real thing."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Never

import httpx

from neurotui.api.recording.format import CLOSED, COMPLETE, Reason, RecordedExchange
from neurotui.api.recording.recorder import CALL, described
from neurotui.i18n import _


class ReplayTransport(httpx.AsyncBaseTransport):
    """Answers each question with the next exchange of a recording, at the times at which it went.

    Where neurotui closed the connection, `on_closed` is called, and then nothing more comes.
    """

    def __init__(
        self,
        exchanges: list[RecordedExchange],
        speed: float = 1.0,
        on_closed: Callable[[], None] = lambda: None,
    ) -> None:
        """`exchanges` are taken off their list one by one.

        `speed` is how many seconds of the recording go by in one; 0 for no pauses at all.
        """
        self._exchanges = exchanges
        self._speed = speed
        self._on_closed = on_closed
        self._refused = b""
        """The body of the last question, where it got no answer: it may be asked again by itself."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        trace = request.extensions.get("trace", _unheard)
        if request.url.path.endswith("/models"):
            models = dict.fromkeys(exchange.request.get("model", "") for exchange in self._exchanges)
            return _document(200, {"data": [{"id": model} for model in models]})
        asks = request.url.path.endswith(CALL)
        if asks and not self._exchanges and described(request) == self._refused:
            await self._stopped()  # the user did not wait for that
        if not (asks and self._exchanges):
            message = _("The recording has no further answer")
            return _document(404, {"error": {"message": message, "code": "recording_ended"}})
        play = _Play(self._exchanges.pop(0), self._speed, self._stopped)
        self._refused = described(request) if play.exchange.status != 200 else b""
        for at, phase in play.exchange.phases:
            await play.until(at)
            if phase == "connecting":
                await trace("connection.connect_tcp.started", {})
            elif phase == "sent":
                await trace("http11.send_request_headers.started", {"request": request})
                await trace("http11.send_request_body.complete", {})
        if play.exchange.status is None:
            await play.end()
            raise httpx.ReadError("")
        await play.until(play.exchange.head_at)
        headers = [(_bytes(name), _bytes(value)) for name, value in play.exchange.headers]
        return httpx.Response(play.exchange.status, headers=headers, stream=_Stream(play))

    async def _stopped(self) -> Never:
        """Wait where neurotui went no further."""
        self._on_closed()
        await asyncio.get_running_loop().create_future()
        raise AssertionError


class _Play:
    """One exchange being played."""

    def __init__(
        self, exchange: RecordedExchange, speed: float, stopped: Callable[[], Awaitable[Never]]
    ) -> None:
        self.exchange = exchange
        self._speed = speed
        self._stopped = stopped
        self._began = asyncio.get_running_loop().time()

    async def until(self, at: float) -> None:
        """Waits for a moment of the recording."""
        due = self._began + (at / self._speed if self._speed else 0.0)
        await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))

    async def end(self) -> None:
        """Ends as the exchange ended; returns only where that was properly."""
        await self.until(self.exchange.end_at)
        if self.exchange.end == COMPLETE:
            return
        if self.exchange.end == CLOSED:
            await self._stopped()
        kind = getattr(httpx, self.exchange.end, None)
        if not (isinstance(kind, type) and issubclass(kind, httpx.TransportError)):
            kind = httpx.ReadError
        raise kind(self.exchange.words) from _exception(self.exchange.reason)


class _Stream(httpx.AsyncByteStream):
    def __init__(self, play: _Play) -> None:
        self._play = play

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._play.exchange.pieces:
            await self._play.until(piece.at)
            yield piece.data
        await self._play.end()


class _Document(httpx.AsyncByteStream):
    def __init__(self, data: bytes) -> None:
        self._data = data

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._data


def _document(status: int, data: object) -> httpx.Response:
    # Given as `json`, httpx would take it for read already.
    headers = {"Content-Type": "application/json"}
    return httpx.Response(status, headers=headers, stream=_Document(json.dumps(data).encode()))


def _bytes(text: str) -> bytes:
    """A part of a header as it came: of text, httpx takes ASCII alone."""
    return text.encode("utf-8", "replace")


def _exception(reason: Reason | None) -> Exception | None:
    match reason:
        case None:
            return None
        case Reason("name", number, words):
            return socket.gaierror(number, words)
        case Reason("certificate", number, words):
            error = ssl.SSLCertVerificationError(number, words)
            error.verify_message = words
            error.reason = ""  # which only OpenSSL sets
            return error
        case _:
            return OSError(reason.number, reason.words)


async def _unheard(_name: str, _info: dict[str, Any]) -> None:
    pass
