"""A fork is what a new process is, as far as a program can tell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fork_server import PIPE, VARIABLE, can_fork, fork, run, start
from tests.terminal import NEUROTUI, Terminal, kept_environment

pytestmark = pytest.mark.skipif(os.name != "posix", reason="fork")

STATE = """
import os, signal, sys, threading
for name in ("stdin", "stdout", "stderr"):
    stream = getattr(sys, name)
    print(stream.encoding, stream.errors, stream.line_buffering, stream.isatty(), stream.mode, stream.name)
    print(stream is getattr(sys, f"__{name}__"), stream.fileno(), os.get_inheritable(stream.fileno()))
print(sys.argv, __name__, os.getcwd(), os.umask(0))
print(sorted(item for item in os.environ.items() if item[0] not in ("LC_CTYPE", "PWD")))
print([signal.getsignal(number) for number in (signal.SIGINT, signal.SIGCHLD, signal.SIGPIPE, signal.SIGHUP)])
print(signal.pthread_sigmask(signal.SIG_BLOCK, ()), signal.set_wakeup_fd(-1))
print([number for number in range(3, 256) if os.path.exists(f"/dev/fd/{number}") and number != 3])
print(threading.active_count(), sys.modules["__main__"].__dict__ is globals())
print(os.getsid(0) == os.getpid(), os.isatty(0) and (os.ttyname(0), os.tcgetpgrp(0) == os.getpid()))
"""


@pytest.fixture(autouse=True)
def forking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fork, whatever the other tests of this run do."""
    for name in (VARIABLE, "COVERAGE_PROCESS_CONFIG", "NEUROTUI_COMPAT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return kept_environment() | {"HOME": str(tmp_path), "LANG": "C.UTF-8", "OF_THE_TEST": "слово"}


def test_the_state_that_a_program_finds(tmp_path: Path, env: dict[str, str]) -> None:
    command = [sys.executable, "-c", STATE, "one", "два"]
    assert can_fork(command, env)
    forked = run(command, cwd=tmp_path, env=env, input=b"")
    new = subprocess.run(command, cwd=tmp_path, env=env, input=b"", capture_output=True)
    assert forked.stdout.decode() == new.stdout.decode()
    assert (forked.returncode, forked.stderr) == (0, b"")


def test_the_state_that_a_program_finds_in_a_terminal(tmp_path: Path) -> None:
    told = []
    for fresh in (False, True):
        command = [sys.executable, "-c", STATE, "one"]
        with Terminal(command, home=tmp_path, size=(200, 50), fresh=fresh) as terminal:
            assert terminal.wait_for_exit() == 0
            told.append([line for line in terminal.lines if "/dev/" not in line])
            assert f"True ('{terminal.name}', True)" in terminal.text
    assert told[0] == told[1]


@pytest.mark.parametrize(
    "program",
    [
        "print('a'); import sys; sys.exit(7)",
        "print('a', end=''); raise SystemExit('words')",
        "import os; print('lost', end=''); os._exit(3)",
        "import atexit; atexit.register(print, 'at exit')",
        "import threading, time; threading.Timer(0.05, print, ['late']).start()",
        "import sys; sys.excepthook = lambda *_: print('hooked'); 1 / 0",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "import os, signal; os.kill(os.getpid(), signal.SIGINT)",
        "print(input(), input())",
        "class A:\n def __del__(self): print('gone')\na = A(); a.a = a; del a",
    ],
)
def test_ends(program: str, tmp_path: Path, env: dict[str, str]) -> None:
    command = [sys.executable, "-c", program]
    forked = run(command, cwd=tmp_path, env=env, input=b"one\r\ntwo")
    new = subprocess.run(command, cwd=tmp_path, env=env, input=b"one\r\ntwo", capture_output=True)
    assert (forked.returncode, forked.stdout) == (new.returncode, new.stdout)
    assert forked.stderr.splitlines()[-1:] == new.stderr.splitlines()[-1:]


def test_signals_and_waiting(tmp_path: Path, env: dict[str, str]) -> None:
    command = [sys.executable, "-c", "import time; print('there', flush=True); time.sleep(60)"]
    with fork(command, cwd=tmp_path, env=env, streams=(PIPE, PIPE, PIPE)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"there\n"
        assert process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.01)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == process.poll() == -signal.SIGTERM
        process.kill()  # nothing happens


def test_two_at_once_do_not_hold_each_others_streams(tmp_path: Path, env: dict[str, str]) -> None:
    reading = [sys.executable, "-c", "import sys; print(sys.stdin.read())"]
    with (
        start(reading, cwd=tmp_path, env=env, stdin=PIPE, stdout=PIPE) as first,
        start(reading, cwd=tmp_path, env=env, stdin=PIPE, stdout=PIPE) as second,
    ):
        assert first.communicate(b"one")[0] == b"one\n"
        assert second.communicate(b"two")[0] == b"two\n"


@pytest.mark.parametrize(
    "variables",
    [{"LC_ALL": "C"}, {"PYTHONUTF8": "0"}, {"NEUROTUI_COMPAT": "off"}, {"PYTHONPATH": "/elsewhere"}],
    ids=lambda variables: next(iter(variables)),
)
def test_what_differs_starts_on_its_own(variables: dict[str, str], env: dict[str, str]) -> None:
    assert can_fork(NEUROTUI, env)
    assert not can_fork(NEUROTUI, env | variables)
    assert not can_fork(["/bin/sh", "-c", ""], env)
