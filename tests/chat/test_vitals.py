"""The connection's clocks, wound by hand."""

from __future__ import annotations

import pytest

from neurotui.chat.vitals import PATIENCE, QUIET_AFTER, SHORTEST_STALL, State, Vitals
from neurotui.errors import RateLimited
from neurotui.wire.events import (
    Accepted,
    BytesReceived,
    Connecting,
    Ping,
    ReasoningDelta,
    ReplyEvent,
    RetryScheduled,
    Sending,
    Sent,
    TextDelta,
)
from tests.chat.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def vitals(clock: Clock) -> Vitals:
    return Vitals(clock)


def observe(vitals: Vitals, *events: ReplyEvent) -> None:
    for event in events:
        vitals.observe(event)


def ping(vitals: Vitals) -> None:
    observe(vitals, BytesReceived(8), Ping("PING"))


def test_the_states_of_a_reply_follow_its_events(vitals: Vitals) -> None:
    seen = [vitals.read().state]
    connected = (Connecting(), Sending(0, 10), Sent(), Accepted())
    for event in (*connected, Ping(), ReasoningDelta("hm"), TextDelta("yes")):
        vitals.observe(event)
        seen.append(vitals.read().state)
    assert seen == [
        State.PREPARING,
        State.CONNECTING,
        State.SENDING,
        State.SENT,
        State.ACCEPTED,
        State.ALIVE,
        State.THINKING,
        State.WRITING,
    ]


def test_a_request_that_leaves_tells_how_far_it_is_and_since_when(vitals: Vitals, clock: Clock) -> None:
    clock.wind(5)
    observe(vitals, Connecting(), Sending(0, 200))
    clock.wind(2)
    observe(vitals, Sending(50, 200))
    clock.wind(4)
    reading = vitals.read()
    assert (reading.left, reading.size) == (0.25, 200)
    assert (reading.in_state, reading.silent) == (6, 4)


def test_a_ping_while_text_comes_does_not_hide_the_writing(vitals: Vitals) -> None:
    observe(vitals, Sent(), Accepted(), TextDelta("a"), Ping())
    assert vitals.read().state is State.WRITING


def test_pings_are_counted_and_timed(vitals: Vitals, clock: Clock) -> None:
    observe(vitals, Sent(), Accepted())
    assert vitals.read().ping_ago is None
    clock.wind(10)
    ping(vitals)
    clock.wind(4)
    reading = vitals.read()
    assert (reading.pings, reading.ping_ago, reading.silent) == (1, 4, 4)


def test_without_a_rhythm_patience_decides_what_is_a_stall(vitals: Vitals, clock: Clock) -> None:
    observe(vitals, Sent(), Accepted(), TextDelta("a"))
    clock.wind(QUIET_AFTER - 0.1)
    assert vitals.read().state is State.WRITING
    clock.wind(PATIENCE - QUIET_AFTER)
    assert vitals.read().state is State.QUIET
    clock.wind(0.2)
    assert vitals.read().state is State.STALLED


def test_three_missed_pings_are_a_stall(vitals: Vitals, clock: Clock) -> None:
    observe(vitals, Sent(), Accepted())
    for _ in range(4):
        clock.wind(10)
        ping(vitals)
    assert vitals.read().rhythm == 10
    clock.wind(29)
    assert vitals.read().state is State.ALIVE
    clock.wind(2)
    reading = vitals.read()
    assert reading.state is State.STALLED
    assert reading.silent == 31


def test_a_quick_rhythm_does_not_make_a_nervous_client(vitals: Vitals, clock: Clock) -> None:
    observe(vitals, Sent(), Accepted())
    for _ in range(4):
        clock.wind(0.5)
        ping(vitals)
    clock.wind(SHORTEST_STALL - 0.1)
    assert vitals.read().state is State.ALIVE


def test_a_byte_ends_a_stall(vitals: Vitals, clock: Clock) -> None:
    observe(vitals, Sent(), Accepted(), TextDelta("a"))
    clock.wind(60)
    assert vitals.read().state is State.STALLED
    observe(vitals, BytesReceived(1))
    assert vitals.read().state is State.WRITING


def test_waiting_for_the_head_is_no_stall(vitals: Vitals, clock: Clock) -> None:
    observe(vitals, Connecting(), Sent())
    clock.wind(60)
    reading = vitals.read()
    assert (reading.state, reading.in_state) == (State.SENT, 60)


def test_the_rate_follows_the_stream(vitals: Vitals, clock: Clock) -> None:
    observe(vitals, Sent(), Accepted())
    clock.wind(5)
    for _ in range(500):
        clock.wind(0.01)
        observe(vitals, TextDelta("word"))
    assert vitals.read().tokens_per_second == pytest.approx(100, rel=0.1)
    assert vitals.read().tokens == 500
    clock.wind(10)
    assert vitals.read().tokens_per_second == 0


def test_the_first_token_is_counted_from_the_sending(vitals: Vitals, clock: Clock) -> None:
    clock.wind(1)
    observe(vitals, Sent())
    clock.wind(2)
    observe(vitals, Accepted(), ReasoningDelta("hm"))
    clock.wind(6)
    observe(vitals, TextDelta("a"))
    clock.wind(1)
    reading = vitals.read()
    assert (reading.first_token, reading.thinking) == (2, 6)


def test_a_repetition_counts_down(vitals: Vitals, clock: Clock) -> None:
    observe(vitals, Sent(), RetryScheduled(RateLimited(), delay=3, attempt=1))
    clock.wind(1)
    reading = vitals.read()
    assert (reading.state, reading.retry_in, reading.retry_attempt) == (State.RETRYING, 2, 1)


def test_what_is_kept_grows_with_seconds_not_with_tokens(vitals: Vitals, clock: Clock) -> None:
    observe(vitals, Sent(), Accepted())
    for _ in range(10_000):
        clock.wind(0.001)
        observe(vitals, BytesReceived(20), TextDelta("a"))
    assert len(vitals.beats) <= 11
    assert sum(beat.bytes for beat in vitals.beats) == 200_000
