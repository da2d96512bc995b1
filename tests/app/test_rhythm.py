"""The rhythm of the pings, learnt by server and model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from neurotui.app import rhythm
from neurotui.app.model_facts import ModelLibrary, health_words
from neurotui.chat.conversation import Bill, Message, Role, Status, Timing
from neurotui.store.money.charge_rows import Health
from neurotui.store.store import Store
from tests.app.working import account_at, working
from tests.servers import Server, answer


async def test_a_workspace_learns_it_and_the_models_tell_it(tmp_path: Path) -> None:
    async with Server(answer("Hello", pings=3, pace=0.05)) as server:
        async with working(tmp_path, server) as (workspace, _services):
            session = workspace.new()
            found = await session.send("hi")
            assert found.timing is not None and found.timing.rhythm is not None
            told = found.timing.rhythm
        store = Store(tmp_path)
        account = account_at(server)
        facts = ModelLibrary(account, workspace.prices, store).read(["gpt-5-mini", "other"])
        assert facts.health["gpt-5-mini"].rhythm == pytest.approx(told, rel=0.01)
        assert store.learnt.models("http://elsewhere", rhythm.NAME) == {}
        await store.aclose()
        await account.aclose()


async def test_the_latest_answers_count_and_what_cannot_be_read_does_not(tmp_path: Path) -> None:
    store = Store(tmp_path)
    async with Server() as server:
        account = account_at(server)
        ended = Message("a", Role.ASSISTANT, "", status=Status.COMPLETE, bill=Bill("m"))
        for seconds in (60, None, *range(1, 10), None):
            timing = Timing(rhythm=None if seconds is None else float(seconds))
            await rhythm.learn(store.learnt, account, replace(ended, timing=timing))
        assert rhythm.known(store.learnt, account) == {"m": 5.0}, "the median of the last nine"
        for nonsense in ("soon", "nan", "1 inf"):
            store.learnt.put(account.ref.address.lower(), "m", rhythm.NAME, nonsense)
            assert rhythm.known(store.learnt, account) == {}
        await account.aclose()
    await store.aclose()


def test_it_is_told_among_the_rest() -> None:
    assert health_words(Health(40, 1.2, 2, 10.04)) == "first token 1.2 s, pings every 10 s, 2 of 40 cut"
    assert health_words(Health(1, None, 0, None)) == ""
