"""The lines that the user types, read on the main thread: there readline works, and Ctrl+C interrupts it.

The program itself runs on an event loop in another thread, and asks here for a line when it wants one. While
it wants none, because an answer is being written, lines that are typed all the same are handed over as they
come. From a pipe nothing is read before it is wanted.
"""

from __future__ import annotations

import asyncio
import getpass
import os
import re
import select
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType

LONGEST = 32_000_000
"""Characters of a line from a pipe that are read."""
AGAIN = 0.05
"""Seconds after which a line that is being read is interrupted again: it may have been too soon."""
_PLAIN_READLINE = ("set enable-bracketed-paste off", "set enable-meta-key off", "set bell-style none")
"""So that readline writes no escape sequence of its own accord."""
_END_OF_INPUT = b"\x04"
_LINE_END = re.compile(rb"[\r\n\x04]")
"""Keys that end a line. While readline reads, the terminal leaves them as they are for the next one."""


class Interrupted(Exception):
    """Ctrl+C was pressed in the place of a line."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A line that is waited for."""

    prompt: str
    hidden: bool
    line: asyncio.Future[str | None]


class Keyboard:
    """Standard input, line by line."""

    def __init__(self) -> None:
        self.is_terminal = sys.stdin.isatty()
        self._on_typed: Callable[[str], None] = _ignore
        self._on_interrupt: Callable[[], None] = _nothing
        self._wanted: deque[_Wanted] = deque()
        self._ahead: deque[str] = deque()
        """Lines that were read while none was wanted, and not handed over yet."""
        self._exchange = threading.Lock()
        """Held to want a line or to hand one over, so that a line goes to whoever wants one by then."""
        self._wakes, self._waker = os.pipe()
        if os.name == "posix":
            os.set_blocking(self._waker, False)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._hears = False
        self._reading = False
        """True while a line is being read that is wanted."""
        self._at_end = False
        """True if the end of input came while no line was wanted."""
        self._begun = b""
        """Bytes that were typed while no line was wanted, and were taken from the terminal."""
        self._closed = False
        self._served = threading.Event()
        if self.is_terminal:
            _set_up_readline()

    # On the event loop

    def begin(self, on_typed: Callable[[str], None], on_interrupt: Callable[[], None]) -> None:
        """Call `on_typed` with lines, and `on_interrupt` for Ctrl+C, that come while no line is wanted."""
        self._loop = asyncio.get_running_loop()
        self._on_typed, self._on_interrupt = on_typed, on_interrupt

    async def line(self, prompt: str = "", *, hidden: bool = False) -> str | None:
        """Return the next line, without its end; None if there is no more. A hidden one is not echoed.

        Raises Interrupted.
        """
        wanted = _Wanted(prompt, hidden, asyncio.get_running_loop().create_future())
        with self._exchange:
            if self._ahead and not hidden:
                return self._shown(prompt, self._ahead.popleft())
            self._wanted.append(wanted)
        self.wake()
        return await wanted.line

    def _hand_over(self) -> None:
        """Hand over the lines that nobody has wanted meanwhile."""
        while self._ahead:
            self._on_typed(self._ahead.popleft())

    @staticmethod
    def _shown(prompt: str, line: str) -> str:
        """Show a line that was typed before its prompt stood there, behind it; return the line."""
        print(prompt + line)
        return line

    def hear(self, hears: bool) -> None:
        """Hand over what is typed while no line is wanted, or leave it for the next one."""
        self._hears = hears
        self.wake()

    def remember(self, lines: Iterable[str]) -> None:
        """Let the arrow keys bring back earlier lines, the oldest first."""
        for line in lines:
            if self.is_terminal and "\n" not in line:
                _remember(line)

    def wake(self) -> None:
        """Have the main thread look again for what is to be done."""
        with suppress(BlockingIOError):  # the pipe is full of the same
            os.write(self._waker, b"\0")

    # Where the program ends, on another thread than the main one

    def close(self) -> None:
        """Have `serve` return, from the middle of a line too, and wait for that."""
        self._closed = True
        self.wake()
        while not self._served.is_set():
            if self._reading and hasattr(signal, "pthread_kill"):
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            self._served.wait(AGAIN)

    # On the main thread

    def serve(self) -> None:
        """Read lines until `close`. Ctrl+C ends nothing but the reading of a line, here and afterwards."""
        signal.signal(signal.SIGINT, self._interrupted)
        try:
            while not self._closed:
                if self._wanted:
                    self._answer(self._wanted[0])
                else:
                    self._wait()
        finally:
            self._served.set()

    def _interrupted(self, _number: int, _frame: FrameType | None) -> None:
        """Give up the line that is being read; pass it on if there is none."""
        if self._reading:
            self._reading = False
            raise KeyboardInterrupt
        if not self._closed:
            self._call(self._on_interrupt)

    def _answer(self, wanted: _Wanted) -> None:
        read = self._hidden if wanted.hidden and self.is_terminal else self._read
        line: str | None = None
        interrupted = False
        try:
            self._reading = not self._closed
            line = read(wanted.prompt) if self._reading and not self._at_end else None
            self._reading = False
        except KeyboardInterrupt:
            interrupted = True
        self._give(self._wanted.popleft(), line, interrupted=interrupted)

    def _give(self, wanted: _Wanted, line: str | None, *, interrupted: bool = False) -> None:
        def give() -> None:
            if not wanted.line.done():
                if interrupted:
                    wanted.line.set_exception(Interrupted())
                else:
                    wanted.line.set_result(line)

        self._call(give)

    def _wait(self) -> None:
        """Wait until a line is wanted, or one is typed."""
        if os.name != "posix":  # there is no select for a console
            os.read(self._wakes, 1024)
            return
        hears = self.is_terminal and self._hears and not self._at_end
        held = hears and _LINE_END.search(self._begun) is not None
        ready, _, _ = select.select(
            [self._wakes, *([sys.stdin] if hears else [])], [], [], 0 if held else None
        )
        if self._wakes in ready:
            os.read(self._wakes, 1024)
        elif self._hears and (line := self._typed_ahead()) is not None:
            with self._exchange:
                if self._wanted and not self._wanted[0].hidden:
                    wanted = self._wanted.popleft()
                    self._give(wanted, self._shown(wanted.prompt, line))
                else:
                    self._ahead.append(line)
                    self._call(self._hand_over)

    def _read(self, prompt: str) -> str | None:
        if not self.is_terminal:
            data = sys.stdin.buffer.readline(4 * LONGEST)
            return data.decode("utf-8", "replace").rstrip("\r\n") if data else None
        if os.name == "posix":
            while not self._at_end and (
                _LINE_END.search(self._begun) or select.select([sys.stdin], [], [], 0)[0]
            ):
                if (line := self._typed_ahead()) is not None:
                    return self._shown(prompt, line)
        begun, self._begun = self._begun.decode("utf-8", "replace"), b""
        try:
            return None if self._at_end else begun + input(prompt + begun)
        except (EOFError, UnicodeDecodeError):
            return None

    def _typed_ahead(self) -> str | None:
        """Take a line that was typed before readline reads; None if there is no whole one.

        Readline would take the mark of Ctrl+D, which the terminal has set, for a character.
        """
        if not _LINE_END.search(self._begun):
            data = os.read(sys.stdin.fileno(), LONGEST)
            self._at_end = not data and not self._begun
            self._begun += data
        if (end := _LINE_END.search(self._begun)) is None:
            return None
        line, self._begun = self._begun[: end.start()].decode("utf-8", "replace"), self._begun[end.end() :]
        if end[0] == _END_OF_INPUT:
            self._at_end = not line
            return None
        _remember(line)
        return line

    def _hidden(self, prompt: str) -> str | None:
        try:
            return getpass.getpass(prompt)
        except EOFError:
            return None

    def _call(self, work: Callable[[], object]) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed: nothing waits any more
                self._loop.call_soon_threadsafe(work)


def _set_up_readline() -> None:
    with suppress(ImportError):
        import readline

        for line in _PLAIN_READLINE:
            readline.parse_and_bind(line)


def _remember(line: str) -> None:
    with suppress(ImportError):
        import readline

        if line:
            readline.add_history(line)


def _ignore(_line: str) -> None:
    """Do nothing with a line."""


def _nothing() -> None:
    """Do nothing."""
