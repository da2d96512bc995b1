"""What is piped into commands: its encoding, and how long it is awaited."""

from __future__ import annotations

import codecs
import json
import os
import signal
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from neurotui.cli.piped import decoded
from neurotui.errors import InputUnusable
from tests.cli.asking import KEY, Shell, environment
from tests.fork_server import PIPE, start
from tests.measuring import in_time, measured
from tests.servers import Server, answer
from tests.terminal import NEUROTUI, Terminal

TEXT = "Привет,\n👩‍💻 é\r\n\tend"
MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}


@pytest.mark.parametrize("encoding", MARKS)
def test_a_mark_at_the_start_tells_the_encoding(encoding: str, shell: Shell) -> None:
    with Server(answer("Hello")) as server:
        assert shell(server, "ask", piped=MARKS[encoding] + TEXT.encode(encoding)).code == 0
        assert shell(server, "ask", piped=TEXT.encode()).code == 0
        assert [chat.json["messages"][0]["content"] for chat in server.chats] == [TEXT, TEXT]


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ("Привет".encode("cp1251"), "line 1, byte 1"),
        ("Привет".encode("koi8-r"), "line 1, byte 1"),
        ("one\nдва\nthree – four".encode() + "è".encode("latin-1"), "line 3, byte 15"),
        ("ж".encode()[:1], "line 1, byte 1"),
        (b"a\xed\xa0\x80", "line 1, byte 2"),
        (codecs.BOM_UTF8 + b"a\nb\xff", "line 2, byte 2"),
        (codecs.BOM_UTF16_LE + "a\nb".encode("utf-16-le") + b"c", "line 2, byte 3"),
        (codecs.BOM_UTF16_BE + b"\xdc\x00", "line 1, byte 1"),
        ("Привет".encode("utf-16-le"), "line 1, byte 1"),
        ("Hello there".encode("utf-16-le"), "line 1, byte 2"),
        ("Hello there".encode("utf-16-be"), "line 1, byte 1"),
        (b"\x7fELF\x02\x01\x01" + bytes(9), "line 1, byte 1"),
        (b"\x89PNG\r\n\x1a\n", "line 1, byte 1"),
    ],
)
@pytest.mark.parametrize("json_wanted", [False, True])
def test_what_is_no_text_is_refused_with_its_place(
    data: bytes, place: str, json_wanted: bool, shell: Shell
) -> None:
    with Server() as server:
        done = shell(server, "ask", *(["--json"] if json_wanted else []), "Translate", piped=data)
        assert server.chats == []
    assert done.code == 2
    told = json.loads(done.out)["error"]["title"] if json_wanted else done.err
    assert f"not UTF-8 text: {place}" in told
    assert json_wanted or "iconv -f" in done.err


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"a\0b",
        b"\x1b[31mred\x1b[0m and N\bNA\bAM\bME\bE\f",
        b"some/file/in/a/folder\0another/one\0",
    ],
)
def test_what_terminals_and_programs_write_is_text(data: bytes) -> None:
    assert decoded(data) == data.decode()


@pytest.mark.parametrize("mark", MARKS.values())
def test_a_mark_alone_is_nothing(mark: bytes) -> None:
    assert decoded(mark) == ""


def test_a_cut_is_found_in_much_text() -> None:
    data = ("строка\n" * 100_000).encode()
    began = time.process_time()
    with pytest.raises(InputUnusable, match="line 100000, byte 11"):
        decoded(data[:-2])
    assert time.process_time() - began < 1.0


@pytest.mark.skipif(os.name != "posix", reason="arguments are bytes")
@pytest.mark.parametrize("arguments", [["ask", b"\xcf\xf0\xe8"], ["ask", "Hi", "--system", b"a\xcf"]])
def test_an_argument_that_is_no_text_is_refused(arguments: list[str | bytes], tmp_path: Path) -> None:
    with Server() as server:
        done = subprocess.run(
            [*NEUROTUI, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment(tmp_path, server),
            cwd=tmp_path,
            timeout=60,
        )
        assert server.chats == []
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"not UTF-8 text: line 1, byte " in done.stderr


@pytest.mark.parametrize("encoding", MARKS)
def test_a_key_may_come_in_any_of_them(encoding: str, shell: Shell) -> None:
    piped = MARKS[encoding] + f"{KEY}\r\nmore\n".encode(encoding)
    done = shell(None, "key", "set", piped=piped, variables={"NEUROTUI_API_KEY": ""})
    assert (done.code, done.err) == (0, "")
    assert f"ends in …{KEY[-4:]}" in done.out.decode()


def test_a_key_that_is_no_text_is_refused_without_being_shown(shell: Shell) -> None:
    done = shell(None, "key", "set", piped=KEY.encode() + b"\xff\n", variables={"NEUROTUI_API_KEY": ""})
    assert done.code == 1
    assert "not UTF-8 text" in done.err and KEY[:8] not in done.err + done.out.decode()


AWAITED = "waiting for standard input to end; to ask without it, add < /dev/null"


@measured
def test_what_is_awaited_is_said_and_ctrl_c_ends_it_at_once(tmp_path: Path) -> None:
    commands = (("ask", "Hi"), ("ask",), ("record", "f.rec", "Hi"), ("ask", "--json", "-"))
    with Server() as server, ExitStack() as stack:
        env = environment(tmp_path, server)
        processes = [
            start([*NEUROTUI, *command], cwd=tmp_path, env=env, stdin=PIPE, stdout=PIPE, stderr=PIPE)
            for command in commands
        ]
        for process in processes:
            stack.callback(process.__exit__, None, None, None)
        for process, command in zip(processes, commands, strict=True):
            assert process.stderr is not None
            assert process.stderr.readline().decode() == f"neurotui: {AWAITED}\n", command
            signalled_at = time.monotonic()
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 130, command
            in_time(time.monotonic() - signalled_at, 1.0)
            assert process.stderr.read() == b"", command
        assert server.chats == []


def test_what_comes_late_is_asked(tmp_path: Path) -> None:
    with Server(answer("Hello")) as server:
        variables = {"NEUROTUI_API_KEY": KEY, "NEUROTUI_BASE_URL": server.url}
        script = 'mkfifo f; "$@" ask Hi < f & exec 3> f; head -n 1 /dev/tty >&3; exec 3>&-; wait'
        command = ["sh", "-c", script, "sh", *NEUROTUI]
        with Terminal(command, home=tmp_path, size=(100, 24), environment=variables) as terminal:
            terminal.wait_for(AWAITED)
            terminal.type("late\n")
            terminal.wait_for("Hello")
            terminal.wait_for_exit()
        assert server.chats[0].json["messages"][0]["content"] == "Hi\n\nlate\n"
