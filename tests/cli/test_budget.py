"""A limit for the day, as `neurotui ask` keeps it: when it is reached, nothing more leaves."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from neurotui.store.store import FILE_NAME
from tests.catalogues import litellm, new_api, openrouter
from tests.cli.asking import Shell, running
from tests.cli.store import FOLDER
from tests.cli.test_ask import configure, hanging
from tests.servers import Exchange, Script, Server, answer, whole
from tests.store.examples import rows

DOLLAR_A_DAY = """
[budget]
day_cost = 1.0
[profiles.neuroapi]
prices."gpt-5-mini" = { input = 0.0, output = 200000.0 }
[profiles.dear]
prices."gpt-5-mini" = { input = 0.0, output = 200000.0 }
[profiles.cheap]
prices."gpt-5-mini" = { input = 0.0, output = 1.0 }
"""
"""The five tokens that the server counts are a dollar."""
ASK = ("ask", "-m", "gpt-5-mini")


async def dated(exchange: Exchange) -> None:
    """Answers under the name of an edition."""
    exchange._model += "-2025-08-07"
    await answer("Hello")(exchange)


def test_json_tells_what_was_asked_for_and_what_answered(shell: Shell) -> None:
    with Server(dated) as server:
        done = shell(server, "ask", "--json", "Hi")
    found = json.loads(done.out)
    assert (found["asked_model"], found["model"]) == ("gpt-5-mini", "gpt-5-mini-2025-08-07")


async def renamed(exchange: Exchange) -> None:
    """Answers under another name."""
    exchange._model = "azure-deployment"
    await answer("Hello")(exchange)


async def nameless(exchange: Exchange) -> None:
    """Does not tell which model answers."""
    exchange._model = ""
    await answer("Hello")(exchange)


@pytest.mark.sample("script")
@pytest.mark.parametrize("flags", [(), ("--no-save",), ("--json",), ("-c",), ("--no-save", "-c")])
@pytest.mark.parametrize("script", [dated, renamed, nameless, whole("Hello")])
def test_what_was_asked_for_prices_the_answer(
    script: Script, flags: tuple[str, ...], tmp_path: Path, shell: Shell
) -> None:
    configure(tmp_path, DOLLAR_A_DAY)
    with Server(script) as server:
        assert shell(server, *ASK, *flags, "Hi").code == 0
        for again in [(), ("--no-save",), ("-c",), ("--json",)]:
            done = shell(server, *ASK, *again, "Hi again")
            assert done.code == 4
            told = json.loads(done.out)["error"]["title"] if "--json" in again else done.err
            assert "The budget is used up: $1.00 per day" in told
        assert len(server.chats) == 1


def test_it_is_the_profile_in_use_that_has_the_price(tmp_path: Path, shell: Shell) -> None:
    configure(tmp_path, 'profile = "cheap"\n' + DOLLAR_A_DAY)
    with Server(dated) as server:
        base_url = f'[profiles.dear]\nbase_url = "{server.url}"'
        configure(tmp_path, 'profile = "cheap"\n' + DOLLAR_A_DAY.replace("[profiles.dear]", base_url))
        assert shell(None, *ASK, "--profile", "dear", "Hi").code == 0
        assert shell(None, *ASK, "--profile", "dear", "Hi").code == 4
        assert len(server.chats) == 1


def test_a_price_that_is_changed_later_changes_no_bill(tmp_path: Path, shell: Shell) -> None:
    configure(tmp_path, DOLLAR_A_DAY)
    with Server(dated) as server:
        assert shell(server, *ASK, "Hi").code == 0
        configure(tmp_path, "[budget]\nday_cost = 1.0")
        assert shell(server, *ASK, "Hi").code == 4
        configure(tmp_path, "[budget]\nday_cost = 1.01")
        assert shell(server, *ASK, "Hi").code == 0


def test_a_stopped_answer_counts_by_what_was_asked_and_what_came(tmp_path: Path, shell: Shell) -> None:
    prices = 'prices."gpt-5-mini" = { input = 10000.0, output = 0.0 }'
    configure(tmp_path, f"[budget]\nday_cost = 0.95\n[profiles.neuroapi]\n{prices}")
    with Server(hanging) as server:
        with running(tmp_path, server, *ASK, "word" * 90) as program:
            assert program.out.read(5) == b"begun"
            program.signal(signal.SIGINT)
            assert program.wait() == 130
        assert shell(server, *ASK, "word" * 10).code == 4
        assert len(server.chats) == 1


def test_an_answer_of_a_killed_program_counts(tmp_path: Path, shell: Shell) -> None:
    prices = 'prices."gpt-5-mini" = { input = 10000.0, output = 0.0 }'
    configure(tmp_path, f"[budget]\nday_cost = 0.95\n[profiles.neuroapi]\n{prices}")
    with Server(hanging) as server:
        with running(tmp_path, server, *ASK, "word" * 90) as program:
            assert program.out.read(5) == b"begun"
            assert shell(server, *ASK, "word" * 10).code == 4, "it counts while it runs"
            program.signal(signal.SIGKILL)
            program.wait()
        assert shell(server, *ASK, "word" * 10).code == 4
        assert len(server.chats) == 1


class Together:
    """A script that answers word by word once so many are asked, and notes when each word left."""

    PACE = 0.02

    def __init__(self, count: int) -> None:
        self.sent: list[float] = []
        self.latest = 0.0
        """The most by which a word left later than it was due (seconds)."""
        self._count = count
        self._all_asked = asyncio.Event()

    async def __call__(self, exchange: Exchange) -> None:
        await exchange.head()
        self._count -= 1
        if not self._count:
            self._all_asked.set()
        await self._all_asked.wait()
        while True:
            await exchange.text("word")
            self.sent.append(time.monotonic())
            await asyncio.sleep(self.PACE)
            self.latest = max(self.latest, time.monotonic() - self.sent[-1] - self.PACE)


def spent(home: Path) -> int:
    """The tokens of all answers."""
    ((tokens,),) = rows(home / FOLDER, "SELECT sum(completion_tokens) FROM spending")
    assert isinstance(tokens, int)
    return tokens


@pytest.mark.parametrize("limit_of", ["day_tokens = {}", "day_cost = {}e-6", "month_cost = {}e-6"])
def test_of_three_windows_that_answer_at_once_the_sum_keeps_the_limit(
    limit_of: str, tmp_path: Path, shell: Shell
) -> None:
    """It is passed by no more than what comes in half a second, though each alone stays far below it."""
    limit = 205
    with Server(answer("Hi"), paths=new_api()) as server:
        assert shell(server, *ASK, "Hi").code == 0  # so that five tokens are usual
        prompts = 2 + 3 * 2  # millionths of a dollar; a token of an answer has two
        most = limit if "tokens" in limit_of else 2 * limit + prompts
        configure(tmp_path, "[budget]\n" + limit_of.format(most))
        script = Together(3)
        server.scripts = [script]
        with ExitStack() as stack:
            windows = [
                stack.enter_context(running(tmp_path, server, *ASK, *flags, "word"))
                for flags in ((), (), ("--no-save",))
            ]
            outputs = [window.out.read() for window in windows]
            assert [window.wait() for window in windows] == [4] * 3
    assert all(output.count(b"word") < limit // 2 for output in outputs)
    reached_at = script.sent[limit - 5 - 1]
    within = 0.5 + 3 * script.latest  # the machine may have more to do than this
    late = sum(reached_at < at <= reached_at + within for at in script.sent)
    assert limit - 3 <= spent(tmp_path) <= limit + late


def test_a_killed_window_counts_by_what_it_had_received(tmp_path: Path, shell: Shell) -> None:
    configure(tmp_path, "[budget]\nday_tokens = 5000")
    with Server(Together(1)) as server:
        with running(tmp_path, server, *ASK, "word" * 9) as window:
            assert window.out.read(200)
            server.wait(lambda: spent(tmp_path) >= 30)
            window.signal(signal.SIGKILL)
            window.wait()
        server.scripts = [answer("Hi")]
        count = spent(tmp_path)
        configure(tmp_path, f"[budget]\nday_tokens = {count}")
        assert shell(server, *ASK, "Hi").code == 4
        configure(tmp_path, f"[budget]\nday_tokens = {count + 2}")
        assert shell(server, *ASK, "Hi").code == 0
        found = rows(tmp_path / FOLDER, "SELECT prompt_tokens, completion_tokens, estimated FROM spending")
        assert found[0] == (9, count, 1)


def test_of_what_is_not_saved_only_the_cost_is(tmp_path: Path, shell: Shell) -> None:
    configure(tmp_path, DOLLAR_A_DAY)
    with Server(dated) as server:
        assert shell(server, *ASK, "--no-save", "a secret").code == 0
    for table in ("messages", "conversations"):
        assert rows(tmp_path / FOLDER, f"SELECT count(*) FROM {table}") == [(0,)]
    found = rows(tmp_path / FOLDER, "SELECT profile, asked_model, status, micros FROM spending")
    assert found == [("", "gpt-5-mini", "complete", 1_000_000)]
    assert b"secret" not in (tmp_path / FOLDER / FILE_NAME).read_bytes()
    assert shell(None, "history", "--json").out == b"[]\n"


def test_what_never_left_costs_nothing(tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neurotui.api.retry.MOST", 0)
    configure(tmp_path, DOLLAR_A_DAY.replace("input = 0.0", "input = 500000.0"))
    for _ in range(2):
        done = shell(None, *ASK, "--base-url", "http://127.0.0.1:1", "Hi")
        assert done.code == 1 and "budget" not in done.err


def test_a_model_without_a_price_is_told_where_a_limit_is_in_dollars(tmp_path: Path, shell: Shell) -> None:
    told = "neurotui: the price of other is not known: a limit in money does not hold it\n"
    with Server(dated) as server:
        assert shell(server, "ask", "-m", "other", "Hi").err == ""
        configure(tmp_path, DOLLAR_A_DAY)
        assert shell(server, *ASK, "Hi").err == ""
        configure(tmp_path, DOLLAR_A_DAY.replace("1.0", "2.0", 1))
        assert shell(server, "ask", "-m", "other", "Hi").err == told
        assert shell(None, "ask", "--demo", "-m", "neurotui-demo-fast", "Hi").err == ""


@pytest.mark.parametrize("paths", [new_api(), openrouter(), litellm()])
@pytest.mark.parametrize("flags", [(), ("--no-save",)])
def test_a_limit_in_money_holds_with_no_price_typed(
    paths: dict[str, Script], flags: tuple[str, ...], tmp_path: Path, shell: Shell
) -> None:
    configure(tmp_path, "[budget]\nday_cost = 0.00002")
    with Server(dated, paths=paths) as server:
        done = shell(server, *ASK, *flags, "--json", "Hi")
        cost = json.loads(done.out)["cost"]
        assert (cost["amount"], cost["currency"]) == (0.000012, "USD"), "7 tokens in, 5 tokens out"
        assert cost["source"] in {"models", "pricing"}
        assert shell(server, *ASK, *flags, "Hi").code == 0
        done = shell(server, *ASK, *flags, "Hi")
        assert done.code == 4 and "The budget is used up: $0.00002 per day" in done.err
        assert len(server.chats) == 2
    found = rows(tmp_path / FOLDER, "SELECT micros, currency, rate, source FROM spending WHERE micros > 0")
    assert set(found) == {(12, "USD", 1_000_000, cost["source"])}


def test_a_limit_holds_in_the_currency_of_the_budget(tmp_path: Path, shell: Shell) -> None:
    sold = 'currency = "RUB"\nrate = 80.0\n'
    limit = '[budget]\nmonth_cost = 0.0018\ncurrency = "RUB"\n[profiles.neuroapi]\n'
    with Server(dated, paths=new_api()) as server:
        base_url = f'base_url = "{server.url}"\n'
        flags = (*ASK, "--profile", "neuroapi", "Hi")
        configure(tmp_path, limit + base_url + sold)
        assert shell(None, *flags).code == 0
        assert shell(None, *flags).code == 0
        assert "₽0.0018 per month" in shell(None, *flags).err
        assert len(server.chats) == 2
        assert set(
            rows(tmp_path / FOLDER, "SELECT micros, currency, rate FROM spending WHERE micros > 0")
        ) == {(940, "RUB", 80_000_000)}
        configure(tmp_path, limit.replace("0.0018", "0.0001").replace("RUB", "USD") + base_url + sold)
        assert shell(None, *flags).code == 0, "24 millionths of a dollar so far"
        configure(tmp_path, limit.replace("0.0018", "0.00003").replace("RUB", "USD") + base_url + sold)
        assert "$0.00003 per month" in shell(None, *flags).err


def test_a_currency_without_a_rate_is_told_and_never_one_to_one(tmp_path: Path, shell: Shell) -> None:
    words = "the price of gpt-5-mini is in another currency, and no rate is set"
    told = f"neurotui: {words}: a limit in money does not hold it\n"
    settings = '[budget]\nday_cost = 0.000001\ncurrency = "RUB"\n[profiles.neuroapi]\n'
    with Server(dated, paths=new_api()) as server:
        for currency in ("", 'currency = "RUB"\n'):
            configure(tmp_path, f'{settings}base_url = "{server.url}"\n{currency}')
            done = shell(None, *ASK, "--profile", "neuroapi", "Hi")
            assert (done.code, done.err) == (0, told)
        configure(tmp_path, f'{settings}base_url = "{server.url}"\ncurrency = "RUB"\nrate = 80.0\n')
        done = shell(None, *ASK, "--profile", "neuroapi", "Hi")
        assert "₽0.000001 per day (beside 1 answer without a price)" in done.err


@pytest.mark.parametrize("currency", ["", 'currency = "RUB"\n', 'currency = "EUR"\n'])
def test_a_limit_in_money_holds_in_the_demo(currency: str, tmp_path: Path, shell: Shell) -> None:
    configure(tmp_path, f"[budget]\nday_cost = 0.0000001\n{currency}")
    assert shell(None, "ask", "--demo", "-m", "neurotui-demo-fast", "Hi").code == 4
    found = shell(None, "ask", "--demo", "-m", "neurotui-demo-fast", "--json", "Hi")
    assert found.code == 4


def test_a_limit_that_cannot_hold_in_the_demo_is_told(tmp_path: Path, shell: Shell) -> None:
    configure(tmp_path, '[budget]\nday_cost = 0.0000001\ncurrency = "JPY"\n')
    done = shell(None, "ask", "--demo", "-m", "neurotui-demo-fast", "Hi")
    assert done.code == 0 and "a limit in money does not hold it" in done.err


def test_a_server_that_tells_no_prices_is_asked_once_a_day_by_all_programs(
    tmp_path: Path, shell: Shell
) -> None:
    told = "neurotui: the price of gpt-5-mini is not known: a limit in money does not hold it\n"
    configure(tmp_path, "[budget]\nday_cost = 1.0\n")
    with Server(dated) as server:
        for flags in ((), ("--no-save",), ()):
            done = shell(server, *ASK, *flags, "Hi")
            assert (done.code, done.err) == (0, told)
        asked = [request.path for request in server.requests if request.method == "GET"]
        assert asked.count("/api/pricing") == asked.count("/v1/models") == 1


async def silent(exchange: Exchange) -> None:
    await exchange.stall()


def test_nobody_waits_for_prices_where_no_limit_needs_them(tmp_path: Path, shell: Shell) -> None:
    with Server(dated, paths={"/models": silent, "/pricing": silent}) as server:
        assert shell(server, *ASK, "Hi").code == 0
        assert len(server.chats) == 1


def test_prices_are_learnt_beside_an_answer_once_a_day(tmp_path: Path, shell: Shell) -> None:
    async def when_asked(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("Hello")
        await server.until(lambda: rows(tmp_path / FOLDER, "SELECT 1 FROM prices"))
        await exchange.finish()

    def costs(*flags: str) -> object:
        return json.loads(shell(server, *ASK, "--json", *flags, "Hi").out)["cost"]

    def asked() -> int:
        return sum(request.path == "/api/pricing" for request in server.requests)

    with Server(when_asked, paths=new_api()) as server:
        first = costs()
        assert first is not None
        assert (costs(), asked()) == (first, 1)
        assert (costs("--no-save"), asked()) == (None, 1), "what cannot be kept is not asked each time"
