"""The fall of a balance held against receipts: at a server that bills late, rounds, and takes more."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from neurotui import i18n
from neurotui.app.money import balance_report, reconciliation_text
from neurotui.app.money.reconciler import Outcome, Reconciler, Untold
from neurotui.app.services import Services
from neurotui.app.workspace import Workspace
from neurotui.chat.conversation import Bill, Message, Role, Status, Timing, new_id
from neurotui.chat.receipts import receipt, reconciled
from neurotui.chat.session import Session
from neurotui.settings.file import SettingsFile
from neurotui.store.money.charges import Charge
from tests.app.test_workspace import until_written
from tests.app.working import account_at, last, working
from tests.balances import Till
from tests.servers import Server

MICROS = 1_000_000


@dataclass
class Case:
    """A workspace at a server with a balance."""

    server: Server
    till: Till
    workspace: Workspace
    services: Services

    async def ready(self) -> None:
        """Wait until balance and prices are known."""
        session = self.workspace.front = self.workspace.new()
        account = self.workspace.account
        self.workspace.warm(session)
        price = self.workspace.prices.price
        await self.server.until(lambda: account.reading and price("gpt-5-mini", "work", account.ref.address))

    async def ask(self, session: Session | None = None) -> Message:
        """Ask something; return the answer as the balance told of it."""
        session = session or self.workspace.front or self.workspace.new()
        await session.send("hi")
        return await self.told(session)

    async def stop(self) -> Message:
        """Ask something and stop the answer; return it as the balance told of it."""
        session = self.workspace.front
        assert session is not None
        session.send("hi")
        await until_written(self.server, session)
        await session.stop()
        return await self.told(session)

    async def told(self, session: Session) -> Message:
        """Wait until the balance was asked of the last answer."""
        id_ = last(session).id
        await self.server.until(lambda: self.workspace.outcome(id_))
        return last(session)

    def outcome(self, answer: Message) -> Outcome:
        found = self.workspace.outcome(answer.id)
        assert found is not None
        return found

    def report(self, today: date | None = None) -> balance_report.BalanceReport:
        """Return what balances told, as `usage` reads it."""
        store, settings = self.services.store, self.services.settings.settings
        return balance_report.read(store.learnt, store.spending, settings, today or date.today(), None)


@asynccontextmanager
async def case(folder: Path, till: Till, *scripts: object, **profile: object) -> AsyncIterator[Case]:
    """Open a workspace whose account has the profile `work`."""
    async with Server(list(scripts), paths=till.paths()) as server:  # type: ignore[arg-type]
        file = SettingsFile()
        file.change(("profiles", "work", "base_url"), server.url)
        for name, value in profile.items():
            file.change(("profiles", "work", name), value)
        account = account_at(server, "work")
        async with working(folder, server, account=account, settings=file) as (workspace, services):
            found = Case(server, till, workspace, services)
            await found.ready()
            yield found


async def test_an_answer_that_ran_alone_is_held_against_the_balance(tmp_path: Path) -> None:
    till = Till()
    async with case(tmp_path, till, till.answer(1000, 500)) as found:
        answer = await found.ask()
        assert reconciled(answer) == "the balance fell by $0.0013: as the receipts say"
        assert found.outcome(answer).untold is None
        library, id_ = found.services.store.library, found.workspace.sessions[-1].conversation.id

        def is_kept() -> bool:
            kept = library.open(id_)
            return kept is not None and kept.path()[-1].timing == answer.timing

        await found.server.until(is_kept)
        [day] = found.report().days
        assert (day.profile, day.answers, day.fall, day.explained, day.unexplained) == (
            "work",
            1,
            1250,
            1250,
            0,
        )


async def test_a_bill_that_comes_late_is_waited_for(tmp_path: Path) -> None:
    till = Till(late=2)
    async with case(tmp_path, till, till.answer(1000, 500)) as found:
        answer = await found.ask()
        assert reconciled(answer) == "the balance fell by $0.0013: as the receipts say"
        assert len(till.looks) == 5, "once before, then until it stands still"


async def test_what_never_settles_cannot_be_told_and_spoils_the_next(tmp_path: Path) -> None:
    till = Till(late=4)
    async with case(tmp_path, till, till.answer(1000, 500)) as found:
        answer = await found.ask()
        assert reconciled(answer) == "" and found.outcome(answer).untold is Untold.UNSETTLED
        assert len(till.looks) == 5, "and nobody looks any more"
        till.late = 0
        answer = await found.ask()
        assert found.outcome(answer).untold is Untold.BEGINNING


async def test_a_server_that_takes_more_is_told_as_unexplained(tmp_path: Path) -> None:
    till = Till(factor=3.0)
    async with case(tmp_path, till, till.answer(1000, 500), currency="RUB", rate=80.0) as found:
        answer = await found.ask()
        assert reconciled(answer) == "the balance fell by ₽0.3: ₽0.2 more than explained"
        [line] = reconciliation_text.lines(found.report())[1:]
        assert line.endswith("work: fell by ₽0.3 · the server took ₽0.2 more than these answers explain")
        i18n.use("ru")
        try:
            assert (
                reconciled(answer)
                == "баланс уменьшился на 0,3\u00a0₽: на 0,2\u00a0₽ больше, чем следует из цен"
            )
        finally:
            i18n.use("en")


@pytest.mark.parametrize(
    ("unit", "profile"),
    [
        (1.0, {"currency": "RUB", "rate": 80.0}),
        (80.0, {"currency": "RUB", "rate": 80.0, "balance": "RUB"}),
        (80.0, {"currency": "RUB", "rate": 80.0, "balance": "₽"}),
    ],
)
async def test_the_currency_and_the_rate_of_the_profile_are_honoured(
    unit: float, profile: dict[str, object], tmp_path: Path
) -> None:
    till = Till(unit=unit)
    async with case(tmp_path, till, till.answer(1000, 500), **profile) as found:
        answer = await found.ask()
        assert reconciled(answer) == "the balance fell by ₽0.1: as the receipts say"
        [day] = found.report().days
        assert (day.fall, day.currency, day.unexplained, day.untold) == (100_000, "RUB", 0, None)


async def test_a_currency_without_a_rate_cannot_be_told(tmp_path: Path) -> None:
    till = Till(unit=80.0)
    async with case(tmp_path, till, till.answer(1000, 500), balance="RUB") as found:
        answer = await found.ask()
        assert found.outcome(answer).untold is Untold.RATE and reconciled(answer) == ""
        assert found.report().days[0].untold is Untold.RATE


async def test_a_step_of_more_than_a_third_of_the_price_tells_nothing(tmp_path: Path) -> None:
    till = Till(step=0.01)
    async with case(tmp_path, till, till.answer(10_000, 10_000), till.answer(100_000, 10_000)) as found:
        answer = await found.ask()  # 2.25 cents
        assert found.outcome(answer).untold is Untold.STEP and reconciled(answer) == ""
        answer = await found.ask()  # 4.5 cents
        assert found.outcome(answer).untold is None
        assert reconciled(answer).endswith(": as the receipts say")


async def test_what_runs_in_another_window_makes_it_untold(tmp_path: Path) -> None:
    till = Till()
    async with case(tmp_path, till, till.answer(1000, 500)) as found:
        async with working(tmp_path, found.server, account=account_at(found.server, "work")) as (other, _):
            session, begun = found.workspace.front, other.new()
            assert session is not None
            other.warm(begun)
            address = found.workspace.account.ref.address
            await found.server.until(lambda: other.prices.price("gpt-5-mini", "work", address))
            await session.send("hi")
            await begun.send("beside")
            answer = await found.told(session)
            assert found.outcome(answer).untold is Untold.BESIDE and reconciled(answer) == ""
        [day] = found.report().days
        assert (day.answers, day.unexplained, day.untold) == (2, 0, None), "a day knows of both windows"


async def test_what_another_profile_of_the_server_asks_makes_a_day_untold(tmp_path: Path) -> None:
    till = Till()
    async with case(tmp_path, till, till.answer(1000, 500)) as found:
        await found.ask()
        session = found.workspace.new()
        found.workspace.choose(session, account=account_at(found.server, "again"))
        await session.send("beside")
        await found.ask()
        assert found.report().days[0].untold is Untold.BESIDE


async def test_a_window_that_begins_while_another_answers_does_not_trust_its_first_balance(
    tmp_path: Path,
) -> None:
    till = Till()
    async with case(tmp_path, till, till.endless(1000, 500)) as found:
        session = found.workspace.front
        assert session is not None
        session.send("hi")
        await until_written(found.server, session)
        async with working(tmp_path, found.server, account=account_at(found.server, "work")) as (other, _):
            begun = other.front = other.new()
            other.warm(begun)
            await found.server.until(lambda: other.account.reading)
            assert other.account.reading is not None and not other.account.reading.clean
        await session.stop()


async def test_nobody_asks_before_the_answer_is_seen(tmp_path: Path) -> None:
    till, hidden = Till(), Till()
    async with (
        Server(hidden.answer(1000, 500), paths=hidden.paths()) as there,
        case(tmp_path, till, till.answer(1000, 500)) as found,
    ):
        unseen, other = found.workspace.new(), account_at(there, "elsewhere")
        found.workspace.choose(unseen, account=other)
        found.workspace.warm(unseen)
        await there.until(lambda: other.reading)
        await unseen.send("hi")
        await found.ask()
        assert len(hidden.looks) == 1, "while that of the one in front was asked for"
        found.workspace.front = unseen
        await found.told(unseen)
        assert len(hidden.looks) == 3


async def test_does_stop_stop_the_bill(tmp_path: Path) -> None:
    till = Till()
    async with case(tmp_path, till, till.endless(2, 260)) as found:
        first = await found.stop()
        note = receipt(first)
        assert note is not None and "the balance fell by $0.0005" in note.note
        assert note.note.endswith("here Stop stopped the bill 1 of 1 time")
        second = await found.stop()
        note = receipt(second)
        assert note is not None and note.note.endswith("here Stop stopped the bill 2 of 2 times")
        assert found.report().stops == (("gpt-5-mini", 2, 2),)
        i18n.use("ru")
        try:
            note = receipt(second)
            assert note is not None and note.note.endswith("здесь остановка прекращала списание: 2 из 2 раз")
        finally:
            i18n.use("en")


async def test_a_stop_that_is_billed_on_is_told_only_where_the_speed_is_known(tmp_path: Path) -> None:
    till = Till()
    async with case(tmp_path, till, till.endless(2, 20_000)) as found:
        await found.stop()
        assert found.report().stops == (), "the model may have reasoned unseen"
        charge = Charge.of(written(completion_tokens=1000, seconds=20.0))
        found.services.store.spending.put(charge)
        await found.stop()  # after a row of another answer, which makes it untold
        assert found.report().stops == ()
        answer = await found.stop()
        note = receipt(answer)
        assert note is not None and "here Stop stopped the bill 0 of 1 time" in note.note
        assert found.report().stops == (("gpt-5-mini", 0, 1),)


def written(completion_tokens: int, seconds: float) -> Message:
    """An answer of before that the server counted."""
    from neurotui.wire.events import Usage

    bill = Bill("gpt-5-mini", 10, completion_tokens, 0.01, profile="work")
    usage = Usage(10, completion_tokens, 10 + completion_tokens)
    timing = Timing(total=seconds, first_token=0.5)
    return Message(
        new_id(), Role.ASSISTANT, "", None, time.time() - 3600, usage=usage, bill=bill, timing=timing
    )


async def test_what_is_known_of_stops_is_told_where_the_balance_is_silent(tmp_path: Path) -> None:
    till = Till(late=9)
    async with case(tmp_path, till, till.endless(2, 260)) as found:
        address = found.workspace.account.ref.address.lower()
        found.services.store.learnt.put(address, "gpt-5-mini", "stops", "9 9")
        note = receipt(await found.stop())
        assert note is not None and note.note.endswith("here Stop stopped the bill 9 of 9 times")


async def test_a_price_that_changes_in_the_midst_of_a_day(tmp_path: Path) -> None:
    till = Till()
    async with case(tmp_path, till, till.answer(1000, 500)) as found:
        await found.ask()
        found.services.settings.change(
            ("profiles", "work", "prices", "gpt-5-mini"), {"input": 0.5, "output": 4.0}
        )
        till.factor = 2.0
        answer = await found.ask()
        assert reconciled(answer) == "the balance fell by $0.0025: as the receipts say"
        [day] = found.report().days
        assert (day.answers, day.fall, day.explained, day.unexplained) == (2, 3750, 3750, 0)


async def test_a_clock_that_jumps_spoils_no_sum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    till, real = Till(), time.time
    async with case(tmp_path, till, till.answer(1000, 500)) as found:
        for shift in (0.0, -7200.0, 3 * 86400.0, 3 * 86400.0, 0.0):
            monkeypatch.setattr(time, "time", lambda shift=shift: real() + shift)
            answer = await found.ask()
            assert reconciled(answer) == "the balance fell by $0.0013: as the receipts say"
        days = found.report(date.fromtimestamp(real() + 9 * 86400)).days
        assert all(day.unexplained == 0 and day.untold is None for day in days)
        assert all(day.day <= date.today().isoformat() for day in days), "nothing is left of days to come"


async def test_the_first_look_of_a_day_ends_the_day_before(tmp_path: Path) -> None:
    till, now = Till(), time.time()
    async with case(tmp_path, till, till.answer(1000, 500)) as found:
        await found.ask()
        till.used += 0.5  # by something else, late in the evening
    async with Server(till.answer(1000, 500), paths=till.paths()) as server:
        file = SettingsFile()
        account = replace(account_at(server, "work"), address=found.workspace.account.address)
        async with working(tmp_path, server, account=account, settings=file) as (_workspace, services):
            prices = _workspace.prices
            settings = services.settings
            reconciler = Reconciler(
                services.store, prices, lambda: settings.settings, 0.0, lambda: now + 86400.0
            )
            await reconciler.begin(account)
            store, today = services.store, date.fromtimestamp(now + 86400)
            report = balance_report.read(store.learnt, store.spending, settings.settings, today, None)
    assert [(day.day, day.fall, day.unexplained) for day in report.days] == [
        (date.fromtimestamp(now).isoformat(), 501_250, 500_000)
    ]


async def test_money_that_is_paid_in_begins_a_day_anew(tmp_path: Path) -> None:
    till = Till()
    async with case(tmp_path, till, till.answer(1000, 500)) as found:
        await found.ask()
        till.limit = 700.0
        await found.ask()
        assert found.report().days == ()
        await found.ask()
        [day] = found.report().days
        assert (day.answers, day.fall, day.unexplained) == (1, 1250, 0)


def test_an_answer_without_a_receipt_of_the_server_says_nothing() -> None:
    assert reconciled(Message("a", Role.ASSISTANT, "x", status=Status.COMPLETE)) == ""
