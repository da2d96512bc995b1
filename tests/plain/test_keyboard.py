"""Lines of the keyboard: each goes to whoever wants one by then; and what ends the reading of one."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from neurotui.plain.keyboard import Keyboard
from neurotui.plain.signals import Signals

pty = pytest.importorskip("pty")

Talk = Callable[[Keyboard, int, int], Coroutine[None, None, None]]
"""The program, given the keyboard and both ends of its terminal."""


def run(monkeypatch: pytest.MonkeyPatch, talk: Talk, on_end: Callable[[int], None] | None = None) -> None:
    """Serve a program from the main thread until it ends; `on_end` is called for a signal that ends it."""
    master, slave = pty.openpty()
    numbers = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
    handlers = [signal.getsignal(number) for number in numbers]
    loop = asyncio.new_event_loop()
    with Path(f"/dev/fd/{slave}").open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        keyboard = Keyboard()
        signals = Signals(loop, keyboard.wake, on_end or (lambda _number: None))

        def work() -> None:
            try:
                loop.run_until_complete(talk(keyboard, master, slave))
            finally:
                keyboard.close()

        thread = threading.Thread(target=work)
        thread.start()
        # So the kernel gives it to another thread: the main one sleeps on, as if it had come just before.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        try:
            keyboard.serve()
        finally:
            thread.join()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
            signals.close()
            loop.close()
            for number, handler in zip(numbers, handlers, strict=True):
                signal.signal(number, handler)
    os.close(master)
    os.close(slave)


def test_a_line_that_is_read_before_a_prompt_answers_the_prompt(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed: list[str] = []
    lines: list[str | None] = []

    async def talk(keyboard: Keyboard, master: int, slave: int) -> None:
        keyboard.begin(typed.append, lambda: None)
        keyboard.hear(True)
        os.write(master, b"/edit\n")
        while select.select([slave], [], [], 0)[0]:  # the loop is busy: nothing is handed over
            pass
        async with asyncio.timeout(20):
            lines.append(await keyboard.line("> "))

    run(monkeypatch, talk)
    assert (lines, typed) == (["/edit"], [])
    assert capsys.readouterr().out == "> /edit\n"


async def reading(monkeypatch: pytest.MonkeyPatch, keyboard: Keyboard) -> asyncio.Future[str | None]:
    """Want a line, and wait until it is being read."""
    loop, began, read = asyncio.get_running_loop(), asyncio.Event(), input

    def begin(prompt: str) -> str:
        loop.call_soon_threadsafe(began.set)
        return read(prompt)

    monkeypatch.setattr("builtins.input", begin)
    keyboard.begin(lambda _line: None, lambda: None)
    line = asyncio.ensure_future(keyboard.line("> "))
    async with asyncio.timeout(20):
        await began.wait()
    return line


def test_a_signal_that_does_not_wake_the_reader_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    ended_by: list[int] = []
    ended = asyncio.Event()

    def end(number: int) -> None:
        ended_by.append(number)
        ended.set()

    async def talk(keyboard: Keyboard, master: int, slave: int) -> None:
        line = await reading(monkeypatch, keyboard)
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(20):
            await ended.wait()
        line.cancel()

    run(monkeypatch, talk, end)
    assert ended_by == [signal.SIGTERM]


def test_a_line_is_given_up_though_the_first_interruption_came_too_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    interrupt, asked = signal.pthread_kill, 0

    def lose_the_first(thread: int, number: int) -> None:
        nonlocal asked
        asked += 1
        if asked > 1:
            interrupt(thread, number)

    async def talk(keyboard: Keyboard, master: int, slave: int) -> None:
        line = await reading(monkeypatch, keyboard)
        monkeypatch.setattr(signal, "pthread_kill", lose_the_first)
        line.cancel()

    run(monkeypatch, talk)
    assert asked > 1
