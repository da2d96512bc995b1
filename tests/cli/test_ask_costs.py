"""`neurotui ask` says what an answer will cost if that is much: asked on a terminal, told in a pipe."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.app.money.test_estimates import LONG, MODELS, WORDS
from tests.catalogues import new_api, openrouter
from tests.cli.asking import KEY, Shell
from tests.cli.test_ask import configure
from tests.counters import Counter
from tests.servers import Exchange, Server, answer
from tests.terminal import NEUROTUI, Terminal

ASK = ("ask", "-m", "gpt-5-mini")
DEAR = "≈ 1,400 tok · ≈ $0.00036 + up to $0.004. You want to be asked above $0.004."


def test_in_a_pipe_it_is_told_and_goes_on(shell: Shell, tmp_path: Path) -> None:
    configure(tmp_path, "[budget]\nask_above = 0.004")
    with Server(Counter(), paths=openrouter(MODELS)) as server:
        done = shell(server, *ASK, WORDS * 300)
        assert (done.code, done.err, len(server.chats)) == (0, f"neurotui: {DEAR}\n", 1)


def test_several_are_dear_together(shell: Shell, tmp_path: Path) -> None:
    configure(tmp_path, "[budget]\nask_above = 0.02")
    with Server(Counter(), paths=openrouter(MODELS)) as server:
        one = shell(server, "ask", "-m", "gpt-5-mini", "-m", "plain", "Hi")
        two = shell(server, "ask", "-m", "gpt-5-mini", "-m", "gpt-5", "Hi")
        assert (one.code, one.err, two.code, len(server.chats)) == (0, "", 0, 4)
    assert two.err == (
        "neurotui: 2 answers may cost up to $0.024 together. You want to be asked above $0.02.\n"
    )


def test_without_a_limit_a_pipe_hears_nothing(shell: Shell) -> None:
    with Server(Counter(), paths=openrouter(MODELS)) as server:
        assert shell(server, *ASK, WORDS * 300).err == ""


def test_an_unknown_price_is_told_where_a_limit_needs_it(shell: Shell, tmp_path: Path) -> None:
    configure(tmp_path, "[budget]\nask_above = 0.004")
    with Server(Counter(), paths=openrouter(MODELS)) as server:
        done = shell(server, "ask", "-m", "another", "Hi")
    assert "the price of another is not known" in done.err and done.code == 0


def test_an_answer_of_one_word_has_its_price_in_a_new_home(shell: Shell) -> None:
    """It ends long before the catalogue is read, which is asked for only once the answer has begun."""
    with Server(answer("Hi"), paths=new_api()) as server:
        told = json.loads(shell(server, *ASK, "--json", "Hi").out)
        assert told["cost"] == {"amount": 0.000012, "currency": "USD", "source": "pricing"}
        shell(server, *ASK, "--json", "Hi")
        assert [request.path for request in server.requests].count("/api/pricing") == 1


def test_a_slow_catalogue_is_not_asked_for_by_each_program(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neurotui.cli.ask.PRICE_PATIENCE", 0.1)
    with Server(answer("Hi"), paths=new_api(Exchange.stall)) as server:
        for _ in range(3):
            assert json.loads(shell(server, *ASK, "--json", "Hi").out)["cost"] is None
        assert [request.path for request in server.requests].count("/v1/models") <= 1


def test_what_is_read_afresh_is_told(shell: Shell) -> None:
    with Server(Counter(), paths=openrouter(MODELS)) as server:
        shell(server, *ASK, "-f", "-", "Sum it up", piped=LONG.encode())
        same = shell(server, *ASK, "-c", "And?")
        other = shell(server, "ask", "-m", "gpt-5", "-c", "And?")
        more = shell(server, "ask", "-m", "gpt-5", "-c", "And?")
        prompted = shell(server, "ask", "-m", "gpt-5", "-c", "--system", "Be brief", "And?")
        again = shell(server, "ask", "-m", "gpt-5", "-c", "--system", "Be brief", "And?")
    assert same.err == more.err == again.err == ""
    for told in (other, prompted):
        assert "The next answer reads 2" in told.err, told and ",000 tokens afresh" in told.err


@pytest.mark.parametrize(("typed", "asked"), [("n", 0), ("y", 1)])
def test_on_a_terminal_it_is_asked(tmp_path: Path, typed: str, asked: int) -> None:
    configure(tmp_path, "[budget]\nask_above = 0.004")
    with Server(Counter(), paths=openrouter(MODELS)) as server:
        environment = {"NEUROTUI_API_KEY": KEY, "NEUROTUI_BASE_URL": server.url, "NEUROTUI_LANG": "en"}
        command = [*NEUROTUI, *ASK, WORDS * 300]
        with Terminal(command, home=tmp_path, environment=environment) as terminal:
            terminal.wait_for("You want to be asked above")
            terminal.wait_for("[y/N]")
            assert not server.chats
            terminal.type(f"{typed}\r")
            assert terminal.wait_for_exit() == (0 if asked else 130)
        assert len(server.chats) == asked
