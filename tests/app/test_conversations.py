"""What is done with conversations beside asking, on a real file."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurotui.app.conversations import configure, fork, look_at, rename
from neurotui.app.recovery import delete, look_back, next_prompt
from neurotui.chat.conversation import Conversation, Status
from neurotui.errors import StoreError
from neurotui.store.store import Store
from tests.app.test_workspace import until_written
from tests.app.working import ask, endless, last, working
from tests.servers import Server, answer
from tests.store.examples import turn


async def test_a_snapshot_has_what_has_come_and_does_not_change(tmp_path: Path) -> None:
    async with Server(endless) as server, working(tmp_path, server) as (workspace, _services):
        session = workspace.new()
        session.send("hi")
        await until_written(server, session)
        before = session.snapshot()
        assert [message.text for message in before.path()] == ["hi", "hi!"]
        await session.stop()
        assert before.path()[-1].status is Status.RUNNING
        assert session.snapshot().path()[-1].status is Status.STOPPED


async def test_a_branch_that_is_looked_at_is_opened_the_next_time(tmp_path: Path) -> None:
    async with (
        Server([answer("First"), answer("Second")]) as server,
        working(tmp_path, server) as (workspace, services),
    ):
        session = await ask(workspace, "hi")
        first = last(session)
        await session.ask_again(first.id)
        assert last(session).text == "Second"
        await look_at(services.store.library, session, first.id)
        assert last(session) == first
        kept = services.store.library.open(session.conversation.id)
        assert kept is not None and kept.path()[-1] == first


async def test_a_conversation_is_renamed_and_configured(tmp_path: Path) -> None:
    async with Server() as server, working(tmp_path, server) as (workspace, services):
        session = await ask(workspace, "hi")
        await rename(services.store.library, session.conversation, "  A  name\n")
        session.conversation.system_prompt = "Be brief"
        session.conversation.parameters["seed"] = 1
        await configure(services.store.library, session.conversation)
        kept = services.store.library.open(session.conversation.id)
        assert kept is not None and session.conversation.title == kept.title == "A name"
        assert (kept.system_prompt, kept.parameters) == ("Be brief", {"seed": 1})


async def test_a_fork_of_an_answer_that_is_being_written_stops_nothing(tmp_path: Path) -> None:
    async with Server(endless) as server, working(tmp_path, server) as (workspace, services):
        session = workspace.new()
        session.send("hi")
        await until_written(server, session)
        forked = await fork(services.store.library, session, last(session).id, services.account)
        other = workspace.front = workspace.hold(forked)
        assert session.running and other.conversation.id != session.conversation.id
        assert [(message.text, message.status) for message in other.branch.path()] == [
            ("hi", Status.COMPLETE),
            ("hi!", Status.CUT),
        ]
        assert last(session).status is Status.RUNNING
        kept = services.store.library.open(forked.id)
        assert kept is not None and kept.path() == other.branch.path()


async def test_what_cannot_be_written_is_raised(tmp_path: Path) -> None:
    folder = tmp_path / "file"
    folder.write_text("where a folder should be")
    async with Server() as server, working(folder, server) as (workspace, services):
        session = await ask(workspace, "hi")
        with pytest.raises(StoreError):
            await rename(services.store.library, session.conversation, "name")
        with pytest.raises(StoreError):
            await fork(services.store.library, session, last(session).id, services.account)
        await look_at(services.store.library, session, last(session).id)


async def crash(folder: Path, question: str, text: str) -> Conversation:
    """Leave an answer unfinished, as an instance does that dies."""
    store, conversation = Store(folder), Conversation()
    asked, running = turn(conversation, question)
    await store.journal.begin(conversation, asked, running)
    store.journal.append(running.id, text=text)
    await store.aclose()
    return conversation


async def test_crashed_answers_are_found_with_the_names_of_their_conversations(tmp_path: Path) -> None:
    first, second = await crash(tmp_path, "one", "при"), await crash(tmp_path, "two", "")
    async with Server() as server, working(tmp_path, server) as (_workspace, services):
        found = await look_back(services.store)
        assert [(one.name, one.unfinished.message.text) for one in found] == [("one", "при"), ("two", "")]
        prompts = [
            next_prompt(conversation, one.unfinished)
            for conversation, one in zip((first, second), found, strict=True)
        ]
        assert [draft.text for draft in prompts] == ["", "two"]
        await services.store.journal.keep(found[0].unfinished)
        assert [one.name for one in await look_back(services.store)] == ["two"]


async def test_a_crashed_answer_is_deleted_from_what_is_open_too(tmp_path: Path) -> None:
    conversation = await crash(tmp_path, "one", "при")
    async with Server() as server, working(tmp_path, server) as (workspace, services):
        session = await workspace.open(conversation.id)
        assert session is not None and last(session).status is Status.CUT
        [found] = await look_back(services.store)
        again = await delete(workspace, services.store, found.unfinished)
        assert again is not None and [message.text for message in again.branch.path()] == ["one"]
        assert workspace.sessions == [again]
        assert await look_back(services.store) == []


async def test_a_crashed_answer_of_a_conversation_that_is_not_open_is_deleted(tmp_path: Path) -> None:
    await crash(tmp_path, "one", "при")
    async with Server() as server, working(tmp_path, server) as (workspace, services):
        [found] = await look_back(services.store)
        assert await delete(workspace, services.store, found.unfinished) is None
        assert workspace.sessions == [] and await look_back(services.store) == []
