"""The linear face at a terminal: Ctrl+C, two answers at once, what is typed meanwhile, a crash."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.balances import Till
from tests.chat.pictures import data_url, png
from tests.cli.asking import KEY
from tests.cli.test_received import chunk
from tests.servers import Exchange, Script, Server
from tests.terminal import NEUROTUI, Terminal

WORDS = {
    "en": ("stopped by you", "/continue continues it", "once more to quit", "In “", "finished, "),
    "ru": ("остановлено вами", "/continue — продолжить", "ещё раз, чтобы выйти", "В беседе «", "готово, "),
}


async def by_name(exchange: Exchange) -> None:
    """Answers the question at once, or only when it is told to."""
    question = exchange.request.json["messages"][-1]["content"]
    await exchange.head()
    await exchange.text(f"About {question}:\n")
    if question.startswith("long"):
        await exchange.stall()
    await exchange.text("that is all.")
    await exchange.finish()


@contextmanager
def talking(home: Path, server: Server, *arguments: str, term: str = "dumb") -> Iterator[Terminal]:
    variables = {
        "NEUROTUI_BASE_URL": server.url,
        "NEUROTUI_API_KEY": KEY,
        "NEUROTUI_MODEL": "m",
        "TERM": term,
    }
    command = [*NEUROTUI, "--plain", *arguments]
    with Terminal(command, home=home, environment=variables, size=(100, 40)) as terminal:
        terminal.wait_for("/help")
        yield terminal


@pytest.mark.parametrize("language", ["en", "ru"])
def test_ten_turns_by_ear(tmp_path: Path, language: str) -> None:
    stopped, how, again, elsewhere, finished = WORDS[language]
    with Server(by_name) as server, talking(tmp_path, server, "--lang", language) as terminal:
        terminal.type("rivers\r")
        terminal.wait_for("that is all.")
        terminal.type("long way\r")
        terminal.wait_for("About long way:")
        terminal.send(b"\x03")
        terminal.wait_for(stopped)
        terminal.wait_for(how)
        server.wait(lambda: server.closed_at)
        terminal.type("long story\r")
        terminal.wait_for("About long story:")
        terminal.type("/new\r")
        terminal.wait_for("new" if language == "en" else "новая беседа")
        terminal.type("hills\r")
        terminal.wait_for("About hills:")
        terminal.wait_for(lambda: terminal.text.count(finished) == 2)
        terminal.type("/stop-all\r")
        terminal.wait_for(elsewhere)
        terminal.send(b"\x03")
        terminal.wait_for(again)
        terminal.send(b"\x03")
        assert terminal.wait_for_exit() == 0
        assert b"\x1b" not in terminal.output


def gated() -> tuple[asyncio.Event, Script]:
    """A gate, and answers that wait at it in their midst."""
    gate = asyncio.Event()

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("Begun.\n")
        await gate.wait()
        await exchange.text("Done.")
        await exchange.finish()

    return gate, script


def test_what_is_typed_meanwhile_is_sent_after_it(tmp_path: Path) -> None:
    gate, script = gated()
    with Server(script) as server, talking(tmp_path, server, "--lang", "en") as terminal:
        terminal.type("one\r")
        terminal.wait_for("Begun.")
        terminal.type("two\r")
        terminal.wait_for("sent when the answer ends")
        server.do(gate.set)
        server.wait(lambda: len(server.chats) == 2)
        assert server.chats[1].json["messages"][-1]["content"] == "two"
        terminal.wait_for(lambda: terminal.text.count("Done.") == 2)
        terminal.wait_for(lambda: terminal.output.endswith(b"> "))
        terminal.send(b"\x04")
        assert terminal.wait_for_exit() == 0


def test_the_end_of_input_typed_meanwhile_quits_after_the_answer(tmp_path: Path) -> None:
    gate, script = gated()
    with Server(script) as server, talking(tmp_path, server, "--lang", "en") as terminal:
        terminal.type("one\r")
        terminal.wait_for("Begun.")
        terminal.type("two\r")
        terminal.send(b"\x04")
        terminal.wait_for("sent when the answer ends")
        server.do(gate.set)
        assert terminal.wait_for_exit() == 0
        assert [each.json["messages"][-1]["content"] for each in server.chats] == ["one", "two"]


def test_ctrl_c_stops_all_that_is_compared(tmp_path: Path) -> None:
    with Server(by_name) as server, talking(tmp_path, server, "--lang", "en") as terminal:
        terminal.type("rivers\r")
        terminal.wait_for("finished")
        terminal.type("/edit\r")
        terminal.wait_for("Edited question")
        terminal.type("long rivers\r")
        terminal.wait_for("About long rivers:")
        terminal.send(b"\x03")
        terminal.wait_for("stopped by you")
        terminal.type("/compare gpt-5-mini другая\r")
        terminal.wait_for("Asked")
        server.wait(lambda: len(server.chats) == 4)
        terminal.send(b"\x03")
        terminal.wait_for("Go on with:")
        assert terminal.text.count("stopped by you") == 3 and "In “" not in terminal.text
        terminal.type("1\r")
        terminal.type("/quit\r")
        assert terminal.wait_for_exit() == 0


def test_after_a_crash_it_asks_what_becomes_of_the_answer(tmp_path: Path) -> None:
    with Server(by_name) as server:
        with talking(tmp_path, server, "--lang", "en") as terminal:
            terminal.type("long one\r")
            terminal.wait_for("About long one:")
            terminal.wait_until_quiet(0.6)
            terminal.signal(signal.SIGKILL)
            terminal.wait_for_exit()
        with talking(tmp_path, server, "--lang", "en") as terminal:
            terminal.wait_for("Continue it")
            terminal.type("2\r")
            terminal.type("/history\r1\r")
            terminal.wait_for("About long one:")
            terminal.type("/quit\r")
            assert terminal.wait_for_exit() == 0
        assert len(server.chats) == 1, "nothing is sent by itself"


def test_a_missing_key_is_asked_for_and_not_shown(tmp_path: Path) -> None:
    variables = {"TERM": "dumb", "HTTPS_PROXY": "http://127.0.0.1:9"}
    command = [*NEUROTUI, "--plain", "--lang", "en"]
    with Terminal(command, home=tmp_path, environment=variables, size=(100, 40)) as terminal:
        terminal.wait_for("This server needs a key")
        terminal.type("1\r")
        terminal.wait_for("not shown")
        terminal.type(f"{KEY}\r")
        terminal.wait_for("proxy")
        assert KEY.encode() not in terminal.output
        terminal.type("/demo\r")
        terminal.wait_for("answers from now on")
        terminal.type("/quit\r")
        assert terminal.wait_for_exit() == 0


def test_the_arrow_key_brings_back_what_was_asked_before(tmp_path: Path) -> None:
    with Server(by_name) as server:
        with talking(tmp_path, server, "--lang", "en") as terminal:
            terminal.type("rivers\r")
            terminal.wait_for("finished")
            terminal.type("/quit\r")
            terminal.wait_for_exit()
        with talking(tmp_path, server, "--lang", "en", term="xterm-256color") as terminal:
            terminal.wait_for(lambda: terminal.output.rstrip().endswith(b">"))
            terminal.press("up")
            terminal.wait_for("> rivers")
            terminal.type("\r")
            terminal.wait_for("finished")
            terminal.type("/quit\r")
            assert terminal.wait_for_exit() == 0
            assert b"\x1b[?" not in terminal.output


def test_a_message_that_waits_is_a_draft_after_a_kill(tmp_path: Path) -> None:
    with Server(by_name) as server, talking(tmp_path, server, "--lang", "en") as terminal:
        terminal.type("long one\r")
        terminal.wait_for("About long one:")
        terminal.type("not yet\r")
        terminal.wait_for("sent when the answer ends")
        folder = tmp_path / ".local" / "share" / "neurotui"

        def drafts() -> list[tuple[str]]:
            with closing(sqlite3.connect(folder / "neurotui.db")) as connection:
                return connection.execute("SELECT text FROM drafts").fetchall()

        terminal.wait_for(lambda: drafts() == [("not yet",)])
        terminal.signal(signal.SIGKILL)
        terminal.wait_for_exit()
        assert drafts() == [("not yet",)] and len(server.chats) == 1


def test_a_signal_ends_it_at_the_first_question_too(tmp_path: Path) -> None:
    command, variables = [*NEUROTUI, "--plain", "--lang", "en"], {"TERM": "dumb"}
    with Terminal(command, home=tmp_path, environment=variables, size=(100, 40)) as terminal:
        terminal.wait_for("Number, or Enter for none")
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_for_exit(10) == 128 + signal.SIGTERM


def test_a_signal_ends_it_in_order(tmp_path: Path) -> None:
    with Server(by_name) as server, talking(tmp_path, server, "--lang", "en") as terminal:
        terminal.type("long one\r")
        terminal.wait_for("About long one:")
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_for_exit() == 128 + signal.SIGTERM
        server.wait(lambda: server.closed_at)


async def drawn(exchange: Exchange) -> None:
    """Answers with code, a link and a picture."""
    text = "See https://a.example/1\n\n```python\nprint(1)\n```\n"
    await exchange.head()
    await exchange.event(chunk(text, images=[{"image_url": {"url": data_url(png())}}]))
    await exchange.finish()


def test_files_are_told_and_saved_by_their_number(tmp_path: Path) -> None:
    with Server(drawn) as server, talking(tmp_path, server) as terminal:
        terminal.type("draw\r")
        terminal.wait_for("picture, 4×2, PNG")
        terminal.wait_for("/open-link opens it, /save-code saves it")
        terminal.type("/save-code\r")
        terminal.wait_for("1. python · print(1)")
        terminal.wait_for("2. picture · 4×2 · PNG")
        terminal.type("2\r")
        terminal.wait_for("Saved as")
        (saved,) = tmp_path.rglob("picture-1.png")
        assert saved.read_bytes() == png()
        terminal.type("/open-link\r")
        terminal.wait_for("1. https://a.example/1")
        terminal.wait_for("2. picture · 4×2 · PNG")
        terminal.type("\r")
        terminal.close()


@pytest.mark.parametrize(("typed", "told"), [("1", True), ("", False)])
def test_a_conversation_is_saved_with_receipts_or_without(tmp_path: Path, typed: str, told: bool) -> None:
    with Server(by_name) as server, talking(tmp_path, server) as terminal:
        terminal.type("rivers\r")
        terminal.wait_for("that is all.")
        terminal.type("/save\r")
        terminal.wait_for("1. with receipts: tokens, time, cost")
        terminal.type(f"{typed}\r")
        terminal.wait_for("Saved as")
        (saved,) = tmp_path.rglob("*.md")
        assert ("5 tokens by the server's count" in saved.read_text()) is told
        terminal.close()


@pytest.mark.parametrize(("language", "cost"), [("en", "Total: $0.0013"), ("ru", "Всего: 0,0013\u00a0$")])
def test_prices_and_the_balance_are_learnt_before_the_first_question(
    tmp_path: Path, language: str, cost: str
) -> None:
    till = Till()
    with (
        Server(till.answer(1000, 500), paths=till.paths()) as server,
        talking(tmp_path, server, "--lang", language, "-m", "gpt-5-mini") as terminal,
    ):
        server.wait(lambda: till.looks and any("/api/pricing" in each.path for each in server.requests))
        terminal.type("rivers\r")
        terminal.wait_for("Hello")
        terminal.wait_for(WORDS[language][-1])
        terminal.type("/usage\r")
        terminal.wait_for(cost)
