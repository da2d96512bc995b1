"""One question asked of several models at once, without a face."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from neurotui.app.accounts import demo_account
from neurotui.app.comparison import (
    MOST,
    Comparison,
    Contender,
    NotCompared,
    compare,
    contenders,
    parted,
    reopen,
)
from neurotui.app.open_list import open_rows
from neurotui.app.open_sessions import RESTING
from neurotui.app.workspace import Workspace
from neurotui.chat.conversation import Bill, Status
from neurotui.chat.session import Session
from neurotui.errors import BudgetReached, KeyMissing
from neurotui.settings.file import SettingsFile
from tests.app.working import KEY, account_at, ask, know_prices, last, working
from tests.servers import Exchange, Server, answer, refuse
from tests.store.examples import rows

THREE = ("a", "b", "c")


class Models:
    """A script that begins with the model's name, and ends its answer when that model is let through."""

    def __init__(self, *fail: str) -> None:
        self.open = {name: asyncio.Event() for name in "abcdefgh"}
        self._fail = fail

    async def __call__(self, exchange: Exchange) -> None:
        model = exchange.request.json["model"]
        if model in self._fail:
            await refuse(400)(exchange)
            return
        await exchange.head()
        await exchange.text(f"I am {model}")
        await self.open[model].wait()
        await exchange.text(", done")
        await exchange.finish()

    def let(self, *models: str) -> None:
        for model in models:
            self.open[model].set()


def asking(workspace: Workspace, session: Session, models: Sequence[str] = THREE) -> list[Contender]:
    account = workspace.account_of(session)
    return [Contender(account, model) for model in models]


async def until_written(server: Server, comparison: Comparison) -> None:
    """Wait until each has text of its running answer."""
    await server.until(lambda: all(comparison.answer(session).text for session in comparison.sessions))


async def test_three_are_asked_at_once_and_answer_beside_each_other(tmp_path: Path) -> None:
    script = Models()
    async with Server(script) as server, working(tmp_path, server) as (workspace, services):
        know_prices(services, server)
        session = workspace.front = workspace.new()
        comparison = await compare(workspace, session, asking(workspace, session), "кто ты?")
        await until_written(server, comparison)
        assert server.open == 3, "at the same time"
        assert len(workspace.running) == 3 and workspace.sessions == [session]
        assert [each.turn and each.turn.message().text for each in comparison.sessions] == [
            "I am a",
            "I am b",
            "I am c",
        ]
        script.let(*THREE)
        await server.until(lambda: not workspace.running)
        assert [request.json["messages"] for request in server.chats] == [
            [{"role": "user", "content": "кто ты?"}]
        ] * 3
        kept = services.store.library.open(session.conversation.id)
        assert kept is not None
        _question, answer = kept.path()
        assert answer.text == "I am a, done", "it opens at the first the next time"
        texts = [kept.messages[id_].text for id_ in kept.siblings(answer.id)]
        assert texts == ["I am a, done", "I am b, done", "I am c, done"]
        assert workspace.news == [], "its conversation is looked at"


async def test_the_same_model_can_be_asked_twice(tmp_path: Path) -> None:
    async with Server() as server, working(tmp_path, server) as (workspace, _services):
        session = workspace.new()
        comparison = await compare(workspace, session, asking(workspace, session, ["a", "a"]), "hi")
        await server.until(lambda: not workspace.running)
        first, second = map(comparison.answer, comparison.sessions)
        assert first.id != second.id and first.parent_id == second.parent_id


async def test_one_that_fails_disturbs_nobody(tmp_path: Path) -> None:
    script = Models("b")
    async with Server(script) as server, working(tmp_path, server) as (workspace, _services):
        session = workspace.new()
        comparison = await compare(workspace, session, asking(workspace, session), "hi")
        await server.until(lambda: not comparison.runs(comparison.sessions[1]))
        assert comparison.running == [comparison.sessions[0], comparison.sessions[2]]
        script.let("a", "c")
        await server.until(lambda: not comparison.running)
        found = [comparison.answer(each).status for each in comparison.sessions]
        assert found == [Status.COMPLETE, Status.FAILED, Status.COMPLETE]


async def test_one_is_stopped_and_the_others_go_on(tmp_path: Path) -> None:
    script = Models()
    async with Server(script) as server, working(tmp_path, server) as (workspace, services):
        know_prices(services, server)
        session = workspace.new()
        comparison = await compare(workspace, session, asking(workspace, session), "hi")
        await until_written(server, comparison)
        first, second, third = comparison.sessions
        await second.stop()
        await server.until(lambda: len(server.closed_at) == 1)
        assert comparison.running == [first, third]
        assert comparison.answer(second).status is Status.STOPPED
        await workspace.stop_all()
        assert comparison.running == []


async def test_what_is_gone_on_with_runs_on_and_the_others_stop(tmp_path: Path) -> None:
    script = Models()
    async with Server(script) as server, working(tmp_path, server) as (workspace, services):
        session = workspace.front = workspace.new()
        comparison = await compare(workspace, session, asking(workspace, session), "hi")
        await until_written(server, comparison)
        script.let("a")
        first, second, third = comparison.sessions
        await server.until(lambda: not first.running)
        await comparison.go_on(second)
        assert [comparison.answer(each).status for each in (first, third)] == [
            Status.COMPLETE,
            Status.STOPPED,
        ], "what ended before stays finished"
        assert second.running and workspace.sessions == [second] and workspace.front is second
        script.let("b")
        await server.until(lambda: not second.running)
        await second.send("and then?")
        request = server.chats[-1].json
        assert request["model"] == "b", "whoever was gone on with answers from now on"
        assert [message["content"] for message in request["messages"]] == [
            "hi",
            "I am b, done",
            "and then?",
        ]
        kept = services.store.library.open(session.conversation.id)
        assert kept is not None and [message.text for message in kept.path()][1] == "I am b, done"


async def test_leaving_stops_nothing_and_it_opens_again_as_it_runs(tmp_path: Path) -> None:
    script = Models()
    async with Server(script) as server, working(tmp_path, server) as (workspace, services):
        session = workspace.front = workspace.new()
        comparison = await compare(workspace, session, asking(workspace, session), "hi")
        await until_written(server, comparison)
        second = comparison.sessions[1]
        comparison.leave(second)
        workspace.front = second
        workspace.front = workspace.new()
        assert len(workspace.running) == 3
        script.let("a")
        await server.until(lambda: len(workspace.running) == 2)
        assert workspace.news == [session.conversation.id]
        back = await workspace.open(session.conversation.id)
        assert back is second
        again = await reopen(workspace, services, second, comparison.answer(second).id)
        assert again is not None and again.running == comparison.sessions[1:]
        assert [again.answer(each).text for each in again.sessions] == ["I am a, done", "I am b", "I am c"]


async def test_it_opens_again_from_disk_from_any_answer(tmp_path: Path) -> None:
    script = Models()
    script.let(*THREE)
    async with Server(script) as server:
        async with working(tmp_path, server) as (workspace, _services):
            session = workspace.new()
            await compare(workspace, session, asking(workspace, session), "hi")
            await server.until(lambda: not workspace.running)
            id_ = session.conversation.id
        async with working(tmp_path, server) as (workspace, services):
            back = await workspace.open(id_)
            assert back is not None
            for answer_id in back.conversation.siblings(last(back).id):
                again = await reopen(workspace, services, back, answer_id)
                assert again is not None
                texts = [again.answer(each).text for each in again.sessions]
                assert texts == [f"I am {model}, done" for model in THREE]
                assert [each.participant.model for each in again.sessions] == list(THREE)
            assert again is not None
            await again.go_on(again.sessions[2])
            front = workspace.session_of(id_)
            assert front is again.sessions[2] and front.participant.model == "c"


async def test_an_answer_without_others_is_no_comparison(tmp_path: Path) -> None:
    async with Server() as server, working(tmp_path, server) as (workspace, services):
        session = await ask(workspace, "hi")
        question, answer = session.branch.path()
        assert await reopen(workspace, services, session, answer.id) is None
        assert await reopen(workspace, services, session, question.id) is None


async def test_a_question_that_was_answered_is_asked_of_others_beside_it(tmp_path: Path) -> None:
    async with Server() as server, working(tmp_path, server) as (workspace, services):
        session = await ask(workspace, "hi")
        question, first = session.branch.path()
        comparison = await compare(workspace, session, asking(workspace, session, ["a", "b"]), question)
        await server.until(lambda: not workspace.running)
        again = await reopen(workspace, services, session, comparison.answer(comparison.sessions[0]).id)
        assert again is not None and again.answer(again.sessions[0]).id == first.id
        assert len(again.sessions) == 3


async def test_nothing_leaves_if_the_day_allows_only_some(tmp_path: Path) -> None:
    file = SettingsFile()
    file.change(("budget", "day_tokens"), 4000)
    async with Server() as server, working(tmp_path, server, settings=file) as (workspace, _services):
        session = workspace.new()
        four = asking(workspace, session, ["a", "b", "c", "d"])
        with pytest.raises(BudgetReached, match="it allows 2 of 4 answers"):
            await compare(workspace, session, four, "hi")
        assert server.chats == [] and not session.conversation.messages
        await compare(workspace, session, four[:2], "hi")
        await server.until(lambda: not workspace.running)
        assert len(server.chats) == 2


RESERVED = "SELECT sum(reserved_tokens) FROM spending WHERE status = 'running'"


async def test_what_is_stopped_before_it_leaves_reserves_nothing(tmp_path: Path) -> None:
    file = SettingsFile()
    file.change(("budget", "day_tokens"), 8000)
    async with Server(Models()) as server, working(tmp_path, server, settings=file) as (workspace, _services):
        session = workspace.new()
        await compare(workspace, session, asking(workspace, session), "hi")
        assert rows(tmp_path, RESERVED) == [(6000,)]
        await workspace.stop_all()
        assert server.chats == []
        assert rows(tmp_path, RESERVED) == [(None,)]
        assert len(await workspace.ledger.reserve([Bill("a", 1)] * 4)) == 4


async def test_what_was_reserved_is_given_back_if_an_answer_began_meanwhile(tmp_path: Path) -> None:
    file = SettingsFile()
    file.change(("budget", "day_tokens"), 9000)
    script = Models()
    async with Server(script) as server, working(tmp_path, server, settings=file) as (workspace, _services):
        session = workspace.new()
        comparing = asyncio.ensure_future(compare(workspace, session, asking(workspace, session), "hi"))
        await asyncio.sleep(0)
        session.send("before")
        with pytest.raises(NotCompared):
            await comparing
        await session.stop()
        await workspace.ledger.aclose()
        assert rows(tmp_path, RESERVED) == [(None,)]


async def test_quitting_stops_all_that_are_compared(tmp_path: Path) -> None:
    async with Server(Models()) as server:
        async with working(tmp_path, server) as (workspace, services):
            session = workspace.new()
            comparison = await compare(workspace, session, asking(workspace, session), "hi")
            await until_written(server, comparison)
            await workspace.aclose()
            kept = services.store.library.open(session.conversation.id)
            assert kept is not None
            ends = [kept.messages[id_].status for id_ in kept.siblings(kept.path()[-1].id)]
            assert ends == [Status.STOPPED] * 3
        await server.until(lambda: server.open == 0)


async def test_what_is_compared_stays_in_memory_while_it_runs(tmp_path: Path) -> None:
    script = Models()
    async with Server(script) as server, working(tmp_path, server) as (workspace, _services):
        session = workspace.new()
        comparison = await compare(workspace, session, asking(workspace, session), "hi")
        await until_written(server, comparison)
        server.scripts = [answer("ok")]
        for number in range(RESTING + 2):
            await ask(workspace, str(number))
        assert session in workspace.sessions
        await workspace.close(session)
        assert comparison.running == [] and session not in workspace.sessions


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ([], "name the models to compare"),
        (["gpt-5-mini"] * (MOST + 1), "at most 8 models can be compared"),
        (["gpt-5-mini", "gpt-9"], "has no model gpt-9"),
    ],
)
async def test_who_cannot_be_asked_is_named(tmp_path: Path, names: list[str], reason: str) -> None:
    async with Server() as server, working(tmp_path, server) as (workspace, services):
        with pytest.raises(NotCompared, match=reason):
            await contenders(workspace, services, workspace.new(), names)
        assert server.chats == []


@pytest.mark.parametrize(
    ("text", "names", "question"),
    [
        ("gpt-5-mini", ["gpt-5-mini"], ""),
        ("gpt-5-mini  другая", ["gpt-5-mini", "другая"], ""),
        ("gpt-5-mini другая what  is it?", ["gpt-5-mini", "другая"], "what  is it?"),
        ("gpt-5-mini there:any Что это такое", ["gpt-5-mini", "there:any"], "Что это такое"),
        ("gpt-5-mini why?", ["gpt-5-mini"], "why?"),
        ("gpt-5-mini gpt-9", ["gpt-5-mini", "gpt-9"], ""),
        ("gpt-9 what is it", ["gpt-9", "what", "is", "it"], ""),
    ],
)
async def test_a_question_may_stand_behind_the_models(
    tmp_path: Path, text: str, names: list[str], question: str
) -> None:
    file = SettingsFile()
    file.change(("profiles", "there", "base_url"), "http://127.0.0.1:9/v1")
    async with Server() as server, working(tmp_path, server, settings=file) as (workspace, services):
        assert await parted(workspace, services, workspace.new(), text) == (names, question)


async def test_where_the_question_begins_may_be_doubtful(tmp_path: Path) -> None:
    async with Server() as server, working(tmp_path, server) as (workspace, services):
        with pytest.raises(NotCompared, match=r"no model gtp-5; if the question begins there"):
            await parted(workspace, services, workspace.new(), "gpt-5-mini gtp-5 другая")


async def test_a_question_behind_models_that_nobody_knows_is_not_asked(tmp_path: Path) -> None:
    silent = Server(paths={"/models": refuse(404)})
    async with silent as server, working(tmp_path, server) as (workspace, services):
        session = workspace.new()
        assert await parted(workspace, services, session, "one two") == (["one", "two"], "")
        with pytest.raises(NotCompared, match="does not list its models"):
            await parted(workspace, services, session, "one two what is it?")


async def test_a_profile_before_the_model_is_asked_at_its_own_server(tmp_path: Path) -> None:
    async with Server() as here, Server() as there:
        file = SettingsFile()
        file.change(("profiles", "there", "base_url"), there.url)
        async with working(tmp_path, here, settings=file) as (workspace, services):
            session = workspace.new()
            names = ["gpt-5-mini", "there:другая"]
            found = await contenders(workspace, services, session, names)
            assert [each.model for each in found] == ["gpt-5-mini", "другая"]
            await compare(workspace, session, found, "hi")
            await here.until(lambda: not workspace.running)
            assert [request.json["model"] for request in here.chats] == ["gpt-5-mini"]
            assert [request.json["model"] for request in there.chats] == ["другая"]
            assert KEY.encode() not in b"".join(request.body for request in there.chats)


async def test_the_demo_and_a_server_are_not_mixed(tmp_path: Path) -> None:
    async with Server() as server, working(tmp_path, server) as (workspace, _services):
        session = workspace.new()
        found = [*asking(workspace, session, ["a"]), Contender(demo_account(), "neurotui-demo")]
        with pytest.raises(NotCompared, match="the demo and a server"):
            await compare(workspace, session, found, "hi")
        assert server.chats == []


async def test_without_a_key_nothing_leaves(tmp_path: Path) -> None:
    async with Server() as server, working(tmp_path, server) as (workspace, _services):
        session = workspace.new()
        keyless = account_at(server)
        keyless.trouble = KeyMissing()
        with pytest.raises(KeyMissing):
            await compare(
                workspace, session, [*asking(workspace, session, ["a"]), Contender(keyless, "b")], "hi"
            )
        assert server.chats == []


async def test_what_two_windows_ask_of_one_conversation_ends_up_in_it(tmp_path: Path) -> None:
    script = Models()
    async with (
        Server(script) as server,
        working(tmp_path, server) as (here, services),
        working(tmp_path, server) as (there, _others),
    ):
        session = await _asked_before(here, script)
        other = await there.open(session.conversation.id)
        assert other is not None
        there.choose(other, model="a")
        comparison = await compare(here, session, asking(here, session, ["b", "c"]), "and you?")
        await until_written(server, comparison)
        reply = other.send("еще?")
        script.let(*"bc")
        await reply
        await server.until(lambda: not here.running)
        kept = services.store.library.open(session.conversation.id)
        assert kept is not None
        texts = sorted(message.text for message in kept.messages.values() if message.role == "assistant")
        assert texts == ["I am a, done", "I am a, done", "I am b, done", "I am c, done"]


async def _asked_before(workspace: Workspace, script: Models) -> Session:
    session = workspace.front = workspace.new()
    workspace.choose(session, model="a")
    script.let("a")
    await session.send("hi")
    return session


async def test_a_conversation_in_which_any_answer_runs_is_listed_as_running(tmp_path: Path) -> None:
    script = Models()
    async with Server(script) as server, working(tmp_path, server) as (workspace, _services):
        session = workspace.front = workspace.new()
        comparison = await compare(workspace, session, asking(workspace, session), "кто ты?")
        await until_written(server, comparison)
        script.let("a")
        await server.until(lambda: len(workspace.running) == 2)
        first = comparison.sessions[0]
        comparison.leave(first)
        other = workspace.front = workspace.new()
        row, _blank = open_rows(workspace)
        assert not first.running and (row.session, row.running) == (first, 2)
        assert row.status.parts == ("2 of 3 writing",) and row.status.sign == "●"
        assert row.model == "b, c" and row.text in {"I am b", "I am c"}
        assert workspace.next_open(other) is first and workspace.next_open(first) is None
        await workspace.stop_in(first)
        assert not workspace.running
        ends = [comparison.answer(each).status for each in comparison.sessions]
        assert ends == [Status.COMPLETE, Status.STOPPED, Status.STOPPED]


async def test_answers_beside_each_other_that_say_nothing_yet_are_not_called_written(tmp_path: Path) -> None:
    async def silent(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.stall()

    async with Server(silent) as server, working(tmp_path, server) as (workspace, _services):
        session = workspace.front = workspace.new()
        await compare(workspace, session, asking(workspace, session, "ab"), "кто ты?")
        accepted = "accepted, waiting for the first word"
        await server.until(lambda: open_rows(workspace)[0].status.parts == ("2 of 2 running", accepted))
        await workspace.stop_all()
