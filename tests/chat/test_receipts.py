"""How an answer ended, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from neurotui import i18n
from neurotui.chat.conversation import UNKNOWN_PRICE, Bill, Citation, Message, Part, Role, Status, Timing
from neurotui.chat.receipts import Receipt, estimated_tokens, figures, receipt, summary
from neurotui.errors import ErrorRecord
from neurotui.wire.events import Usage

ANSWER = Message("a", Role.ASSISTANT, "x" * 1284, "q", model="m")
LIMITED = ErrorRecord("rate", "Too many requests", "Limit reached for m.", "Wait a little", 429, None, "r-1")
LOST = ErrorRecord("disconnected", "The connection was lost", "", "Send again")


def test_what_simply_ended_needs_no_word() -> None:
    assert receipt(ANSWER) is None
    assert receipt(replace(ANSWER, status=Status.RUNNING)) is None
    assert receipt(Message("q", Role.USER, "why")) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"status": Status.STOPPED, "timing": Timing(closed=0.004), "usage": Usage(completion_tokens=320)},
            Receipt(
                "stopped by you · 1,284 characters kept · connection closed in 4 ms",
                "320 tokens by the server's count · some providers bill the full answer anyway",
            ),
        ),
        (
            {"status": Status.STOPPED, "timing": Timing(closed=0.004, spent=0.01)},
            Receipt(
                "stopped by you · 1,284 characters kept · connection closed in 4 ms",
                "≈ 321 tokens · the balance fell by $0.01",
            ),
        ),
        ({"status": Status.STOPPED, "text": ""}, Receipt("stopped by you")),
        (
            {"status": Status.CUT, "error": LOST},
            Receipt(
                "cut off: the answer is not complete · 1,284 characters kept",
                "The connection was lost. Send again",
            ),
        ),
        (
            {"status": Status.CUT, "finish_reason": "abort"},
            Receipt("cut off: the answer is not complete (abort) · 1,284 characters kept"),
        ),
        (
            {"status": Status.FAILED, "error": LIMITED, "text": ""},
            Receipt("Too many requests: Limit reached for m.", "Wait a little · request r-1"),
        ),
        ({"status": Status.FAILED, "text": ""}, Receipt("the answer failed")),
        (
            {"status": Status.LENGTH, "text": "\n", "reasoning": "long"},
            Receipt("the limit of tokens was used up by the reasoning, before a word of the answer"),
        ),
        ({"refused": True}, Receipt("the model refused")),
        (
            {"status": Status.CUT, "unreadable": 1, "finish_reason": "stop"},
            Receipt("the answer is not complete · 1,284 characters kept · 1 piece was lost"),
        ),
        (
            {"status": Status.CUT, "unreadable": 2, "error": LOST},
            Receipt(
                "cut off: the answer is not complete · 1,284 characters kept · 2 pieces were lost",
                "The connection was lost. Send again",
            ),
        ),
        (
            {"status": Status.CUT, "unreadable": 1, "text": ""},
            Receipt("the answer is not complete · 1 piece was lost"),
        ),
        (
            {"text": "", "parts": (Part("image"), Part("audio", 2), Part("odd"), Part(""))},
            Receipt(
                "cannot be shown here: 1 picture, 2 sound recordings, 1 part of an unknown kind (odd), "
                "1 part of an unknown kind"
            ),
        ),
        (
            {"text": "", "citations": (Citation("https://a.example"),)},
            Receipt("the model named its sources, but wrote no answer"),
        ),
        ({"text": " ", "reasoning": "long"}, Receipt("the model reasoned, but wrote no answer")),
        ({"text": ""}, Receipt("the model ended its answer without a word")),
        (
            {"status": Status.FILTERED, "text": "", "finish_reason": "content_filter: RECITATION"},
            Receipt("cut by the content filter (content_filter: RECITATION)"),
        ),
        (
            {"text": "", "finish_reason": "function_call_filter: MALFORMED_FUNCTION_CALL"},
            Receipt(
                "the model ended its answer without a word (function_call_filter: MALFORMED_FUNCTION_CALL)"
            ),
        ),
    ],
)
def test_what_else_ended_is_told(changes: dict[str, object], expected: Receipt) -> None:
    assert receipt(replace(ANSWER, **changes)) == expected  # type: ignore[arg-type]


PARTS = {"joints": (7,), "bill": Bill("m", 22, 340, 0.75)}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"usage": Usage(22, 340)},
            Receipt("2 requests · 340 tokens by the server's count · $0.75"),
        ),
        ({}, Receipt("2 requests · ≈ 340 tokens · ≈ $0.75")),
        (
            {"joints": (7, 90), "bill": Bill("m", 22, 340)},
            Receipt("3 requests · ≈ 340 tokens"),
        ),
        (
            {"status": Status.LENGTH, "usage": Usage(22, 340)},
            Receipt(
                "cut by the limit of tokens: the answer is not complete · 1,284 characters kept",
                "2 requests · 340 tokens by the server's count · $0.75",
            ),
        ),
        (
            {"status": Status.STOPPED, "usage": Usage(22, 340), "timing": Timing(closed=0.004)},
            Receipt(
                "stopped by you · 1,284 characters kept · connection closed in 4 ms",
                "2 requests · 340 tokens by the server's count · $0.75"
                " · some providers bill the full answer anyway",
            ),
        ),
        (
            {"status": Status.FAILED, "error": LOST},
            Receipt(
                "The connection was lost",
                "Send again · 1,284 characters kept · 2 requests · ≈ 340 tokens · ≈ $0.75",
            ),
        ),
    ],
)
def test_parts_that_are_joined_tell_what_they_cost_together(
    changes: dict[str, object], expected: Receipt
) -> None:
    assert receipt(replace(ANSWER, **PARTS | changes)) == expected  # type: ignore[arg-type]


def test_a_transcript_keeps_what_it_took() -> None:
    complete = replace(ANSWER, usage=Usage(completion_tokens=320), timing=Timing(total=2.5))
    assert summary(complete) == "finished · 320 tokens by the server's count · 2.5 s"
    failed = replace(ANSWER, status=Status.FAILED, error=LIMITED)
    assert summary(failed) == "the answer failed: Too many requests · 1,284 characters kept"
    assert summary(Message("q", Role.USER, "why")) == ""


def test_in_russian() -> None:
    i18n.use("ru")
    try:
        stopped = receipt(replace(ANSWER, status=Status.STOPPED, timing=Timing(closed=0.004)))
    finally:
        i18n.use("en")
    assert stopped is not None
    assert stopped.line == "остановлено вами · 1\u202f284 символа сохранено · соединение закрыто за 4 мс"


@pytest.mark.parametrize(("source", "words"), [("", ""), (UNKNOWN_PRICE, "price unknown")])
def test_a_price_that_a_limit_had_need_of_is_named_where_it_was_not_known(source: str, words: str) -> None:
    bill = Bill("m", 9, 5, source=source)
    answer = Message("a", Role.ASSISTANT, "Good", status=Status.CUT, bill=bill)
    assert figures(answer)[-1] == (words or "≈ 5 tok")
    ended = receipt(answer)
    assert ended is not None and ended.note == words
    whole = receipt(replace(answer, status=Status.COMPLETE))
    assert whole is None


def test_a_picture_has_no_tokens_but_a_price() -> None:
    bill = Bill("painter", 2, 0, 0.04)
    drawn = Message("a", Role.ASSISTANT, "", bill=bill, timing=Timing(total=4.0))
    assert figures(drawn) == ("4.0 s", "$0.04")
    assert figures(replace(drawn, bill=replace(bill, cost=0.0))) == ()


def test_the_tokens_that_are_told_are_those_that_the_cost_is_of() -> None:
    """Many short words are more tokens than their letters are."""
    text = "a " * 300
    stopped = replace(ANSWER, text=text, usage=None, status=Status.STOPPED, bill=Bill("m", 10, 300, 0.0006))
    assert estimated_tokens(stopped) == 300
    told = receipt(stopped)
    assert told is not None and "≈ 300 tokens" in told.note
    assert estimated_tokens(replace(stopped, bill=None)) == 150


def test_a_count_of_a_part_makes_no_exact_receipt() -> None:
    """Some servers count as an answer begins; a stop, or its end without another count, leaves the rest."""
    timing = Timing(total=2.0)
    cut = replace(ANSWER, usage=Usage(100, 1, 101), bill=Bill("m", 100, 300, 0.0006), timing=timing)
    for status in (Status.STOPPED, Status.COMPLETE):
        assert figures(replace(cut, status=status)) == ("≈ 300 tok", "2.0 s", "≈ $0.0006")
    told = receipt(replace(cut, status=Status.STOPPED))
    assert told is not None and "≈ 300 tokens" in told.note and "count" not in told.note
    unasked = replace(cut, usage=Usage(0, 300, 300))
    assert figures(unasked) == ("300 tok", "2.0 s", "≈ $0.0006"), "its question is estimated"
