"""`neurotui models`, as a shell calls it."""

from __future__ import annotations

import json
import time
from datetime import datetime
from pathlib import Path

import pytest

from tests.catalogues import litellm, new_api, openrouter, telling
from tests.cli.asking import KEY, Shell
from tests.cli.test_ask import configure
from tests.servers import HELLO, Exchange, Script, Server, answer, refuse
from tests.terminal import NEUROTUI, Terminal

HOSTILE = "evil\x1b[2J\nmodel"
MODELS = [
    {"id": "gpt-5-mini", "owned_by": "openai", "context_length": 400_000},
    {"id": "Ёж-2", "name": "Hedgehog"},
    {"id": HOSTILE, "supported_endpoint_types": ["image-generation"]},
]


async def listing(exchange: Exchange) -> None:
    await exchange.body(200, {"object": "list", "data": MODELS})


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([], ["gpt-5-mini", "Ёж-2", "evil␛[2J model"]),
        (["MINI", "gpt"], ["gpt-5-mini"]),
        (["hedge"], ["Ёж-2"]),
        (["еж"], ["Ёж-2"]),
        (["пзе"], ["gpt-5-mini"]),
        (["nothing"], []),
    ],
)
def test_a_program_gets_a_name_on_each_line(words: list[str], found: list[str], shell: Shell) -> None:
    with Server(paths={"/models": listing}) as server:
        done = shell(server, "models", *words)
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert done.out.decode().splitlines() == found
    assert (done.code, done.err) == (0, "")


def test_json_has_what_is_known(shell: Shell) -> None:
    with Server(paths={"/models": listing}) as server:
        first, second, third = json.loads(shell(server, "models", "--json").out)
    assert first == {
        "id": "gpt-5-mini",
        "name": "",
        "owner": "openai",
        "context_length": 400_000,
        "max_completion_tokens": None,
        "for_chat": True,
        "modalities": {"input": None, "output": None},
        "prices": None,
    }
    assert second["name"] == "Hedgehog"
    assert (third["id"], third["for_chat"]) == (HOSTILE, False)


def test_a_terminal_shows_a_table(tmp_path: Path) -> None:
    with Server(paths={"/models": listing}) as server:
        variables = {"NEUROTUI_API_KEY": KEY, "NEUROTUI_BASE_URL": server.url}
        with Terminal([*NEUROTUI, "models"], home=tmp_path, environment=variables) as terminal:
            assert terminal.wait_for_exit() == 0
            head, *rows = terminal.lines
    assert head.split() == ["MODEL", "PRICE", "CONTEXT", "TAKES", "OWNER", "NAME"]
    assert rows[0].split() == ["gpt-5-mini", "400,000", "openai"]
    assert rows[2].split() == ["evil␛[2J", "model", "not", "for", "chat"]


def test_a_terminal_sees_that_a_silent_server_is_awaited(tmp_path: Path) -> None:
    with Server(paths={"/models": Exchange.stall}) as server:
        variables = {"NEUROTUI_API_KEY": KEY, "NEUROTUI_BASE_URL": server.url}
        with Terminal([*NEUROTUI, "models"], home=tmp_path, environment=variables) as terminal:
            terminal.wait_for(f"waiting for 127.0.0.1:{server.port} · 0 s")
            terminal.wait_for(f"waiting for 127.0.0.1:{server.port} · 1 s")
            terminal.press("ctrl+c")
            assert terminal.wait_for_exit() == 130
            assert "waiting" not in terminal.text


def test_what_is_awaited_stays_on_one_line_of_a_narrow_terminal(tmp_path: Path) -> None:
    with Server(paths={"/models": Exchange.stall}) as server:
        variables = {"NEUROTUI_API_KEY": KEY, "NEUROTUI_BASE_URL": server.url}
        command = [*NEUROTUI, "models"]
        with Terminal(command, home=tmp_path, environment=variables, size=(20, 5)) as terminal:
            terminal.wait_for(lambda: terminal.output.count(b"waiting") == 2)
            assert [line for line in terminal.lines if line] == ["◔ waiting for 127.…"]


async def listing_at_v1(exchange: Exchange) -> None:
    """A server of which nothing but the list at /v1 is known."""
    at_v1 = exchange.request.path == "/v1/models"
    await (listing if at_v1 else refuse(404))(exchange)


def test_an_api_at_v1_is_named(shell: Shell) -> None:
    with Server(paths={"/models": listing_at_v1}) as server:
        bare = server.url.removesuffix("/v1")
        done = shell(server, "models", "--base-url", bare)
        doctor = shell(server, "--base-url", bare, "doctor")
    assert done.code == 1
    assert f"There is no such API at {bare}" in done.err and f"There is one at {server.url}" in done.err
    assert f"There is one at {server.url}" in doctor.out.decode()


@pytest.mark.parametrize("script", [refuse(404), refuse(405)])
def test_where_nothing_is_listed_at_v1_either_both_are_possible(script: Script, shell: Shell) -> None:
    with Server(paths={"/models": script}) as server:
        done = shell(server, "models", "--base-url", server.url.removesuffix("/v1"))
    assert "does not list its models" in done.err and "did you forget /v1" in done.err


def test_an_empty_list_is_no_error(shell: Shell) -> None:
    with Server(paths={"/models": refuse(200, data={"object": "list", "data": None})}) as server:
        done = shell(server, "models")
    assert (done.code, done.out) == (0, b"")


@pytest.mark.parametrize(
    ("script", "code", "words"),
    [
        (refuse(401), 3, "refused the API key"),
        (refuse(404), 1, "does not list its models. Type the name of a model\n"),
        (refuse(402), 4, "balance"),
    ],
)
def test_what_went_wrong_is_said_in_a_sentence(script: Script, code: int, words: str, shell: Shell) -> None:
    with Server(paths={"/models": script}) as server:
        done = shell(server, "models")
    assert (done.code, done.out) == (code, b"")
    assert words in done.err
    assert KEY not in done.err


PRICED = {
    "input": 0.25,
    "output": 2.0,
    "cached": 0.025,
    "per_call": 0.0,
    "currency": "USD",
    "source": "models",
    "at_least": False,
}


@pytest.mark.parametrize(
    ("paths", "source", "cached"),
    [(openrouter(), "models", 0.025), (new_api(), "pricing", 0.025), (litellm(), "models", None)],
)
def test_json_has_the_prices_for_a_million_tokens(
    paths: dict[str, Script], source: str, cached: float | None, shell: Shell
) -> None:
    with Server(paths=paths) as server:
        found = json.loads(shell(server, "models", "--json").out)
    told = datetime.fromisoformat(found[0]["prices"].pop("told_at_iso"))
    assert abs(told.timestamp() - time.time()) < 60
    assert found[0]["prices"] == PRICED | {"source": source, "cached": cached}
    assert all(model["prices"] is None for model in found[1:])


def test_json_has_what_a_model_takes_and_makes(shell: Shell) -> None:
    with Server(paths=openrouter()) as server:
        first, second = json.loads(shell(server, "models", "--json").out)
    assert first["modalities"] == {"input": ["image", "text"], "output": ["text"]}
    assert first["max_completion_tokens"] == 128_000
    assert second["modalities"] == {"input": None, "output": None}


def test_prices_are_in_the_currency_of_the_profile(tmp_path: Path, shell: Shell) -> None:
    with Server(paths=new_api()) as server:
        configure(
            tmp_path,
            f'[profiles.work]\nbase_url = "{server.url}"\ncurrency = "RUB"\nrate = 80\ngroup = "vip"\n',
        )
        [found] = json.loads(shell(None, "models", "--json", "--profile", "work").out)
    assert (found["prices"]["input"], found["prices"]["currency"]) == (10.0, "RUB")


def test_a_list_of_names_asks_for_nothing_more(shell: Shell) -> None:
    with Server(paths=new_api()) as server:
        assert shell(server, "models").out == b"gpt-5-mini\n"
        assert [request.path for request in server.requests] == ["/v1/models"]


def test_it_can_be_sorted_by_price_and_what_is_not_known_comes_last(shell: Shell) -> None:
    def model(id: str, price: str | None) -> dict[str, object]:
        return {"id": id, "pricing": {"prompt": price, "completion": price}}

    listed = {"data": [model("dear", "0.00001"), model("unknown", None), model("cheap", "0.0000001")]}
    with Server(paths={"/models": telling(listed)}) as server:
        assert shell(server, "models", "--sort", "price").out.split() == [b"cheap", b"dear", b"unknown"]
        assert shell(server, "models", "--sort", "name").out.split() == [b"cheap", b"dear", b"unknown"]
        assert shell(server, "models").out.split() == [b"dear", b"unknown", b"cheap"]


def test_health_is_told_of_what_has_answered_here(tmp_path: Path, shell: Shell) -> None:
    async def cut(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("Half")
        exchange.close()

    with Server([HELLO, cut], paths=openrouter()) as server:
        for code in (0, 5):
            assert shell(server, "ask", "-m", "gpt-5-mini", "Hi").code == code
        first, second = json.loads(shell(server, "models", "--json", "--health").out)
        health = first["health"]
        assert (health["answers"], health["cut"]) == (2, 1)
        assert 0 < health["first_token"] < 30
        assert second["health"] is None
        variables = {"NEUROTUI_API_KEY": KEY, "NEUROTUI_BASE_URL": server.url}
        command = [*NEUROTUI, "models", "--health"]
        with Terminal(command, home=tmp_path, environment=variables, size=(120, 10)) as terminal:
            assert terminal.wait_for_exit() == 0
            assert "$0.25 → $2.00" in terminal.text
            assert "1 of 2 cut" in terminal.text


def test_the_rhythm_of_the_pings_is_learnt_and_told(tmp_path: Path, shell: Shell) -> None:
    with Server([answer("Hello", pings=3, pace=0.1), HELLO], paths=openrouter()) as server:
        assert shell(server, "ask", "-m", "gpt-5-mini", "Hi").code == 0
        assert shell(server, "ask", "-m", "gpt-5-mini", "quick").code == 0, "without a ping: it tells nothing"
        first, second = json.loads(shell(server, "models", "--json", "--health").out)
        assert 0.09 < first["health"]["rhythm"] < 5
        assert second["health"] is None
        variables = {"NEUROTUI_API_KEY": KEY, "NEUROTUI_BASE_URL": server.url}
        for language, words in (("en", "pings every"), ("ru", "пинги каждые")):
            command = [*NEUROTUI, "--lang", language, "models", "--health"]
            with Terminal(command, home=tmp_path, environment=variables, size=(120, 10)) as terminal:
                assert terminal.wait_for_exit() == 0
                assert words in terminal.text


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("width", [70, 80, 140])
def test_the_table_fits_and_what_matters_least_is_left_out(
    width: int, language: str, tmp_path: Path, shell: Shell
) -> None:
    with Server(answer("Hello", pings=3, pace=0.05), paths=openrouter()) as server:
        assert shell(server, "ask", "-m", "gpt-5-mini", "Hi").code == 0
        variables = {"NEUROTUI_API_KEY": KEY, "NEUROTUI_BASE_URL": server.url}
        for flags, last in (((), "400"), (("--health",), "ms" if language == "en" else "мс")):
            command = [*NEUROTUI, "--lang", language, "models", *flags]
            with Terminal(command, home=tmp_path, environment=variables, size=(width, 10)) as terminal:
                assert terminal.wait_for_exit() == 0
                lines = [line.rstrip() for line in terminal.text.splitlines() if line.strip()]
                assert len(lines) == 3 or (width == 70 and flags), "none is longer than the terminal"
                assert "gpt-5-mini" in lines[1] and "2" in lines[1] and last in "".join(lines[1:])
                assert ("OpenAI: GPT-5 Mini" in lines[1]) is (width == 140 or (not flags and width == 80))
