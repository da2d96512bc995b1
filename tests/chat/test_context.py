"""What requests carry of a conversation, and beside it; what is left out when that is too much."""

from __future__ import annotations

from dataclasses import replace

import pytest

from neurotui.chat.branch import Branch
from neurotui.chat.context import counted_tokens, later_beginning, left_out
from neurotui.chat.conversation import Conversation, Message, Role, Status
from neurotui.chat.joining import sent_to
from neurotui.chat.participant import Participant
from neurotui.chat.session import Session
from neurotui.wire.events import Usage
from tests.chat.test_session import ANSWER, MemoryJournal, ScriptedClient


def conversation(*lengths: int) -> Conversation:
    """Questions and answers in turn, with as many characters."""
    found = Conversation()
    for at, length in enumerate(lengths):
        role = Role.ASSISTANT if at % 2 else Role.USER
        found.put(Message(str(at), role, "x" * length, str(at - 1) if at else None))
    return found


@pytest.mark.parametrize(
    ("lengths", "beginning"),
    [
        ((), None),
        ((10,), None),
        ((10, 10), None),
        ((10, 10, 10), "2"),
        ((10, 10, 10, 10), "2"),
        ((10, 10, 10, 10, 10), "4"),
        ((1, 1, 1, 1, 100), "4"),
        ((100, 1, 1, 1, 1), "2"),
        ((5, 5, 5, 5, 5, 5, 5, 5), "4"),
    ],
)
def test_about_half_is_left_out_and_never_the_last_question(
    lengths: tuple[int, ...], beginning: str | None
) -> None:
    found = later_beginning(Branch.of(conversation(*lengths)))
    assert (found.id if found else None) == beginning


def test_what_is_left_out_is_counted_and_can_be_more() -> None:
    long = conversation(5, 5, 5, 5, 5, 5, 5)
    assert left_out(Branch.of(long)) == 0
    long.first_sent_id = "2"
    assert left_out(Branch.of(long)) == 2
    again = later_beginning(Branch.of(long))
    assert again is not None
    assert again.id == "6"


def test_on_another_branch_nothing_is_left_out() -> None:
    long = conversation(5, 5, 5, 5)
    long.first_sent_id = "2"
    long.put(Message("other", Role.USER, "anew", "1"))
    assert [message.id for message in sent_to(long, "other")] == ["0", "1", "other"]
    assert left_out(Branch.of(long)) == 0


def test_the_servers_last_count_is_without_reasoning() -> None:
    found = conversation(5)
    assert counted_tokens(Branch.of(found)) is None
    found.put(Message("a", Role.ASSISTANT, "y", "0", usage=Usage(100, 50, 150, reasoning_tokens=30)))
    found.put(Message("b", Role.USER, "z", "a"))
    found.put(Message("c", Role.ASSISTANT, "", "b", status=Status.FAILED))
    assert counted_tokens(Branch.of(found)) == 120


async def test_a_request_carries_what_was_set_and_begins_where_it_was_told() -> None:
    client = ScriptedClient(ANSWER, ANSWER)
    long = conversation(5, 5, 5, 5)
    session = Session(Branch.of(long), Participant(client, "m", {"seed": 1}), MemoryJournal())
    long.parameters = {"temperature": 0, "seed": 2}
    long.system_prompt = "Кратко."
    long.first_sent_id = "2"
    await session.send("дальше")
    (request,) = client.requests
    assert request.parameters == {"temperature": 0, "seed": 1}
    assert [message.role for message in request.messages] == ["system", "user", "assistant", "user"]
    long.parameters = {}
    session.participant = replace(session.participant, parameters={})
    await session.send("ещё")
    assert set(client.requests[1].body()) == {"model", "messages", "stream", "stream_options"}
