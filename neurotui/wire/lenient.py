"""The event stream as chat servers write it: the standard, and what they mean where they break it.

- `data` lines without the blank line between them. By the standard they are one event; here one that is a
  whole JSON text ends where the next begins, so that such a stream still flows.
- `error: {…}`, a line of a field that does not exist, is an event of the type `error`.
- JSON without `data:`. A gateway that sent its first ping has sent its 200 too, so the error of the provider
  comes bare into the stream; and a server that does not stream sends nothing but a bare JSON body. It may be
  on one line or on many, and its line may have no end: the next ping or `[DONE]` stands right behind it then.
- Everything else, a web page for instance, is kept for a look at the end: `foreign`.
"""

from __future__ import annotations

from dataclasses import dataclass

from neurotui.wire.jsontext import end_of_document, is_json_document
from neurotui.wire.sse import MAX_EVENT_BYTES, Comment, ServerSentEvent, SSEDecoder


@dataclass(frozen=True, slots=True)
class BareDocument(ServerSentEvent):
    """A JSON text that stood in the body without `data:`."""


class LenientSSEDecoder(SSEDecoder):
    """Reads one response of a chat server."""

    def __init__(self, *, limit: int = MAX_EVENT_BYTES) -> None:
        super().__init__(limit=limit)
        self._lines: list[str] = []
        self._lines_size = 0
        self._tried_size = 0
        self._before_done: str | None = None

    @property
    def foreign(self) -> str:
        """What came after the last event of JSON and before `[DONE]`, and means nothing yet."""
        return self._together() if self._before_done is None else self._before_done

    def close(self) -> list[ServerSentEvent | Comment]:
        out = super().close()
        if is_json_document(document := self._together()):
            out.append(BareDocument(document))
            self._forget()
        return out

    def is_complete(self, data: str) -> bool:
        return data == "[DONE]" or is_json_document(data)

    def unknown_line(self, line: str) -> ServerSentEvent | None:
        text = line.strip()
        if text == "[DONE]":
            self._note_done()
            return ServerSentEvent(text)
        if text.startswith("error:"):
            return ServerSentEvent(text.removeprefix("error:").strip(), "error")
        if end := end_of_document(line):
            bare, rest = BareDocument(line[:end]), line[end:].strip()
            if rest.startswith(("data:", ":")):
                self._dispatch()
                self._out.append(bare)
                self._take(rest.encode())
                return None
            if not rest:
                return bare
        self._lines.append(line)
        self._lines_size += len(line) + 1
        self._check(self._lines_size)
        # Only where the size has doubled since the last try, so that all tries together cost the text twice.
        if line.startswith(("}", "]")) and self._lines_size > 2 * self._tried_size:
            self._tried_size = self._lines_size
            if is_json_document(document := self._together()):
                self._forget()
                return BareDocument(document)
        return None

    def _dispatch(self) -> None:
        if self._data:
            if "[DONE]" in (self._data[0] if len(self._data) == 1 else "\n".join(self._data)):
                self._note_done()
            if self._lines and self._data[0].startswith("{"):
                # A proper event: what stood around it were fields of a kind that the standard ignores.
                self._forget()
        super()._dispatch()

    def _note_done(self) -> None:
        # More of the same piece may follow, and is read before anybody hears of the end.
        if self._before_done is None:
            self._before_done = self._together()

    def _together(self) -> str:
        return "\n".join(self._lines)

    def _forget(self) -> None:
        self._lines.clear()
        self._lines_size = self._tried_size = 0
