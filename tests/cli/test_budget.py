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


def test_of_three_windows_that_answer_at_once_the_sum_keeps_the_limit(tmp_path: Path, shell: Shell) -> None:
    """It is passed by no more than what comes in half a second, though each alone stays far below it."""
    limit = 205
    with Server(answer("Hi")) as server:
        assert shell(server, *ASK, "Hi").code == 0  # so that five tokens are usual
        configure(tmp_path, f"[budget]\nday_tokens = {limit}")
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
