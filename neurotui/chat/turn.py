"""One reply in the making: a table of phases, and `apply(event)`, the only thing that changes it.

The rules. A turn begins PREPARING, while the question is put on disk. Connection events lead it on to
WRITING; a repetition leads it back. `Finished`, `Failed` and `Stopped` end it, the first of them for good:
nothing that comes later changes an ended turn, but that a file of it is kept: until then, and if it cannot
be, the file is a part that is only named. How the turn ended is its `status`:

    Stopped                                       stopped
    Finished, whole: length, or its like          length
    Finished, whole: content_filter, or its like  filtered
    Finished, whole: error                        failed
    Finished, whole: abort, or its like           cut
    Finished, whole: any other reason             complete; cut, where a piece of it could not be read
    Finished, not whole, something came           cut
    Finished, not whole, nothing came             failed, as an empty reply
    Failed by moderation, something came          filtered
    Failed by the server, something came          cut
    Failed by the connection, something came      cut
    Failed otherwise                              failed
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from neurotui.chat.attachments import Attachment
from neurotui.chat.conversation import Citation, Message, Part, Status, Timing, ToolCall, is_blank
from neurotui.chat.events import MediaKept, Stopped, TurnEvent
from neurotui.chat.heartbeat import last_heartbeat
from neurotui.chat.timeline import Timeline
from neurotui.chat.vitals import Vitals
from neurotui.errors import (
    ConnectionFailed,
    EmptyReply,
    ModerationBlocked,
    NeurotuiError,
    ProtocolViolated,
    RequestRefused,
)
from neurotui.wire.events import (
    Accepted,
    Cited,
    Connecting,
    Failed,
    Finished,
    FinishReason,
    Malformed,
    MediaReceived,
    ModelReport,
    PartReceived,
    ReasoningDelta,
    ReasoningEnded,
    RefusalDelta,
    RetryScheduled,
    Sending,
    Sent,
    TextDelta,
    ToolCallDelta,
    Usage,
)


class Phase(StrEnum):
    """How far a reply has come."""

    PREPARING = "preparing"
    CONNECTING = "connecting"
    SENDING = "sending"
    SENT = "sent"
    ACCEPTED = "accepted"
    THINKING = "thinking"
    WRITING = "writing"
    RETRYING = "retrying"
    ENDED = "ended"


NEXT_PHASE: dict[type, Phase] = {
    Connecting: Phase.CONNECTING,
    Sending: Phase.SENDING,
    Sent: Phase.SENT,
    Accepted: Phase.ACCEPTED,
    ReasoningDelta: Phase.THINKING,
    TextDelta: Phase.WRITING,
    RefusalDelta: Phase.WRITING,
    ToolCallDelta: Phase.WRITING,
    PartReceived: Phase.WRITING,
    MediaReceived: Phase.WRITING,
    RetryScheduled: Phase.RETRYING,
    Finished: Phase.ENDED,
    Failed: Phase.ENDED,
    Stopped: Phase.ENDED,
}
"""The phase after an event, whatever the phase before (but ENDED); other events leave it as it is."""

ON_THE_WIRE = {Phase.SENT, Phase.ACCEPTED, Phase.THINKING, Phase.WRITING}
"""Phases in which a request is at the server, and a stop closes its connection."""

_REASONS = {
    Status.LENGTH: "length max_tokens max_output_tokens "
    "model_length "  # Mistral
    "model_context_window_exceeded "  # Anthropic, GLM
    "error_limit",  # Cohere
    Status.FILTERED: "content_filter content_filtered guardrail_intervened "  # the last two: Bedrock
    "safety recitation blocklist prohibited_content spii image_safety "  # Gemini
    "refusal "  # Anthropic
    "error_toxic "  # Cohere
    "blacklist "  # GigaChat
    "sensitive",  # GLM
    Status.FAILED: "error",
    Status.CUT: "abort cancelled canceled "  # vLLM, SGLang
    "user_cancel "  # Cohere
    "insufficient_system_resource "  # DeepSeek
    "network_error",  # GLM
}
STATUS_OF_REASON = {reason: status for status, reasons in _REASONS.items() for reason in reasons.split()}
"""Status of a whole reply by its finish reason, as `_plain` returns it; any other means complete."""
SINCE = 20
"""So many tokens, estimated, may come behind the count of a whole answer: what was kept back of its text."""


@dataclass(slots=True)
class _Call:
    """A tool call in the making."""

    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)


class Turn:
    """A reply in the making. `message()` returns it as it stands."""

    def __init__(self, answer: Message, clock: Callable[[], float]) -> None:
        self.phase = Phase.PREPARING
        self.status = Status.RUNNING
        self.vitals = Vitals(clock)
        self.timeline = Timeline()
        self.error: NeurotuiError | None = None
        self.sent: Sent | None = None
        """How the last request left."""
        self.request_id: str | None = None
        self.malformed = 0
        """Number of pieces of the answer that could not be read and were skipped."""
        self._answer = answer
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._refused = False
        self._tool_calls: dict[int, _Call] = {}
        self._parts: Counter[str] = Counter()
        """The parts that are no text by their kinds, without those whose files are kept."""
        self._attachments: list[Attachment] = []
        self._citations: dict[str, Citation] = {}
        self._mark = ""
        self._finish_reason = ""
        self._usage: Usage | None = None
        self._counted = 0
        """Estimated tokens that had come when the server counted last."""
        self._at_server = False
        self.closed: float | None = None
        """Seconds from the request to stop until the connection was closed; None if no request was out."""
        self._ended_at: float | None = None

    @property
    def answer_id(self) -> str:
        """The id of the message that this turn produces."""
        return self._answer.id

    @property
    def ended(self) -> bool:
        return self.phase is Phase.ENDED

    @property
    def lasted(self) -> float:
        """Seconds from the beginning of the turn to its end, or to now."""
        end = self.vitals.clock() if self._ended_at is None else self._ended_at
        return end - self.vitals.started_at

    @property
    def usage(self) -> Usage | None:
        """The server's last count of tokens."""
        return self._usage

    def tokens(self, prompt_estimate: int) -> Usage:
        """Return the tokens to pay for so far: the server's count, and estimates for the rest.

        A request that did not reach a model, or was refused before a word came, costs nothing.
        """
        if self.ended and not self._at_server:
            return Usage()
        if self.ended and not self.has_output and isinstance(self.error, RequestRefused):
            return Usage()
        counted = self._usage or Usage()
        since = self.vitals.tokens - (self._counted if counted.completion_tokens else 0)
        return replace(
            counted,
            prompt_tokens=counted.prompt_tokens or prompt_estimate,
            completion_tokens=counted.completion_tokens + (0 if self._is_counted else since),
        )

    @property
    def _is_counted(self) -> bool:
        """True if the server's count is of the whole answer, not of its beginning alone, as some tell it."""
        finished = self.status in {Status.COMPLETE, Status.LENGTH, Status.FILTERED}
        counted, since = self._usage or Usage(), self.vitals.tokens - self._counted
        return finished and counted.completion_tokens > 0 and since <= SINCE + 2 * counted.completion_tokens

    @property
    def has_output(self) -> bool:
        """True if anything but blanks came: text, reasoning, a call, a source, a part that is not text."""
        return bool(self._reasoning or self._tool_calls or self._parts or self._citations) or not all(
            map(is_blank, self._text)
        )

    def apply(self, event: TurnEvent) -> None:
        """Move the turn on by one event."""
        if isinstance(event, MediaKept):
            self._parts[event.kind] -= 1
            self._attachments.append(event.attachment)
            return
        if self.ended:
            return
        if not isinstance(event, Stopped):
            self.vitals.observe(event)
        self.timeline.take(event, self.vitals.clock() - self.vitals.started_at)
        match event:
            case TextDelta(text):
                self._text.append(text)
            case ReasoningDelta(text):
                self._reasoning.append(text)
            case RefusalDelta(text):
                self._text.append(text)
                self._refused = True
            case ToolCallDelta(index, id, name, arguments):
                call = self._tool_calls.setdefault(index, _Call())
                call.id = id or call.id
                call.name += name
                call.arguments.append(arguments)
            case ModelReport(model):
                self._answer = replace(self._answer, model=model)
            case Usage():
                self._usage, self._counted = event, self.vitals.tokens
            case FinishReason(reason):
                self._finish_reason = reason
            case Malformed():
                self.malformed += 1
            case PartReceived(kind) | MediaReceived(kind, announced=False):
                self._parts[kind] += 1
            case Cited(url, title):
                self._citations[url] = Citation(url, title)
            case ReasoningEnded(mark):
                self._end_reasoning(mark)
            case Sent():
                self.sent = event
            case Accepted():
                self.request_id = event.request_id
            case Finished(whole):
                self._finish(whole)
            case Failed(error):
                self._end(self._status_of(error), error)
            case Stopped(closed, reason):
                self.closed = closed if self.phase in ON_THE_WIRE else None
                self._end(Status.STOPPED, reason)
            case _:
                pass
        self.phase = NEXT_PHASE.get(type(event), self.phase)

    def message(self) -> Message:
        """Return the answer as it stands. Costs the length of the text: do not call it for every token."""
        vitals = self.vitals
        return replace(
            self.facts(),
            text="".join(self._text),
            reasoning="".join(self._reasoning),
            refused=self._refused,
            tool_calls=tuple(
                ToolCall(call.id, call.name, "".join(call.arguments)) for call in self._tool_calls.values()
            ),
            status=self.status,
            finish_reason=self._finish_reason,
            usage=self._usage,
            error=self.error.record() if self.error else None,
            timing=Timing(
                accepted=vitals.since_sent(vitals.accepted_at),
                first_token=vitals.since_sent(vitals.first_token_at),
                thinking=vitals.thinking_time(self._ended_at),
                total=vitals.since_sent(self._ended_at),
                closed=self.closed,
                pings=vitals.pings,
                rhythm=vitals.rhythm,
                heartbeat=last_heartbeat(vitals) if self._ended_at is not None else "",
            ),
        )

    def facts(self) -> Message:
        """Return the answer without its texts, tool calls and times."""
        return replace(
            self._answer,
            unreadable=self.malformed,
            parts=tuple(Part(kind, count) for kind, count in self._parts.items() if count),
            attachments=tuple(self._attachments),
            citations=tuple(self._citations.values()),
            mark=self._mark,
        )

    def _end_reasoning(self, mark: str) -> None:
        """Turn the text so far into reasoning: a closing tag has just said that it was."""
        text = "".join(self._text)
        self._text.clear()
        if is_blank(text):
            mark = text + mark
        else:
            self._reasoning.append(text)
        self._mark = mark

    def _finish(self, whole: bool) -> None:
        if whole:
            status = STATUS_OF_REASON.get(_plain(self._finish_reason), Status.COMPLETE)
            self._end(Status.CUT if status is Status.COMPLETE and self.malformed else status)
        elif self.has_output or self.malformed:
            self._end(Status.CUT)
        else:
            self._end(Status.FAILED, EmptyReply())

    def _status_of(self, error: NeurotuiError) -> Status:
        if not self.has_output:
            return Status.FAILED
        match error:
            case ModerationBlocked():
                return Status.FILTERED
            case ConnectionFailed() | ProtocolViolated() | RequestRefused():
                return Status.CUT
            case _:
                return Status.FAILED

    def _end(self, status: Status, error: NeurotuiError | None = None) -> None:
        self.status = status
        self.error = error
        self._at_server = self.phase in ON_THE_WIRE
        self._ended_at = self.vitals.clock()


def _plain(reason: str) -> str:
    """Return a finish reason in lower case, without what Gemini adds, as in `content_filter: RECITATION`."""
    return reason.partition(":")[0].strip().lower().replace("-", "_")
