"""The main job in a real terminal, against a real server: launch, chat, see it live, stop, save, quit."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.measuring import in_time, measured
from tests.servers import Exchange, Server, answer, one_at_a_time, refuse
from tests.terminal import NEUROTUI, Terminal

KEY = "sk-test-0123456789abcdef0123456789"

GOOD = answer("Привет, ", "я отвечаю ", "частями.", pings=2, pace=0.02)


async def endless(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.ping()
    await exchange.text("Начало ответа. ")
    await exchange.stall()


async def only_pings(exchange: Exchange) -> None:
    await exchange.head()
    while not exchange.connection.gone.is_set():
        await exchange.ping()
        await asyncio.sleep(0.1)


async def no_head(exchange: Exchange) -> None:
    await exchange.stall()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(GOOD) as server:
        yield server


def launch(server: Server, home: Path, *flags: str, **options: Any) -> Terminal:
    environment = {"NEUROTUI_BASE_URL": server.url, "NEUROTUI_API_KEY": KEY, "NEUROTUI_MODEL": "gpt-5-mini"}
    environment |= options.pop("environment", {})
    return Terminal([*NEUROTUI, "--lang", "en", *flags], home=home, environment=environment, **options)


def ask(terminal: Terminal, text: str) -> None:
    terminal.wait_for("Message")
    terminal.type(text)
    terminal.wait_for(text)
    terminal.press("enter")


def databases(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file() and path.name.endswith((".db", ".db-wal"))]


def kept(home: Path, text: str) -> bool:
    """True if `text` of the answer that comes is in the database already."""
    [database] = [path for path in databases(home) if path.suffix == ".db"]
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT 1 FROM deltas WHERE instr(text, ?)", (text,)).fetchone() is not None


def test_a_conversation_of_two_turns(server: Server, tmp_path: Path) -> None:
    with launch(server, tmp_path, fresh=True) as terminal:
        ask(terminal, "first question")
        terminal.wait_for("я отвечаю частями.")
        terminal.wait_for(" tok · ")
        ask(terminal, "second")
        server.wait(lambda: len(server.chats) == 2)
        terminal.wait_for(lambda: terminal.text.count("частями.") == 2)
        terminal.wait_for(lambda: terminal.text.count(" tok · ") == 2)
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
        assert not terminal.left_behind
    assert server.chats[0].headers["authorization"] == f"Bearer {KEY}"
    assert [(m["role"], m["content"]) for m in server.chats[1].json["messages"]] == [
        ("user", "first question"),
        ("assistant", "Привет, я отвечаю частями."),
        ("user", "second"),
    ]
    assert KEY.encode() not in bytes(terminal.output)


@pytest.mark.parametrize("key", ["escape", "ctrl+c"])
@pytest.mark.parametrize(
    ("script", "shown"),
    [(no_head, "sent, waiting"), (only_pings, "alive"), (endless, "Начало ответа.")],
)
def test_stop_in_every_phase(server: Server, tmp_path: Path, key: str, script: Any, shown: str) -> None:
    server.scripts = [script, GOOD]
    with launch(server, tmp_path) as terminal:
        ask(terminal, "a question")
        terminal.wait_for(shown)
        terminal.press(key)
        server.wait(lambda: server.closed_at)
        terminal.wait_for("stopped")
        if script is endless:
            assert "Начало ответа." in terminal.text
            assert "connection closed in" in terminal.text
            terminal.type("next")
        else:  # not a word came, so the question is back in the input
            terminal.wait_for("│ a question")
        terminal.press("enter")
        terminal.wait_for("частями.")


def test_twenty_escapes_are_one_stop(server: Server, tmp_path: Path) -> None:
    server.scripts = [endless, GOOD]
    with launch(server, tmp_path) as terminal:
        ask(terminal, "a question")
        terminal.wait_for("Начало ответа.")
        terminal.send(b"\x1b" * 20)
        terminal.wait_for("stopped")
        terminal.press("end")  # the last one is known as such now: with a letter it would be Alt and that
        ask(terminal, "next")
        terminal.wait_for("частями.")
        assert len(server.chats) == 2


async def torrent(exchange: Exchange) -> None:
    await exchange.head()
    while not exchange.connection.gone.is_set():
        await exchange.text("Ещё немного слов.\n\n")
        await asyncio.sleep(0.005)


def test_a_terminal_that_takes_nothing_holds_nothing_up(server: Server, tmp_path: Path) -> None:
    server.scripts = [torrent, GOOD]
    with launch(server, tmp_path, kitty=True) as terminal:
        ask(terminal, "a question")
        terminal.wait_for("немного")
        with terminal.frozen():
            time.sleep(2.0)
            terminal.press("ctrl+c")
            server.wait(lambda: server.closed_at)
        terminal.wait_for("stopped by you")
        ask(terminal, "next")
        terminal.wait_for("частями.")


def test_the_stop_button_stops(server: Server, tmp_path: Path) -> None:
    server.scripts = [endless]
    with launch(server, tmp_path) as terminal:
        ask(terminal, "a question")
        terminal.wait_for("Начало ответа.")
        terminal.wait_for("Stop Esc")
        row = next(y for y, line in enumerate(terminal.lines) if "Stop Esc" in line)
        column = terminal.lines[row].index("Stop Esc") + 2
        for end in "Mm":
            terminal.send(f"\x1b[<0;{column + 1};{row + 1}{end}".encode())
        server.wait(lambda: server.closed_at)
        terminal.wait_for("stopped")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_ends_in_order(server: Server, tmp_path: Path, name: str) -> None:
    server.scripts = [endless]
    with launch(server, tmp_path) as terminal:
        number = signal.Signals[name]
        ask(terminal, "a question")
        terminal.wait_for("Начало ответа.")
        terminal.signal(number)
        assert terminal.wait_for_exit() == 128 + number
        assert not terminal.left_behind
        server.wait(lambda: server.closed_at)
    with launch(server, tmp_path, "-c") as terminal:
        terminal.wait_for("Начало ответа.")
        terminal.wait_for("stopped")


def test_a_closed_window_loses_nothing(server: Server, tmp_path: Path) -> None:
    server.scripts = [endless]
    with launch(server, tmp_path) as terminal:
        ask(terminal, "a question")
        terminal.wait_for("Начало ответа.")
        terminal.hang_up()
        terminal.wait_for_exit()
        server.wait(lambda: server.closed_at)
    with launch(server, tmp_path, "-c") as terminal:
        terminal.wait_for("Начало ответа.")


def test_quitting_in_the_middle_stops_and_saves(server: Server, tmp_path: Path) -> None:
    server.scripts = [endless]
    with launch(server, tmp_path) as terminal:
        ask(terminal, "a question")
        terminal.wait_for("Начало ответа.")
        terminal.press("ctrl+q")
        terminal.wait_for("Stop and quit")
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
        assert not terminal.left_behind
        server.wait(lambda: server.closed_at)
    with launch(server, tmp_path, "-c") as terminal:
        terminal.wait_for("Начало ответа.")


@pytest.mark.parametrize("how", ["ctrl+q", "SIGTERM", "closed"])
@measured
def test_an_end_in_the_middle_takes_less_than_a_second(
    server: Server, tmp_path_factory: pytest.TempPathFactory, how: str
) -> None:
    server.scripts = endless
    with launch(server, tmp_path_factory.mktemp("home")) as terminal:
        ask(terminal, "a question")
        terminal.wait_for("Начало ответа.")
        if how == "ctrl+q":
            terminal.press(how)
            terminal.wait_for("Stop and quit")
        began = time.monotonic()
        match how:
            case "ctrl+q":
                terminal.press(how)
            case "SIGTERM":
                terminal.signal(signal.SIGTERM)
            case _:
                terminal.hang_up()
        terminal.wait_for_exit()
        in_time(time.monotonic() - began, 1.0)


def test_killed_in_the_middle_keeps_question_and_text(server: Server, tmp_path: Path) -> None:
    server.scripts = [endless]
    with launch(server, tmp_path) as terminal:
        ask(terminal, "a question")
        terminal.wait_for("Начало ответа.")
        terminal.wait_for(lambda: kept(tmp_path, "Начало ответа."))
        terminal.signal(signal.SIGKILL)
        terminal.wait_for_exit()
    with launch(server, tmp_path, "-c") as terminal:
        terminal.wait_for("a question")
        terminal.wait_for("Начало ответа.")


def test_what_is_on_disk_is_private_and_whole(server: Server, tmp_path: Path) -> None:
    with launch(server, tmp_path) as terminal:
        ask(terminal, "a question")
        terminal.wait_for(" tok · ")
        files = databases(tmp_path)
        assert files
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
        assert {stat.S_IMODE(path.parent.stat().st_mode) for path in files} == {0o700}
        terminal.press("ctrl+q")
        terminal.wait_for_exit()
    database = next(path for path in files if path.suffix == ".db")
    with sqlite3.connect(database) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_ctrl_s_saves_a_transcript_and_says_where(server: Server, tmp_path: Path) -> None:
    with launch(server, tmp_path) as terminal:
        ask(terminal, "a question")
        terminal.wait_for(" tok · ")
        terminal.press("ctrl+s")
        terminal.wait_for("Markdown")
        terminal.press("enter")
        terminal.wait_for("Saved as")
        transcript = next(tmp_path.rglob("*.md"))
        text = transcript.read_text(encoding="utf-8")
        assert "a question" in text
        assert "Привет, я отвечаю частями." in text
        assert stat.S_IMODE(transcript.stat().st_mode) == 0o600


@pytest.mark.parametrize("key", ["ctrl+j", "backslash"])
def test_a_new_line_in_the_input(server: Server, tmp_path: Path, key: str) -> None:
    with launch(server, tmp_path) as terminal:
        terminal.wait_for("Message")
        terminal.type("one")
        if key == "backslash":
            terminal.type("\\")
            terminal.wait_for("one\\")
            terminal.press("enter")
            terminal.wait_for(
                lambda: "\\" not in terminal.text
            )  # in one read with text behind it, it is a paste
        else:
            terminal.press(key)
        terminal.type("two")
        terminal.wait_for("two")
        terminal.press("enter")
        server.wait(lambda: server.chats)
    assert server.chats[0].json["messages"][0]["content"] == "one\ntwo"


def test_shift_enter_with_the_kitty_protocol_and_russian_keys(server: Server, tmp_path: Path) -> None:
    server.scripts = [endless]
    with launch(server, tmp_path, kitty=True) as terminal:
        terminal.wait_for("Message")
        terminal.type("раз")
        terminal.press("shift+enter")
        terminal.type("два")
        terminal.wait_for("два")
        terminal.press("enter")
        terminal.wait_for("Начало ответа.")
        terminal.press("ctrl+с")  # Cyrillic: Ctrl+C on a Russian layout
        terminal.wait_for("stopped")
        terminal.press("ctrl+й")  # Ctrl+Q
        assert terminal.wait_for_exit() == 0
        assert not terminal.left_behind
    assert server.chats[0].json["messages"][0]["content"] == "раз\nдва"


@pytest.mark.parametrize("key", ["escape", "f3"])
def test_no_window_is_too_small(server: Server, tmp_path: Path, key: str) -> None:
    with launch(server, tmp_path) as terminal:
        ask(terminal, "a question")
        terminal.wait_for(" tok · ")
        terminal.press(key)
        for columns in (12, 7, 6, 5, 4, 1, 500):
            terminal.resize(columns, max(1, columns // 2))
            terminal.wait_until_quiet(0.1)
        terminal.resize(80, 24)
        terminal.press("escape")
        terminal.wait_for(" tok · ")


def test_an_error_is_a_sentence_and_the_prompt_comes_back(server: Server, tmp_path: Path) -> None:
    server.scripts = [refuse(401, "invalid_api_key", "Bad key [/x] \x1b]52;c;aGk=\x07"), GOOD]
    with launch(server, tmp_path) as terminal:
        ask(terminal, "a question")
        terminal.wait_for("refused the API key")
        terminal.wait_for("│ a question")
        terminal.press("enter")
        terminal.wait_for("частями.")
    assert b"\x1b]52" not in bytes(terminal.output)
    assert "Traceback" not in terminal.text


async def spoilt(exchange: Exchange) -> None:
    await exchange.head()
    for event in ("{", "not JSON", "{}"):
        await exchange.event(event)
        await exchange.text("good ")
    await exchange.finish()


def test_what_could_not_be_read_is_told(server: Server, tmp_path: Path) -> None:
    server.scripts = [spoilt]
    with launch(server, tmp_path) as terminal:
        ask(terminal, "a question")
        terminal.wait_for("good good good")
        terminal.wait_for("2 pieces were lost")
        terminal.wait_for("ready · Ctrl+G asks again")


def test_a_stopped_countdown_claims_no_connection_and_no_bill(server: Server, tmp_path: Path) -> None:
    server.scripts = [refuse(429, headers={"Retry-After": "50"})]
    with launch(server, tmp_path) as terminal:
        ask(terminal, "a question")
        terminal.wait_for("again in")
        terminal.press("escape")
        terminal.wait_for("stopped by you")
        assert "connection closed" not in terminal.text
        assert "bill" not in terminal.text


def test_a_hostile_answer_reaches_the_terminal_neutralised(server: Server, tmp_path: Path) -> None:
    server.scripts = [answer("[/x] [@click=app.quit]x[/] \x1b]52;c;aGk=\x07 \x9b31m \u202eabc", " end.")]
    with launch(server, tmp_path) as terminal:
        ask(terminal, "a question")
        terminal.wait_for("end.")
        terminal.wait_for("[@click=app.quit]")
        output = bytes(terminal.output)
    assert b"\x1b]52" not in output
    assert "\x9b".encode() not in output
    assert "\u202e".encode() not in output


def test_without_a_key_it_opens_and_offers_the_demo(tmp_path: Path) -> None:
    with Terminal([*NEUROTUI, "--lang", "en"], home=tmp_path) as terminal:
        terminal.wait_for("Welcome to neurotui")
        terminal.press("escape")
        terminal.wait_for(lambda: "Welcome to neurotui" not in terminal.text)
        terminal.wait_for("No API key is set")
        ask(terminal, "hello")
        terminal.wait_for("✗ No API key is set")
        terminal.press("f4")
        terminal.wait_for("neurotui-demo @ demo")
        terminal.press("ctrl+u")
        ask(terminal, "hi")
        terminal.wait_for("writing")


@pytest.mark.parametrize(
    ("flags", "environment", "sentence"),
    [
        (["--base-url", "file:///etc/passwd"], {}, "The server address cannot be used"),
        ([], {"NEUROTUI_API_KEY": "sk-\u043a\u043b\u044e\u0447-secret"}, "The API key cannot be used"),
    ],
)
def test_bad_configuration_is_refused_by_a_sentence(
    tmp_path: Path, flags: list[str], environment: dict[str, str], sentence: str
) -> None:
    with Terminal([*NEUROTUI, "--lang", "en", *flags], home=tmp_path, environment=environment) as terminal:
        assert terminal.wait_for_exit() == 2
        assert sentence in terminal.text
        assert "Traceback" not in terminal.text
        assert "secret" not in terminal.text


@pytest.mark.slow
def test_a_chat_that_stands_idle_lets_others_be_served(tmp_path: Path) -> None:
    """Of a server that takes one connection at a time, after the seconds that an idle one is kept."""
    with Server(GOOD, connect=one_at_a_time()) as server, launch(server, tmp_path) as terminal:
        ask(terminal, "a question")
        terminal.wait_for(" tok · ")
        other = tmp_path / "other"
        other.mkdir()
        variables = {"NEUROTUI_API_KEY": "sk-0123456789abcdef", "NEUROTUI_BASE_URL": server.url}
        with Terminal([*NEUROTUI, "ask", "Hi"], home=other, environment=variables) as asking:
            assert asking.wait_for_exit(30) == 0
        terminal.press("ctrl+l")
        terminal.wait_for("другая")
        assert len(server.chats) == 2


def test_idle_is_silent(server: Server, tmp_path: Path) -> None:
    """Of wake-ups, one is allowed for: the timer that closes the idle connection, once.

    Plain textual looks ten times a second whether there is input.
    """
    with launch(server, tmp_path) as terminal:
        ask(terminal, "a question")
        terminal.wait_for(" tok · ")
        terminal.wait_until_quiet(1.0)
        written, wakeups = len(terminal.output), terminal.wakeups()
        asyncio.run(asyncio.sleep(2))
        assert len(terminal.output) == written
        assert terminal.wakeups() - wakeups < (40 if os.environ.get("NEUROTUI_COMPAT") == "off" else 10)
