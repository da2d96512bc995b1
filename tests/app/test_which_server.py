"""Which server a conversation goes on with: its own, after a restart as well, and none that it must not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from neurotui.app.accounts import DEMO_MODEL, Account, account_of
from neurotui.app.conversations import fork
from neurotui.app.participants import take_flags
from neurotui.app.server_refs import DEMO, RECORDING, ServerRef
from neurotui.app.services import Services
from neurotui.app.workspace import Workspace
from neurotui.chat.conversation import Conversation, Message, Role, Status, Timing
from neurotui.chat.session import Session
from neurotui.errors import HeldWithDemo, HeldWithServer, KeyMissing, ServerGone, ServerMoved
from neurotui.settings.credentials import Credentials
from neurotui.settings.file import SettingsFile
from tests.app.working import account_at, ask, know_prices, last, working
from tests.servers import Server

MEASURED = Timing(total=1.0)


def settings_at(folder: Path, **servers: Server | str) -> SettingsFile:
    """Return settings in a real file with a profile for each server."""
    file = SettingsFile(folder / "config.toml")
    for name, server in servers.items():
        file.change(("profiles", name, "base_url"), server if isinstance(server, str) else server.url)
        file.change(("profiles", name, "model"), f"model-of-{name}")
    return file


@asynccontextmanager
async def started(
    folder: Path, file: SettingsFile, account: Account | str, home: Server
) -> AsyncIterator[tuple[Workspace, Services]]:
    """Start on what is in the folder, with the account of a profile or another one."""
    if isinstance(account, str):
        account = account_of(Credentials(file.settings.profiles[account].base_url, "new", profile=account))
    async with working(folder, home, account=account, settings=file) as (workspace, services):
        yield workspace, services


def demo_at(server: Server) -> Account:
    """Return an account that counts as the demo, and can be seen to be asked."""
    return replace(account_at(server, model=DEMO_MODEL), is_demo=True)


async def opened(workspace: Workspace, id_: str) -> Session:
    session = await workspace.open(id_)
    assert session is not None
    workspace.front = session
    return session


def models(server: Server) -> list[str]:
    return [request.json["model"] for request in server.chats]


async def test_a_conversation_goes_on_where_it_was_held_after_a_restart(tmp_path: Path) -> None:
    async with Server() as one, Server() as two:
        file = settings_at(tmp_path, one=one, two=two)
        async with started(tmp_path, file, "two", one) as (workspace, _services):
            session = await ask(workspace, "hi")
            workspace.choose(session, model="claude")
            id_ = session.conversation.id
        async with started(tmp_path, file, "one", one) as (workspace, _services):
            session = await opened(workspace, id_)
            assert workspace.account_of(session).profile == "two"
            await session.send("more")
            await ask(workspace, "new")
        assert models(two) == ["new", "claude"], "what was chosen and not asked yet is on disk, too"
        assert models(one) == ["new"]


async def test_what_was_chosen_in_front_is_kept_for_no_other(tmp_path: Path) -> None:
    async with Server() as one, Server() as two:
        file = settings_at(tmp_path, one=one, two=two)
        async with started(tmp_path, file, "one", one) as (workspace, services):
            behind, front = await ask(workspace, "behind"), await ask(workspace, "front")
            await workspace.use_profile("two")
            assert [workspace.account_of(it).profile for it in (behind, front)] == ["one", "two"]
            assert front.participant.model == "model-of-two"
            workspace.use_model(front, "gpt-6")
            assert (behind.participant.model, front.participant.model) == ("new", "gpt-6")
            new = await ask(workspace, "later")
            await behind.send("more")
            assert (models(one), models(two)) == (["new", "new", "new"], ["gpt-6"])
            assert workspace.account_of(new) is workspace.account
            kept = services.store.library.open(front.conversation.id)
        assert kept is not None and ServerRef.read(kept.profile).profile == "two"
        assert kept.chosen_model == "gpt-6"


async def test_conversations_of_one_profile_share_its_account(tmp_path: Path) -> None:
    async with Server() as one, Server() as two:
        file = settings_at(tmp_path, one=one, two=two)
        async with started(tmp_path, file, "two", one) as (workspace, _services):
            ids = [(await ask(workspace, name)).conversation.id for name in "ab"]
        async with started(tmp_path, file, "one", one) as (workspace, services):
            know_prices(services, two)
            a, b = [await opened(workspace, id_) for id_ in ids]
            assert workspace.account_of(a) is workspace.account_of(b)
            await a.send("more")
            await workspace.close(a)
            await b.send("more")
            assert two.chats[-1].connection == two.chats[-2].connection
            await workspace.close(b)
            await two.until(lambda: two.open == 0, within=6)
            b = await opened(workspace, ids[1])
            await b.send("again")
            assert len(two.chats) == 5 and two.open == 1, "it is used again, and its connection is kept"


async def test_a_profile_that_is_gone_is_told_before_anything_leaves(tmp_path: Path) -> None:
    async with Server() as one, Server() as two:
        file = settings_at(tmp_path, one=one, two=two)
        async with started(tmp_path, file, "two", one) as (workspace, _services):
            id_ = (await ask(workspace, "hi")).conversation.id
        file.change(("profiles", "two"), None)
        async with started(tmp_path, file, "one", one) as (workspace, services):
            session = await opened(workspace, id_)
            trouble = workspace.account_of(session).trouble
            assert isinstance(trouble, ServerGone) and "two" in trouble.title and "F6" in trouble.hint
            answer = await session.send("more")
            assert answer.error is not None and answer.error.kind == "server_gone"
            assert len(two.chats) == 1 and one.chats == []
            copy = await fork(
                services.store.library, session, last(session).id, workspace.account_of_fork(session)
            )
            await (await opened(workspace, copy.id)).send("in the fork")
            await workspace.use_profile("one")
            await workspace.open(id_)
            workspace.front = session
            await workspace.use_profile("one")
            await session.send("more")
            assert models(one) == ["new", "model-of-one"]
        async with started(tmp_path, file, "one", one) as (workspace, _services):
            session = await opened(workspace, id_)
            assert workspace.account_of(session).trouble is None


async def test_a_profile_with_another_address_is_told_before_anything_leaves(tmp_path: Path) -> None:
    async with Server() as one, Server() as two, Server() as three:
        file = settings_at(tmp_path, one=one, two=two)
        async with started(tmp_path, file, "two", one) as (workspace, _services):
            id_ = (await ask(workspace, "hi")).conversation.id
        file.change(("profiles", "two", "base_url"), three.url)
        for default in ("one", "two"):
            async with started(tmp_path, file, default, one) as (workspace, _services):
                session = await opened(workspace, id_)
                assert isinstance(workspace.account_of(session).trouble, ServerMoved)
                await session.send("more")
                assert one.chats == three.chats == [] and len(two.chats) == 1
        async with started(tmp_path, file, "one", one) as (workspace, _services):
            session = await opened(workspace, id_)
            await workspace.use_profile("two")
            await session.send("more")
            assert models(three) == ["new"], "with the model that it had"


async def test_an_address_that_is_changed_here_is_that_of_all_its_conversations(tmp_path: Path) -> None:
    async with Server() as one, Server() as two, Server() as three:
        file = settings_at(tmp_path, one=one, two=two)
        async with started(tmp_path, file, "two", one) as (workspace, _services):
            closed = (await ask(workspace, "closed")).conversation.id
        async with started(tmp_path, file, "two", one) as (workspace, _services):
            session = await ask(workspace, "hi")
            file.change(("profiles", "two", "base_url"), three.url)
            await workspace.take_over(("profiles", "two", "base_url"))
            await session.send("more")
            await (await opened(workspace, closed)).send("more")
            assert len(three.chats) == 2
        async with started(tmp_path, file, "one", one) as (workspace, _services):
            assert workspace.account_of(await opened(workspace, closed)).trouble is None


async def test_a_profile_without_a_key_asks_nothing(tmp_path: Path) -> None:
    async with Server() as one:
        file = settings_at(tmp_path, one=one, far="https://openrouter.ai/api/v1")
        question = Message("q", Role.USER, "hi")
        kept = Conversation.of([question], profile="far https://openrouter.ai", chosen_model="claude")
        async with started(tmp_path, file, "one", one) as (workspace, _services):
            session = workspace.hold(kept)
            assert isinstance(workspace.account_of(session).trouble, KeyMissing)
            answer = await session.send("more")
            assert answer.error is not None and answer.error.kind == "key_missing"
            assert kept.chosen_model == "claude" and one.chats == []


async def test_a_server_without_a_profile_is_known_by_its_address(tmp_path: Path) -> None:
    async with Server() as one, Server() as two:
        async with working(tmp_path, one, account=account_at(two)) as (workspace, _services):
            id_ = (await ask(workspace, "hi")).conversation.id
        async with working(tmp_path, one) as (workspace, _services):
            session = await opened(workspace, id_)
            trouble = workspace.account_of(session).trouble
            assert isinstance(trouble, ServerGone) and "127.0.0.1" in trouble.title
            await session.send("more")
        async with working(tmp_path, one, account=account_at(two)) as (workspace, _services):
            await (await opened(workspace, id_)).send("more")
        assert len(two.chats) == 2 and one.chats == []


@pytest.mark.parametrize("is_marked", [True, False])
async def test_nothing_of_the_demo_goes_to_a_real_server_after_a_restart(
    tmp_path: Path, is_marked: bool
) -> None:
    async with Server() as show, working(tmp_path, show, account=demo_at(show)) as (workspace, services):
        session = await ask(workspace, "hi")
        id_ = session.conversation.id
        assert session.conversation.profile == f" {DEMO}"
        if not is_marked:
            session.conversation.profile = session.conversation.chosen_model = ""
            services.store.library.configure(session.conversation)
    async with Server() as one, working(tmp_path, one) as (workspace, services):
        session = await opened(workspace, id_)
        assert isinstance(workspace.account_of(session).trouble, HeldWithDemo)
        workspace.use(account_at(one, "other"))
        workspace.choose(session, account=account_at(one, "other"))
        answer = await session.send("more")
        assert answer.error is not None and answer.error.kind == "held_with_demo" and one.chats == []
        account = workspace.account_of_fork(session)
        copy = await fork(services.store.library, session, session.branch.path()[1].id, account)
        await (await opened(workspace, copy.id)).send("in the fork")
        assert len(one.chats) == 1


@pytest.mark.parametrize("is_marked", [True, False])
async def test_nothing_of_a_real_server_goes_on_in_the_demo(tmp_path: Path, is_marked: bool) -> None:
    async with Server() as one, Server() as show:
        file = settings_at(tmp_path, one=one)
        async with started(tmp_path, file, "one", one) as (workspace, services):
            session = await ask(workspace, "hi")
            id_ = session.conversation.id
            if not is_marked:
                session.conversation.profile = session.conversation.chosen_model = ""
                services.store.library.configure(session.conversation)
        async with started(tmp_path, file, demo_at(show), one) as (workspace, services):
            session = await opened(workspace, id_)
            assert isinstance(workspace.account_of(session).trouble, HeldWithServer)
            await session.send("more")
            assert len(one.chats) == 1
            account = workspace.account_of_fork(session)
            copy = await fork(services.store.library, session, session.branch.path()[1].id, account)
            await (await opened(workspace, copy.id)).send("in the fork")
            assert models(show) == [DEMO_MODEL]
            await workspace.use_profile("one")
            await session.send("now that a real one was chosen")
            assert len(one.chats) == 2


async def test_a_recording_stays_with_itself(tmp_path: Path) -> None:
    async with Server() as one, Server() as two:
        player = replace(account_at(two), address=RECORDING)
        async with working(tmp_path, one, account=player) as (workspace, _services):
            session = workspace.front = workspace.hold(Conversation(profile=player.ref.mark))
            workspace.use(account_at(one))
            await session.send("played")
            assert len(two.chats) == 1 and one.chats == []
            await ask(workspace, "new")
            assert len(one.chats) == 1


def answered(model: str, timing: Timing | None = MEASURED, status: Status = Status.COMPLETE) -> Conversation:
    """Return a conversation from a time when no server was kept."""
    question = Message("q", Role.USER, "hi")
    answer = Message("a", Role.ASSISTANT, "Hi", "q", model=model, timing=timing, status=status)
    return Conversation.of([question, answer])


@pytest.mark.parametrize(
    ("conversation", "model"),
    [
        (answered("claude"), "claude"),
        (answered("claude", status=Status.STOPPED), "claude"),
        (answered("claude", timing=None), "gpt-5-mini"),  # another program has asked
        (answered("claude", status=Status.FAILED), "gpt-5-mini"),
        (Conversation.of([Message("q", Role.USER, "hi")]), "gpt-5-mini"),
    ],
)
async def test_a_conversation_without_a_mark_goes_on_with_its_model_at_the_server_in_use(
    tmp_path: Path, conversation: Conversation, model: str
) -> None:
    async with Server() as one, working(tmp_path, one) as (workspace, services):
        services.store.library.add(conversation)
        session = await opened(workspace, services.store.library.ids()[0])
        await session.send("more")
        assert models(one) == [model]
        assert session.conversation.chosen_model == model and session.conversation.profile


async def test_a_conversation_without_a_mark_keeps_what_it_has_when_another_changes(tmp_path: Path) -> None:
    async with Server() as one, Server() as two, working(tmp_path, one) as (workspace, _services):
        behind = workspace.hold(answered("claude"))
        workspace.front = workspace.new()
        workspace.use(account_at(two, "two"))
        await behind.send("more")
        assert models(one) == ["claude"] and two.chats == []


@pytest.mark.parametrize(
    ("server", "model", "expected"),
    [
        (False, "", ("two https://two", "claude")),
        (False, "gpt", ("two https://two", "gpt")),
        (True, "", ("one https://one", "new")),
        (True, "gpt", ("one https://one", "gpt")),
    ],
)
def test_a_flag_changes_what_it_names(server: bool, model: str, expected: tuple[str, str]) -> None:
    conversation = Conversation.of(
        [Message("q", Role.USER, "hi")], profile="two https://two", chosen_model="claude"
    )
    account = account_of(Credentials("https://one/v1", model or "new", "sk-0123456789abcdef", profile="one"))
    take_flags(conversation, account, server=server, model=model)
    assert (conversation.profile, conversation.chosen_model) == expected


def test_a_flag_does_not_send_the_demo_to_a_server() -> None:
    conversation = Conversation.of([Message("q", Role.USER, "hi")], profile=f" {DEMO}", chosen_model="m")
    take_flags(conversation, account_of(Credentials("https://one")), server=True, model="gpt")
    assert (conversation.profile, conversation.chosen_model) == (f" {DEMO}", "m")


@pytest.mark.parametrize(
    ("mark", "profile", "address"),
    [
        ("my home https://one:8080", "my home", "https://one:8080"),
        (" https://one", "", "https://one"),
        ("home", "home", ""),
        (" demo:", "", DEMO),
    ],
)
def test_marks_are_read(mark: str, profile: str, address: str) -> None:
    ref = ServerRef.read(mark)
    assert (ref.profile, ref.address) == (profile, address)
    assert ServerRef.read(ref.mark) == ref


def test_a_mark_has_no_password_and_no_path() -> None:
    account = account_of(Credentials("https://one.example/some/v1", profile="home"))
    assert account.ref.mark == "home https://one.example"
    account.address = "https://me:secret@one.example/v1"
    assert account.ref.mark == "home https://one.example"


async def test_a_model_for_a_server_that_is_gone_makes_no_profile_of_it(tmp_path: Path) -> None:
    async with Server() as one:
        file = settings_at(tmp_path, one=one)
        kept = Conversation.of([Message("q", Role.USER, "hi")], profile="two https://two.example")
        async with started(tmp_path, file, "one", one) as (workspace, _services):
            session = workspace.hold(kept)
            workspace.use_model(session, "claude")
            assert session.participant.model == "claude" and kept.profile == "two https://two.example"
            assert set(file.settings.profiles) == {"one"}
            workspace.choose(session, account=workspace.account)
            assert session.participant.model == "new", "a name means something to one server alone"
