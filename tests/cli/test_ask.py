"""`neurotui ask`, as a shell calls it: what comes out, what is said beside it, how it ends."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from neurotui.chat.conversation import Role, Status
from neurotui.cli import ask
from tests.cli.asking import KEY, Shell, environment, running
from tests.cli.store import FOLDER
from tests.measuring import in_time, measured
from tests.servers import Exchange, Script, Server, answer, closed_port, raw, refuse, whole
from tests.store.examples import library_of
from tests.terminal import NEUROTUI, Terminal

AT_ONCE = 1.0
"""Seconds, on a machine that does much else. What does not close at once waits for a reader, or for ever."""
HOSTILE = "до \x1b]52;c;aGk=\x07 \x9b31m \u202e\r\n\u2028 [/x] 👩‍💻 é"


async def hanging(exchange: Exchange) -> None:
    """Begins, and then says nothing more."""
    await exchange.head()
    await exchange.text("begun")
    await exchange.stall()


async def silent(exchange: Exchange) -> None:
    """Takes the question and says nothing."""
    await exchange.head()
    await exchange.stall()


async def endless(exchange: Exchange) -> None:
    """Writes for as long as anybody listens."""
    await exchange.head()
    while not exchange.connection.gone.is_set():
        await exchange.text("word " * 200)


async def broken(exchange: Exchange) -> None:
    """Is cut off in the middle."""
    await exchange.head()
    await exchange.text("half")
    exchange.reset()


def test_a_pipe_gets_what_the_model_said_byte_by_byte(shell: Shell) -> None:
    with Server(answer(HOSTILE, "конец")) as server:
        done = shell(server, "ask", "Hi")
    assert done.out == (HOSTILE + "конец").encode()
    assert (done.code, done.err) == (0, "")


async def spoilt(exchange: Exchange) -> None:
    """Has something between the words that nobody can read."""
    await exchange.head()
    await exchange.text("good ")
    await exchange.event("{")
    await exchange.text("words")
    await exchange.finish()


def test_what_could_not_be_read_is_told_beside_the_answer(shell: Shell) -> None:
    with Server(spoilt) as server:
        done = shell(server, "ask", "Hi")
    assert (done.code, done.out, done.err) == (
        5,
        b"good words",
        "neurotui: the answer is not complete · 10 characters kept · 1 piece was lost\n",
    )


def test_trouble_with_the_disk_is_told_once(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / FOLDER).parent.mkdir(parents=True)
    (tmp_path / FOLDER).write_text("no folder")
    with Server(answer("words")) as server:
        done = shell(server, "ask", "Hi")
    assert (done.code, done.out) == (0, b"words")
    assert done.err.count("not being saved") == 1


def test_a_conversation_that_cannot_be_gone_on_with_is_told_once(shell: Shell) -> None:
    with Server() as server:
        done = shell(server, "ask", "-c", "Hi", variables={"HOME": ""})
        assert server.chats == []
    assert (done.code, done.out) == (1, b"")
    assert done.err.count("There is no folder for conversations") == 1


def test_each_piece_comes_out_as_it_comes_in(tmp_path: Path) -> None:
    steps = [threading.Event(), threading.Event()]

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        for piece, step in zip(["first ", "second "], steps, strict=True):
            await exchange.text(piece)
            await asyncio.to_thread(step.wait)
        await exchange.finish()

    with Server(script) as server, running(tmp_path, server, "ask", "Hi") as program:
        for piece, step in zip([b"first ", b"second "], steps, strict=True):
            assert program.out.read(len(piece)) == piece
            step.set()
        assert program.wait() == 0


def test_a_terminal_gets_nothing_that_it_would_obey(tmp_path: Path) -> None:
    with Server(answer(*HOSTILE, "\x1b", "[2J")) as server:
        variables = {"NEUROTUI_API_KEY": KEY, "NEUROTUI_BASE_URL": server.url, "TERM": "dumb"}
        with Terminal([*NEUROTUI, "ask", "Hi"], home=tmp_path, environment=variables) as terminal:
            assert terminal.wait_for_exit() == 0
            output = terminal.output.decode()
    assert "\x1b" not in output and "\x9b" not in output and "\u202e" not in output
    assert "до ␛]52;c;aGk=␇" in output
    assert output.endswith("␛[2J\r\n")


def test_a_question_without_an_end_is_not_awaited(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask, "MOST_ASKED", 2_000_000)
    with Server() as server:
        assert shell(server, "ask", piped="ж".encode() * 2_000_000).code == 0
        done = shell(server, "ask", piped=b"x" * 20_000_000)
        assert len(server.chats) == 1
    assert (done.code, done.err) == (2, "neurotui: the question is longer than 2 million characters\n")


def test_what_is_piped_in_is_added_to_the_question(shell: Shell) -> None:
    arguments = ["-m", "big", "ask", "What", "is this?", "--system", "Be brief"]
    with Server() as server:
        assert shell(server, *arguments, piped="файл\n".encode()).code == 0
        assert shell(server, "ask", piped=b"only piped").code == 0
        first, second = (request.json for request in server.chats)
    assert first["model"] == "big"
    assert first["stream"] is True
    assert first["messages"] == [
        {"role": "system", "content": "Be brief"},
        {"role": "user", "content": "What is this?\n\nфайл\n"},
    ]
    assert second["messages"] == [{"role": "user", "content": "only piped"}]


def test_a_dash_at_the_end_is_standard_input(shell: Shell) -> None:
    with Server() as server:
        shell(server, "ask", "-", piped=b"only piped")
        shell(server, "ask", "What", "is this?", "-", piped=b"file")
        shell(server, "ask", "5", "-", "3")
        asked = [request.json["messages"][0]["content"] for request in server.chats]
    assert asked == ["only piped", "What is this?\n\nfile", "5 - 3"]


def test_nothing_to_ask_is_wrong_usage(shell: Shell) -> None:
    done = shell(None, "ask")
    assert done.code == 2
    assert "nothing to ask" in done.err


def test_it_is_kept_like_any_conversation_and_can_be_gone_on_with(tmp_path: Path, shell: Shell) -> None:
    with Server([answer("One"), answer("Two"), answer("Three")]) as server:
        shell(server, "ask", "first")
        shell(server, "ask", "-c", "second")
        shell(server, "ask", "--no-save", "-c", "third")
        asked = [[message["content"] for message in request.json["messages"]] for request in server.chats]
    assert asked == [["first"], ["first", "One", "second"], ["first", "One", "second", "Two", "third"]]
    conversation = library_of(tmp_path / FOLDER).latest()
    assert conversation is not None
    assert [message.text for message in conversation.path()] == ["first", "One", "second", "Two"]


def test_nothing_is_kept_where_nothing_is_to_be(tmp_path: Path, shell: Shell) -> None:
    with Server() as server:
        assert shell(server, "ask", "--no-save", "Hi").code == 0
    assert not list(tmp_path.rglob("*"))


def test_json_is_one_object_with_all_that_is_known(shell: Shell) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.delta(reasoning_content="hm")
        await exchange.delta(refusal="I'd rather not \x1b[2J")
        call = {"index": 0, "id": "c1", "function": {"name": "look", "arguments": '{"at": 1}'}}
        await exchange.delta(tool_calls=[call])
        await exchange.finish("tool_calls")

    with Server(script) as server:
        done = shell(server, "ask", "--json", "Hi")
    assert b"\x1b" not in done.out
    found = json.loads(done.out)
    timing = found.pop("timing")
    assert found == {
        "text": "I'd rather not \x1b[2J",
        "reasoning": "hm",
        "refusal": "I'd rather not \x1b[2J",
        "tool_calls": [{"id": "c1", "name": "look", "arguments": '{"at": 1}'}],
        "parts": [],
        "attachments": [],
        "citations": [],
        "finish_reason": "tool_calls",
        "usage": {
            "prompt_tokens": 7,
            "completion_tokens": 5,
            "total_tokens": 12,
            "cached_tokens": 0,
            "reasoning_tokens": 0,
        },
        "cost": None,
        "status": "complete",
        "unreadable": 0,
        "error": None,
        "model": "gpt-5-mini",
        "asked_model": "gpt-5-mini",
    }
    assert 0 < timing["first_token"] <= timing["total"]


def test_json_tells_of_errors_too(shell: Shell) -> None:
    with Server(refuse(401, "invalid_api_key", "no", {"X-Oneapi-Request-Id": "r1"})) as server:
        done = shell(server, "ask", "--json", "Hi")
    found = json.loads(done.out)
    assert (done.code, found["status"], found["text"]) == (3, "failed", "")
    assert set(found["error"]) == {"kind", "title", "message", "hint", "http_status", "code", "request_id"}
    assert (found["error"]["kind"], found["error"]["http_status"]) == ("key", 401)
    assert (found["error"]["code"], found["error"]["request_id"]) == ("invalid_api_key", "r1")
    assert KEY not in done.out.decode() + done.err


async def armed(exchange: Exchange) -> None:
    """Asks for a tool whose name is an escape sequence."""
    await exchange.head()
    call = {"index": 0, "id": "c", "function": {"name": "\x1b[2J", "arguments": HOSTILE}}
    await exchange.delta(tool_calls=[call])
    await exchange.finish("tool_calls")


def half(**error: object) -> Script:
    """An answer that an error ends in its midst."""

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("Once upon")
        await exchange.event({"error": {"message": "it broke", **error}})
        await exchange.end()

    return script


@pytest.mark.parametrize(
    ("script", "code", "status", "kind"),
    [
        (half(code=500), 5, "cut", "server"),
        (half(code=502), 5, "cut", "upstream"),
        (half(code="rate_limit_exceeded"), 5, "cut", "rate"),
        (half(type="overloaded_error"), 5, "cut", "upstream"),
        (half(code="content_filter"), 5, "filtered", "moderation"),
        (half(code="invalid_api_key"), 3, "cut", "key"),
        (half(code="insufficient_quota"), 4, "cut", "balance"),
    ],
)
def test_an_error_after_text_cuts_the_answer_and_is_kept(
    script: Script, code: int, status: str, kind: str, tmp_path: Path, shell: Shell
) -> None:
    with Server(script) as server:
        done = shell(server, "ask", "--json", "Hi")
        assert len(server.chats) == 1
    found = json.loads(done.out)
    assert (done.code, found["status"], found["text"]) == (code, status, "Once upon")
    assert found["error"]["kind"] == kind and "it broke" in found["error"]["message"]
    assert "9 characters kept" in done.err and "it broke" in done.err
    shown = shell(None, "history")
    assert ("cut" in shown.out.decode()) == (status == "cut")
    saved = shell(None, "export", "--format", "md", "-o", "-")
    assert b"Once upon" in saved.out and found["error"]["title"].encode() in saved.out


@pytest.mark.parametrize("script", [armed, refuse(400, "invalid_request", HOSTILE)])
def test_what_is_said_beside_is_nothing_that_a_terminal_would_obey(script: Script, shell: Shell) -> None:
    with Server(script) as server:
        done = shell(server, "ask", "Hi")
    assert "[/x]" in done.err
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(done.err)


@pytest.mark.parametrize(
    ("script", "code", "words"),
    [
        (answer("Hello"), 0, ""),
        (answer("Hello", reason="length"), 5, "limit of tokens"),
        (answer("Hello", reason="content_filter"), 5, "content filter"),
        (broken, 5, "not complete"),
        (refuse(401, "invalid_api_key"), 3, "refused the API key"),
        (refuse(403, "insufficient_user_quota"), 4, "balance"),
        (refuse(500, "internal_error"), 1, "The server failed"),
        (refuse(400, "invalid_request"), 1, "refused the request"),
    ],
)
def test_the_exit_code_tells_how_it_ended(script: Script, code: int, words: str, shell: Shell) -> None:
    with Server(script) as server:
        done = shell(server, "ask", "Hi")
        assert len(server.chats) == 1
    assert done.code == code
    assert words in done.err
    assert bool(words) == bool(done.err)


@pytest.mark.parametrize(
    ("variables", "arguments", "code"),
    [
        ({"NEUROTUI_API_KEY": "", "NEUROTUI_BASE_URL": ""}, [], 3),
        ({"NEUROTUI_API_KEY": "ключ"}, [], 3),
        ({}, ["--base-url", "ftp://there"], 2),
        ({}, ["--profile", "none"], 2),
        ({}, ["--no-such-flag"], 2),
        ({}, ["--base-url", f"http://127.0.0.1:{closed_port()}"], 1),
    ],
)
def test_what_is_configured_wrongly_is_said_in_a_sentence(
    variables: dict[str, str],
    arguments: list[str],
    code: int,
    shell: Shell,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("neurotui.api.retry.MOST", 0)
    done = shell(None, "ask", *arguments, "Hi", variables=variables)
    assert done.code == code
    assert done.out == b""
    assert done.err
    assert "Traceback" not in done.err


def test_the_exit_codes_are_in_the_help(shell: Shell) -> None:
    for arguments in (["--help"], ["ask", "--help"]):
        text = " ".join(shell(None, *arguments).out.decode().split())
        assert all(words in text for words in ("0 the answer is complete", "3 the key", "130 stopped")), text


@measured
@pytest.mark.parametrize("script", [hanging, silent])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_ctrl_c_closes_the_connection(
    script: Script, number: signal.Signals, code: int, tmp_path: Path
) -> None:
    with Server(script) as server, running(tmp_path, server, "ask", "Hi") as program:
        if script is hanging:
            assert program.out.read(5) == b"begun"
        else:
            server.wait(lambda: server.chats)
            time.sleep(0.1)
        sent_at = time.monotonic()
        program.signal(number)
        assert program.wait() == code
        server.wait(lambda: server.closed_at)
        in_time(server.closed_at[0] - sent_at, AT_ONCE)
        assert b"stopped by you" in program.err.read()
    conversation = library_of(tmp_path / FOLDER).latest()
    assert conversation is not None
    [message] = [message for message in conversation.messages.values() if message.role is Role.ASSISTANT]
    assert message.status is Status.STOPPED
    assert message.text == ("begun" if script is hanging else "")


@measured
def test_a_reader_that_sleeps_does_not_keep_the_connection_open(tmp_path: Path) -> None:
    with Server(endless) as server, running(tmp_path, server, "ask", "Hi") as program:
        server.wait(lambda: server.chats)
        time.sleep(0.7)  # the pipe is full by now
        sent_at = time.monotonic()
        program.signal(signal.SIGINT)
        server.wait(lambda: server.closed_at)
        in_time(server.closed_at[0] - sent_at, AT_ONCE)
        assert program.wait() == 130


@measured
@pytest.mark.parametrize("script", [silent, endless])
def test_a_reader_that_leaves_ends_it_quietly(script: Script, tmp_path: Path) -> None:
    with Server(script) as server, running(tmp_path, server, "ask", "Hi") as program:
        server.wait(lambda: server.chats)
        time.sleep(0.2)
        left_at = time.monotonic()
        program.out.close()
        server.wait(lambda: server.closed_at)
        in_time(server.closed_at[0] - left_at, AT_ONCE)
        assert program.err.read() == b""
        assert program.wait() == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no file that is always full")
@pytest.mark.parametrize(
    ("closing", "code", "out", "words"),
    [
        (">/dev/full", 1, b"", b"cannot be written: No space left"),
        (">&-", 0, b"", b""),
        ("2>&-", 0, b"Hi", b""),
        ("1</dev/null", 1, b"", b"cannot be written: Bad file descriptor"),
        ("0>/dev/null", 0, b"Hi", b""),  # as nohup does
    ],
)
def test_an_output_that_takes_nothing_and_an_input_that_gives_nothing(
    closing: str, code: int, out: bytes, words: bytes, tmp_path: Path
) -> None:
    with Server(answer("Hi")) as server:
        done = subprocess.run(
            ["sh", "-c", f'"$@" {closing}', "sh", *NEUROTUI, "ask", "--no-save", "Hi"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment(tmp_path, server),
            cwd=tmp_path,
            timeout=60,
        )
    assert (done.returncode, done.stdout) == (code, out)
    assert words in done.stderr and b"log" not in done.stderr


def test_an_error_is_json_in_an_old_encoding_too(tmp_path: Path) -> None:
    variables = {"NEUROTUI_API_KEY": "", "NEUROTUI_LANG": "ru", "PYTHONIOENCODING": "ascii"}
    with running(tmp_path, None, "ask", "--json", "Hi", **variables) as program:
        assert program.wait() == 3
        assert json.loads(program.out.read())["error"]["title"] == "Ключ API не задан"


def test_without_streaming_it_says_what_a_stop_is_worth(shell: Shell) -> None:
    with Server(whole("All at once")) as server:
        done = shell(server, "ask", "--no-stream", "Hi")
        assert server.chats[0].json["stream"] is False
    assert done.out == b"All at once"
    assert "a stop does not stop the bill" in done.err


def test_a_terminal_sees_what_is_awaited_and_the_countdown_of_a_repetition(tmp_path: Path) -> None:
    limited = refuse(429, "rate_limit_exceeded", "slow down", {"Retry-After": "30"})
    with Server(limited) as server:
        variables = {"NEUROTUI_API_KEY": KEY, "NEUROTUI_BASE_URL": server.url}
        with Terminal([*NEUROTUI, "ask", "Hi"], home=tmp_path, environment=variables) as terminal:
            terminal.wait_for("↻ too many requests · again in 30 s · attempt 2")
            terminal.wait_for("again in 29 s · attempt 2")
            terminal.press("ctrl+c")
            assert terminal.wait_for_exit() == 130
            assert "again in" not in terminal.text
        assert len(server.chats) == 1


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_where_no_countdown_can_be_seen_a_repetition_is_said(arguments: list[str], shell: Shell) -> None:
    limited = refuse(429, "rate_limit_exceeded", "slow down", {"Retry-After": "0"})
    with Server([limited, answer("Hello")]) as server:
        done = shell(server, "ask", *arguments, "Hi")
        assert len(server.chats) == 2
    assert b"Hello" in done.out and done.code == 0
    assert "Too many requests in a short time · again in 0 s · attempt 2" in done.err


@pytest.mark.parametrize("status", [500, 502, 504, 524])
def test_what_a_model_may_have_had_is_asked_once(status: int, shell: Shell) -> None:
    with Server(refuse(status, data="", content_type="text/html")) as server:
        done = shell(server, "ask", "Hi")
        assert len(server.chats) == 1
    assert done.code == 1
    assert "billed" in done.err and "again in" not in done.err


def test_a_long_pause_is_told_and_left_to_the_user(shell: Shell) -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3723.5s"}]
    limited = {"error": {"code": 429, "message": "quota", "status": "RESOURCE_EXHAUSTED", "details": details}}
    with Server(refuse(429, data=limited)) as server:
        english = shell(server, "ask", "Hi")
        russian = shell(server, "--lang", "ru", "ask", "Hi")
        assert len(server.chats) == 2
    assert (english.code, russian.code) == (1, 1)
    assert "The server asks to wait 1 h 2 min: send again then" in english.err
    assert "Сервер просит подождать 1 ч 2 мин" in russian.err


def test_a_question_that_goes_again_over_a_new_connection_is_said(shell: Shell) -> None:
    limited = refuse(429, "rate_limit_exceeded", "slow down", {"Retry-After": "0"})
    with Server([limited, raw(then=Exchange.close), answer("Hello")]) as server:
        done = shell(server, "ask", "--no-save", "Hi")
        assert len(server.chats) == 3
    assert b"Hello" in done.out and done.code == 0
    assert done.err.count("↻ reconnected") == 1


def test_no_more_is_loaded_than_is_needed(tmp_path: Path) -> None:
    program = """
import sys, neurotui.cli
sys.modules["click"] = None  # a tool of the tests brings it, and httpx loads rich where it is
neurotui.cli.main(["ask", "--no-save", "Hi"])
print(*sorted(set(sys.modules) & {"textual", "rich", "sqlite3", "markdown_it", "pygments"}), end="")
"""
    with Server(refuse(401)) as server:
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=environment(
                tmp_path, server, COVERAGE_PROCESS_CONFIG=""
            ),  # coverage loads modules of its own
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
        )
    assert done.stdout == b""


def configure(home: Path, settings: str) -> None:
    folder = home / ".config" / "neurotui"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(settings)


def test_an_answer_that_reaches_its_budget_is_stopped(tmp_path: Path, shell: Shell) -> None:
    configure(tmp_path, "[budget]\nanswer_tokens = 500")
    with Server(endless) as server:
        done = shell(server, "ask", "--json", "Hi")
        server.wait(lambda: server.closed_at)
    found = json.loads(done.out)
    assert (done.code, found["status"], found["error"]["kind"]) == (4, "stopped", "budget")
    assert found["text"].startswith("word word")
    assert "500 tokens per answer" in done.err


def test_a_day_that_is_spent_asks_nothing(tmp_path: Path, shell: Shell) -> None:
    configure(tmp_path, "[budget]\nday_tokens = 5")
    with Server(answer("Hello")) as server:
        assert shell(server, "ask", "Hi").code == 0  # the server counts 5 tokens
        done = shell(server, "ask", "Hi again")
        assert len(server.chats) == 1
    assert done.code == 4
    assert "5 tokens per day" in done.err


@pytest.mark.parametrize(
    "text",
    [
        "-m is which git flag?",
        "-m\tis it",
        "-c and\n-x",
        "--model is which flag?",
        "--model  ",
        "--json or --raw?",
        "--demo me how",
        "--help me, please",
        "-h is for what?",
        "--lang of which country",
        "- a list\n- of = two",
        "-5 + 3",
        "-",
    ],
)
@pytest.mark.parametrize("piped", [b"", b"piped"])
def test_an_argument_with_blanks_is_a_text(text: str, piped: bytes, shell: Shell) -> None:
    wanted = [text, *([piped.decode()] if piped else [])] if text != "-" else ["piped"]
    with Server() as server:
        for arguments in (
            ["ask", text],
            ["ask", "--json", text],
            ["ask", text, "--no-save", "-m", "big"],
            ["ask", "-m", "big", "--", text],
            ["-m", "big", "ask", text],
        ):
            done = shell(server, *arguments, piped=piped)
            if text == "-" and not piped:
                assert done.code == 2
                continue
            assert (done.code, done.err) == (0, "")
            asked = server.chats[-1].json
            assert asked["messages"] == [{"role": "user", "content": "\n\n".join(wanted)}]
            assert asked["model"] == ("big" if "big" in arguments else "gpt-5-mini")


def test_the_value_of_a_flag_may_have_blanks_and_begin_like_one(shell: Shell) -> None:
    with Server() as server:
        for arguments in (["--system", "-m is mine"], ["--system=-m is mine"]):
            assert shell(server, "ask", "Hi", *arguments).code == 0
            assert server.chats[-1].json["messages"][0] == {"role": "system", "content": "-m is mine"}
    done = shell(None, "key", "-m is wrong")
    assert done.code == 2 and "\0" not in done.err and "\\x00" not in done.err
