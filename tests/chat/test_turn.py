"""The table of a turn: every way to end, and that an end is an end."""

from __future__ import annotations

import pytest

from neurotui.chat.conversation import Message, Role, Status, ToolCall
from neurotui.chat.events import Stopped, TurnEvent
from neurotui.chat.turn import Phase, Turn
from neurotui.errors import (
    BalanceExhausted,
    Disconnected,
    KeyRefused,
    ModerationBlocked,
    NeurotuiError,
    RateLimited,
    UpstreamUnavailable,
)
from neurotui.wire.events import (
    Accepted,
    Connecting,
    Failed,
    Finished,
    FinishReason,
    Malformed,
    ModelReport,
    PartReceived,
    Ping,
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
from tests.chat.clock import Clock


def turn_after(*events: TurnEvent, clock: Clock | None = None) -> Turn:
    turn = Turn(Message("a", Role.ASSISTANT, "", "q", model="asked-for"), clock or Clock())
    go_on(turn, *events)
    return turn


def go_on(turn: Turn, *events: TurnEvent) -> None:
    for event in events:
        turn.apply(event)


LOST = Failed(Disconnected(host="example.org"))
SERVER_ERROR = Failed(UpstreamUnavailable())


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([TextDelta("a"), FinishReason("stop"), Finished(True)], Status.COMPLETE),
        ([TextDelta("a"), Finished(True)], Status.COMPLETE),
        ([ToolCallDelta(0, "1", "f", "{}"), FinishReason("tool_calls"), Finished(True)], Status.COMPLETE),
        ([TextDelta("a"), FinishReason("some_new_word"), Finished(True)], Status.COMPLETE),
        ([TextDelta("a"), FinishReason("length"), Finished(True)], Status.LENGTH),
        ([FinishReason("length"), Finished(True)], Status.LENGTH),
        ([TextDelta("a"), FinishReason("MAX_TOKENS"), Finished(True)], Status.LENGTH),
        ([TextDelta("a"), FinishReason("content_filter"), Finished(True)], Status.FILTERED),
        ([TextDelta("a"), FinishReason("insufficient_system_resource"), Finished(True)], Status.CUT),
        ([TextDelta("a"), FinishReason("error"), Finished(True)], Status.FAILED),
        ([TextDelta("a"), Finished(False)], Status.CUT),
        ([ReasoningDelta("a"), Finished(False)], Status.CUT),
        ([Finished(False)], Status.FAILED),
        ([TextDelta("\n\n"), Finished(False)], Status.FAILED),
        ([TextDelta("\n\n"), LOST], Status.FAILED),
        ([PartReceived("image"), Finished(False)], Status.CUT),
        ([PartReceived("image"), Finished(True)], Status.COMPLETE),
        ([TextDelta("a"), Malformed("{"), FinishReason("stop"), Finished(True)], Status.CUT),
        ([TextDelta("a"), FinishReason("stop"), Malformed("{"), Finished(True)], Status.CUT),
        ([TextDelta("a"), Malformed("{"), FinishReason("length"), Finished(True)], Status.LENGTH),
        ([Malformed("{"), Finished(True)], Status.CUT),
        ([Malformed("{"), Finished(False)], Status.CUT),
        ([TextDelta("a"), Malformed("{"), Stopped(0.004)], Status.STOPPED),
        ([TextDelta("a"), LOST], Status.CUT),
        ([LOST], Status.FAILED),
        ([TextDelta("a"), SERVER_ERROR], Status.CUT),
        ([ReasoningDelta("a"), SERVER_ERROR], Status.CUT),
        ([ToolCallDelta(0, "1", "f", "{"), SERVER_ERROR], Status.CUT),
        ([TextDelta("a"), Failed(RateLimited())], Status.CUT),
        ([TextDelta("a"), Failed(KeyRefused())], Status.CUT),
        ([TextDelta("a"), Failed(BalanceExhausted())], Status.CUT),
        ([TextDelta("a"), Failed(ModerationBlocked())], Status.FILTERED),
        ([Failed(ModerationBlocked())], Status.FAILED),
        ([TextDelta("a"), Failed(NeurotuiError())], Status.FAILED),
        ([SERVER_ERROR], Status.FAILED),
        ([TextDelta("a"), Stopped(0.004)], Status.STOPPED),
        ([Stopped(0.004)], Status.STOPPED),
    ],
)
def test_how_a_turn_ends(events: list[TurnEvent], status: Status) -> None:
    turn = turn_after(Connecting(), Sent(), Accepted(), *events)
    assert turn.ended
    assert turn.message().status is status


@pytest.mark.parametrize(
    ("reasons", "status"),
    [
        ("stop STOP end_turn stop_sequence eos tool_calls tool_use function_call COMPLETE", Status.COMPLETE),
        ("length MAX_TOKENS model_context_window_exceeded ERROR_LIMIT", Status.LENGTH),
        ("SAFETY RECITATION PROHIBITED_CONTENT BLOCKLIST SPII IMAGE_SAFETY", Status.FILTERED),
        ("content-filter content_filtered guardrail_intervened refusal ERROR_TOXIC", Status.FILTERED),
        ("blacklist sensitive", Status.FILTERED),
        ("abort cancelled canceled USER_CANCEL network_error", Status.CUT),
        ("error ERROR", Status.FAILED),
    ],
)
def test_every_server_has_its_own_words_for_an_end(reasons: str, status: Status) -> None:
    for reason in reasons.split():
        turn = turn_after(TextDelta("a"), FinishReason(reason), Finished(True))
        assert (reason, turn.status) == (reason, status)


@pytest.mark.parametrize("blocked", ["RECITATION", "PROHIBITED_CONTENT", "OTHER"])
def test_a_reason_may_have_its_own_reason(blocked: str) -> None:
    message = turn_after(FinishReason(f"content_filter: {blocked}"), Finished(True)).message()
    assert (message.status, message.finish_reason) == (Status.FILTERED, f"content_filter: {blocked}")


@pytest.mark.parametrize("late", [TextDelta("late"), Finished(True), LOST, Stopped(1.0), Connecting()])
def test_nothing_changes_an_ended_turn(late: TurnEvent) -> None:
    turn = turn_after(TextDelta("a"), Stopped(0.004))
    before = turn.message()
    turn.apply(late)
    assert turn.message() == before
    assert turn.phase is Phase.ENDED


def test_the_message_is_what_came() -> None:
    clock = Clock()
    turn = turn_after(Connecting(), clock=clock)
    clock.wind(0.5)
    turn.apply(Sent())
    clock.wind(1)
    go_on(turn, Accepted(request_id="r1"), Ping(), ReasoningDelta("let me "), ReasoningDelta("think"))
    clock.wind(2)
    go_on(turn, TextDelta("При"), TextDelta("вет"), Malformed("{"), ModelReport("real-model"))
    clock.wind(1)
    go_on(turn, Usage(1, 2, 3), FinishReason("stop"), Usage(10, 20, 30), Finished(True))
    message = turn.message()
    assert (message.id, message.parent_id, message.role) == ("a", "q", Role.ASSISTANT)
    assert (message.text, message.reasoning, message.model) == ("Привет", "let me think", "real-model")
    assert (message.finish_reason, message.usage) == ("stop", Usage(10, 20, 30))
    timing = message.timing
    assert timing is not None
    assert (timing.accepted, timing.first_token, timing.thinking, timing.total) == (1, 1, 2, 4)
    assert (timing.closed, timing.pings) == (None, 1)
    assert (turn.request_id, message.unreadable) == ("r1", 1)


def test_text_turns_out_to_be_reasoning() -> None:
    clock = Clock()
    turn = turn_after(Connecting(), Sent(), Accepted(), TextDelta("let me "), clock=clock)
    clock.wind(2)
    go_on(turn, TextDelta("think\n"), ReasoningEnded("</think>\n\n"))
    clock.wind(1)
    go_on(turn, TextDelta("Two."), Finished(True))
    message = turn.message()
    assert (message.reasoning, message.mark, message.text) == ("let me think\n", "</think>\n\n", "Two.")
    assert message.timing is not None
    assert message.timing.thinking == 3
    blank = turn_after(TextDelta("\n"), ReasoningEnded("</think>"), TextDelta("Two.")).message()
    assert (blank.reasoning, blank.mark, blank.text) == ("", "\n</think>", "Two.")


def test_tool_calls_are_put_together_from_their_pieces() -> None:
    turn = turn_after(
        ToolCallDelta(0, id="c1", name="fi"),
        ToolCallDelta(0, name="nd", arguments='{"q":'),
        ToolCallDelta(1, id="c2", name="open"),
        ToolCallDelta(0, arguments='"x"}'),
    )
    assert turn.message().tool_calls == (ToolCall("c1", "find", '{"q":"x"}'), ToolCall("c2", "open", ""))


def test_a_refusal_is_text_and_marked() -> None:
    message = turn_after(RefusalDelta("I cannot"), FinishReason("stop"), Finished(True)).message()
    assert (message.text, message.refused, message.status) == ("I cannot", True, Status.COMPLETE)


def test_an_error_is_kept_with_the_text_so_far() -> None:
    message = turn_after(TextDelta("half"), SERVER_ERROR).message()
    assert message.text == "half"
    assert message.error is not None
    assert message.error.kind == "upstream"


def test_a_repetition_begins_again() -> None:
    turn = turn_after(Connecting(), Sent(), RetryScheduled(NeurotuiError(), 1.0, 1))
    phases = [turn.phase]
    for event in (Connecting(), Sent(), Accepted(), TextDelta("a")):
        turn.apply(event)
        phases.append(turn.phase)
    assert phases == [Phase.RETRYING, Phase.CONNECTING, Phase.SENT, Phase.ACCEPTED, Phase.WRITING]


def test_a_stop_says_how_fast_the_connection_closed() -> None:
    timing = turn_after(TextDelta("a"), Stopped(0.004)).message().timing
    assert timing is not None
    assert timing.closed == 0.004


@pytest.mark.parametrize(
    "before",
    [
        (),
        (Connecting(),),
        (Connecting(), Sending(10, 20)),
        (Connecting(), Sent(), RetryScheduled(NeurotuiError(), 1.0, 1)),
    ],
)
def test_a_stop_while_no_request_is_out_closes_nothing(before: tuple[TurnEvent, ...]) -> None:
    message = turn_after(*before, Stopped(0.004)).message()
    assert message.status is Status.STOPPED
    assert message.timing is not None
    assert message.timing.closed is None


def test_a_request_that_has_not_left_whole_costs_nothing() -> None:
    turn = turn_after(Connecting(), Sending(10, 20))
    assert turn.phase is Phase.SENDING and turn.tokens(1000).prompt_tokens == 1000
    go_on(turn, Stopped(0.004))
    assert turn.tokens(1000) == Usage()


def test_a_count_of_the_beginning_is_not_taken_for_one_of_the_whole() -> None:
    """Claude's stream counts as it begins, and a gateway may pass nothing on of its end."""
    words = "word " * 400
    begun = (Accepted(), Usage(100, 1, 101), TextDelta(words), FinishReason("stop"))
    told = turn_after(*begun, Finished(True)).tokens(90)
    assert told.prompt_tokens == 100 and 400 <= told.completion_tokens <= 600
    last = turn_after(*begun, Usage(100, 321, 421), Finished(True)).tokens(90)
    assert (last.prompt_tokens, last.completion_tokens) == (100, 321)
    kept_back = turn_after(Accepted(), Usage(100, 1, 101), TextDelta("Yes."), Finished(True)).tokens(90)
    assert kept_back.completion_tokens == 1, "what is kept back to the end is counted all the same"
