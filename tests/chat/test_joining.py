"""An answer and its continuations: two messages, read as one."""

from __future__ import annotations

from dataclasses import replace

from neurotui.chat.branch import Branch
from neurotui.chat.context import counted_tokens, left_out
from neurotui.chat.conversation import Bill, Conversation, Message, Role, Status, Timing
from neurotui.chat.joining import joined, joined_path, judged, sent_to, shown_id, whole_answer
from neurotui.wire.events import Usage

LONG = "Кот сидит на окне и смотрит, как во дворе медленно падает первый снег этой зимы"


def question(id_: str, parent_id: str | None = None) -> Message:
    return Message(id_, Role.USER, f"{id_}?", parent_id)


def answer(id_: str, parent_id: str, text: str, status: Status = Status.CUT) -> Message:
    return Message(id_, Role.ASSISTANT, text, parent_id, status=status, model="m")


def more(id_: str, parent_id: str, text: str, status: Status = Status.COMPLETE) -> Message:
    return replace(answer(id_, parent_id, text, status), continues=parent_id)


def cut_twice() -> Conversation:
    return Conversation.of(
        [
            question("q"),
            answer("a", "q", "one "),
            more("b", "a", "two", Status.STOPPED),
            more("c", "b", " three"),
            question("r", "c"),
        ]
    )


def test_they_are_one_for_whoever_reads() -> None:
    conversation = cut_twice()
    path = joined_path(conversation, "r")
    assert [(message.id, message.text) for message in path] == [
        ("q", "q?"),
        ("c", "one two three"),
        ("r", "r?"),
    ]
    assert (path[1].parent_id, path[1].status, path[1].joined) == ("q", Status.COMPLETE, True)
    assert [message.text for message in sent_to(conversation, "r")] == ["q?", "one two three", "r?"]
    assert conversation.messages["a"] == answer("a", "q", "one ")
    assert whole_answer(conversation, "b").text == "one two"
    assert whole_answer(conversation, "a") is conversation.messages["a"]
    assert shown_id(conversation.path(), "a") == shown_id(conversation.path(), "c") == "c"


def test_what_runs_stands_by_itself() -> None:
    running = more("b", "a", "so far", Status.RUNNING)
    path = [question("q"), answer("a", "q", "one"), running]
    assert list(joined(path)) == path
    assert shown_id(path, "a") == "a"


def test_costs_are_added() -> None:
    first = replace(
        answer("a", "q", "one"),
        usage=Usage(10, 2, 12),
        bill=Bill("m", 10, 2, 0.5),
        timing=Timing(0.1, 0.2, None, 1.0, pings=1),
    )
    second = replace(
        more("b", "a", " two"),
        usage=Usage(12, 3, 15),
        bill=Bill("m", 12, 3, 0.25),
        timing=Timing(0.3, 0.4, 1.0, 2.0, pings=2),
    )
    (both,) = joined([first, second])
    assert both.usage == Usage(22, 5, 27)
    assert both.bill == Bill("m", 22, 5, 0.75)
    assert both.timing == Timing(0.1, 0.2, 1.0, 3.0, pings=3)
    (unpriced,) = joined([first, replace(second, bill=Bill("m", 12, 3))])
    assert unpriced.bill == Bill("m", 22, 5), "a price is never zero because half of it is unknown"
    conversation = Conversation.of([question("q"), first, second])
    assert counted_tokens(Branch.of(conversation)) == 15, "the second count has all in it"


def test_a_count_is_of_both_or_of_none() -> None:
    counted = replace(answer("a", "q", "one"), usage=Usage(10, 2, 12), bill=Bill("m", 10, 2, 0.5))
    estimated = replace(more("b", "a", " two"), bill=Bill("m", 12, 3, 0.25))
    (both,) = joined([counted, estimated])
    assert both.usage is None and both.bill == Bill("m", 22, 5, 0.75)
    refused = replace(more("b", "a", "", Status.FAILED), bill=Bill("m"))
    (both,) = joined([counted, refused])
    assert both.usage == Usage(10, 2, 12)
    assert both.bill is not None and both.bill.cost == 0.5, "what never left costs nothing"


def test_the_cost_of_half_an_answer_is_not_that_of_the_whole() -> None:
    older = replace(answer("a", "q", "one"), bill=None, timing=Timing(spent=0.1))
    (both,) = joined([older, replace(more("b", "a", " two"), bill=Bill("m", 12, 3, 0.25), timing=Timing())])
    assert both.bill is not None and both.bill.cost is None
    assert both.timing is not None and both.timing.spent is None


def test_a_hole_never_looks_finished() -> None:
    (both,) = joined([replace(answer("a", "q", "one"), unreadable=1), more("b", "a", " two")])
    assert (both.status, both.unreadable) == (Status.CUT, 1)


def test_another_answer_is_a_version_of_the_first() -> None:
    conversation = Conversation.of([question("q"), answer("a", "q", LONG)])
    conversation.put(more("b", "a", "", Status.RUNNING))
    again = judged(conversation, more("b", "a", LONG[:50] + " и спит"))
    assert (again.parent_id, again.continues) == ("q", None)
    conversation.put(again)
    assert [message.id for message in conversation.path()] == ["q", "b"]
    assert conversation.siblings("b") == conversation.siblings("a") == ["a", "b"]
    rest = more("c", "a", ", и ждёт")
    assert judged(conversation, rest) == rest


def test_left_as_it_was_and_gone_on_with_are_two_versions() -> None:
    conversation = Conversation.of(
        [
            question("q"),
            answer("a", "q", "one"),
            question("r", "a"),
            answer("s", "r", "well"),
            more("b", "a", " two"),
            answer("other", "q", "1", Status.COMPLETE),
        ]
    )
    assert conversation.siblings("a") == conversation.siblings("b") == ["a", "b", "other"]
    assert conversation.siblings("r") == ["r"], "what goes on with an answer is no question beside another"
    conversation.look_at("a")
    assert conversation.leaf_id == "s"
    conversation.look_at("b")
    assert conversation.leaf_id == "b"
    path = joined_path(conversation, "b")
    assert conversation.versions(path) == {"b": (2, 3)}
    assert conversation.question_of("b") == conversation.question_of("a") == "q"


def test_one_that_failed_to_go_on_is_no_version() -> None:
    conversation = Conversation.of(
        [question("q"), answer("a", "q", "one"), more("b", "a", "", Status.FAILED)]
    )
    (_asked, both) = joined_path(conversation, conversation.leaf_id)
    assert (both.id, both.text, both.status) == ("b", "one", Status.FAILED)
    assert conversation.siblings("b") == ["b"]
    conversation.put(question("r", "a"))
    assert conversation.siblings("a") == ["a"]
    assert conversation.versions(joined_path(conversation, "r")) == {}


def test_nonsense_goes_on_with_nothing() -> None:
    conversation = Conversation.of(
        [
            replace(question("q"), continues="q"),
            replace(answer("a", "q", "one"), continues="q"),
            replace(question("r", "a"), continues="a"),
            replace(answer("b", "r", "two"), continues="a"),
        ]
    )
    assert [message.id for message in joined_path(conversation, "b")] == ["q", "a", "r", "b"]
    assert conversation.question_of("a") == "q"


def test_the_first_that_is_sent_is_counted_as_it_is_shown() -> None:
    conversation = cut_twice()
    conversation.first_sent_id = "r"
    assert left_out(Branch.of(conversation)) == 2
