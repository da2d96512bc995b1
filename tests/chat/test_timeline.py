"""The steps of a turn that are shown."""

from __future__ import annotations

from neurotui.chat.conversation import Message, Role, Status
from neurotui.chat.events import Stopped, TurnEvent
from neurotui.chat.turn import Turn
from neurotui.errors import RateLimited
from neurotui.wire.events import (
    Accepted,
    BytesReceived,
    Connecting,
    Finished,
    Ping,
    ReasoningDelta,
    RetryScheduled,
    Sending,
    Sent,
    TextDelta,
    ToolCallDelta,
)
from tests.chat.clock import Clock


def story_of(*events: TurnEvent) -> list[tuple[float, TurnEvent]]:
    """The story of events that come a second apart."""
    clock = Clock()
    turn = Turn(Message("a", Role.ASSISTANT, "", status=Status.RUNNING), clock)
    for event in events:
        clock.wind(1.0)
        turn.apply(event)
    return [(step.at, step.event) for step in turn.timeline]


def test_of_what_comes_in_numbers_the_first_is_told() -> None:
    told = story_of(
        Connecting(),
        Sent(),
        Accepted(),
        BytesReceived(10),
        Ping(" one"),
        Ping(" two"),
        ReasoningDelta("a"),
        ReasoningDelta("b"),
        TextDelta("c"),
        ToolCallDelta(0),
        Finished(True),
    )
    assert told == [
        (1.0, Connecting()),
        (2.0, Sent()),
        (3.0, Accepted()),
        (5.0, Ping()),
        (7.0, ReasoningDelta("")),
        (9.0, TextDelta("")),
        (11.0, Finished(True)),
    ]


def test_each_attempt_is_told_anew_and_nothing_after_the_end() -> None:
    again = RetryScheduled(RateLimited(), 2.0, 1)
    told = story_of(Sent(), Accepted(), Ping(), again, Sent(), Accepted(), Ping(), Stopped(0.004), Ping())
    assert [event for _, event in told] == [
        Sent(), Accepted(), Ping(), again, Sent(), Accepted(), Ping(), Stopped(0.004),
    ]  # fmt: skip


def test_that_a_request_leaves_is_told_once_for_each_attempt() -> None:
    again = RetryScheduled(RateLimited(), 2.0, 1)
    told = story_of(Sending(0, 9), Sending(5, 9), Sent(), again, Sending(0, 9), Sending(8, 9), Sent())
    assert [event for _, event in told] == [Sending(0, 9), Sent(), again, Sending(0, 9), Sent()]
