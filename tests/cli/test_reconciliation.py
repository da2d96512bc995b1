"""What balances told of days and of stops, as each face shows it."""

from __future__ import annotations

import json
import time
from datetime import date
from pathlib import Path

import pytest

from neurotui.app.money.balance_days import NAME, BalanceDays, Reading
from neurotui.chat.conversation import Bill, Message, Role, Timing, new_id
from neurotui.store.money.charges import Charge
from neurotui.store.store import Store
from neurotui.wire.events import Usage
from tests.cli.asking import KEY, Shell
from tests.cli.store import FOLDER
from tests.cli.test_ask import configure
from tests.cli.test_doctor import well
from tests.plain.test_pipes import talk
from tests.servers import Server, answer
from tests.terminal import NEUROTUI, Terminal

TODAY = date.today().isoformat()
WORDS = {
    "en": (
        "Balance beside the receipts",
        "fell by ₽30.5 · the server took ₽20.5 more than these answers explain",
    ),
    "ru": ("Баланс и стоимость ответов", "уменьшился на 30,5\u00a0₽ · сервер списал на 20,5\u00a0₽ больше"),
}


def keep(home: Path, server: Server) -> None:
    """Keep a day on which a server took three times the price of an answer, and nine stops."""
    configure(home, f'profile = "work"\n[profiles.work]\nbase_url = "{server.url}"\nmodel = "gpt-5-mini"\n')
    store = Store(home / FOLDER)
    bill = Bill("gpt-5-mini", 100, 1000, 10.0, profile="work", currency="RUB", rate=80_000_000)
    usage, timing = Usage(100, 1000, 1100), Timing(total=1.0)
    charge = Charge.of(
        Message(new_id(), Role.ASSISTANT, "", None, time.time() - 600, usage=usage, bill=bill, timing=timing)
    )
    store.spending.put(charge)
    first, last = Reading(7_000_003, mark=0), Reading(7_381_253, mark=1)
    kept = BalanceDays("USD", 1, {TODAY: (first, last)})
    address = server.url.removesuffix("/v1")
    store.learnt.put(f"work {address}", "", NAME, kept.as_text())
    store.learnt.put(address, "gpt-5-mini", "stops", "9 9")
    store.close()
    store.journal._database.close()


def test_doctor_tells_of_the_last_day_and_of_stops(tmp_path: Path, shell: Shell) -> None:
    with Server(well) as server:
        keep(tmp_path, server)
        done = shell(server, "doctor", "--json", "--profile", "work")
    found = [each for each in json.loads(done.out)["findings"] if each["section"] == "Answers"]
    assert {"name": "reconciled", "verdict": "fact", "section": "Answers"}.items() <= found[2].items()
    assert found[2]["text"] == f"{TODAY}: {WORDS['en'][1]}"
    assert (found[3]["name"], found[3]["verdict"]) == ("bill at a stop", "good")
    assert found[3]["text"] == "gpt-5-mini: here Stop stopped the bill 9 of 9 times"


def test_usage_tells_of_days_and_stops_as_json(tmp_path: Path, shell: Shell) -> None:
    with Server(answer("Hi")) as server:
        keep(tmp_path, server)
    found = json.loads(shell(None, "usage", "--json").out)
    assert found["balances"] == [
        {
            "day": TODAY,
            "profile": "work",
            "answers": 1,
            "fell": 30.5,
            "explained": 10.0,
            "unexplained": 20.5,
            "currency": "RUB",
            "cannot_be_told": None,
        }
    ]
    assert found["stops"] == [{"model": "gpt-5-mini", "stopped_the_bill": 9, "told": 9}]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_usage_and_the_linear_face_tell_it_in_words(language: str, tmp_path: Path) -> None:
    heading, words = WORDS[language]
    with Server(answer("Hi")) as server:
        keep(tmp_path, server)
        _code, out = talk(tmp_path, server, "/usage\n/quit\n", "--plain", NEUROTUI_LANG=language)
        assert heading in out and f"{TODAY} work: {words}" in out and "9" in out.split(heading)[1]
    command = [*NEUROTUI, "--lang", language, "usage"]
    with Terminal(command, home=tmp_path, size=(140, 40), environment={"NEUROTUI_API_KEY": KEY}) as terminal:
        assert terminal.wait_for_exit() == 0
        assert heading in terminal.text and words in terminal.text
