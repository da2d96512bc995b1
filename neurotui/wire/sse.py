"""The event stream as the HTML standard defines it: bytes in, events and comments out.

https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

The libraries there are drop the comments, and the comments are where a server says that it is alive while a
model thinks. What holds here:

- A line ends with LF, CRLF or CR, and with nothing else. `bytes.splitlines` knows just these three;
  `str.splitlines`, and with it httpx's `aiter_lines`, also splits at U+2028, U+0085, VT and FF, inside JSON.
- How the bytes are cut changes nothing. A CR ends its line at once; an LF that follows it, be it in a later
  chunk, is part of that end. UTF-8 is decoded a line at a time, and no character reaches over a line's end.
- Each byte is looked at a fixed number of times. Of a chunk only what follows its last line end is kept, and
  that is not looked at again before its own line end comes; else one line of 2 MB would cost its square.
- Memory is bounded: a line, and what one event gathers from its lines, may have `limit` bytes.

In two things the standard is not followed. The last event counts although its blank line is missing: servers
forget it, and a stream that was cut short is told apart elsewhere. And `retry` is read over, because a
request for a completion is not sent again by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from neurotui.errors import LimitExceeded
from neurotui.i18n import _

MAX_EVENT_BYTES = 8 * 1024 * 1024
"""Real events have hundreds of bytes; a whole answer with all its reasoning in one stays below 1 MiB."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CR, _LF = b"\r\n"


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event."""

    data: str
    event: str = "message"
    id: str = ""
    """The last id that was given, by this event or one before it."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A line that begins with a colon: a keep-alive."""

    text: str


class SSEDecoder:
    """Decoder of one response; raises LimitExceeded for a line or an event of more than `limit` bytes."""

    def __init__(self, *, limit: int = MAX_EVENT_BYTES) -> None:
        self._limit = limit
        self._partial = bytearray()
        self._after_cr = False
        self._at_start = True
        self._data: list[str] = []
        self._size = 0
        self._event = ""
        self._id = ""
        self._out: list[ServerSentEvent | Comment] = []
        self._excess: LimitExceeded | None = None

    def feed(self, chunk: bytes) -> list[ServerSentEvent | Comment]:
        """Return what `chunk` completes."""
        if self._excess is not None:
            raise self._excess
        out = self._out = []
        if not chunk:
            return out
        lines = (chunk[1:] if self._after_cr and chunk[0] == _LF else chunk).splitlines()
        self._after_cr = chunk[-1] == _CR
        rest = b"" if chunk[-1] in (_CR, _LF) else lines.pop()
        if lines and self._partial:
            lines[0] = bytes(self._partial) + lines[0]
            self._partial.clear()
        self._partial += rest
        try:
            for line in lines:
                self._take(line)
            self._check(len(self._partial))
        except LimitExceeded as excess:
            self._excess = excess
            if not out:
                raise
        return out

    def close(self) -> list[ServerSentEvent | Comment]:
        """Return what is left when the response has ended."""
        return self.feed(b"\n\n")

    def unknown_line(self, line: str) -> ServerSentEvent | None:
        """Return the event in a line of no known field: by the standard, none. A subclass may know better."""
        return None

    def ends_before(self, data: Sequence[str], line: str) -> bool:
        """True if `line` begins a new event after these data lines: by the standard, it never does."""
        return False

    def _take(self, line: bytes) -> None:
        self._check(len(line))
        if self._at_start:
            self._at_start = False
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if not line:
            self._dispatch()
            return
        name, _colon, value = line.partition(b":")
        text = value.decode("utf-8", "replace").removeprefix(" ")
        match name:
            case b"data":
                if self._data and self.ends_before(self._data, text):
                    self._dispatch()
                self._data.append(text)
                self._size += len(line) + 1
                self._check(self._size)
            case b"":
                self._out.append(Comment(text))
            case b"event":
                self._event = text
            case b"id":
                if "\0" not in text:
                    self._id = text
            case b"retry":
                pass
            case _:
                meant = self.unknown_line(line.decode("utf-8", "replace"))
                if meant is not None:
                    self._dispatch()  # what stands before it without its blank line came before it
                    self._out.append(meant)

    def _dispatch(self) -> None:
        if self._data:
            self._out.append(ServerSentEvent("\n".join(self._data), self._event or "message", self._id))
            self._data.clear()
            self._size = 0
        self._event = ""

    def _check(self, size: int) -> None:
        if size > self._limit:
            raise LimitExceeded(host=_("The server"))
