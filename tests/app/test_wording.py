"""The words of the status line: how an answer ended, and the key that goes on with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from rich.cells import cell_len

from neurotui import i18n
from neurotui.app import spoken, wording
from neurotui.chat.conversation import Message, Role, Status, Timing
from neurotui.chat.vitals import Vitals
from neurotui.errors import ErrorRecord
from neurotui.wire.events import Accepted, BytesReceived, Ping, Sending, Sent, TextDelta
from tests.chat.clock import Clock

ANSWER = Message("a", Role.ASSISTANT, "so far", "q", model="m", timing=Timing(total=2.5, closed=0.004))
LOST = ErrorRecord("disconnected", "The connection was lost", "", "Send again")
LIMIT = ErrorRecord("budget", "The budget is used up: 10,000,000 tokens per day", "", "")
CUT = replace(ANSWER, status=Status.CUT, error=LOST)


@pytest.fixture(params=["en", "ru"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    i18n.use(request.param)
    yield request.param
    i18n.use("en")


@pytest.mark.parametrize("width", [56, 76, 116])
@pytest.mark.parametrize(
    "answer",
    [
        CUT,
        replace(CUT, unreadable=2),
        replace(ANSWER, status=Status.LENGTH),
        replace(ANSWER, status=Status.STOPPED),
        replace(ANSWER, status=Status.FAILED, error=LOST),
    ],
)
def test_what_can_be_gone_on_with_names_the_key(answer: Message, width: int, language: str) -> None:
    """In the smallest window too: what is less important is dropped first."""
    parts = wording.ended(answer).fit(width, cell_len)
    assert cell_len(" · ".join(parts)) + 2 <= width
    assert any(part.startswith("F8 ") for part in parts)


def test_what_matters_less_is_dropped_first() -> None:
    assert [wording.ended(CUT).fit(width) for width in (120, 80, 60, 40)] == [
        (
            "cut off: the answer is not complete",
            "F8 continues it",
            "Ctrl+G asks again",
            "The connection was lost",
        ),
        ("cut off: the answer is not complete", "F8 continues it", "Ctrl+G asks again"),
        ("cut off: the answer is not complete", "F8 continues it"),
        ("cut off: the answer is not complete",),
    ]
    stopped = wording.ended(replace(ANSWER, status=Status.STOPPED))
    assert stopped.parts[:3] == ("stopped", "F8 continues it", "connection closed in 4 ms")


@pytest.mark.parametrize(
    "answer",
    [
        replace(ANSWER, status=Status.COMPLETE),
        replace(ANSWER, status=Status.FILTERED),
        replace(CUT, text=""),
        replace(ANSWER, status=Status.FAILED, error=ErrorRecord("key_missing", "", "", ""), unreadable=1),
        replace(ANSWER, status=Status.CUT, unreadable=1, finish_reason="stop"),
    ],
)
def test_what_cannot_be_gone_on_with_names_no_key(answer: Message) -> None:
    assert not any("F8" in part for part in wording.ended(answer).parts)


def test_until_its_end_is_saved_an_answer_is_not_gone_on_with() -> None:
    assert not any("F8" in part for part in wording.ended(CUT, settled=False).parts)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (CUT, "Ctrl+G asks again"),
        (replace(ANSWER, status=Status.FAILED, error=LOST), "Ctrl+G asks again"),
        (replace(ANSWER, status=Status.FAILED, error=ErrorRecord("key_missing", "No key", "", "")), ""),
        (replace(ANSWER, status=Status.STOPPED), ""),
        (ANSWER, ""),
        (Message("q", Role.USER, "why"), ""),
    ],
)
def test_only_what_failed_or_was_cut_is_asked_again(answer: Message, hint: str) -> None:
    assert wording.repeat_hint(answer) == hint


def test_a_limit_that_was_reached_is_named_before_the_key() -> None:
    reached = wording.ended(replace(ANSWER, status=Status.STOPPED, error=LIMIT))
    assert reached.parts[:3] == ("stopped", LIMIT.title, "F8 continues it")


def test_a_request_that_leaves_tells_how_much_of_it_has_left(language: str) -> None:
    clock = Clock()
    vitals = Vitals(clock)
    vitals.observe(Sending(5_500_000, 12_340_000))
    clock.wind(2)
    reading = vitals.read()
    words = {"en": ("sending 44 % of 12.3 MB", "2 s"), "ru": ("отправляем: 44 % из 12,3 МБ", "2 с")}
    assert wording.running(reading).parts == words[language]
    assert spoken.state(reading).startswith(words[language][0])
    clock.wind(7)
    stuck = {"en": "the network has taken nothing for 9 s", "ru": "сеть ничего не принимает уже 9 с"}
    assert wording.running(vitals.read()).parts[1] == stuck[language]
    vitals.observe(Sending(900, 1000))
    assert "90 %" in wording.running(vitals.read()).parts[0]


def test_a_server_that_falls_quiet_is_told_as_quiet_before_it_is_called_silent(language: str) -> None:
    clock = Clock()
    vitals = Vitals(clock)
    for event in (Sent(), Accepted(), BytesReceived(40), TextDelta("Some words.")):
        vitals.observe(event)
    seen = []
    for _second in range(20):
        clock.wind(1)
        line = wording.running(vitals.read())
        seen.append((line.parts[0], line.tone))
    words = {"en": ("writing", "quiet for", "silent for"), "ru": ("пишет", "пауза", "молчит")}
    writing, quiet, silent = words[language]
    assert seen[0] == (writing, "accent")
    assert [(words.startswith(quiet), tone) for words, tone in seen[1:14]] == [(True, "muted")] * 13
    assert seen[-1][0].startswith(silent) and seen[-1][1] == "warning"
    assert spoken.state(vitals.read()).startswith(silent)


def test_no_rate_is_told_while_nothing_but_pings_comes() -> None:
    clock = Clock()
    vitals = Vitals(clock)
    for event in (Sent(), Accepted(), TextDelta("Some words.")):
        vitals.observe(event)
    for _second in range(6):
        clock.wind(1)
        vitals.observe(BytesReceived(8))
        vitals.observe(Ping())
    parts = wording.running(vitals.read()).parts
    assert parts[0] == "writing" and "0 tok/s" not in parts


def test_an_old_ping_is_no_news_while_text_comes(language: str) -> None:
    clock = Clock()
    vitals = Vitals(clock)
    for event in (Sent(), Accepted(), Ping()):
        vitals.observe(event)
    told = []
    for _second in range(15):
        clock.wind(1)
        vitals.observe(BytesReceived(8))
        vitals.observe(TextDelta("word "))
        told.append(any("пинг" in part or "ping" in part for part in wording.running(vitals.read()).parts))
    assert told[:8] == [True] * 8 and told[10:] == [False] * 5
    clock.wind(3)
    assert len(wording.running(vitals.read()).parts) == 3  # quiet, and when the last ping came
