"""Suspending: the shell gets its terminal, nothing is lost, and the gap is nobody's silence."""

from __future__ import annotations

import asyncio
import re
import signal
import sqlite3
import sys
import threading
import time
from pathlib import Path

import pytest

from neurotui.app.clock import Clock
from neurotui.tui.conversation.features.suspending import LEAST_GAP
from tests.servers import Exchange, Server
from tests.terminal import Terminal
from tests.test_main_job import ask, launch

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no program is suspended there")


def wait_until_stopped(terminal: Terminal) -> None:
    terminal.wait_for(lambda: terminal.stopped)
    terminal.wait_for(lambda: not terminal.left_behind)


def go_on(terminal: Terminal) -> None:
    time.sleep(5 * LEAST_GAP)  # no shell is quicker
    terminal.signal(signal.SIGCONT)
    terminal.wait_for(lambda: "mode 1049" in terminal.left_behind)
    terminal.wait_for("Suspended for ")


async def finish(exchange: Exchange) -> None:
    await exchange.head()
    await exchange.text("Done.")
    await exchange.finish()


def test_by_its_command_and_by_a_key_where_nothing_can_be_undone(tmp_path: Path) -> None:
    with Server(finish) as server, launch(server, tmp_path) as terminal:
        terminal.wait_for("Message")
        terminal.press("ctrl+z")
        wait_until_stopped(terminal)
        go_on(terminal)
        terminal.type("ab")
        terminal.wait_for("ab")
        terminal.press("ctrl+z")
        terminal.wait_for(lambda: "ab" not in terminal.text)
        terminal.wait_until_quiet()
        assert not terminal.stopped
        terminal.type("/suspend\n")
        wait_until_stopped(terminal)
        go_on(terminal)
        ask(terminal, "still there?")
        terminal.wait_for("Done.")


def test_while_an_answer_runs_it_asks_and_writes_first_and_the_gap_is_no_silence(tmp_path: Path) -> None:
    seen = threading.Event()

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.text("The beginning. ")
        await asyncio.to_thread(seen.wait, 30)
        await exchange.text("The end.")
        await exchange.finish()

    with Server(script) as server, launch(server, tmp_path) as terminal:
        ask(terminal, "how many?")
        asked = time.monotonic()
        terminal.wait_for("The beginning.")
        terminal.type("/suspend\n")
        terminal.wait_for("An answer is being written")
        assert not terminal.stopped
        terminal.press("escape")
        terminal.wait_for(lambda: "An answer is being written" not in terminal.text)
        terminal.type("/suspend\n")
        terminal.wait_for("An answer is being written")
        terminal.press("left", "enter")
        wait_until_stopped(terminal)
        (path,) = tmp_path.rglob("neurotui.db")
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as file:
            assert "The beginning. " in "".join(row[0] for row in file.execute("SELECT text FROM deltas"))
        with pytest.raises(AssertionError):
            terminal.wait_for(lambda: not terminal.stopped, timeout=4.0)  # the length of the gap
        go_on(terminal)
        assert re.search(r"Suspended for [4-9]", terminal.text)
        seen.set()
        ended = terminal.wait_for(" tok · ")
        lasted = re.search(r"5 tok · ([\d.]+) (ms|s)", terminal.text)
        assert lasted is not None
        assert ended - asked - float(lasted[1]) / (1000 if lasted[2] == "ms" else 1) > 3.5


def test_a_clock_leaves_out_what_it_is_told_to() -> None:
    clock = Clock()
    before = clock()
    clock.leave_out(1000.0)
    assert -1000.0 <= clock() - before < -990.0
