"""Which model has failed several times running, by the own history, and which other one answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurotui import i18n
from neurotui.app.failing import (
    FailingModel,
    FailingModels,
    answering,
    failing_line,
    failures,
    refusals,
)
from neurotui.app.model_facts import FAVOURITE
from neurotui.chat.conversation import Status
from neurotui.chat.session import Session
from neurotui.store.model_runs import Run
from tests.app.working import account_at, ask, working
from tests.catalogues import telling
from tests.servers import Exchange, Server, answer, refuse

MODELS = {"data": [{"id": name} for name in ("gpt-5-mini", "other", "second", "third")]}
GOOD = answer("Good")
BROKEN = refuse(500, "no channel")


def run(status: Status, error: str = "", *, begun: bool = False, timed: bool = True, model: str = "a") -> Run:
    return Run(model, status, begun, timed, error)


FAILED = run(Status.FAILED, "server")
COMPLETE = run(Status.COMPLETE)


@pytest.mark.parametrize(
    ("runs", "count"),
    [
        ([FAILED, FAILED, FAILED], 3),
        ([FAILED, COMPLETE, FAILED, FAILED], 1),
        ([run(Status.CUT, "disconnected", begun=True), run(Status.CUT), FAILED], 3),
        ([FAILED, run(Status.STOPPED), FAILED], 2),
        ([run(Status.STOPPED, begun=True), FAILED, FAILED, FAILED], 0),
        ([run(Status.LENGTH), FAILED], 0),
        ([run(Status.CUT, timed=False), FAILED, FAILED, FAILED], 3),
        *(
            ([run(Status.FAILED, kind)] * 3, 0)
            for kind in (
                *("key", "balance", "budget", "key_missing", "moderation", "access", "dns", "refused"),
                *("context", "attachment", "request", "address", "disk_full", "tls", "rate", ""),
            )
        ),
        *(
            ([run(Status.FAILED, kind)] * 3, 3)
            for kind in ("model", "upstream", "server", "empty", "silence", "head_timeout")
        ),
    ],
)
def test_what_counts(runs: list[Run], count: int) -> None:
    assert failures(runs) == count


REFUSED = run(Status.FAILED, "rate")


def test_refusals_for_too_many_requests_are_no_failures_and_end_with_anything_else() -> None:
    assert failures([REFUSED, FAILED, REFUSED, FAILED]) == 2
    assert [refusals(runs) for runs in ([], [REFUSED] * 3, [REFUSED, FAILED, REFUSED], [COMPLETE])] == [
        *(0, 3, 1, 0)
    ]


def test_a_model_answers_if_it_did_the_last_time() -> None:
    runs = [run(Status.STOPPED, model="b"), run(Status.COMPLETE, model="b"), FAILED, COMPLETE]
    assert answering([*runs, run(Status.COMPLETE, model="c")]) == ["b", "c"]


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "gpt has failed 3 times running · other has answered: Ctrl+L"),
        ("ru", "gpt не ответила 3 раза подряд · other отвечает: Ctrl+L"),
    ],
)
def test_the_line(language: str, line: str) -> None:
    i18n.use(language)
    try:
        busy = failing_line(FailingModel("gpt", 5, "other", is_busy=True), "Ctrl+L")
        assert busy == {
            "en": "gpt was refused 5 times running, for too many requests · other has answered: Ctrl+L",
            "ru": "gpt отказала 5 раз подряд: слишком много запросов · other отвечает: Ctrl+L",
        }.get(language)
        assert failing_line(FailingModel("gpt\x1b[1m", 3, "other"), "Ctrl+L") == line.replace(
            "gpt", "gpt␛[1m"
        )
        assert failing_line(FailingModel("gpt", 3)) == line.partition(" · ")[0]
    finally:
        i18n.use("en")


class ByModel:
    """Answers for some models, and is refused for others."""

    def __init__(self) -> None:
        self.bad: set[str] = set()
        self.broken = BROKEN

    async def __call__(self, exchange: Exchange) -> None:
        script = self.broken if exchange.request.json["model"] in self.bad else GOOD
        await script(exchange)


async def test_it_is_told_from_the_history_over_a_restart_until_it_answers(tmp_path: Path) -> None:
    script = ByModel()
    async with Server(script, paths={"/models": telling(MODELS)}) as server:
        account = account_at(server, "neuroapi")
        async with working(tmp_path, server, account=account) as (workspace, services):
            for model in ("third", "second"):
                session = workspace.new()
                workspace.choose(session, model=model)
                await asked(session, model)
            script.bad = {"gpt-5-mini"}
            for count in range(3):
                assert await FailingModels(services.store).of(account, "gpt-5-mini") is None, count
                await ask(workspace, "Hi")
        async with working(tmp_path, server, account=account) as (workspace, services):
            models = FailingModels(services.store)
            found = await models.of(account, "gpt-5-mini")
            assert found == FailingModel("gpt-5-mini", 3, "second")
            services.store.learnt.put(account.ref.address.lower(), "third", FAVOURITE, "1")
            found = await models.of(account, "gpt-5-mini")
            assert found == FailingModel("gpt-5-mini", 3, "third")
            later = FailingModels(services.store, lambda: 4_000_000_000.0)
            assert await later.of(account, "gpt-5-mini") == FailingModel("gpt-5-mini", 3)
            assert await models.of(account_at(server, "other"), "gpt-5-mini") is None
            script.bad = set()
            await ask(workspace, "Hi")
            assert await models.of(account, "gpt-5-mini") is None


async def asked(session: Session, model: str) -> None:
    answer = await session.send(f"Hi {model}")
    assert answer.status is Status.COMPLETE


async def test_too_many_requests_are_told_only_where_another_model_answers_meanwhile(tmp_path: Path) -> None:
    """Else it is likely the key that is asked too often, and another model would be refused, too."""
    script = ByModel()
    script.broken = refuse(429, "rate_limit_exceeded", headers={"Retry-After": "100"})
    async with Server(script, paths={"/models": telling(MODELS)}) as server:
        account = account_at(server, "neuroapi")
        async with working(tmp_path, server, account=account) as (workspace, services):
            other = workspace.new()
            workspace.choose(other, model="other")
            await asked(other, "other")
            models = FailingModels(services.store)
            script.bad = {"gpt-5-mini"}
            for _count in range(3):
                await ask(workspace, "Hi")
            assert await models.of(account, "gpt-5-mini") is None
            known = services.store.spending.health(["gpt-5-mini", "other"], "neuroapi")
            assert [known[model].cut for model in known] == [0], "the one that has answered"
            await asked(other, "other")
            busy = FailingModel("gpt-5-mini", 3, "other", is_busy=True)
            assert await models.of(account, "gpt-5-mini") == busy
            script.bad = set()
            await ask(workspace, "Hi")
            assert await models.of(account, "gpt-5-mini") is None


async def test_another_server_without_a_profile_is_another_one(tmp_path: Path) -> None:
    script = ByModel()
    script.bad = {"gpt-5-mini"}
    async with Server(script) as server, Server(script) as other:
        account = account_at(server)
        async with working(tmp_path, server, account=account) as (workspace, services):
            for _count in range(3):
                await ask(workspace, "Hi")
            models = FailingModels(services.store)
            assert await models.of(account, "gpt-5-mini") == FailingModel("gpt-5-mini", 3)
            assert await models.of(account_at(other), "gpt-5-mini") is None
