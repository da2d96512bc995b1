"""The timeline of a turn: what happened when, in the few steps that a reader wants to see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from neurotui.chat.events import TurnEvent
from neurotui.wire.events import (
    BytesReceived,
    Cited,
    FilesChecked,
    FinishReason,
    Malformed,
    MediaReceived,
    ModelReport,
    PartReceived,
    Ping,
    ReasoningDelta,
    ReasoningEnded,
    Reconnected,
    RefusalDelta,
    RetryScheduled,
    Sending,
    TextDelta,
    ToolCallDelta,
    Usage,
)


@dataclass(frozen=True, slots=True)
class Step:
    """An event that moved the turn on; of pings, reasoning and text only the first, without its text."""

    at: float
    """Seconds since the beginning of the turn."""
    event: TurnEvent


class Timeline:
    """Digest of a turn's events: some ten steps for each request."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._begun: set[TurnEvent] = set()
        """Kinds of content that have begun since the request was sent."""

    def __iter__(self) -> Iterator[Step]:
        return iter(self._steps)

    def take(self, event: TurnEvent, at: float) -> None:
        """Record an event, if it moves the turn on."""
        match event:
            case TextDelta() | RefusalDelta() | ToolCallDelta() | PartReceived() | MediaReceived():
                self._begin(TextDelta(""), at)
            case ReasoningDelta():
                self._begin(ReasoningDelta(""), at)
            case Ping():
                self._begin(Ping(), at)
            case Sending(_, total):
                self._begin(Sending(0, total), at)
            case BytesReceived() | ModelReport() | Usage() | FinishReason() | Malformed():
                return
            case Cited() | ReasoningEnded() | FilesChecked():
                return
            case RetryScheduled() | Reconnected():
                self._begun.clear()
                self._steps.append(Step(at, event))
            case _:
                self._steps.append(Step(at, event))

    def _begin(self, event: TurnEvent, at: float) -> None:
        if event not in self._begun:
            self._begun.add(event)
            self._steps.append(Step(at, event))
