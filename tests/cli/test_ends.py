"""How every command ends when its output, its reader or its user does not let it go on: in order."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.asking import environment
from tests.cli.store import keep
from tests.fork_server import PIPE, start
from tests.servers import Server
from tests.store.examples import small
from tests.terminal import NEUROTUI, Terminal

PRINTING = [
    ["--help"],
    ["--version"],
    ["ask", "Hi"],
    ["ask", "--json", "Hi"],
    ["models", "--demo"],
    ["models"],
    ["doctor"],
    ["history"],
    ["search", "word"],
    ["export", "-o", "-"],
    ["key", "show"],
]

IMPATIENT = """
import signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
from neurotui.cli import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    keep(tmp_path, [small("a word", "another", at=1000.0)])
    return tmp_path


def run(home: Path, arguments: list[str], output: int) -> tuple[int, str]:
    command = [*NEUROTUI, *arguments]
    with Server() as server:
        env = environment(home, server)
        with start(command, cwd=home, env=env, stdout=output, stderr=PIPE) as process:
            _, said = process.communicate(timeout=30)
        return process.wait(), said.decode()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("arguments", PRINTING, ids=" ".join)
def test_a_full_disk_is_named(arguments: list[str], home: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        code, said = run(home, arguments, full.fileno())
    assert (code, said) == (1, "neurotui: standard output cannot be written: No space left on device\n")


@pytest.mark.parametrize("arguments", PRINTING, ids=" ".join)
def test_nothing_is_said_to_a_reader_who_is_gone(arguments: list[str], home: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        assert run(home, arguments, writing) == (141, "")
    finally:
        os.close(writing)


@pytest.mark.parametrize(
    "module",
    ["argparse", "neurotui.settings.file", "neurotui.cli.command_line", "neurotui.cli.ask", "asyncio"],
)
def test_an_interrupt_while_it_loads_leaves_no_traceback(module: str, home: Path) -> None:
    command = [sys.executable, "-c", IMPATIENT, module, "ask", "--demo", "Hi"]
    done = subprocess.run(
        command, cwd=home, env=environment(home), stdin=subprocess.DEVNULL, capture_output=True, timeout=30
    )
    assert (done.returncode, done.stderr) == (130, b"")


@pytest.mark.parametrize(
    ("redirection", "named"),
    [
        ("2>file", "standard error"),
        (">file", "standard output"),
        ("</dev/null", "standard input"),
        ("</dev/null 2>file", "standard input, standard error"),
        (">file 2>&1", "standard output, standard error"),
    ],
)
def test_the_chat_names_what_is_redirected_where_it_can_be_seen(
    redirection: str, named: str, tmp_path: Path
) -> None:
    command = ["sh", "-c", f'"$@" {redirection}', "sh", *NEUROTUI, "--lang", "en"]
    with Terminal(command, home=tmp_path, size=(120, 10)) as terminal:
        assert terminal.wait_for_exit() == 2
        said = terminal.text
    if redirection == ">file 2>&1":
        said = (tmp_path / "file").read_text()
    assert f"needs a terminal, but this is redirected: {named}. With --plain it needs none" in said
