"""Lines of the keyboard: each goes to whoever wants one by then."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
import threading
from pathlib import Path

import pytest

from neurotui.plain.keyboard import Keyboard

pty = pytest.importorskip("pty")


def test_a_line_that_is_read_before_a_prompt_answers_the_prompt(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    master, slave = pty.openpty()
    handler = signal.getsignal(signal.SIGINT)
    with Path(f"/dev/fd/{slave}").open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        keyboard = Keyboard()
        typed: list[str] = []
        lines: list[str | None] = []

        async def talk() -> None:
            keyboard.begin(typed.append, lambda: None)
            keyboard.hear(True)
            os.write(master, b"/edit\n")
            while select.select([slave], [], [], 0)[0]:  # the loop is busy: nothing is handed over
                pass
            async with asyncio.timeout(20):
                lines.append(await keyboard.line("> "))

        def work() -> None:
            try:
                asyncio.run(talk())
            finally:
                keyboard.close()

        thread = threading.Thread(target=work)
        thread.start()
        try:
            keyboard.serve()
        finally:
            thread.join()
            signal.signal(signal.SIGINT, handler)
    os.close(master)
    os.close(slave)
    assert (lines, typed) == (["/edit"], [])
    assert capsys.readouterr().out == "> /edit\n"
