"""Words are counted message by message, in every way that they can be taken, while one of them grows too."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest

from neurotui.app.finding import Findings, Place, Search, queries
from neurotui.app.searched_text import REASONING, TEXT, searched
from neurotui.chat.conversation import Message, Role, Status, ToolCall


def asked(text: str) -> Message:
    return Message("q", Role.USER, text, created_at=1.0)


def answered(text: str, reasoning: str = "", status: Status = Status.COMPLETE) -> Message:
    return Message("a", Role.ASSISTANT, text, "q", 2.0, status, "m", reasoning=reasoning)


def search(typed: str, *messages: Message, apart: bool = False) -> Search:
    made = Search(typed, [searched(message) for message in messages], apart=apart)
    assert made.go_on(inf)
    return made


def found(typed: str, *messages: Message, apart: bool = False) -> Findings:
    findings = search(typed, *messages, apart=apart).findings
    assert findings is not None
    return findings


def total(typed: str, *messages: Message) -> int:
    return found(typed, *messages).total


@pytest.mark.parametrize(
    ("typed", "text", "hits"),
    [
        ("Loop", "loop LOOP Loop", 3),
        ("ёлка", "елка Ёлка е\u0308лка", 3),
        ("йод", "йод и\u0306од", 2),
        ("event loop", "event loop, event\nloop and event  loop", 3),
        ("bold", "**bo**ld and `bold`", 2),
        ("a*b", "`a*b` and a\\*b", 2),
        ("x", "[x](https://host.org/x)", 2),
        ("aa", "aaaa", 2),
        ("   ", "a   b", 0),
    ],
)
def test_what_is_typed_is_counted_in_what_is_shown(typed: str, text: str, hits: int) -> None:
    findings = search(typed, answered(text)).findings
    assert (findings.total if findings is not None else 0) == hits


def test_words_apart_are_looked_for_where_they_never_adjoin() -> None:
    messages = asked("compose"), answered("docker, then compose"), answered("docker")
    assert total("docker compose", *messages) == 2
    assert total("docker compose", *messages, answered("docker compose")) == 1
    assert found("docker compose", *messages, answered("docker compose"), apart=True).total == 4
    assert total('"docker compose"', *messages) == 0


def test_words_may_be_in_the_reasoning_and_in_the_text() -> None:
    findings = found("green blue", answered("blue, blue", "green"))
    assert [findings.hits(Place(0, text)) for text in (REASONING, TEXT)] == [1, 2]


def test_the_other_layout_is_tried_where_nothing_is_found() -> None:
    findings = found("ghbdtn vbh", answered("Привет, мир"))
    assert findings.total == 2 and findings.query.switched == "привет мир"
    assert found("руддщ", answered("hello")).query.switched == "hello"
    assert found("nothing", answered("hello")).query.switched == ""


def test_hits_come_one_after_the_other_and_round_the_ends() -> None:
    findings = found("a", asked("a"), answered("a a", "a"), asked("b"), answered("a"))
    places = [
        Place(0, TEXT, 0),
        Place(1, REASONING, 0),
        Place(1, TEXT, 0),
        Place(1, TEXT, 1),
        Place(3, TEXT, 0),
    ]
    assert [findings.rank(place) for place in places] == [1, 2, 3, 4, 5]
    for place, after in zip(places, [*places[1:], places[0]], strict=True):
        assert findings.step(place, 1) == after
        assert findings.step(after, -1) == place
    assert found("z", asked("a")).step(Place(0), 1) is None


@pytest.mark.parametrize("size", [1, 3, 7, 100])
@pytest.mark.parametrize("typed", ["loop", "event loop", "e", "docker loop", "код"])
def test_what_grows_is_counted_as_if_it_came_at_once(typed: str, size: int) -> None:
    text = (
        "The **event** loop\nruns `event loop` once.\n\n```py\nloop = docker\n```\n\nКод: the loop, docker. "
        * 20
    )
    running = answered("", status=Status.RUNNING)
    growing = search(typed, asked("docker, loop"), running, apart=typed == "docker loop")
    for at in range(0, len(text), size):
        growing.extend(text[at : at + size], "")
    assert growing.findings is not None
    came = growing.findings.total
    growing.replace(1, replace(running, text=text, status=Status.COMPLETE))
    assert growing.findings.total == came
    whole = found(typed, asked("docker, loop"), answered(text), apart=typed == "docker loop")
    if typed == "event loop":  # over the end of a line it is seen when the message is
        assert 20 <= came <= whole.total
    else:
        assert came == whole.total > 0


def test_a_text_that_grows_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0

    def counted(text: str) -> str:
        nonlocal read
        read += len(text)
        return text.lower()

    monkeypatch.setattr("neurotui.app.searched_text.folded", counted)
    growing = search("word", answered("", status=Status.RUNNING))
    for _ in range(2000):
        growing.extend("some words, ", "")
    assert growing.findings is not None and growing.findings.total == 2000
    assert read < 2000 * 12 + 2000 * 2_100


def test_messages_that_come_and_change_are_counted() -> None:
    looked = search("a", asked("a"))
    looked.append(searched(answered("a a")), inf)
    assert looked.findings is not None and looked.findings.total == 3
    looked.replace(1, answered("a b c"))
    assert looked.findings.total == 2
    call = ToolCall("1", "f", '{"a": 1}')
    looked.replace(1, replace(answered("a"), tool_calls=(call,)))
    assert looked.findings.total == 3


def test_whoever_knows_better_puts_a_count_right() -> None:
    findings = found("a", asked("a"), answered("a a"))
    findings.correct(Place(1, TEXT), 5)
    assert findings.total == 6 and findings.rank(Place(1, TEXT, 4)) == 6


def test_looking_through_stops_when_time_is_up_and_goes_on() -> None:
    messages = [searched(asked("a")) for _ in range(1000)]
    looked = Search("a", messages)
    rounds = 0
    while not looked.go_on(0.0 if rounds < 1 else inf):
        rounds += 1
    assert looked.findings is not None and looked.findings.total == 1000 and rounds == 1


def test_where_hits_are_is_said_of_the_text_itself() -> None:
    (query,) = queries("ёж")[:1]
    assert query.ranges("Еж, е\u0308ж") == [(0, 2), (4, 7)]
