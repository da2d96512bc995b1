"""Accounts as several conversations use them: who answers where, who pays, and when one is closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from neurotui.app.accounts import Account
from neurotui.app.money.prices import Prices
from neurotui.app.money.reconciler import Reconciler, Untold
from neurotui.chat.conversation import Message, Role, Status
from neurotui.errors import ProfileUnknown
from neurotui.settings.file import SettingsFile
from neurotui.store.store import Store
from tests.app.test_workspace import Gate, until_written
from tests.app.working import KEY, SOON, Onlooker, account_at, ask, endless, know_prices, last, working
from tests.servers import Exchange, Script, Server, answer, refuse

OTHER_KEY = "sk-fedcba9876543210fedcba9876543210"


def billing(*cents: float) -> dict[str, Script]:
    """Paths that tell, at each asking, how much was used so far."""
    left = list(cents)

    async def usage(exchange: Exchange) -> None:
        await exchange.body(200, {"object": "list", "total_usage": left.pop(0) if left[1:] else left[0]})

    async def subscription(exchange: Exchange) -> None:
        await exchange.body(200, {"object": "billing_subscription", "hard_limit_usd": 600.0})

    return {"usage": usage, "subscription": subscription}


STOPPED = Message("a", Role.ASSISTANT, "", status=Status.STOPPED)


@asynccontextmanager
async def reconciling(folder: Path, server: Server) -> AsyncIterator[tuple[Reconciler, Account, Server]]:
    """Hold the balance of a server against answers, without a workspace."""
    store, settings = Store(folder), SettingsFile()
    async with server:
        account, prices = account_at(server), Prices(lambda: settings.settings)
        try:
            yield Reconciler(store, prices, lambda: settings.settings, 0.0), account, server
        finally:
            await account.aclose()
            await store.aclose()


def asked_for(server: Server, end: str) -> int:
    """Return how many requests had a path that ends so."""
    return sum(request.path.endswith(end) for request in server.requests)


def keys(server: Server) -> list[str]:
    """Return the keys of the questions, in the order they came."""
    return [request.headers["authorization"].removeprefix("Bearer ") for request in server.chats]


async def test_two_accounts_answer_at_once(tmp_path: Path) -> None:
    gate = Gate()
    async with Server(gate) as one, Server(gate) as two, working(tmp_path, one) as (workspace, _services):
        first, second = workspace.new(), workspace.new()
        workspace.choose(second, account=account_at(two, "two", "claude"))
        first.send("hi")
        second.send("hi")
        await until_written(one, first, second)
        assert (one.chats[0].json["model"], two.chats[0].json["model"]) == ("gpt-5-mini", "claude")
        assert workspace.account_of(first) is workspace.account
        assert workspace.account_of(second).profile == "two"
        assert workspace.account_of(first).running == workspace.account_of(second).running == 1
        gate.open.set()
        await one.until(lambda: not workspace.running)
        assert [last(session).status for session in (first, second)] == [Status.COMPLETE] * 2


async def test_an_account_is_closed_when_its_last_session_has_ended(tmp_path: Path) -> None:
    async with Server() as home, Server() as other, working(tmp_path, home) as (workspace, services):
        know_prices(services, other)
        shared = account_at(other, "other")
        sessions = [workspace.new(), workspace.new()]
        for session in sessions:
            workspace.choose(session, account=shared)
            await session.send("hi")
        assert other.open == 1, "the connection is kept for the next message"
        await workspace.close(sessions[0])
        await sessions[1].send("again")
        assert {chat.connection for chat in other.chats} == {0}
        await workspace.close(sessions[1])
        await other.until(lambda: other.open == 0, within=SOON)
        await ask(workspace, "still here")
        assert len(home.chats) == 1


class WatchedAccount(Account):
    """Tells how many turns ran each time that it was closed."""

    closed_with: list[int]

    async def aclose(self) -> None:
        self.closed_with.append(self.running)
        await super().aclose()


async def test_an_account_that_answers_is_closed_after_that(tmp_path: Path) -> None:
    gate = Gate()
    async with Server([gate, answer("New")]) as server:
        known = account_at(server)
        former = WatchedAccount(known.client, known.model, known.host, address=known.address)
        former.closed_with = []
        async with working(tmp_path, server, account=former) as (workspace, _services):
            session = workspace.new()
            session.send("hi")
            await until_written(server, session)
            workspace.use(account_at(server))
            await ask(workspace, "here")
            assert former.closed_with == []
            gate.open.set()
            await server.until(lambda: bool(former.closed_with))
            assert former.closed_with == [0]
        assert former.closed_with == [0], "once"


async def test_another_key_is_for_what_is_asked_from_now_on(tmp_path: Path) -> None:
    gate = Gate()
    async with Server([gate, answer("New")]) as server:
        former = account_at(server, "home")
        async with working(tmp_path, server, account=former) as (workspace, _services):
            running, idle = workspace.new(), workspace.new()
            running.send("hi")
            await until_written(server, running)
            workspace.use(account_at(server, "home", key=OTHER_KEY))
            assert workspace.running == [running], "it goes on with the key it has"
            await idle.send("and here")
            gate.open.set()
            await server.until(lambda: not running.running)
            assert last(running).text == "hi! hi?"
            await running.send("more")
            assert keys(server) == [KEY, OTHER_KEY, OTHER_KEY]
            await server.until(lambda: server.open == 1, within=SOON)  # the former account has left


async def test_a_changed_profile_is_changed_where_it_was_chosen_too(tmp_path: Path) -> None:
    async with Server() as server, working(tmp_path, server) as (workspace, _services):
        session = workspace.new()
        workspace.choose(session, account=account_at(server, "two"), model="claude")
        workspace.use(account_at(server, "two", key=OTHER_KEY))
        await session.send("hi")
        assert keys(server) == [OTHER_KEY]
        assert server.chats[0].json["model"] == "claude", "what was chosen for it stays"


async def test_a_profile_is_used_as_it_is_set_now(tmp_path: Path) -> None:
    file = SettingsFile()
    async with Server() as one, Server() as two, working(tmp_path, one, settings=file) as (workspace, _):
        session = workspace.new()
        file.change(("profiles", "two", "base_url"), two.url)
        file.change(("profiles", "two", "model"), "claude")
        await workspace.use_profile("two")
        await session.send("hi")
        assert [request.json["model"] for request in two.chats] == ["claude"] and one.chats == []
        file.change(("profiles", "two", "base_url"), one.url)
        await workspace.take_over(("profiles", "two", "base_url"))
        await session.send("hi")
        assert len(one.chats) == len(two.chats) == 1
        with pytest.raises(ProfileUnknown):
            await workspace.use_profile("nowhere")
        assert workspace.account.profile == "two"


async def test_a_model_is_chosen_for_all_or_for_one(tmp_path: Path) -> None:
    file = SettingsFile()
    async with Server() as server:
        account = account_at(server, "home")
        file.change(("profiles", "home", "base_url"), server.url)
        async with working(tmp_path, server, account=account, settings=file) as (workspace, _services):
            one, two = workspace.new(), workspace.new()
            workspace.choose(one, model="claude")
            workspace.use_model(two, "gpt-5")
            assert (one.participant.model, two.participant.model) == ("claude", "gpt-5")
            assert workspace.new().participant.model == "gpt-5"
            assert file.settings.profiles["home"].model == "gpt-5"
            workspace.use_model(one, "gemini")
            assert one.participant.model == two.participant.model == "gemini"
            workspace.choose(one, model="claude")
            file.change(("profiles", "home", "model"), "gpt-5-nano")
            await workspace.take_over(("profiles", "home", "model"))
            assert (one.participant.model, two.participant.model) == ("claude", "gpt-5-nano")
            workspace.use(account_at(server, "other"))
            assert (one.participant.model, two.participant.model) == ("claude", "gpt-5-mini")


async def test_what_was_chosen_for_a_conversation_holds_when_it_is_opened_again(tmp_path: Path) -> None:
    async with Server() as home, Server() as other, working(tmp_path, home) as (workspace, _services):
        session = workspace.front = workspace.new()
        workspace.choose(session, account=account_at(other), model="claude")
        await session.send("hi")
        for number in range(9):
            await ask(workspace, str(number))
        assert session not in workspace.sessions
        again = await workspace.open(session.conversation.id)
        assert again is not None and again is not session
        await again.send("again")
        assert [request.json["model"] for request in other.chats] == ["claude", "claude"]


async def test_nothing_of_the_demo_goes_to_a_real_server_and_back(tmp_path: Path) -> None:
    async with Server() as show, Server() as server:
        demo = replace(account_at(show), is_demo=True)
        async with working(tmp_path, server, account=demo) as (workspace, _services):
            shown, blank = await ask(workspace, "for the demo"), workspace.new()
            workspace.use(account_at(server))
            assert workspace.account_of(shown) is demo
            assert workspace.account_of(blank) is workspace.account
            await ask(workspace, "for the server", session=blank)
            workspace.use(demo)
            assert not workspace.account_of(blank).is_demo
            await shown.send("more")
            await blank.send("more")
            assert [len(chats) for chats in (show.chats, server.chats)] == [2, 2]


async def test_the_demo_stays_with_what_it_answered_when_that_is_opened_again(tmp_path: Path) -> None:
    async with Server() as show, Server() as server:
        demo = replace(account_at(show), is_demo=True)
        async with working(tmp_path, server, account=demo) as (workspace, _services):
            shown = await ask(workspace, "hi")
            for number in range(9):
                await ask(workspace, str(number))
            assert shown not in workspace.sessions
            workspace.use(account_at(server))
            again = await workspace.open(shown.conversation.id)
            assert again is not None and workspace.account_of(again) is demo


async def test_what_was_chosen_for_a_blank_conversation_goes_with_it(tmp_path: Path) -> None:
    async with Server() as home, Server() as other, working(tmp_path, home) as (workspace, _services):
        blank = workspace.front = workspace.new()
        workspace.choose(blank, account=account_at(other))
        workspace.warm(blank)
        await other.until(lambda: other.open == 1, within=SOON)
        workspace.front = workspace.new()
        await other.until(lambda: other.open == 0, within=SOON)


async def test_a_profile_that_was_chosen_for_one_conversation_is_changed_there(tmp_path: Path) -> None:
    file = SettingsFile()
    async with Server() as one, Server() as two, working(tmp_path, one, settings=file) as (workspace, _):
        session = workspace.new()
        workspace.choose(session, account=account_at(one, "two"))
        file.change(("profiles", "two", "base_url"), two.url)
        file.change(("profiles", "two", "model"), "claude")
        for name in ("base_url", "model"):
            await workspace.take_over(("profiles", "two", name))
        await session.send("hi")
        assert [request.json["model"] for request in two.chats] == ["claude"] and one.chats == []
        assert workspace.account.profile == ""


async def test_streaming_and_the_system_prompt_are_taken_over(tmp_path: Path) -> None:
    file = SettingsFile()
    async with Server() as server, working(tmp_path, server, settings=file) as (workspace, _services):
        session, blank = await ask(workspace, "hi"), workspace.new()
        file.change(("stream",), False)
        file.change(("system_prompt",), "Be brief")
        for key in ("stream", "system_prompt"):
            await workspace.take_over((key,))
        assert not session.participant.stream and not blank.participant.stream
        assert session.conversation.system_prompt == ""
        assert blank.conversation.system_prompt == workspace.new().conversation.system_prompt == "Be brief"


async def test_what_a_stopped_answer_cost_is_told_by_the_balance(tmp_path: Path) -> None:
    async with Server(endless, paths=billing(1000, 1000.21)) as server:
        async with working(tmp_path, server) as (workspace, services):
            onlooker = Onlooker()
            workspace.subscribe(onlooker)
            session = workspace.front = workspace.new()
            workspace.warm(session)
            await server.until(lambda: onlooker.balances == [10.0])
            session.send("hi")
            await until_written(server, session)
            await session.stop()
            await server.until(lambda: onlooker.told[-1] == ("changed", "hi 0.0021"))
            timing = last(session).timing
            assert timing is not None and timing.spent == pytest.approx(0.0021)
            assert onlooker.balances[-1] == 10.0021
        kept = services.store.library.open(session.conversation.id)
        assert kept is not None and kept.path()[-1] == last(session)


async def test_what_two_answers_at_once_cost_is_told_of_neither(tmp_path: Path) -> None:
    async with (
        Server(endless, paths=billing(1000, 1000.42)) as server,
        working(tmp_path, server) as (workspace, _services),
    ):
        onlooker = Onlooker()
        workspace.subscribe(onlooker)
        one, two = workspace.new(), workspace.new()
        workspace.front = one
        workspace.warm(one)
        await server.until(lambda: len(onlooker.balances) == 1)
        one.send("one")
        two.send("two")
        await until_written(server, one, two)
        await asyncio.gather(one.stop(), two.stop())
        await server.until(lambda: workspace.outcome(last(two).id) or workspace.outcome(last(one).id))
        assert onlooker.balances[-1] == pytest.approx(10.0042)
        assert asked_for(server, "usage") == 3, "twice for both"
        assert not any(what == "changed" for what, _ in onlooker.told)


async def test_only_the_last_of_several_turns_asks_for_the_balance(tmp_path: Path) -> None:
    async with reconciling(tmp_path, Server(paths=billing(1000, 1000.21))) as (reconciler, account, server):
        await reconciler.begin(account)
        account.turn_began()
        account.turn_ended()
        looking = asyncio.ensure_future(reconciler.look(account, STOPPED, print, account.changes))
        await asyncio.sleep(0)
        account.turn_began()
        account.turn_ended()
        assert await looking is None and asked_for(server, "usage") == 1
        account.turn_began()
        assert await reconciler.look(account, STOPPED, print, account.changes) is None
        assert asked_for(server, "usage") == 1, "one still runs"
        account.turn_ended()
        outcome = await reconciler.look(account, STOPPED, print, account.changes)
        assert outcome is not None and outcome.untold is Untold.BESIDE and asked_for(server, "usage") == 3


async def test_a_turn_that_ran_when_the_balance_was_told_spoils_the_sum_of_the_next(tmp_path: Path) -> None:
    server = Server(paths=billing(1000, 1000.21, 1000.21, 1000.42))
    async with reconciling(tmp_path, server) as (reconciler, account, _server):
        account.turn_began()
        await reconciler.begin(account)
        account.turn_began()
        account.turn_ended()
        account.turn_ended()
        outcome = await reconciler.look(account, STOPPED, print, account.changes)
        assert outcome is not None and outcome.untold is Untold.BEGINNING
        account.turn_began()
        account.turn_ended()
        outcome = await reconciler.look(account, STOPPED, print, account.changes)
        assert outcome is not None and outcome.timing is not None
        assert outcome.timing.spent == pytest.approx(0.0021)


async def test_a_turn_that_begins_while_the_balance_is_told_has_no_cost_told(tmp_path: Path) -> None:
    async def tell(exchange: Exchange) -> None:
        account.turn_began()
        await billing(1000)["usage"](exchange)

    async with reconciling(tmp_path, Server(paths=billing(1000))) as (reconciler, account, server):
        server.paths["usage"] = tell
        await reconciler.begin(account)
        account.turn_ended()
        server.paths["usage"] = billing(1000.21)["usage"]
        outcome = await reconciler.look(account, STOPPED, print, account.changes)
        assert outcome is not None and outcome.timing is None


async def test_a_balance_that_is_asked_for_while_an_answer_comes_tells_no_cost(tmp_path: Path) -> None:
    async with (
        Server(endless, paths=billing(1000, 1000.21, 1000.21, 1000.42)) as server,
        working(tmp_path, server) as (workspace, _services),
    ):
        onlooker = Onlooker()
        workspace.subscribe(onlooker)
        session = workspace.front = workspace.new()
        session.send("hi")
        await until_written(server, session)
        workspace.warm(session)
        await server.until(lambda: len(onlooker.balances) == 1)
        await session.stop()
        await server.until(lambda: workspace.outcome(last(session).id))
        assert not any(what == "changed" for what, _ in onlooker.told)
        session.send("again")
        await until_written(server, session)
        await session.stop()
        await server.until(lambda: onlooker.told[-1] == ("changed", "hi 0.0021"))


async def test_a_server_that_tells_no_balance_is_asked_once(tmp_path: Path) -> None:
    async with (
        Server(answer("Hi"), paths={"usage": refuse(404)}) as server,
        working(tmp_path, server) as (workspace, _services),
    ):
        session = workspace.new()
        workspace.warm(session)
        await server.until(lambda: asked_for(server, "usage") == 1)
        await session.send("hi")
        workspace.warm(session)
        await session.send("hi")
        assert asked_for(server, "usage") == 1


async def test_models_are_asked_for_once(tmp_path: Path) -> None:
    models = {"data": [{"id": "gpt-5-mini", "context_length": 400_000}]}

    async def listing(exchange: Exchange) -> None:
        await exchange.body(200, models)

    async with Server(paths={"models": listing}) as server:
        account = account_at(server)
        assert account.context_length("gpt-5-mini") is None
        await account.learn_models()
        assert [model.id for model in await account.learn_models()] == ["gpt-5-mini"]
        assert account.context_length("gpt-5-mini") == 400_000
        assert account.context_length("unknown") is None
        assert asked_for(server, "models") == 1
        await account.aclose()


async def test_what_answers_of_two_accounts_at_one_server_cost_is_told_of_neither(tmp_path: Path) -> None:
    async with (
        Server(endless, paths=billing(1000, 1000, 1000.21, 1000.21, 1000.42, 1000.42, 1000.63)) as server,
        working(tmp_path, server) as (workspace, _services),
    ):
        onlooker = Onlooker()
        workspace.subscribe(onlooker)
        one, two = workspace.new(), workspace.new()
        workspace.choose(two, account=account_at(server, "again"))
        workspace.warm(one)
        workspace.warm(two)
        await server.until(lambda: len(onlooker.balances) == 2)
        one.send("one")
        two.send("two")
        await until_written(server, one, two)
        workspace.front = two
        await one.stop()
        await two.stop()
        await server.until(lambda: workspace.outcome(last(two).id))
        assert not any(what == "changed" for what, _ in onlooker.told)
        two.send("alone")
        await until_written(server, two)
        await two.stop()
        await server.until(lambda: onlooker.told[-1] == ("changed", "two 0.0021"))
