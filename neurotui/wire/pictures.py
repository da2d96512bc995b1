"""The answer to a request for pictures: JSON in one piece, to the events of a reply."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from neurotui.errors import EmptyReply, LimitExceeded, NeurotuiError, ProtocolViolated, WebPageReceived
from neurotui.wire.errorbody import is_error, page_title
from neurotui.wire.events import ContentEvent, Failed, Finished, MediaReceived
from neurotui.wire.faults import Target, classify
from neurotui.wire.jsontext import LONG, read_json
from neurotui.wire.media import MediaReader
from neurotui.wire.redaction import snippet, words_of
from neurotui.wire.surrogates import repair
from neurotui.wire.usage import read_usage

MAX_BYTES = 64 * 1024 * 1024
"""Of one answer."""
_LONGEST_PROMPT = 4000
"""Characters that are kept of the prompt that was drawn."""


class PictureDecoder:
    """Decoder of the body of one response; its last event, and only that, is a Finished or a Failed.

    A picture that is only linked to is a source of the answer, and is not fetched.
    """

    def __init__(
        self,
        target: Target,
        *,
        content_type: str = "",
        http_status: int = 200,
        request_id: str | None = None,
    ) -> None:
        self.done = False
        """True once the last event was returned."""
        self.finish_reason = ""
        """Always empty: only the end of the body is the end."""
        self._target = target
        self._is_page = "html" in content_type
        self._http_status = http_status
        self._request_id = request_id
        self._body = bytearray()

    def is_long(self, chunk: bytes = b"") -> bool:
        """True if it takes long to read the end, which `chunk` is not."""
        return not chunk and len(self._body) > LONG

    def feed(self, chunk: bytes) -> list[ContentEvent]:
        """Take bytes of the body; return an event only where they are too many."""
        self._body += chunk
        if len(self._body) <= MAX_BYTES or self.done:
            return []
        self.done = True
        self._body.clear()
        return [Failed(self._error(LimitExceeded, ""))]

    def close(self, error: NeurotuiError | None = None) -> list[ContentEvent]:
        """Return the events, when the body has ended or was broken off by `error`."""
        if self.done:
            return []
        self.done = True
        if error is not None:
            return [Failed(error)]
        text = self._body.decode("utf-8-sig", "replace")
        self._body.clear()
        try:
            document = read_json(_without_comments(text))
        except ValueError:
            return [Failed(self._unintelligible(text))]
        return list(self._read(document, text))

    def _read(self, document: object, text: str) -> Iterator[ContentEvent]:
        if not isinstance(document, dict):
            yield Failed(self._unintelligible(text))
            return
        found = document.get("data") or document.get("images")
        if not found and is_error(document):
            error = classify(None, document, self._target, request_id=self._request_id)
            error.http_status = self._http_status
            yield Failed(error)
            return
        reader, came = MediaReader(), False
        for part in found if isinstance(found, list) else [found]:
            for event in reader.read(part, "image"):
                came = True
                yield _with_prompt(event, part) if isinstance(event, MediaReceived) else event
        if isinstance(usage := document.get("usage"), dict):
            yield read_usage(usage)
        yield Finished(whole=True) if came else Failed(self._error(EmptyReply, ""))

    def _unintelligible(self, text: str) -> NeurotuiError:
        if self._is_page or text.lstrip().startswith("<"):
            return self._error(WebPageReceived, words_of(page_title(text), self._target.key))
        if not text.strip():
            return self._error(EmptyReply, "")
        return self._error(ProtocolViolated, snippet(text, self._target.key))

    def _error(self, kind: type[NeurotuiError], cause: str) -> NeurotuiError:
        return kind(
            cause,
            http_status=self._http_status,
            request_id=self._request_id,
            host=self._target.host,
            url=self._target.url,
        )


def _with_prompt(event: MediaReceived, part: object) -> MediaReceived:
    """Return a picture with the prompt that was drawn, where the server has changed it."""
    prompt = part.get("revised_prompt") if isinstance(part, dict) else None
    return replace(event, transcript=repair(prompt[:_LONGEST_PROMPT])) if isinstance(prompt, str) else event


def _without_comments(text: str) -> str:
    """Return a body without the comments before it, by which a gateway says that it is alive."""
    text = text.lstrip()
    while text.startswith(":"):
        text = text.partition("\n")[2].lstrip()
    return text
