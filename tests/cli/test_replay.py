"""`neurotui record`, `--record` and `neurotui replay`, as a shell calls them."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from tests.cli.asking import KEY, Shell, running
from tests.servers import Exchange, Server, answer, refuse
from tests.terminal import NEUROTUI, Terminal

SLOW = answer("Привет", ", ", "мир", pings=2, pace=0.05)


async def begun(exchange: Exchange) -> None:
    """Begins, and then says nothing more."""
    await exchange.head()
    await exchange.text("begun")
    await exchange.stall()


def test_what_was_recorded_is_answered_again(tmp_path: Path, shell: Shell) -> None:
    file = str(tmp_path / "turn")
    with Server(SLOW) as server:
        recorded = shell(server, "record", file, "--system", "Be brief", "Hi")
        assert (recorded.code, recorded.out, recorded.err) == (0, "Привет, мир".encode(), "")
    replayed = shell(None, "replay", file)
    assert (replayed.code, replayed.out, replayed.err) == (0, "Привет, мир".encode(), "")
    found = json.loads(shell(None, "replay", "--speed", "0", "--json", file).out)
    assert (found["text"], found["status"], found["timing"]["pings"]) == ("Привет, мир", "complete", 2)
    text = Path(file).read_text()
    assert "Be brief" in text
    assert KEY not in text


def test_errors_are_the_same_again(tmp_path: Path, shell: Shell) -> None:
    file = str(tmp_path / "turn")
    with Server(refuse(403, "insufficient_user_quota", "No money", {"X-Request-Id": "r7"})) as server:
        recorded = shell(server, "ask", "--record", file, "Hi")
    replayed = shell(None, "replay", file)
    assert recorded.code == 4
    assert "No money" in recorded.err and "r7" in recorded.err
    assert replayed == recorded


def test_a_key_that_was_refused_is_refused_again(tmp_path: Path, shell: Shell) -> None:
    file = str(tmp_path / "turn")
    with Server(refuse(401, "invalid_api_key")) as server:
        assert shell(server, "record", file, "Hi").code == 3
    replayed = shell(None, "replay", file)
    assert replayed.code == 3
    assert "The server refused the API key" in replayed.err


def test_a_stop_is_a_stop_again(tmp_path: Path, shell: Shell) -> None:
    file = tmp_path / "turn"
    with Server(begun) as server, running(tmp_path, server, "record", str(file), "Hi") as program:
        assert program.out.read(5) == b"begun"
        program.signal(signal.SIGINT)
        assert program.wait() == 130
    done = shell(None, "replay", str(file))
    assert (done.code, done.out) == (130, b"begun")
    assert "stopped by you" in done.err


def test_a_stop_while_a_repetition_is_awaited_is_one_again(tmp_path: Path, shell: Shell) -> None:
    file = tmp_path / "turn"
    slow_down = refuse(429, "rate_limit_exceeded", headers={"Retry-After": "60"})
    with Server(slow_down) as server, running(tmp_path, server, "record", str(file), "Hi") as program:
        server.wait(lambda: '"end"' in file.read_text() if file.exists() else False)
        program.signal(signal.SIGINT)
        assert program.wait() == 130
    file.write_text(file.read_text().replace('"60"', '"0"'))  # not to be awaited here
    done = shell(None, "replay", str(file))
    assert done.code == 130
    assert "stopped by you" in done.err and "no further answer" not in done.err


def test_nothing_is_asked_where_it_cannot_be_recorded(tmp_path: Path, shell: Shell) -> None:
    (tmp_path / "there").write_text("mine")
    with Server() as server:
        done = shell(server, "record", str(tmp_path / "there"), "Hi")
        assert not server.requests
    assert done.code == 2
    assert "cannot be used" in done.err
    assert (tmp_path / "there").read_text() == "mine"


def test_no_file_is_made_for_a_question_that_cannot_be_asked(tmp_path: Path, shell: Shell) -> None:
    for wrong in ({"NEUROTUI_API_KEY": ""}, {"NEUROTUI_BASE_URL": "ftp://there"}):
        assert shell(None, "record", str(tmp_path / "turn"), "Hi", variables=wrong).code in (2, 3)
    assert not (tmp_path / "turn").exists()


def test_what_is_no_recording_is_refused(tmp_path: Path, shell: Shell) -> None:
    (tmp_path / "other").write_text("{}")
    for name in ("other", "missing"):
        done = shell(None, "replay", str(tmp_path / name))
        assert (done.code, done.out) == (2, b"")
        assert "cannot be used" in done.err
    assert shell(None, "replay", "--speed", "-1", "other").code == 2


def test_a_chat_is_recorded_and_plays_on_the_screen(tmp_path: Path) -> None:
    with Server([answer("First answer"), answer("Second answer")]) as server:
        variables = {"NEUROTUI_API_KEY": KEY, "NEUROTUI_BASE_URL": server.url}
        command = [*NEUROTUI, "--lang", "en", "--record", "turns"]
        with Terminal(command, home=tmp_path, environment=variables) as terminal:
            terminal.wait_for("essage")
            terminal.type("one\n")
            terminal.wait_for(" tok · ")
            terminal.type("two\n")
            terminal.wait_for(
                lambda: terminal.text.count(" tok · ") == 2 and "Second answer" in terminal.text
            )
            terminal.press("ctrl+q")
            assert terminal.wait_for_exit() == 0
    (tmp_path / "elsewhere").mkdir()
    command = [*NEUROTUI, "--lang", "en", "replay", str(tmp_path / "turns")]
    with Terminal(command, home=tmp_path / "elsewhere") as terminal:
        terminal.wait_for(lambda: terminal.text.count(" tok · ") == 2 and "Second answer" in terminal.text)
        assert all(text in terminal.text for text in ("one", "First answer", "two"))
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
    assert not list((tmp_path / "elsewhere").rglob("*.db"))


def test_a_long_pause_is_a_short_one_at_speed(tmp_path: Path, shell: Shell) -> None:
    entries = [
        {"neurotui": "recording", "version": 1},
        {"request": {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}, "url": "http://there"},
        {"at": 1.0, "status": 200, "headers": [["Content-Type", "text/event-stream"]]},
        {"at": 59.0, "text": 'data: {"choices":[{"delta":{"content":"Late"}}]}\n\ndata: [DONE]\n\n'},
        {"at": 60.0, "end": "complete"},
    ]
    (tmp_path / "turn").write_text("\n".join(map(json.dumps, entries)))
    done = shell(None, "replay", "--speed", "1000", "--json", str(tmp_path / "turn"))
    found = json.loads(done.out)
    assert found["text"] == "Late"
    assert 0.05 < found["timing"]["total"] < 5
