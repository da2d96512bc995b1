"""The body of a response, from bytes to what a reply is made of.

Whatever comes under a status of success is read here: a stream, a whole completion, an error in any place, a
web page. One event may hold several JSON texts. What cannot be read is passed over and told of as Malformed:
a piece of the answer may be lost with it. Three rules are easily got wrong:

- A reply is whole if a finish reason came. `[DONE]` alone proves it only of a server that never speaks of
  finish reasons: one that said `"finish_reason": null` with each delta, and then `[DONE]`, has broken off.
- After `[DONE]` or an error nothing counts any more: `done` tells the client to close.
- What happens after a finish reason cannot unmake the answer: neither a lost connection nor a late error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from neurotui.errors import (
    EmptyReply,
    LimitExceeded,
    NeurotuiError,
    ProtocolViolated,
    ServerFailed,
    WebPageReceived,
)
from neurotui.wire.chunks import ChunkReader
from neurotui.wire.errorbody import is_error, page_title
from neurotui.wire.events import ContentEvent, Failed, Finished, Malformed, Ping
from neurotui.wire.faults import Target, classify
from neurotui.wire.jsontext import after_blanks, read_documents, read_json, write_json
from neurotui.wire.lenient import BareDocument, Fragment, LenientSSEDecoder
from neurotui.wire.pauses import asked_pause
from neurotui.wire.redaction import snippet, words_of
from neurotui.wire.sse import MAX_EVENT_BYTES, Comment, ServerSentEvent

LONG_EVENT = 256 * 1024
"""Events from this size on are read beside the event loop (bytes)."""

_KEEP_ALIVE = re.compile(r"\[?(?:ping|pong|heartbeat|keep-?alive)\]?", re.IGNORECASE)
"""Events of one word by which careless servers say that they are alive."""
_PREFIX = re.compile(r"data:\s*(?=[{\[])")
_BEGINNING = re.compile(r'\{(?=\s*"(?:id|object|choices|created|model|error)")|\[DONE\]')
"""Where a chunk may begin in what could not be read."""
_MOST_TRIES = 10
"""Times that reading begins again within one event."""


class CompletionDecoder:
    """Decoder of the body of one response; its last event, and only that, is a Finished or a Failed."""

    def __init__(
        self,
        target: Target,
        *,
        content_type: str = "",
        http_status: int = 200,
        request_id: str | None = None,
        limit: int = MAX_EVENT_BYTES,
    ) -> None:
        self.done = False
        """True once the last event was returned: whatever may still come is of no interest."""
        self._target = target
        self._content_type = content_type
        self._http_status = http_status
        self._request_id = request_id
        self._stream = LenientSSEDecoder(limit=limit)
        self._chunks = ChunkReader()
        self._understood = False
        self._whole = False
        self._unread = ""
        self._closing = False
        self._out: list[ContentEvent] = []

    @property
    def finish_reason(self) -> str:
        """The model's word for why it ended, once it came: only counts of tokens are to be expected then."""
        return self._chunks.finish_reason

    def is_long(self, chunk: bytes = b"") -> bool:
        """True if it takes long to read `chunk`, or the end if it is empty: a picture is complete then."""
        return self._stream.waiting > LONG_EVENT and (not chunk or b"\n" in chunk or b"\r" in chunk)

    def feed(self, chunk: bytes) -> list[ContentEvent]:
        """Return the events that `chunk`, bytes of the body after its content coding, completes."""
        out = self._out = []
        if not self.done:
            try:
                self._take(self._stream.feed(chunk))
            except LimitExceeded:
                self._break_off(self._too_much())
        return out

    def close(self, error: NeurotuiError | None = None) -> list[ContentEvent]:
        """Return the last events, when the body has ended or was broken off by `error`."""
        out = self._out = []
        self._closing = True
        if not self.done:
            try:
                self._take(self._stream.close())
            except LimitExceeded:
                error = self._too_much()
        if not self.done:
            self._break_off(error)
        return out

    def _take(self, items: Iterable[ServerSentEvent | Comment]) -> None:
        for item in items:
            if isinstance(item, Comment):
                self._out.append(Ping(item.text))
            else:
                self._take_event(item)
                if self.done:
                    break

    def _take_event(self, event: ServerSentEvent) -> None:
        if event.event == "error":
            self._break_off(self._judged(event.data.encode()))
            return
        if event.event == "ping":
            self._out.append(Ping(event.data))
            return
        if isinstance(event, Fragment):
            self._pass_over(event.data, at_end=False)
            return
        text = event.data.strip()
        if _KEEP_ALIVE.fullmatch(text):
            self._out.append(Ping(text))
            return
        bare = isinstance(event, BareDocument)
        try:
            value = read_json(text)
        except ValueError:
            self._take_texts(text, bare=bare)
        else:
            self._take_value(value, text, bare=bare)
        if not self._understood:
            self._unread = self._unread or event.data

    def _take_texts(self, text: str, *, bare: bool) -> None:
        """Read what is no single JSON text: several of them, with `[DONE]` or what cannot be read between."""
        at = tries = 0
        while not self.done and at < len(text):
            values, at = read_documents(text, at)
            for value in values:
                if not self.done:
                    self._take_value(value, text, bare=bare)
            at = after_blanks(text, at)
            if prefix := _PREFIX.match(text, at):
                at = prefix.end()  # a gateway has put the event of another into one of its own
            elif text.startswith("[DONE]", at) and not self.done:
                self._whole |= self._chunks.spoke and not self._chunks.speaks_of_finishing
                self._end(None)
            elif at < len(text) and not self.done:
                lost, tries = at, tries + 1
                beginning = _BEGINNING.search(text, at + 1) if tries <= _MOST_TRIES else None
                at = beginning.start() if beginning else len(text)
                if text[lost:at].strip(",; \n"):
                    self._pass_over(text[lost:at], at_end=at == len(text))

    def _take_value(self, value: object, text: str, *, bare: bool) -> None:
        for item in value if isinstance(value, list) else (value,):
            if isinstance(item, dict):
                self._take_object(item, bare=bare)
                if self.done:
                    break
            elif item is not None:
                self._pass_over(text)

    def _take_object(self, value: dict[str, object], *, bare: bool) -> None:
        ended = self._ended
        if "choices" in value or "usage" in value:
            self._understood = True
            self._out += self._chunks.read(value)
            if self._chunks.unread is not None:
                self._pass_over(write_json(self._chunks.unread))
            self._whole |= bare and self._chunks.took_message
        error = _error_in(value)
        if error is not None:
            self._end(None if ended else self._judged(error))

    def _pass_over(self, text: str, *, at_end: bool = True) -> None:
        self._unread = self._unread or text
        if not (self._closing and at_end):
            # What the end of the body left half is cut, not malformed.
            self._out.append(Malformed(snippet(text, self._target.key)))

    @property
    def _ended(self) -> bool:
        return self._whole or self.finish_reason.lower() not in ("", "error")

    def _break_off(self, error: NeurotuiError | None) -> None:
        self._end(None if self._ended else error)

    def _end(self, error: NeurotuiError | None) -> None:
        self._out += self._chunks.flush(whole=error is None and self._ended)
        if error is None and not self._understood:
            error = self._unintelligible()
        elif error is None and self.finish_reason.lower() == "error":
            error = ServerFailed(http_status=self._http_status, request_id=self._request_id)
        self._out.append(
            Failed(error) if error is not None else Finished(self._whole or bool(self.finish_reason))
        )
        self.done = True

    def _judged(self, body: object) -> NeurotuiError:
        error = classify(None, body, self._target, request_id=self._request_id, retry_after=asked_pause(body))
        error.http_status = self._http_status
        return error

    def _too_much(self) -> NeurotuiError:
        return LimitExceeded(
            http_status=self._http_status, request_id=self._request_id, host=self._target.host
        )

    def _unintelligible(self) -> NeurotuiError:
        """The error of a body in which there was no completion."""
        body = self._stream.foreign.strip() or self._unread
        kind: type[NeurotuiError] = EmptyReply
        words = ""
        if body.startswith("<") or "html" in self._content_type:
            kind = WebPageReceived
            words = words_of(page_title(body), self._target.key)
        elif body:
            kind = ProtocolViolated
            words = snippet(body, self._target.key)
        return kind(
            words,
            http_status=self._http_status,
            request_id=self._request_id,
            host=self._target.host,
            url=self._target.url,
        )


def _error_in(value: Mapping[str, object]) -> object:
    """Return what tells of an error, or None: the object itself, its first choice, Groq's own part."""
    if is_error(value):
        return value
    choices, groq = value.get("choices"), value.get("x_groq")
    for part in (choices[0] if choices and isinstance(choices, list) else None, groq):
        if isinstance(part, dict) and part.get("error"):
            return part["error"]
    return None
