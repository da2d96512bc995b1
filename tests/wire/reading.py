"""Reading streams in tests: whole, in pieces, and what a reply adds up to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from neurotui.errors import NeurotuiError
from neurotui.wire.completions import CompletionDecoder
from neurotui.wire.events import (
    Cited,
    ContentEvent,
    Failed,
    Finished,
    FinishReason,
    Malformed,
    MediaReceived,
    ModelReport,
    PartReceived,
    Ping,
    ReasoningDelta,
    ReasoningEnded,
    RefusalDelta,
    TextDelta,
    ToolCallDelta,
    Usage,
)
from neurotui.wire.faults import Target

TARGET = Target("api.example", "https://api.example/v1", "gpt-5-mini", "sk-neuro-0123456789abcdef")


@dataclass
class Reply:
    """What the events of one reply add up to."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    calls: list[tuple[str, str, str]] = field(default_factory=list)
    """Id, name and arguments."""
    model: str = ""
    usage: Usage | None = None
    finish_reason: str = ""
    mark: str = ""
    parts: list[str] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    pings: list[str] = field(default_factory=list)
    malformed: int = 0
    whole: bool | None = None
    """None where the reply failed."""
    error: NeurotuiError | None = None


def cuts(body: bytes, step: int = 1) -> Iterator[list[bytes]]:
    """`body` byte by byte, in other regular pieces, and cut in two at every `step`th place."""
    for size in (1, 2, 3, 7, 64):
        yield [body[start : start + size] for start in range(0, len(body), size)]
    for place in range(0, len(body) + 1, step):
        yield [body[:place], body[place:]]


def decode(
    pieces: Iterable[bytes], error: NeurotuiError | None = None, content_type: str = "", limit: int = 8 << 20
) -> list[ContentEvent]:
    """All events of a body that comes in `pieces` and is then closed, or broken off by `error`."""
    decoder = CompletionDecoder(TARGET, content_type=content_type, limit=limit)
    found = [event for piece in pieces for event in decoder.feed(piece)]
    found += decoder.close(error)
    assert decoder.done
    assert decoder.feed(b'data: {"choices":[{"delta":{"content":"late"}}]}\n\n') == []
    assert decoder.close() == []
    return found


def told(found: Iterable[ContentEvent]) -> list[object]:
    """The events in a form that can be compared: errors as records, texts that follow each other as one."""
    items: list[object] = []
    for event in found:
        match items[-1:], event:
            case [TextDelta(before)], TextDelta(text):
                items[-1] = TextDelta(before + text)
            case [ReasoningDelta(before)], ReasoningDelta(text):
                items[-1] = ReasoningDelta(before + text)
            case _, Failed(error):
                items.append(error.record())
            case _:
                items.append(event)
    return items


def add_up(found: Iterable[ContentEvent]) -> Reply:
    """The reply that the events make; checks that only the last of them ends it."""
    reply = Reply()
    ended = False
    for event in found:
        assert not ended
        match event:
            case TextDelta(text):
                assert text
                reply.text += text
            case ReasoningDelta(text):
                assert text
                reply.reasoning += text
            case ReasoningEnded(mark):
                assert not reply.mark
                reply.reasoning, reply.text, reply.mark = reply.reasoning + reply.text, "", mark
            case PartReceived(kind) | MediaReceived(kind, announced=False):
                reply.parts.append(kind)
            case Cited(url, title):
                reply.sources[url] = title
            case RefusalDelta(text):
                reply.refusal += text
            case ToolCallDelta(index, id_, name, arguments):
                assert index <= len(reply.calls), "calls are numbered in their order"
                if index == len(reply.calls):
                    reply.calls.append(("", "", ""))
                call = reply.calls[index]
                reply.calls[index] = (call[0] + id_, call[1] + name, call[2] + arguments)
            case ModelReport(model):
                assert not reply.model
                reply.model = model
            case Usage():
                reply.usage = event
            case FinishReason(reason):
                reply.finish_reason = reason
            case Ping(text):
                reply.pings.append(text)
            case Malformed():
                reply.malformed += 1
            case Finished(whole):
                reply.whole, ended = whole, True
            case Failed(error):
                reply.error, ended = error, True
    assert ended
    return reply


def read(body: bytes | str, error: NeurotuiError | None = None, content_type: str = "") -> Reply:
    """The reply in `body`, fed whole."""
    return add_up(decode([body.encode() if isinstance(body, str) else body], error, content_type))
