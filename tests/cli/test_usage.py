"""`neurotui usage`: what was spent, with what was stopped, failed and has no price."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from neurotui.chat.conversation import Bill, Message, Role, Status, Timing, new_id
from neurotui.store.money.charges import Charge
from neurotui.store.store import Store
from tests.cli.asking import KEY, Shell
from tests.cli.store import FOLDER
from tests.cli.test_ask import configure
from tests.servers import Server, refuse, whole
from tests.store.examples import rows
from tests.terminal import NEUROTUI, Terminal

ASK = ("ask", "-m", "gpt-5-mini")
PRICES = '[profiles.neuroapi]\nprices."gpt-5-mini" = { input = 100000.0, output = 0.0 }\n'
"""The seven tokens of the prompt are 70 cents."""


def totals(found: Any) -> list[tuple[Any, ...]]:
    return [(row["currency"], row["cost"], row["answers"], row["unpriced"]) for row in found]


def test_json_tells_all_of_it(tmp_path: Path, shell: Shell) -> None:
    configure(tmp_path, PRICES)
    with Server(whole("Hello")) as server:
        assert shell(server, *ASK, "first").code == 0
        assert shell(server, *ASK, "--no-save", "secret").code == 0
        assert shell(server, "ask", "-m", "other", "second").code == 0
        server.scripts = [refuse(500)]
        assert shell(server, *ASK, "third").code == 1
    done = shell(None, "usage", "--json")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert found.keys() == {"days", "months", "models", "conversations", "total", "balances", "stops"}
    assert totals(found["total"]) == [("USD", 1.4, 3, 0), (None, None, 1, 1)]
    today = date.today().isoformat()
    assert [row["day"] for row in found["days"]] == [today, today]
    assert [row["month"] for row in found["months"]] == [today[:7], today[:7]]
    assert [(row["model"], row["cost"]) for row in found["models"]] == [("gpt-5-mini", 1.4), ("other", None)]
    conversations = sorted(found["conversations"], key=lambda row: row["name"] or "")
    assert [(row["name"], row["cost"], row["failed"]) for row in conversations] == [
        (None, 0.7, 0),
        ("first", 0.7, 0),
        ("second", None, 0),
        ("third", 0.0, 1),
    ]
    assert conversations[0]["conversation"] is None, "nothing but its cost was kept"
    row = found["total"][0]
    assert (row["prompt_tokens"], row["completion_tokens"], row["stopped"]) == (14, 10, 0)


def test_nothing_spent_is_said(tmp_path: Path, shell: Shell) -> None:
    found = json.loads(shell(None, "usage", "--json").out)
    names = ("days", "months", "models", "conversations", "total", "balances", "stops")
    assert found == {name: [] for name in names}
    assert shell(None, "usage").out == b""


def kept(folder: Path, *charges: tuple[float, float | None, str, Status]) -> None:
    """Write what answers have cost: days ago, cost, currency, end."""
    store = Store(folder)
    noon = datetime.now().replace(hour=0, minute=0, second=1)
    for days, cost, currency, status in charges:
        bill = Bill("m", 10, 5, cost, profile="work", currency=currency, rate=1 if currency else 0)
        at = (noon - timedelta(days=days)).timestamp()
        answer = Message(
            new_id(), Role.ASSISTANT, "", None, at, status=status, bill=bill, timing=Timing(total=1.0)
        )
        store.spending.put(Charge.of(answer))
    store.close()
    store.journal._database.close()


def test_currencies_are_never_added_up_and_days_are_chosen(tmp_path: Path, shell: Shell) -> None:
    done, stopped = Status.COMPLETE, Status.STOPPED
    kept(
        tmp_path / FOLDER,
        (0, 1.5, "USD", done),
        (0, 80.0, "RUB", stopped),
        (1, 20.0, "RUB", done),
        (40, 5.0, "RUB", Status.CUT),
        (0, None, "USD", done),
    )
    found = json.loads(shell(None, "usage", "--json").out)
    assert totals(found["total"]) == [("RUB", 100.0, 2, 0), ("USD", 1.5, 1, 0), (None, None, 1, 1)]
    assert [row["stopped"] for row in found["total"]] == [1, 0, 0]
    found = json.loads(shell(None, "usage", "--json", "--days", "1").out)
    assert totals(found["total"])[0] == ("RUB", 80.0, 1, 0)
    found = json.loads(shell(None, "usage", "--json", "--all").out)
    assert totals(found["total"])[0] == ("RUB", 105.0, 3, 0)
    assert found["total"][0]["failed"] == 1
    lines = shell(None, "usage").out.decode().splitlines()
    assert lines[-3:] == [
        "total\t\t2\t20\t10\t100.000000\tRUB\t0",
        "total\t\t1\t10\t5\t1.500000\tUSD\t0",
        "total\t\t1\t10\t5\t\t\t1",
    ]


def test_a_terminal_shows_sums_and_a_plot(tmp_path: Path, shell: Shell) -> None:
    kept(
        tmp_path / FOLDER,
        *((day, 0.4 * (day + 1), "RUB", Status.COMPLETE) for day in range(3)),
    )
    store = Store(tmp_path / FOLDER)
    store.close()
    for language, told in (("en", "Total: ₽2.4"), ("ru", "Всего: 2,4\u00a0₽")):
        command = [*NEUROTUI, "--lang", language, "usage"]
        with Terminal(command, home=tmp_path, environment={"NEUROTUI_API_KEY": KEY}) as terminal:
            assert terminal.wait_for_exit() == 0
            assert told in terminal.text
            assert "·█▅▃" in terminal.text
            assert "work:m" in terminal.text


FALLING = [(day, 0.4 * (day + 1), "RUB", Status.COMPLETE) for day in range(14)]
"""40 kopecks more each day back."""


@pytest.mark.parametrize(
    ("environment", "arguments", "told", "untold"),
    [
        ({}, (), ["30 days, at most ₽5.6 a day", "·" * 16 + "█▇▇▆▆▅▅▄▃▃▂▂▁▁"], "on average"),
        ({}, ("--days", "7"), ["7 days, at most ₽2.8 a day", "  █▇▆▅▃▂▁"], "30 days"),
        ({}, ("--days", "1"), ["Total: ₽0.4"], "at most"),
        (
            {"NEUROTUI_PLAIN": "1"},
            (),
            [
                "30 days: ₽1.4 a day on average\nThe most was ₽5.6, on ",
                "The last seven days: ₽11.2; the seven before: ₽30.8\n",
            ],
            "█",
        ),
        (
            {"TERM": "dumb", "NEUROTUI_LANG": "ru"},
            ("--days", "10"),
            ["10 дней: в среднем 2,2\u00a0₽ в день\nБольше всего ", ": 4\u00a0₽\n"],
            "▁",
        ),
    ],
)
def test_the_days_are_a_plot_or_words_where_it_is_read_aloud(
    environment: dict[str, str], arguments: tuple[str, ...], told: list[str], untold: str, tmp_path: Path
) -> None:
    kept(tmp_path / FOLDER, *FALLING)
    command = [*NEUROTUI, "usage", *arguments]
    variables = {"NEUROTUI_API_KEY": KEY, **environment}
    with Terminal(command, home=tmp_path, environment=variables, size=(80, 50)) as terminal:
        assert terminal.wait_for_exit() == 0
        shown = "\n".join(line.rstrip() for line in terminal.text.splitlines())
        assert all(words in shown for words in told), shown
        assert untold not in shown


@pytest.mark.parametrize("width", [24, 40, 80])
def test_lines_are_broken_between_figures(width: int, tmp_path: Path) -> None:
    kept(tmp_path / FOLDER, *FALLING)
    command = [*NEUROTUI, "usage"]
    with Terminal(
        command, home=tmp_path, environment={"NEUROTUI_API_KEY": KEY}, size=(width, 80)
    ) as terminal:
        assert terminal.wait_for_exit() == 0
        lines = [line.rstrip() for line in terminal.text.splitlines()]
        plot = next(line for line in lines if "█" in line)
        assert len(plot) == min(32, width)
        place = next(place for place, line in enumerate(lines) if "not saved" in line)
        assert "14 answers" in lines[place] or "    14 answers" in lines[place + 1]
        assert not any(line.startswith(("·", "answers", "tokens", " tokens")) for line in lines)


def test_a_deleted_conversation_is_counted_and_named_by_its_id(tmp_path: Path, shell: Shell) -> None:
    configure(tmp_path, PRICES)
    with Server(whole("Hello")) as server:
        assert shell(server, *ASK, "first").code == 0
    store = Store(tmp_path / FOLDER)
    [summary] = store.library.summaries()
    store.library.delete(summary.id)
    for is_purged in (False, True):
        if is_purged:
            store.library._database.write(lambda it: it.execute("UPDATE conversations SET deleted_at = 1.0"))
            store.library.purge()
        left = rows(tmp_path / FOLDER, "SELECT count(*) FROM conversations")
        assert left == [(0 if is_purged else 1,)]
        [row] = json.loads(shell(None, "usage", "--json").out)["conversations"]
        assert (row["conversation"], row["name"], row["cost"]) == (summary.id, None, 0.7)
    store.close()
    store.journal._database.close()


def test_the_form_of_json_is_the_promised_one(tmp_path: Path, shell: Shell) -> None:
    kept(tmp_path / FOLDER, (0, 0.1, "USD", Status.COMPLETE), (0, 0.2, "USD", Status.COMPLETE))
    kept(tmp_path / FOLDER, (0, None, "USD", Status.COMPLETE))
    text = shell(None, "usage", "--json").out.decode()
    found = json.loads(text, parse_float=str)
    figures = {"answers", "prompt_tokens", "completion_tokens", "cost", "currency", "unpriced"}
    for name in ("days", "models", "conversations", "total"):
        for row in found[name]:
            assert row.keys() >= figures
        told = {(row["currency"], row["cost"], row["answers"], row["unpriced"]) for row in found[name]}
        assert told == {("USD", "0.3", 2, 0), (None, None, 1, 1)}, "exact numbers, a row for each currency"
