"""`neurotui ask -m a -m b`: several models at the same time, as a shell calls it."""

from __future__ import annotations

import asyncio
import json
import signal
import threading
from pathlib import Path

import pytest

from neurotui.cli.codes import of_several
from tests.cli.asking import KEY, Shell, running
from tests.cli.store import FOLDER
from tests.cli.test_ask import hanging
from tests.servers import Exchange, Server, answer, refuse
from tests.store.examples import library_of
from tests.terminal import NEUROTUI, Terminal


async def by_name(exchange: Exchange) -> None:
    """Answers with the name of the model; one called `bad` is refused, one called `cut` breaks off."""
    model = exchange.request.json["model"]
    if model == "bad":
        await refuse(400, message="no such thing")(exchange)
        return
    if model == "refused":
        await refuse(401)(exchange)
        return
    await exchange.head()
    await exchange.text(f"I am {model}")
    if model == "cut":
        exchange.reset()
        return
    await exchange.finish()


class InTurn:
    """A script that lets each model answer when it is let through."""

    def __init__(self, *models: str) -> None:
        self.let = {model: threading.Event() for model in models}

    async def __call__(self, exchange: Exchange) -> None:
        model = exchange.request.json["model"]
        await exchange.head()
        await exchange.text(f"I am {model}")
        while not (self.let[model].is_set() or exchange.connection.gone.is_set()):  # noqa: ASYNC110  set by a thread
            await asyncio.sleep(0.01)
        await exchange.finish()


def test_each_is_printed_whole_as_it_ends_under_its_name(tmp_path: Path) -> None:
    script = InTurn("a", "b")
    with (
        Server(script) as server,
        running(tmp_path, server, "ask", "-m", "a", "-m", "b", "Hi") as program,
    ):
        server.wait(lambda: len(server.chats) == 2)
        first, second = b"==> b <==\nI am b\n\n", b"==> a <==\nI am a\n\n"
        script.let["b"].set()
        assert program.out.read(len(first)) == first
        script.let["a"].set()
        assert program.out.read(len(second)) == second
        assert program.wait() == 0 and program.err.read() == b""


def test_they_are_siblings_in_one_conversation(shell: Shell, tmp_path: Path) -> None:
    with Server(by_name) as server:
        done = shell(server, "ask", "-m", "a", "-m", "a", "Hi")
    assert done.code == 0 and b"==> a (1) <==" in done.out and b"==> a (2) <==" in done.out
    library = library_of(tmp_path / FOLDER)
    (summary,) = library.summaries()
    kept = library.open(summary.id)
    assert kept is not None
    question, first = kept.path()
    assert question.text == "Hi" and len(kept.siblings(first.id)) == 2


def test_json_is_one_object_a_line(shell: Shell) -> None:
    with Server(by_name) as server:
        done = shell(server, "ask", "--json", "-m", "a", "-m", "b", "Hi")
    found = [json.loads(line) for line in done.out.splitlines()]
    assert sorted((each["asked_model"], each["text"], each["status"]) for each in found) == [
        ("a", "I am a", "complete"),
        ("b", "I am b", "complete"),
    ]


@pytest.mark.parametrize(
    ("models", "code"), [("a b", 0), ("a bad", 1), ("a cut", 5), ("cut bad a", 1), ("bad refused cut", 3)]
)
def test_the_exit_code_is_the_worst(models: str, code: int, shell: Shell) -> None:
    with Server(by_name) as server:
        flags = [part for model in models.split() for part in ("-m", model)]
        done = shell(server, "ask", *flags, "Hi")
    assert done.code == code
    for model in {"a", "b"} & set(models.split()):
        assert f"==> {model} <==\nI am {model}\n".encode() in done.out, "the others are not disturbed"
    if "bad" in models:
        assert "neurotui: bad: " in done.err and "no such thing" in done.err


def test_the_order_of_the_codes() -> None:
    order = [3, 4, 2, 1, 6, 5, 130, 0]
    assert [of_several(order[at:]) for at in range(len(order))] == order


def test_ctrl_c_stops_all(tmp_path: Path) -> None:
    with (
        Server(InTurn("a", "b", "c")) as server,
        running(tmp_path, server, "ask", "-m", "a", "-m", "b", "-m", "c", "Hi") as program,
    ):
        server.wait(lambda: len(server.chats) == 3)
        program.signal(signal.SIGINT)
        assert program.wait() == 130
        server.wait(lambda: len(server.closed_at) == 3)
        told = program.err.read().decode()
        assert all(f"neurotui: {model}: stopped by you" in told for model in "abc")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-m", "a"] * 9, "at most 8 models"),
        (["-m", "a", "-m", "b", "--record", "file"], "a recording is of one model"),
    ],
)
def test_wrong_use_is_a_sentence(arguments: list[str], words: str, shell: Shell) -> None:
    with Server() as server:
        done = shell(server, "ask", *arguments, "Hi")
        assert server.chats == []
    assert done.code == 2 and words in done.err


def test_nothing_leaves_if_the_budget_allows_only_some(shell: Shell, tmp_path: Path) -> None:
    settings = tmp_path / ".config" / "neurotui" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("[budget]\nday_tokens = 3000\n")
    with Server() as server:
        done = shell(server, "ask", "-m", "a", "-m", "b", "-m", "c", "Hi")
        assert server.chats == []
    assert done.code == 4 and "it allows 2 of 3 answers" in done.err


def test_what_another_program_has_reserved_lets_nothing_leave(shell: Shell, tmp_path: Path) -> None:
    settings = tmp_path / ".config" / "neurotui" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("[budget]\nday_tokens = 6000\n")
    with Server(hanging) as server:
        with running(tmp_path, server, "ask", "--no-save", "-m", "a", "-m", "b", "Hi") as program:
            server.wait(lambda: len(server.chats) == 2)
            done = shell(server, "ask", "-m", "c", "-m", "d", "Hi")
            assert done.code == 4 and "it allows 1 of 2 answers" in done.err
            program.signal(signal.SIGINT)
            assert program.wait() == 130
        assert len(server.chats) == 2
        server.scripts = [by_name]
        assert shell(server, "ask", "-m", "c", "-m", "d", "Hi").code == 0


def test_a_profile_is_asked_at_its_own_server(shell: Shell, tmp_path: Path) -> None:
    with Server(answer("here")) as here, Server(answer("there")) as there:
        settings = tmp_path / ".config" / "neurotui" / "config.toml"
        settings.parent.mkdir(parents=True)
        settings.write_text(f'[profiles.work]\nbase_url = "{there.url}"\n')
        done = shell(here, "ask", "-m", "a", "-m", "work:llama3:8b", "Hi")
        assert [chat.json["model"] for chat in there.chats] == ["llama3:8b"]
        assert [chat.json["model"] for chat in here.chats] == ["a"]
    assert done.code == 0
    assert b"==> a <==\nhere\n" in done.out and b"==> work:llama3:8b <==\nthere\n" in done.out


def test_one_model_is_asked_as_ever(shell: Shell) -> None:
    with Server(by_name) as server:
        done = shell(server, "ask", "-m", "a", "Hi")
    assert (done.code, done.out) == (0, b"I am a")


def test_it_is_gone_on_with_the_first(shell: Shell, tmp_path: Path) -> None:
    with Server(by_name) as server:
        shell(server, "ask", "-m", "a", "-m", "b", "Hi")
        shell(server, "ask", "-c", "-m", "c", "And?")
        texts = [message["content"] for message in server.chats[-1].json["messages"]]
    assert texts == ["Hi", "I am a", "And?"]
    assert len(library_of(tmp_path / FOLDER).summaries()) == 1


def test_a_terminal_shows_how_many_are_awaited_and_then_the_answers(tmp_path: Path) -> None:
    script = InTurn("a", "b")
    with Server(script) as server:
        environment = {"NEUROTUI_API_KEY": KEY, "NEUROTUI_BASE_URL": server.url}
        command = [*NEUROTUI, "ask", "-m", "a", "-m", "b", "Hi"]
        with Terminal(command, home=tmp_path, environment=environment) as terminal:
            terminal.wait_for("0 of 2 answers have ended")
            script.let["b"].set()
            terminal.wait_for("I am b")
            script.let["a"].set()
            assert terminal.wait_for_exit() == 0
            shown = [line.strip() for line in terminal.lines if line.strip()]
    assert shown == ["==> b <==", "I am b", "==> a <==", "I am a"]


def test_what_is_sent_again_is_told_under_its_name(shell: Shell) -> None:
    refused: list[str] = []

    async def busy_once(exchange: Exchange) -> None:
        model = exchange.request.json["model"]
        if model == "a" and not refused:
            refused.append(model)
            await refuse(429, headers={"Retry-After": "0"})(exchange)
        else:
            await answer("here")(exchange)

    with Server(busy_once) as server:
        done = shell(server, "ask", "-m", "a", "-m", "b", "Hi")
        assert len(server.chats) == 3
    assert done.code == 0 and done.err.startswith("neurotui: a: ") and "b:" not in done.err
