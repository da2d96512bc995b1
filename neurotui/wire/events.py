"""The events of a reply: the values that come up from the connection, in the order they happen.

A reply begins with the events of the connection (`Connecting` to `Accepted`), goes on with any number of
content events and pings, and ends with exactly one `Finished` or `Failed`. A client that repeats a request
says so with `RetryScheduled` or `Reconnected`, and begins again with `Connecting`.
"""

from __future__ import annotations

from dataclasses import dataclass

from neurotui.errors import NeurotuiError
from neurotui.wire.parts import Blob
from neurotui.wire.usage import Usage as Usage


@dataclass(frozen=True, slots=True)
class Connecting:
    """A connection is being opened (name, TCP, proxy, TLS); not said where one was kept warm."""


@dataclass(frozen=True, slots=True)
class Sending:
    """So much of a request with files has left; told a few times a second, and never of one without."""

    sent: int
    """Bytes."""
    total: int
    """Bytes of the whole request."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The whole request has left."""

    reused: bool = False
    """True if it went over a connection that was open already."""
    http_version: str = "HTTP/1.1"
    tls: str = ""
    """The TLS version in use, empty on a plain connection."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The head of the response came, with a status of success."""

    http_status: int = 200
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class BytesReceived:
    """Bytes of the body came, whatever they will turn out to mean: the connection is alive."""

    count: int


@dataclass(frozen=True, slots=True)
class Ping:
    """A keep-alive comment."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """More of what the model thinks before it answers."""

    text: str


@dataclass(frozen=True, slots=True)
class RefusalDelta:
    """More of the words with which the model refuses; they are the answer's text, marked."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """More of a tool call: `name` and `arguments` (JSON) come in pieces. Never run, only shown."""

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class ReasoningEnded:
    """All text so far was reasoning: the tag that closes it came, and none had opened it."""

    mark: str
    """The tag, and the blanks around it."""


@dataclass(frozen=True, slots=True)
class PartReceived:
    """A part of the answer that is no text came without data that could be kept, or begins to come."""

    kind: str
    """`image`, `audio`, `video`, `file`, or the server's own word; empty where it has none."""


@dataclass(frozen=True, slots=True)
class MediaReceived:
    """A part of the answer that is no text came whole, with its data."""

    kind: str
    """As that of PartReceived."""
    data: str
    """Base64 as it came: `wire.payloads.decode` reads it, which is not for the event loop."""
    media_type: str = ""
    """By the server's own word; empty where it has none."""
    name: str = ""
    """The name of a file; empty where it has none."""
    transcript: str = ""
    """The words of a sound, which are in the answer's text as well; the prompt that was drawn."""
    announced: bool = False
    """True if it came in pieces: a PartReceived has named it as it began."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A source of the answer, or the title of one that was named without."""

    url: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class ModelReport:
    """The model that answers, by the server's own word."""

    model: str


@dataclass(frozen=True, slots=True)
class FinishReason:
    """The model's reason to end: `stop`, `length`, `content_filter`, `tool_calls`, `error`, another word."""

    reason: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """A piece of the answer could not be read and was skipped."""

    snippet: str


@dataclass(frozen=True, slots=True)
class RetryScheduled:
    """The request failed in a way that allows it to be sent again, in `delay` seconds."""

    error: NeurotuiError
    delay: float
    attempt: int
    """1 for the first repetition."""


@dataclass(frozen=True, slots=True)
class Reconnected:
    """The open connection was closed as the request left: it is sent once more, over a new one."""


@dataclass(frozen=True, slots=True)
class FilesChecked:
    """Files of earlier messages were looked at before the request leaves: it goes without those lost."""

    checked: frozenset[Blob]
    lost: frozenset[Blob]


@dataclass(frozen=True, slots=True)
class Finished:
    """The stream is over. `whole` is false where nothing proves that the answer is complete."""

    whole: bool


@dataclass(frozen=True, slots=True)
class Failed:
    """The reply ended with an error; what came before it stays."""

    error: NeurotuiError


OUTPUT = (TextDelta, ReasoningDelta, RefusalDelta, ToolCallDelta)
"""The events that are part of an answer."""

ContentEvent = (
    Ping
    | TextDelta
    | ReasoningDelta
    | RefusalDelta
    | ToolCallDelta
    | ReasoningEnded
    | PartReceived
    | MediaReceived
    | Cited
    | ModelReport
    | Usage
    | FinishReason
    | Malformed
    | Finished
    | Failed
)
"""The events that a decoder makes of the body of a response."""

ReplyEvent = (
    FilesChecked
    | Connecting
    | Sending
    | Sent
    | Accepted
    | BytesReceived
    | RetryScheduled
    | Reconnected
    | ContentEvent
)
"""All that a client says of a reply."""
