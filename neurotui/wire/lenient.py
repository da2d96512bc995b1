"""The event stream as chat servers write it: the standard, and what they mean where they break it.

- `data` lines without the blank line between them. By the standard they are one event; here one that is a
  whole JSON text ends where the next begins, and any ends before a whole chunk, so that such a stream flows.
- A line end that stands as it is inside a JSON string. While the JSON of an event is open, lines of no field
  go on with it, empty lines inside a string too.
- `data:` with blanks around its name, or in other letters: the standard ignores such a line.
- `error: {…}`, a line of a field that does not exist, is an event of the type `error`.
- JSON without `data:`. A gateway that sent its first ping has sent its 200 too, so the error of the provider
  comes bare into the stream; and a server that does not stream sends nothing but a bare JSON body. It may be
  on one line or on many, and its line may have no end: the next ping or `[DONE]` stands right behind it then.
- Other lines that hold a piece of JSON are told as a `Fragment`: a part of the answer may have been in them.
- Everything else, a web page for instance, is kept for a look at the end: `foreign`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from neurotui.wire.jsontext import OpenJson, is_json_document, read_documents
from neurotui.wire.sse import MAX_EVENT_BYTES, Comment, EventBuffer, LineReader, ServerSentEvent

_DATA = re.compile(rb"\s*data\s*:", re.IGNORECASE)
_FIELD = re.compile(rb"(?:data|event|id|retry|error)?\s*:", re.IGNORECASE)
_NO_DATA = re.compile(rb"(?:event|id|retry)\s*:")
_DONE_WITHIN = 1 << 20
"""Characters at the end of an event in which `[DONE]` is looked for: before that is a picture."""
_PIECE_OF_JSON = re.compile(r'[{,\[]\s*"|"\s*[:,}\]]|[}\]]\s*[}\]]')


@dataclass(frozen=True, slots=True)
class BareDocument(ServerSentEvent):
    """JSON that stood in the body without `data:`."""


@dataclass(frozen=True, slots=True)
class Fragment(ServerSentEvent):
    """Lines between events that hold a piece of JSON and cannot be read."""


class LenientSSEDecoder:
    """Decoder of one response of a chat server."""

    def __init__(self, *, limit: int = MAX_EVENT_BYTES) -> None:
        self._events = EventBuffer(limit)
        self._reader = LineReader(self._events, self._take)
        self._lines: list[str] = []
        self._lines_size = 0
        self._tried_size = 0
        self._before_done: str | None = None
        self._json: OpenJson | None = None  # of the event's data, followed only where it seems to be open
        self._followed = 0  # data lines that `_json` has seen
        self._blank_lines = 0  # that may belong to an open string

    @property
    def foreign(self) -> str:
        """The lines after the last event of JSON and before `[DONE]`, which mean nothing yet."""
        return self._together() if self._before_done is None else self._before_done

    @property
    def waiting(self) -> int:
        """Bytes of what is not complete, about: of a line, of an event, of a document on many lines."""
        return self._reader.waiting + self._events.size + self._lines_size

    def feed(self, chunk: bytes) -> list[ServerSentEvent | Comment]:
        """Return what `chunk` completes. Raises LimitExceeded."""
        return self._reader.feed(chunk)

    def close(self) -> list[ServerSentEvent | Comment]:
        """Return what is left when the response has ended."""
        out = self._reader.feed(b"\n\n")
        self._dispatch()
        if is_json_document(document := self._together()):
            out.append(BareDocument(document))
            self._forget()
        return out

    def _take(self, line: bytes) -> None:
        if not self._blank_lines and line.startswith(b"data:"):
            self._read(line)  # as most lines are
            return
        if self._events.data and not line and self._is_in_string():
            self._blank_lines += 1
            self._events.check(self._events.size + self._blank_lines)
            return
        if self._blank_lines and (
            _FIELD.match(line.lstrip()) or not self._goes_on_with(line.decode("utf-8", "replace"))
        ):
            self._dispatch()
        if not line.startswith(b"data:"):
            if field := _DATA.match(line):
                line = b"data:" + line[field.end() :]
            elif self._events.data and _NO_DATA.match(line) and self._is_in_string():
                line = b"data: " + line  # a line of the text that looks like a field
        self._read(line)

    def _read(self, line: bytes) -> None:
        if not line:
            self._dispatch()
            return
        name, value = self._events.split(line)
        if name == b"data" and self._events.data and self._ends_before(value):
            self._dispatch()
        if not self._events.add(name, value, len(line)):
            meant = self._unknown_line(line.decode("utf-8", "replace"))
            if meant is not None:
                self._dispatch()  # what stands before it without its blank line came before it
                self._events.out.append(meant)

    def _ends_before(self, line: str) -> bool:
        """True if `line` begins a new event after the data lines so far."""
        data = self._events.data
        if len(data) == 1 and (data[0] == "[DONE]" or is_json_document(data[0])):
            return True
        # Behind a chunk that was cut comes a whole one.
        return line == "[DONE]" or ('"choices"' in line and is_json_document(line))

    def _unknown_line(self, line: str) -> ServerSentEvent | None:
        """Return the event in a line of no known field, if there is one."""
        text = line.strip()
        if text == "[DONE]":
            self._note_done()
            return ServerSentEvent(text)
        if self._events.data and self._goes_on_with(line):
            self._events.data += [""] * self._blank_lines + [line]
            self._events.size += self._blank_lines + len(line) + 1
            self._blank_lines = 0
            self._events.check(self._events.size)
            return None
        if text.startswith("error:"):
            return ServerSentEvent(text.removeprefix("error:").strip(), "error")
        if end := read_documents(line)[1]:
            bare, rest = BareDocument(line[:end]), line[end:].strip()
            if self._lines and '"choices"' in line:
                self._tell_fragment()
                self._forget()
            if rest.startswith(("data:", ":", "[DONE]")):
                self._dispatch()
                self._events.out.append(bare)
                self._take(rest.encode())
                return None
            if not rest:
                return bare
        self._lines.append(line)
        self._lines_size += len(line) + 1
        self._events.check(self._lines_size)
        # Only where the size has doubled since the last try, so that all tries together cost the text twice.
        if line.startswith(("}", "]")) and self._lines_size > 2 * self._tried_size:
            self._tried_size = self._lines_size
            if is_json_document(document := self._together()):
                self._forget()
                return BareDocument(document)
        return None

    def _dispatch(self) -> None:
        if data := self._events.data:
            if "[DONE]" in (data[0][-_DONE_WITHIN:] if len(data) == 1 else "\n".join(data)):
                self._note_done()
            if self._lines and data[0].startswith("{"):
                # A proper event: what stood around it were fields of a kind that the standard ignores.
                self._tell_fragment()
                self._forget()
        self._json, self._followed, self._blank_lines = None, 0, 0
        self._events.dispatch()

    def _is_in_string(self) -> bool:
        """True if the event's data are JSON that breaks off within a string."""
        if not self._events.data[0].lstrip().startswith(("{", "[")):
            return False
        if self._json is None and self._events.data[-1].endswith(("}", "]")):
            return False  # the usual case, at a glance
        return self._follow().in_string

    def _goes_on_with(self, line: str) -> bool:
        """True if `line` goes on with the JSON of the event, which is not complete without it."""
        if not self._events.data[0].lstrip().startswith(("{", "[")) or not self._follow().is_open:
            return False
        if self._follow().in_string:
            # A string holds no quotes as they are, so this is the next document, and the string was cut.
            return '"' not in line or not is_json_document(line)
        return True

    def _follow(self) -> OpenJson:
        if self._json is None:
            self._json = OpenJson()
        for piece in self._events.data[self._followed :]:
            self._json.feed(piece)
        self._followed = len(self._events.data)
        return self._json

    def _note_done(self) -> None:
        # More of the same piece may follow, and is read before anybody hears of the end.
        if self._before_done is None:
            self._before_done = self._together()
            self._tell_fragment()

    def _tell_fragment(self) -> None:
        if any(_PIECE_OF_JSON.search(line) for line in self._lines):
            self._events.out.append(Fragment(self._together()))

    def _together(self) -> str:
        return "\n".join(self._lines)

    def _forget(self) -> None:
        self._lines.clear()
        self._lines_size = self._tried_size = 0
