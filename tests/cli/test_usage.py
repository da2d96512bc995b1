"""`neurotui usage`: what was spent, with what was stopped, failed and has no price."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from neurotui.chat.conversation import Bill, Message, Role, Status, Timing, new_id
from neurotui.store.charges import Charge
from neurotui.store.store import Store
from tests.cli.asking import KEY, Shell
from tests.cli.store import FOLDER
from tests.cli.test_ask import configure
from tests.servers import Server, refuse, whole
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


def test_a_deleted_conversation_is_counted_and_named_by_its_id(tmp_path: Path, shell: Shell) -> None:
    configure(tmp_path, PRICES)
    with Server(whole("Hello")) as server:
        assert shell(server, *ASK, "first").code == 0
    store = Store(tmp_path / FOLDER)
    [summary] = store.library.summaries()
    store.library.delete(summary.id)
    store.close()
    store.journal._database.close()
    [row] = json.loads(shell(None, "usage", "--json").out)["conversations"]
    assert (row["conversation"], row["name"], row["cost"]) == (summary.id, None, 0.7)
