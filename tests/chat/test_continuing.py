"""A session goes on with an answer that was cut: what is sent, and what the rest becomes."""

from __future__ import annotations

import pytest

from neurotui.chat.conversation import Status
from neurotui.chat.joining import joined_path
from neurotui.chat.session import Session
from neurotui.errors import RequestRefused
from neurotui.wire.events import Accepted, Connecting, Failed, Finished, FinishReason, Sent, TextDelta
from neurotui.wire.parts import text_of
from neurotui.wire.prefill import Prefill
from tests.chat.test_session import ANSWER, ENDLESS, Script, ScriptedClient, session_of, started

LONG = "Кот сидит на окне и смотрит, как во дворе медленно падает первый снег этой зимы"
REFUSED: Script = [Connecting(), Sent(), Failed(RequestRefused("no prefill", http_status=400))]


def said(text: str, reason: str = "stop") -> Script:
    return [Connecting(), Sent(), Accepted(), TextDelta(text), FinishReason(reason), Finished(True)]


def contents(client: ScriptedClient) -> list[tuple[str, str]]:
    return [(message.role, text_of(message.content)) for message in client.requests[-1].messages]


def shown(session: Session) -> list[str]:
    return [message.text for message in joined_path(session.conversation, session.branch.leaf_id)]


async def test_the_request_ends_in_the_answer_so_far_and_the_rest_is_a_message() -> None:
    session, client, journal, _ = session_of(said("один \n", "length"), said("два"), ANSWER)
    first = await session.send("вопрос")
    assert first.status is Status.LENGTH
    rest = await session.continue_answer(first.id)
    assert contents(client) == [("user", "вопрос"), ("assistant", "один")]
    assert (rest.text, rest.continues, rest.parent_id, rest.status) == (
        "два",
        first.id,
        first.id,
        Status.COMPLETE,
    )
    assert session.conversation.messages[first.id] is first
    assert journal.log[-3:] == [
        ("begin", "assistant", ""),
        ("append", "два", ""),
        ("finish", "complete", "два"),
    ], "nothing is written of the first"
    assert rest.bill is not None
    assert first.bill is not None
    assert rest.bill.prompt_tokens > first.bill.prompt_tokens, "what came so far is paid for as a question"
    await session.send("дальше")
    assert contents(client) == [("user", "вопрос"), ("assistant", "один \nдва"), ("user", "дальше")]
    assert shown(session) == ["вопрос", "один \nдва", "дальше", "привет"]


async def test_a_continuation_that_is_cut_is_gone_on_with() -> None:
    session, client, _, onlooker = session_of(said("один", "length"), ENDLESS, said(" и конец"))
    first = await session.send("вопрос")
    onlooker.arrived.clear()
    running = session.continue_answer(first.id)
    await onlooker.arrived.wait()
    assert [message.text for message in session.snapshot().path()] == ["вопрос", "один", "начало"]
    await session.stop()
    second = await running
    assert second.status is Status.STOPPED
    third = await session.continue_answer(second.id)
    assert third.continues == second.id
    assert contents(client)[-1][1] == shown(session)[1].removesuffix(" и конец")


async def test_another_answer_stands_beside_the_first() -> None:
    session, _, _, _ = session_of(said(LONG, "length"), said(LONG[:50] + " и спит"))
    first = await session.send("вопрос")
    again = await session.continue_answer(first.id)
    assert (again.continues, again.parent_id) == (None, first.parent_id)
    assert session.conversation.siblings(again.id) == [first.id, again.id]
    assert shown(session) == ["вопрос", LONG[:50] + " и спит"]


async def test_what_was_refused_leaves_the_answer_and_can_be_tried_again() -> None:
    session, client, _, _ = session_of(said("один", "length"), REFUSED, REFUSED, ANSWER)
    first = await session.send("вопрос")
    refused = await session.continue_answer(first.id)
    assert refused.status is Status.FAILED
    again = await session.continue_answer(refused.id)
    assert again.continues == first.id
    assert contents(client) == [("user", "вопрос"), ("assistant", "один")]
    await session.send("продолжай")
    assert contents(client)[1:] == [("assistant", "один"), ("user", "продолжай")]
    assert shown(session) == ["вопрос", "один", "продолжай", "привет"]


async def test_an_answer_that_needed_no_more_is_complete() -> None:
    nothing: Script = [Connecting(), Sent(), Accepted(), FinishReason("stop"), Finished(True)]
    session, client, _, _ = session_of(said("один", "length"), nothing, ANSWER)
    first = await session.send("вопрос")
    await session.continue_answer(first.id)
    path = joined_path(session.conversation, session.branch.leaf_id)
    assert (path[-1].text, path[-1].status) == ("один", Status.COMPLETE)
    await session.send("дальше")
    assert contents(client) == [("user", "вопрос"), ("assistant", "один"), ("user", "дальше")]
    assert joined_path(session.conversation, session.branch.leaf_id)[1].status is Status.COMPLETE


async def test_after_later_messages_it_is_a_branch() -> None:
    session, client, _, _ = session_of(said("один", "length"), ANSWER, said(" два"))
    first = await session.send("вопрос")
    await session.send("дальше")
    rest = await session.continue_answer(first.id)
    assert contents(client) == [("user", "вопрос"), ("assistant", "один")]
    assert shown(session) == ["вопрос", "один два"]
    assert session.conversation.siblings(rest.id) == [first.id, rest.id]
    session.branch.look_at(first.id)
    assert shown(session) == ["вопрос", "один", "дальше", "привет"]


async def test_another_answer_to_what_was_gone_on_with_is_asked_of_its_question() -> None:
    session, client, _, _ = session_of(said("один", "length"), said(" два"), ANSWER)
    first = await session.send("вопрос")
    rest = await session.continue_answer(first.id)
    other = await session.ask_again(rest.id)
    assert contents(client) == [("user", "вопрос")]
    assert session.conversation.siblings(other.id) == [rest.id, other.id]


@pytest.mark.parametrize(
    ("prefill", "message", "fields"),
    [
        (Prefill.PLAIN, {}, {}),
        (Prefill.PREFIX, {"prefix": True}, {}),
        (Prefill.PARTIAL, {"partial": True}, {}),
        (
            Prefill.CONTINUE_FINAL_MESSAGE,
            {},
            {"continue_final_message": True, "add_generation_prompt": False},
        ),
    ],
)
async def test_a_server_is_asked_in_its_own_form(
    prefill: Prefill, message: dict[str, object], fields: dict[str, object]
) -> None:
    session, client, _, onlooker = session_of(ENDLESS, ANSWER)
    answering = await started(session, onlooker)
    await session.stop()
    await session.continue_answer((await answering).id, prefill)
    body = client.requests[-1].body()
    assert isinstance(body["messages"], list)
    assert body["messages"][-1] == {"role": "assistant", "content": "начало"} | message
    assert body["messages"][0] == {"role": "user", "content": "вопрос"}
    assert {name: value for name, value in body.items() if name not in client.requests[0].body()} == fields
