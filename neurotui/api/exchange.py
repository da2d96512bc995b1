"""One request and its answer over one line.

httpx tells through its `trace` hook what happens below it; the first events of a reply come from there.
Every phase has its limit: opening, then each write, then the head; after that each byte begins a new one. The
limits on silence are httpx's own. Those on a whole phase, which httpx does not have, are kept here.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any

import httpx

from neurotui.api.body import pieces
from neurotui.api.decoding import Decoding
from neurotui.api.encoding import Body
from neurotui.api.faults import HTTPX_ERRORS, error_of, reasons
from neurotui.api.net.pooled import PooledConnection
from neurotui.api.refusals import refusal_of, request_id
from neurotui.api.timeouts import Timeouts
from neurotui.errors import (
    ConnectTimeout,
    Disconnected,
    HeadTimeout,
    NeurotuiError,
    ProtocolViolated,
    WebPageReceived,
)
from neurotui.wire.decoders import decoder_of
from neurotui.wire.errorbody import MAX_BODY_BYTES, page_title
from neurotui.wire.events import (
    OUTPUT,
    Accepted,
    BytesReceived,
    Connecting,
    ContentEvent,
    Failed,
    ReplyEvent,
    Sending,
    Sent,
)
from neurotui.wire.faults import Target
from neurotui.wire.jsontext import read_json
from neurotui.wire.redaction import snippet, words_of
from neurotui.wire.request import ChatRequest

STALE_WITHIN = 1.0
"""Seconds from the first byte of a request: an open connection that closes within them was closing before."""
YOUNG = 5.0
"""Seconds within which no server closes a prepared connection for standing idle."""
MAX_REPLY_BYTES = 64 * 1024 * 1024
"""Of one answer, unpacked: some 300,000 tokens, each in an event of its own."""
TELL_EVERY = 0.2
"""Seconds between two reports of how much of a request has left."""

_KEEP_ALIVE = re.compile(r"\btimeout=(\d{1,6})\b", re.ASCII)

Chunks = AsyncGenerator[tuple[int, bytes], None]


class Exchange:
    """A request on its way, and what is known of it. Errors are raised, as NeurotuiError."""

    def __init__(
        self,
        line: PooledConnection,
        timeouts: Timeouts,
        target: Target,
        emit: Callable[[ReplyEvent], None],
        interval: Callable[[], float],
    ) -> None:
        """`interval` returns the least time between two reads of a steady answer, in seconds, as of now."""
        self.spoke = False
        """True once anything of an answer has come."""
        self.heard = False
        """True once the head of an answer came: the server speaks HTTP."""
        self.promised: float | None = None
        """Seconds for which the server said to keep the connection when it is idle."""
        self.clean = False
        """True if the answer was read to its end, so that the connection can carry another request."""
        self.stale = False
        """True if it failed because the connection, open since before, was closing when the request left."""
        self.error_body = b""
        """The body of a refusal, as it came."""
        self.pause_unread = False
        """True if Retry-After was sent but could not be parsed."""
        self._line = line
        self._timeouts = timeouts
        self._target = target
        self._emit = emit
        self._interval = interval
        self._phase = asyncio.timeout(None)
        self._overdue: type[NeurotuiError] = ConnectTimeout
        self._opened = False
        self._young = False
        """True if the connection is too new to have been closing when the request left."""
        self._tunnelling = False
        self._asked_at: float | None = None
        """When the request itself began to leave, on the monotonic clock."""
        self._received_before = 0
        self._sent_at: float | None = None
        self._told_at = 0.0
        """When it was told how much has left, on the monotonic clock."""
        self._failure: NeurotuiError | None = None

    async def converse(self, url: str, body: bytes | Body, request: ChatRequest) -> None:
        """Ask for a reply and emit its events, `Finished` last; a failure is raised, not emitted."""
        accept = "text/event-stream" if request.stream else "application/json"
        headers = {"Accept": accept, "Content-Type": "application/json"}
        async with self._answer("POST", url, headers, body) as response:
            id_ = request_id(response, self._target)
            self._emit(Accepted(response.status_code, id_))
            self._line.network.pace(self._interval)
            kind, content_type = decoder_of(request), response.headers.get("Content-Type", "")
            status = response.status_code
            decoder = Decoding(
                kind(self._target, content_type=content_type, http_status=status, request_id=id_)
            )
            async with aclosing(pieces(response, MAX_REPLY_BYTES)) as chunks:
                broken = await self._listen(chunks, decoder)
                if broken is not None:
                    broken.request_id = id_
                self._say(await decoder.close(broken))
                if self._failure is not None:
                    raise self._failure
                if not self.clean and broken is None:
                    await self._drain(chunks)

    @property
    def asked(self) -> bool:
        """True if the request itself has begun to leave."""
        return self._asked_at is not None

    async def fetch(self, url: str, most: int) -> object:
        """Return the JSON document at `url`, of at most so many bytes."""
        async with self._answer("GET", url) as response:
            try:
                document = [piece async for _, piece in pieces(response, most)]
            except HTTPX_ERRORS as exception:
                raise self._translated(exception) from None
            self.clean = True
        text = b"".join(document).decode("utf-8-sig", "replace")
        try:
            return read_json(text)
        except ValueError:
            if text.lstrip().startswith("<"):
                raise self._error(WebPageReceived, words_of(page_title(text))) from None
            raise self._error(ProtocolViolated, snippet(text, self._target.key)) from None

    @asynccontextmanager
    async def _answer(
        self, method: str, url: str, headers: dict[str, str] | None = None, body: bytes | Body | None = None
    ) -> AsyncIterator[httpx.Response]:
        """The response to a request, once its head is there and tells of success."""
        client, timeouts = self._line.client, self._timeouts
        if isinstance(body, Body):
            headers = {**(headers or {}), "Content-Length": str(body.size)}
        request = client.build_request(
            method,
            url,
            headers=headers,
            content=self._leaving(body) if isinstance(body, Body) else body,
            timeout=httpx.Timeout(timeouts.connect, read=timeouts.silence, write=timeouts.write),
            extensions={"trace": self._trace, "body": body},
        )
        try:
            async with self._phase:
                await self._line.look()
                response = await client.send(request, stream=True)
        except TimeoutError:
            late = self._overdue is ConnectTimeout
            raise self._translated(httpx.ConnectTimeout("")) if late else self._error(self._overdue) from None
        except HTTPX_ERRORS as exception:
            error = self._translated(exception)
            self.stale = isinstance(error, Disconnected) and self._was_closing(exception)
            raise error from None
        self._line.network.take_body()
        self.heard = True
        if promise := _KEEP_ALIVE.search(response.headers.get("Keep-Alive", "")):
            self.promised = float(promise[1])
        try:
            if self._sent_at is None:
                self._emit(Sent())
            if not response.is_success:
                raise await self._refusal(response)
            yield response
        finally:
            if not self.clean:
                self._line.hang_up()
            await response.aclose()

    async def _listen(self, chunks: Chunks, decoder: Decoding) -> NeurotuiError | None:
        """Emit events until the reply or the body ends; return the error that cut it short, if any."""
        clock = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(None) as grace:
                async for count, piece in chunks:
                    if count:
                        self._emit(BytesReceived(count))
                    events = await decoder.feed(piece)
                    self._say(events)
                    if decoder.done:
                        return None
                    # Some servers give the reason with every word, and so it may not be the end yet.
                    if decoder.finish_reason and (grace.when() is None or _output_in(events)):
                        grace.reschedule(clock() + self._timeouts.grace)
            self.clean = True
        except TimeoutError:  # the reply is whole, and its server has gone to sleep over the rest
            self._say(await decoder.rest())
        except NeurotuiError as error:
            return error
        except HTTPX_ERRORS as exception:
            return self._translated(exception)
        return None

    async def _drain(self, chunks: Chunks) -> None:
        """Read the proper end of the body, if it is there already: that keeps the connection."""
        with suppress(TimeoutError, NeurotuiError, *HTTPX_ERRORS):
            async with asyncio.timeout(self._timeouts.drain):
                async for _ in chunks:
                    pass
            self.clean = True

    async def _refusal(self, response: httpx.Response) -> NeurotuiError:
        """The error that a response with another status than one of success tells of."""
        if response.status_code >= 400:
            with suppress(TimeoutError, NeurotuiError, *HTTPX_ERRORS):
                async with (
                    asyncio.timeout(self._timeouts.error_body),
                    aclosing(pieces(response, MAX_REPLY_BYTES)) as chunks,
                ):
                    async for _, piece in chunks:
                        self.error_body += piece
                        if len(self.error_body) >= MAX_BODY_BYTES:
                            break
                    else:
                        self.clean = True
        error, self.pause_unread = refusal_of(response, self.error_body, self._target, self._line.hop)
        return error

    async def _leaving(self, body: Body) -> AsyncIterator[bytes]:
        """Yield a body, and tell how much of it has left."""

        def tell(sent: int) -> None:
            if (now := time.monotonic()) >= self._told_at + TELL_EVERY:
                self._told_at = now
                self._emit(Sending(sent, body.size))

        async with aclosing(body.chunks(tell)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def _trace(self, name: str, info: dict[str, Any]) -> None:
        """Follow httpcore's steps; its parts each put their own word before the dot."""
        match name.partition(".")[2]:
            case "connect_tcp.started":
                # For a prepared connection, too: through a proxy, most of the way is still to come.
                self._allow(self._timeouts.connect, ConnectTimeout)
                self._young = self._line.network.age < YOUNG
                if not self._line.network.ready:
                    self._opened = self._young = True
                    self._emit(Connecting())
            case "start_tls.complete":
                tls = info["return_value"].get_extra_info("ssl_object")
                self._line.tls = tls.version().replace("TLSv", "TLS ")
            case "send_request_headers.started":
                # A tunnel through a proxy is asked for by a request of its own, which is part of connecting.
                self._tunnelling = info["request"].method == b"CONNECT"
                if not self._tunnelling:
                    self._asked_at = time.monotonic()
                    self._received_before = self._line.network.received
                    self._allow(None, HeadTimeout)
            case "send_request_body.complete" if not self._tunnelling:
                self._sent()
                self._emit(Sent(reused=not self._opened, tls=self._line.tls))
            case "send_request_headers.failed" | "send_request_body.failed" if not self._tunnelling:
                self._sent()  # a server that stops listening may still say why
            case _:
                pass

    def _was_closing(self, exception: Exception) -> bool:
        """Return whether the connection was closing before the request left: nothing in it was read then.

        Never so where a time limit ran out, ours or the kernel's.
        """
        return (
            self._asked_at is not None
            and not self._young
            and self._line.network.received == self._received_before
            and time.monotonic() < self._asked_at + STALE_WITHIN
            and not any(
                isinstance(reason, TimeoutError | httpx.TimeoutException) for reason in reasons(exception)
            )
        )

    def _sent(self) -> None:
        self._sent_at = time.monotonic()
        self._allow(self._timeouts.silence + self._timeouts.head, HeadTimeout)

    def _allow(self, seconds: float | None, overdue: type[NeurotuiError]) -> None:
        """Begin a phase that may last so long."""
        self._overdue = overdue
        now = asyncio.get_running_loop().time()
        self._phase.reschedule(None if seconds is None else now + seconds)

    def _say(self, events: list[ContentEvent]) -> None:
        self.spoke = self.spoke or _output_in(events)
        for event in events:
            if isinstance(event, Failed):
                self._failure = event.error
                return
            self._emit(event)

    def _translated(self, exception: Exception) -> NeurotuiError:
        hop = self._line.hop
        if hop is not None and self._asked_at is not None and not hop.forwards:
            hop = None  # the way is open: from here on, it is the server that fails
        return error_of(
            exception,
            self._target,
            self._timeouts,
            hop,
            asked=self._asked_at is not None,
            handshaking=self._line.network.handshaking,
            at_hop=not self._tunnelling and self._asked_at is None,
        )

    def _error(self, kind: type[NeurotuiError], cause: str = "") -> NeurotuiError:
        return kind(
            cause, host=self._target.host, url=self._target.url, seconds=round(self._timeouts.connect)
        )


def _output_in(events: list[ContentEvent]) -> bool:
    """True if there is something of an answer among events."""
    return any(isinstance(event, OUTPUT) for event in events)
