"""Several conversations at once, without a face: who runs, who stays, who is stopped, who is told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from neurotui.app.open_sessions import RESTING
from neurotui.app.workspace import Workspace
from neurotui.app.workspace_observer import WorkspaceObserver
from neurotui.chat.attachments import Draft
from neurotui.chat.conversation import Message, Status
from neurotui.chat.session import Session
from tests.app.working import SOON, Onlooker, ask, endless, know_prices, last, working
from tests.servers import Exchange, Server, answer, refuse


class Gate:
    """A script that repeats the question, and ends its answer when it is let through."""

    def __init__(self) -> None:
        self.open = asyncio.Event()

    async def __call__(self, exchange: Exchange) -> None:
        question = exchange.request.json["messages"][-1]["content"]
        await exchange.head()
        await exchange.text(f"{question}!")
        await self.open.wait()
        await exchange.text(f" {question}?")
        await exchange.finish()


async def until_written(server: Server, *sessions: Session) -> None:
    """Wait until each session has text of its running answer."""
    await server.until(lambda: all(session.turn and session.turn.message().text for session in sessions))


async def test_three_conversations_are_answered_at_once(tmp_path: Path) -> None:
    gate = Gate()
    async with Server(gate) as server, working(tmp_path, server) as (workspace, services):
        sessions = [workspace.new() for _ in range(3)]
        replies = [session.send(f"вопрос {number}") for number, session in enumerate(sessions)]
        await until_written(server, *sessions)
        assert workspace.running == sessions
        gate.open.set()
        texts = [(await reply).text for reply in replies]
        assert texts == [f"вопрос {number}! вопрос {number}?" for number in range(3)]
        assert workspace.running == []
        for session, text in zip(sessions, texts, strict=True):
            kept = services.store.library.open(session.conversation.id)
            assert kept is not None and [message.text for message in kept.path()][1:] == [text]


async def test_what_nobody_looks_at_is_read_less_often(tmp_path: Path) -> None:
    gate = Gate()
    async with Server(gate) as server, working(tmp_path, server) as (workspace, _services):
        first, second = workspace.new(), workspace.new()
        workspace.front = first
        replies = [session.send("вопрос") for session in (first, second)]
        await until_written(server, first, second)
        assert (first.in_view, second.in_view) == (True, False)
        workspace.front = second
        assert (first.in_view, second.in_view) == (False, True)
        gate.open.set()
        for reply in replies:
            assert (await reply).status is Status.COMPLETE


async def test_one_of_three_is_stopped_and_the_others_go_on(tmp_path: Path) -> None:
    gate = Gate()
    async with Server(gate) as server, working(tmp_path, server) as (workspace, services):
        know_prices(services, server)
        sessions = [workspace.new() for _ in range(3)]
        for number, session in enumerate(sessions):
            session.send(str(number))
        await until_written(server, *sessions)
        await sessions[1].stop()
        await server.until(lambda: len(server.closed_at) == 1)
        assert workspace.running == [sessions[0], sessions[2]]
        gate.open.set()
        await server.until(lambda: not workspace.running)
        assert [last(session).status for session in sessions] == ["complete", "stopped", "complete"]
        assert last(sessions[1]).text == "1!"


async def test_quitting_with_three_running_takes_a_second_at_most(tmp_path: Path) -> None:
    async with Server(endless) as server:
        async with working(tmp_path, server) as (workspace, services):
            sessions = [workspace.new() for _ in range(3)]
            for number, session in enumerate(sessions):
                session.send(str(number))
            await until_written(server, *sessions)
            began = time.monotonic()
            await workspace.aclose()
            assert time.monotonic() - began < 1.0
            kept = [services.store.library.open(session.conversation.id) for session in sessions]
            ends = [(found.path()[-1].status, found.path()[-1].text) for found in kept if found]
            assert ends == [(Status.STOPPED, f"{number}!") for number in range(3)]
        await server.until(lambda: server.open == 0, within=SOON)


async def test_all_are_stopped_by_one_word(tmp_path: Path) -> None:
    async with Server(endless) as server, working(tmp_path, server) as (workspace, _services):
        sessions = [workspace.new() for _ in range(3)]
        for session in sessions:
            session.send("hi")
        await until_written(server, *sessions)
        await workspace.stop_all()
        assert [last(session).status for session in sessions] == [Status.STOPPED] * 3
        assert workspace.sessions == sessions, "they stay open"


async def test_opening_another_conversation_stops_nothing(tmp_path: Path) -> None:
    gate = Gate()
    async with Server(gate) as server, working(tmp_path, server) as (workspace, _services):
        first = workspace.front = workspace.new()
        first.send("hi")
        await until_written(server, first)
        workspace.front = workspace.new()
        assert workspace.running == [first]
        again = await workspace.open(first.conversation.id)
        assert again is first, "neither read from disk nor begun anew"
        gate.open.set()
        await server.until(lambda: not first.running)
        assert last(first).text == "hi! hi?"


async def test_of_twenty_opened_in_turn_eight_stay(tmp_path: Path) -> None:
    async with Server() as server, working(tmp_path, server) as (workspace, _services):
        ids = []
        for number in range(20):
            session = await ask(workspace, f"вопрос {number}")
            ids.append(session.conversation.id)
        assert [session.conversation.id for session in workspace.sessions] == ids[-RESTING:]
        oldest = await workspace.open(ids[0])
        assert oldest is not None and oldest.branch.path()[0].text == "вопрос 0"
        workspace.front = oldest
        left = [session.conversation.id for session in workspace.sessions]
        assert left == [*ids[-RESTING + 1 :], ids[0]], "the least lately seen has made room"


async def test_what_was_looked_at_again_stays(tmp_path: Path) -> None:
    async with Server() as server, working(tmp_path, server) as (workspace, _services):
        sessions = [await ask(workspace, str(number)) for number in range(RESTING)]
        workspace.front = sessions[0]
        for number in range(2):
            await ask(workspace, f"more {number}")
        assert sessions[0] in workspace.sessions
        assert not {*sessions[1:3]} & {*workspace.sessions}


async def test_what_runs_or_waits_stays_whatever_is_opened(tmp_path: Path) -> None:
    async with (
        Server([endless, endless, answer("Hi")]) as server,
        working(tmp_path, server) as (workspace, _services),
    ):
        running = workspace.front = workspace.new()
        running.send("runs")
        waiting = workspace.front = workspace.new()
        waiting.send("runs too")
        await until_written(server, running, waiting)
        workspace.queue(waiting, Draft("and then"))
        for number in range(RESTING + 2):
            await ask(workspace, str(number))
        assert {running, waiting} <= set(workspace.sessions)
        assert len(workspace.sessions) == RESTING + 2
        await running.stop()
        assert running not in workspace.sessions, "at rest, and not seen for longest"


async def test_what_is_not_on_disk_stays(tmp_path: Path) -> None:
    folder = tmp_path / "file"
    folder.write_text("where a folder should be")
    async with Server() as server, working(folder, server) as (workspace, services):
        for number in range(RESTING + 2):
            await ask(workspace, str(number))
        assert services.store.journal.trouble is not None
        assert len(workspace.sessions) == RESTING + 2


async def test_a_blank_conversation_goes_when_it_is_left(tmp_path: Path) -> None:
    async with Server() as server, working(tmp_path, server) as (workspace, _services):
        blank = workspace.front = workspace.new()
        assert workspace.sessions == [blank]
        other = workspace.front = workspace.new()
        assert workspace.sessions == [other]


async def test_what_ended_unseen_is_news_until_it_is_looked_at(tmp_path: Path) -> None:
    async with Server() as server, working(tmp_path, server) as (workspace, _services):
        first, second = workspace.new(), workspace.new()
        seen = await ask(workspace, "seen")
        await first.send("first")
        await second.send("second")
        assert workspace.news == [first.conversation.id, second.conversation.id]
        workspace.front = first
        assert workspace.news == [second.conversation.id]
        assert seen.conversation.id not in workspace.news


async def test_what_was_stopped_is_no_news(tmp_path: Path) -> None:
    async with Server(endless) as server, working(tmp_path, server) as (workspace, _services):
        behind = workspace.new()
        workspace.front = workspace.new()
        behind.send("hi")
        await until_written(server, behind)
        await behind.stop()
        assert workspace.news == []


async def test_onlookers_are_told_of_every_conversation(tmp_path: Path) -> None:
    async with (
        Server([answer("Hi"), refuse(400)]) as server,
        working(tmp_path, server) as (workspace, _services),
    ):
        onlooker = Onlooker()
        unsubscribe = workspace.subscribe(onlooker)
        session = await ask(workspace, "first")
        await ask(workspace, "second")
        await workspace.close(session)
        assert onlooker.told == [
            ("added", ""),
            ("front", ""),
            ("began", "first"),
            ("ended", "first complete"),
            ("added", ""),
            ("front", ""),
            ("began", "second"),
            ("ended", "second failed"),
            ("removed", "first"),
        ]
        unsubscribe()
        workspace.new()
        assert len(onlooker.told) == 9


async def test_a_reply_runs_where_the_face_puts_it(tmp_path: Path) -> None:
    async with Server() as server, working(tmp_path, server) as (_workspace, services):
        spawned: list[asyncio.Task[None]] = []

        def spawn(reply: Coroutine[Any, Any, None]) -> None:
            spawned.append(asyncio.get_running_loop().create_task(reply))

        workspace = Workspace(services, spawn=spawn)
        await workspace.new().send("hi")
        assert len(spawned) == 1
        await workspace.aclose()


async def test_two_who_open_one_conversation_get_one_session(tmp_path: Path) -> None:
    async with Server() as server, working(tmp_path, server) as (workspace, _services):
        session = await ask(workspace, "hi")
        await workspace.close(session)
        found = await asyncio.gather(*(workspace.open(session.conversation.id) for _ in range(2)))
        assert found[0] is found[1] is not None
        assert await workspace.open("unknown") is None


async def test_what_another_window_has_added_is_read_when_it_is_wanted(tmp_path: Path) -> None:
    async with Server(answer("Hi")) as server, working(tmp_path, server) as (workspace, _services):
        session = await ask(workspace, "here")
        here = last(session)
        async with working(tmp_path, server) as (other, _):
            there = await other.open(session.conversation.id)
            assert there is not None
            await ask(other, "there", session=there)
        added = last(there)
        assert await workspace.open(session.conversation.id, added.id) is session
        assert session.conversation.messages[added.id].text == "Hi"
        assert last(session) == here, "the branch that is looked at stays"
        assert session.conversation.leaf_id == here.id


async def test_a_conversation_that_lost_a_message_is_read_again(tmp_path: Path) -> None:
    async with Server(endless) as server, working(tmp_path, server) as (workspace, services):
        session = workspace.front = workspace.new()
        session.send("hi")
        await until_written(server, session)
        services.store.library.rename(session.conversation.id, "another name")
        again = await workspace.reload(session.conversation.id)
        assert again is not None and again is not session
        assert (again.conversation.title, last(again).status) == ("another name", Status.STOPPED)
        assert workspace.sessions == [again] and workspace.front is None


async def test_a_message_waits_for_the_end_of_an_answer(tmp_path: Path) -> None:
    gate = Gate()
    async with (
        Server([gate, answer("Second")]) as server,
        working(tmp_path, server) as (workspace, _services),
    ):
        session = workspace.new()
        session.send("first")
        workspace.queue(session, Draft("second"))
        assert workspace.queued(session).text == "second"
        gate.open.set()
        await server.until(lambda: last(session).text == "Second" and not session.running)
        assert [message.text for message in session.branch.path()][2:] == ["second", "Second"]
        assert workspace.queued(session).text == ""


@pytest.mark.parametrize("stopped", [False, True])
async def test_a_message_that_came_right_behind_the_end_waits_no_more(tmp_path: Path, stopped: bool) -> None:
    onlooker, script = Onlooker(), endless if stopped else answer("First")
    async with (
        Server([script, answer("Second")]) as server,
        working(tmp_path, server) as (workspace, _services),
    ):
        workspace.subscribe(onlooker)
        session = workspace.front = workspace.new()
        reply = session.send("first")
        if stopped:
            await until_written(server, session)
            await session.stop()
        await reply
        workspace.queue(session, Draft("second"))
        if stopped:
            assert ("returned", "second") in onlooker.told
        else:
            await server.until(lambda: last(session).text == "Second" and not session.running)
        assert workspace.queued(session).text == "" and len(server.chats) == 2 - stopped


async def test_a_message_that_waits_keeps_its_conversation(tmp_path: Path) -> None:
    gate, second = Gate(), Gate()
    async with (
        Server([gate, answer("Hi")]) as server,
        working(tmp_path, server) as (workspace, _services),
    ):
        session = workspace.new()
        session.send("first")
        await until_written(server, session)
        for number in range(RESTING):
            await ask(workspace, str(number))
        workspace.queue(session, Draft("second"))
        server.scripts = second
        gate.open.set()
        await server.until(lambda: bool(session.turn and session.turn.message().text == "second!"))
        assert workspace.running == [session], "it ran, waited, and runs again: it was never at rest"
        second.open.set()
        await server.until(lambda: not session.running)


async def test_a_message_that_waited_comes_back_where_the_answer_ended_badly(tmp_path: Path) -> None:
    async with Server(endless) as server, working(tmp_path, server) as (workspace, _services):
        onlooker = Onlooker()
        workspace.subscribe(onlooker)
        session = workspace.new()
        session.send("first")
        await until_written(server, session)
        workspace.queue(session, Draft("second"))
        await session.stop()
        assert onlooker.told[-1] == ("returned", "second")
        assert len(server.chats) == 1 and workspace.queued(session).text == ""


class EndsWithIt(WorkspaceObserver):
    """Ends a workspace as soon as an answer has ended."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.ending: asyncio.Task[None] | None = None

    def reply_ended(self, session: Session, answer: Message) -> None:
        self.ending = asyncio.get_running_loop().create_task(self._workspace.aclose())


async def test_a_message_does_not_leave_in_the_moment_of_the_end(tmp_path: Path) -> None:
    gate = Gate()
    async with Server(gate) as server, working(tmp_path, server) as (workspace, _services):
        observer = EndsWithIt(workspace)
        workspace.subscribe(observer)
        session = workspace.new()
        session.send("first")
        workspace.queue(session, Draft("second"))
        gate.open.set()
        await server.until(lambda: observer.ending is not None and observer.ending.done())
        assert len(server.chats) == 1 and last(session).text == "first! first?"


async def test_the_connections_are_closed_at_the_end(tmp_path: Path) -> None:
    async with Server() as server, working(tmp_path, server) as (workspace, services):
        know_prices(services, server)
        await ask(workspace, "hi")
        assert server.open == 1
        await workspace.aclose()
        await server.until(lambda: server.open == 0, within=SOON)


async def test_nothing_is_sent_any_more_at_the_end(tmp_path: Path) -> None:
    gate = Gate()
    async with Server(gate) as server, working(tmp_path, server) as (workspace, _services):
        session = workspace.new()
        session.send("first")
        await until_written(server, session)
        workspace.queue(session, Draft("second"))
        await workspace.aclose()
        assert len(server.chats) == 1


@pytest.mark.parametrize("running", [True, False])
async def test_closing_forgets_a_session(tmp_path: Path, running: bool) -> None:
    async with (
        Server(endless if running else answer("Hi")) as server,
        working(tmp_path, server) as (workspace, _services),
    ):
        session = workspace.front = workspace.new()
        session.send("hi")
        await server.until(lambda: bool(last(session).text) or bool(server.chats))
        await workspace.close(session)
        assert workspace.sessions == [] and workspace.front is None
        assert not session.running
