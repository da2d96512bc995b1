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

from collections.abc import Callable
from dataclasses import dataclass

from neurotui.errors import LimitExceeded
from neurotui.i18n import _

MAX_EVENT_BYTES = 32 * 1024 * 1024
"""Events of text have hundreds of bytes, a whole answer with all its reasoning less than 1 MiB; a picture
comes in one event, too, and has up to 20 MB."""

_LONG = 64 * 1024
"""Longer lines, those with a picture in them, are hardly ever copied: the event loop waits (bytes)."""

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


class EventBuffer:
    """Gathers lines to events by the fields that they have; `out` has what is complete."""

    def __init__(self, limit: int) -> None:
        self.data: list[str] = []
        """Data lines of the event that is not complete."""
        self.size = 0
        """Bytes of the lines of that event, about."""
        self.out: list[ServerSentEvent | Comment] = []
        self._limit = limit
        self._event = ""
        self._id = ""

    def split(self, line: bytes) -> tuple[bytes, str]:
        """Return the name of a line's field, and its value. Raises LimitExceeded."""
        self.check(len(line))
        if len(line) > _LONG and (at := line.find(b":", 0, _LONG)) > 0:
            start = at + 1 + line.startswith(b" ", at + 1)
            return line[:at], str(memoryview(line)[start:], "utf-8", "replace")
        name, _colon, value = line.partition(b":")
        return name, value.decode("utf-8", "replace").removeprefix(" ")

    def add(self, name: bytes, value: str, size: int) -> bool:
        """Take a field of a line of `size` bytes; return False if there is none of that name."""
        match name:
            case b"data":
                self.data.append(value)
                self.size += size + 1
                self.check(self.size)
            case b"":
                self.out.append(Comment(value))
            case b"event":
                self._event = value
            case b"id":
                if "\0" not in value:
                    self._id = value
            case b"retry":
                pass
            case _:
                return False
        return True

    def dispatch(self) -> None:
        """End the event: a blank line came, or what stands for one."""
        if self.data:
            self.out.append(ServerSentEvent("\n".join(self.data), self._event or "message", self._id))
            self.data.clear()
            self.size = 0
        self._event = ""

    def check(self, size: int) -> None:
        """Raise LimitExceeded if `size` is more than an event or a line may have."""
        if size > self._limit:
            raise LimitExceeded(host=_("The server"))


class LineReader:
    """Cuts chunks into lines, and hands them to `take`, which makes events of them in `events`."""

    def __init__(self, events: EventBuffer, take: Callable[[bytes], None]) -> None:
        self._events = events
        self._take = take
        self._partial = bytearray()
        self._after_cr = False
        self._at_start = True
        self._excess: LimitExceeded | None = None

    @property
    def waiting(self) -> int:
        """Bytes of the line that is not complete."""
        return len(self._partial)

    def feed(self, chunk: bytes) -> list[ServerSentEvent | Comment]:
        """Return what `chunk` completes. Raises LimitExceeded, from then on each time."""
        if self._excess is not None:
            raise self._excess
        out = self._events.out = []
        if not chunk:
            return out
        lines = (chunk[1:] if self._after_cr and chunk[0] == _LF else chunk).splitlines()
        self._after_cr = chunk[-1] == _CR
        rest = b"" if chunk[-1] in (_CR, _LF) else lines.pop()
        if lines and self._partial:
            self._partial += lines[0]
            lines[0] = bytes(self._partial)
            self._partial.clear()
        self._partial += rest
        if self._at_start and (lines or len(self._partial) >= len(_BYTE_ORDER_MARK)):
            self._at_start = False
            if lines:
                lines[0] = lines[0].removeprefix(_BYTE_ORDER_MARK)
            elif self._partial.startswith(_BYTE_ORDER_MARK):
                del self._partial[: len(_BYTE_ORDER_MARK)]
        take = self._take
        try:
            for line in lines:
                take(line)
            self._events.check(len(self._partial))
        except LimitExceeded as excess:
            self._excess = excess
            if not out:
                raise
        return out


class SSEDecoder:
    """Decoder of one response; raises LimitExceeded for a line or an event of more than `limit` bytes."""

    def __init__(self, *, limit: int = MAX_EVENT_BYTES) -> None:
        self._events = EventBuffer(limit)
        self._reader = LineReader(self._events, self._take)

    def feed(self, chunk: bytes) -> list[ServerSentEvent | Comment]:
        """Return what `chunk` completes."""
        return self._reader.feed(chunk)

    def close(self) -> list[ServerSentEvent | Comment]:
        """Return what is left when the response has ended."""
        return self._reader.feed(b"\n\n")

    def _take(self, line: bytes) -> None:
        if line:
            self._events.add(*self._events.split(line), len(line))
        else:
            self._events.dispatch()
