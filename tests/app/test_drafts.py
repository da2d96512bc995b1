"""Drafts that an ended instance has left: gone on with where they were begun, or left where they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from neurotui.app.drafts import as_draft, resume
from neurotui.app.services import Services
from neurotui.app.workspace import Workspace
from neurotui.settings.file import SettingsFile
from tests.app.test_which_server import demo_at, settings_at, started
from tests.app.working import account_at, ask, working
from tests.servers import Server


async def leave_draft(workspace: Workspace, services: Services, model: str = "") -> str:
    """Leave a draft in a new conversation, and return the id of that."""
    session = workspace.front = workspace.new()
    if model:
        workspace.choose(session, model=model)
    id_ = session.conversation.id
    services.store.journal.draft(id_, "half a thought", as_draft(session))
    await services.store.journal.written(30)
    return id_


async def test_it_goes_on_with_its_server_and_its_model(tmp_path: Path) -> None:
    async with Server() as one, Server() as two:
        file = settings_at(tmp_path, one=one, two=two)
        async with started(tmp_path, file, "two", one) as (workspace, services):
            ids = [await leave_draft(workspace, services), await leave_draft(workspace, services, "claude")]
        async with started(tmp_path, file, "one", one) as (workspace, services):
            for id_, model in zip(ids, ("new", "claude"), strict=True):
                session = await resume(workspace, services, id_)
                assert session is not None and session.conversation.id == id_
                assert workspace.account_of(session).profile == "two" and session.participant.model == model
                assert await session.send("hi") and two.chats[-1].json["model"] == model
            assert not one.chats


async def test_flags_of_this_start_change_it(tmp_path: Path) -> None:
    async with Server() as one, Server() as two:
        file = settings_at(tmp_path, one=one, two=two)
        async with started(tmp_path, file, "two", one) as (workspace, services):
            ids = [await leave_draft(workspace, services, "claude") for _ in range(3)]
        async with started(tmp_path, file, "one", one) as (workspace, services):
            found = []
            for id_, flags in zip(ids, ((True, ""), (False, "other"), (True, "other")), strict=True):
                given = replace(services, server_flag=flags[0], model_flag=flags[1])
                session = await resume(workspace, given, id_)
                assert session is not None
                found.append((workspace.account_of(session).profile, session.participant.model))
        assert found == [("one", "new"), ("two", "other"), ("one", "other")]


async def test_where_its_server_cannot_be_used_it_stays(tmp_path: Path) -> None:
    async with Server() as one, Server() as two:
        file = settings_at(tmp_path, one=one, two=two)
        async with started(tmp_path, file, "two", one) as (workspace, services):
            id_ = await leave_draft(workspace, services)
        async with started(tmp_path, settings_at(tmp_path / "other", one=one), "one", one) as (
            workspace,
            services,
        ):
            assert await resume(workspace, services, id_) is None
            assert workspace.session_of(id_) is None
            assert [draft.id for draft in services.store.library.drafts()] == [id_]
        async with started(tmp_path, file, demo_at(one), one) as (workspace, services):
            assert await resume(workspace, services, id_) is None
            given = replace(services, server_flag=True)
            assert await resume(workspace, given, id_) is None, "it is for a real server"


async def test_one_without_a_server_goes_anywhere(tmp_path: Path) -> None:
    async with Server() as server:
        async with working(tmp_path, server, account=demo_at(server)) as (workspace, services):
            id_ = await leave_draft(workspace, services)
        async with working(tmp_path, server, settings=SettingsFile()) as (workspace, services):
            session = await resume(workspace, services, id_)
            assert session is not None and workspace.account_of(session) is workspace.account
            assert workspace.account.ref == account_at(server).ref
            assert as_draft(await ask(workspace, "hi")) is None, "it has messages"
