"""Answers gone on with at a real server, which goes on, echoes, begins again, overlaps, or refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from neurotui.app.continuing import (
    REFUSED,
    Forms,
    Outcome,
    is_left_to_words,
    is_offered,
    next_form,
    outcome,
    why_not,
)
from neurotui.chat.conversation import Message, Role, Status
from neurotui.chat.joining import joined_path, whole_answer
from neurotui.chat.session import Session
from neurotui.wire.prefill import Prefill
from tests.app.working import ask, last, working
from tests.servers import Exchange, Script, Server, answer, refuse
from tests.store.examples import check, rows

WORDS = "Кот сидит на окне и смотрит, как во дворе медленно падает первый снег этой зимы, и думает о весне"
CUT = 70


async def cut(exchange: Exchange) -> None:
    """Sends the beginning, and breaks the connection."""
    await exchange.head()
    await exchange.text(WORDS[:CUT])
    exchange.reset()


def prefilled(exchange: Exchange) -> str:
    """The answer so far, as the request has it."""
    message = exchange.request.json["messages"][-1]
    assert message["role"] == "assistant"
    return str(message["content"])


async def goes_on(exchange: Exchange) -> None:
    """As llama.cpp does."""
    await answer(WORDS[len(prefilled(exchange)) :])(exchange)


async def echoes(exchange: Exchange) -> None:
    await answer(prefilled(exchange), WORDS[len(prefilled(exchange)) :])(exchange)


async def overlaps(exchange: Exchange) -> None:
    await answer(WORDS[len(prefilled(exchange)) - 20 :])(exchange)


async def begins_again(exchange: Exchange) -> None:
    await answer(WORDS[:50], " и спит")(exchange)


async def like_vllm(exchange: Exchange) -> None:
    """Goes on only where it is told to, and begins again where it is not."""
    body = exchange.request.json
    told = body.get("continue_final_message") is True and body.get("add_generation_prompt") is False
    await (goes_on if told else begins_again)(exchange)


async def like_mistral(exchange: Exchange) -> None:
    if exchange.request.json["messages"][-1].get("prefix") is True:
        await goes_on(exchange)
        return
    words = "Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant"
    await refuse(400, "3230", data={"object": "error", "message": words, "code": "3230"})(exchange)


async def refuses_blanks(exchange: Exchange) -> None:
    """As Claude does."""
    text = prefilled(exchange)
    if text != text.rstrip():
        await refuse(400, message="final assistant content cannot end with trailing whitespace")(exchange)
        return
    await goes_on(exchange)


refuses = refuse(400, "invalid_request_error", "This model does not support assistant message prefill")


async def cut_answer(workspace: Any) -> tuple[Session, Message]:
    session = await ask(workspace, "hi")
    assert last(session).status is Status.CUT
    return session, last(session)


def shown(session: Session) -> list[str]:
    return [message.text for message in joined_path(session.conversation, session.branch.leaf_id)]


@pytest.mark.parametrize("script", [goes_on, echoes, overlaps, refuses_blanks])
async def test_the_whole_is_what_the_model_said(tmp_path: Path, script: Script) -> None:
    async with (
        Server([cut, script, answer("ok")]) as server,
        working(tmp_path, server) as (workspace, services),
    ):
        session, first = await cut_answer(workspace)
        before = rows(tmp_path, f"SELECT * FROM messages WHERE id = '{first.id}'")
        ended = await session.continue_answer(first.id)
        assert ended.status is Status.COMPLETE
        assert shown(session) == ["hi", WORDS]
        assert rows(tmp_path, f"SELECT * FROM messages WHERE id = '{first.id}'") == before
        await session.send("more")
        assert server.chats[-1].json["messages"] == [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": WORDS},
            {"role": "user", "content": "more"},
        ]
        found = services.store.library.open(session.conversation.id)
        assert found is not None
        assert [message.text for message in joined_path(found, found.leaf_id)][1] == WORDS
    check(tmp_path)


async def test_one_that_begins_again_is_a_version(tmp_path: Path) -> None:
    async with Server([cut, begins_again]) as server, working(tmp_path, server) as (workspace, _services):
        session, first = await cut_answer(workspace)
        again = await session.continue_answer(first.id)
        assert shown(session) == ["hi", WORDS[:50] + " и спит"]
        assert session.conversation.siblings(again.id) == [first.id, again.id]


async def going_on(session: Session, forms: Forms, server: str = "host") -> tuple[Outcome, Message]:
    """Go on as the chat does."""
    message = joined_path(session.conversation, session.branch.leaf_id)[-1]
    form = await forms.of(server, "m")
    assert form is not None
    reply = session.continue_answer(message.id, form)
    assert session.turn is not None
    asked = session.turn.facts()
    ended = await reply
    found = outcome(asked, ended)
    if found is not Outcome.NOTHING:
        await forms.learn(server, "m", next_form(form, found, ended.error.message if ended.error else ""))
    return found, joined_path(session.conversation, session.branch.leaf_id)[-1]


@pytest.mark.parametrize(
    ("script", "first", "form"),
    [
        (like_vllm, Outcome.BEGAN_AGAIN, Prefill.CONTINUE_FINAL_MESSAGE),
        (like_mistral, Outcome.REFUSED, Prefill.PREFIX),
    ],
)
async def test_what_a_server_wants_is_learnt(
    tmp_path: Path, script: Script, first: Outcome, form: Prefill
) -> None:
    async with Server([cut, script]) as server, working(tmp_path, server) as (workspace, services):
        session, answered = await cut_answer(workspace)
        forms = Forms(services.store.learnt)
        found, whole = await going_on(session, forms)
        assert found is first
        assert not is_left_to_words(whole)
        assert await forms.of("host", "m") is form
        assert await forms.of("elsewhere", "m") is Prefill.PLAIN
        session.branch.look_at(answered.id)
        session.branch.leaf_id = answered.id
        found, whole = await going_on(session, forms)
        assert (found, whole.text, whole.status) == (Outcome.WENT_ON, WORDS, Status.COMPLETE)
        assert await forms.of("host", "m") is form


async def test_a_refusal_changes_nothing_and_is_remembered(tmp_path: Path) -> None:
    async with Server([cut, refuses]) as server, working(tmp_path, server) as (workspace, services):
        session, first = await cut_answer(workspace)
        forms = Forms(services.store.learnt)
        found, whole = await going_on(session, forms)
        assert found is Outcome.REFUSED
        assert is_left_to_words(whole)
        assert is_offered(whole)
        assert (whole.text, whole.parent_id) == (first.text, first.parent_id)
        assert whole.error is not None
        assert "does not support" in whole.error.message
        assert await forms.of("host", "m") is None
        assert len(server.chats) == 2, "nothing else was sent"


async def test_a_connection_that_is_lost_again_teaches_nothing(tmp_path: Path) -> None:
    async def gone(exchange: Exchange) -> None:
        await exchange.head()
        exchange.reset()

    async with Server([cut, gone, goes_on]) as server, working(tmp_path, server) as (workspace, services):
        session, first = await cut_answer(workspace)
        found, whole = await going_on(session, Forms(services.store.learnt))
        assert found is Outcome.NOTHING
        assert (whole.text, whole.status) == (first.text, Status.FAILED)
        assert is_offered(whole)
        assert not is_left_to_words(whole)
        _found, whole = await going_on(session, Forms(services.store.learnt))
        assert whole.text == WORDS


async def test_both_are_paid_for(tmp_path: Path) -> None:
    async with (
        Server([answer("one", reason="length"), answer(" two")]) as server,
        working(tmp_path, server) as (workspace, _services),
    ):
        session = await ask(workspace, "hi")
        ended = await session.continue_answer(last(session).id)
        whole = whole_answer(session.conversation, ended.id)
        assert whole.usage is not None
        assert (whole.usage.prompt_tokens, whole.usage.completion_tokens) == (14, 10)
    assert rows(tmp_path, "SELECT count(*), sum(prompt_tokens), sum(completion_tokens) FROM spending") == [
        (2, 14, 10)
    ]


@pytest.mark.parametrize(
    ("form", "found", "refusal", "expected"),
    [
        (Prefill.PLAIN, Outcome.WENT_ON, "", Prefill.PLAIN),
        (Prefill.PREFIX, Outcome.WENT_ON, "", Prefill.PREFIX),
        (Prefill.PLAIN, Outcome.BEGAN_AGAIN, "", Prefill.CONTINUE_FINAL_MESSAGE),
        (Prefill.CONTINUE_FINAL_MESSAGE, Outcome.BEGAN_AGAIN, "", Prefill.CONTINUE_FINAL_MESSAGE),
        (Prefill.PLAIN, Outcome.REFUSED, "no", REFUSED),
        (Prefill.PLAIN, Outcome.REFUSED, "set `partial` to true", Prefill.PARTIAL),
        (Prefill.CONTINUE_FINAL_MESSAGE, Outcome.REFUSED, "unknown continue_final_message", REFUSED),
    ],
)
def test_how_it_is_asked_the_next_time(form: Prefill, found: Outcome, refusal: str, expected: str) -> None:
    assert next_form(form, found, refusal) == expected


def test_why_not() -> None:
    def said(text: str, status: Status, **facts: Any) -> Message:
        return Message("a", Role.ASSISTANT, text, "q", status=status, **facts)

    for status in (Status.STOPPED, Status.CUT, Status.LENGTH, Status.FAILED):
        assert is_offered(said("text", status))
        assert not is_offered(said(" ", status))
    assert not is_offered(said("text", Status.COMPLETE))
    assert not is_offered(said("text", Status.RUNNING))
    assert why_not(said("text", Status.FILTERED)) == ""
    assert not is_offered(said("text", Status.FILTERED)), "it can be tried, and would come to the same"
    assert why_not(said("text", Status.CUT, unreadable=1, finish_reason="stop"))
    assert why_not(None)
    assert why_not(Message("q", Role.USER, "text"))
