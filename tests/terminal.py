r"""A real pseudo-terminal for a real program, and its screen.

    with Terminal([*NEUROTUI, "--demo"], home=tmp_path) as terminal:
        terminal.wait_for("Message")                  # fails with a picture of the screen
        terminal.type("привет")
        terminal.press("enter", "ctrl+c", "alt+up")   # textual's names of keys
        terminal.paste("two\nlines")                  # in brackets, if the program asked for them
        terminal.click("Stop")                        # the mouse, on a text
        terminal.send(b"\x1b[A")                      # any bytes
        assert "привет" in terminal.text
        terminal.resize(60, 15)
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
        assert not terminal.left_behind               # modes that the program should have reset

A thread reads what the program writes, so that it never blocks, and answers its queries at once. The screen
is drawn (by pyte) only when it is asked for, in the caller's thread. Every wait blocks: in an async test use
`await asyncio.to_thread(terminal.wait_for, "text")` if a server runs in the same event loop.

`background="rgb:ffff/ffff/ffff"` is a terminal that says what its background is, and `called="kitty(0.41)"`
one that says what it is called, and draws pictures. `sixel=True` is one that draws sixels.

`kitty=True` is a terminal with the kitty keyboard protocol and synchronized output: `press` then sends what
such a terminal sends for the flags that the program asked for. Without it the terminal answers no query of a
mode and sends the old codes.

The program sees an environment of its own: a home in `home`, no proxies, no NEUROTUI_* and NEUROAPI_*
variables but those given, the language given. A program in Python that is not `fresh` is run by a fork of
`tests/fork_server.py`.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyte
import pytest

import neurotui
from tests import fork_server
from tests.keyboard import encode

with contextlib.suppress(ImportError):  # Windows has none of them, and no pseudo-terminal
    import fcntl
    import pty
    import termios

NEUROTUI = (sys.executable, "-m", "neurotui")
"""The command that starts neurotui from this checkout, or from the package that is installed."""

_PACKAGE_HOME = Path(neurotui.__file__).parents[1]
_PATIENCE = 60.0
"""Seconds within which a busy machine has done whatever is waited for."""
_KEPT = ("PATH", "TMPDIR", "SYSTEMROOT", "COVERAGE_PROCESS_CONFIG", "NEUROTUI_COMPAT")

_MODE = re.compile(
    rb"\x1b\[\?([\d;]+)([hl])|\x1b\[([>=<])(\d*)(?:;(\d))?u|\x1b\[\?(\d+)\$p|\x1b\[\?(u)"
    rb"|\x1b(?:\[(c|6n)|\](11;\?)(?:\x07|\x1b\\)|(\[>q)|_Gi=(\d+)[^;\x1b]*a=q[^\x1b]*\x1b\\)"
)
"""What the reader looks for: modes set and reset, kitty flags pushed and popped, queries."""
_UNFINISHED = re.compile(rb"\x1b(\[[\d;:<=>?$ ]*|\](1|11|11;|11;\?\x1b?)?|_[^\x1b]{0,200}\x1b?)?\Z")
_NOT_FOR_PYTE = re.compile(
    r"\x1b\[[<>=][\d;:]*[A-Za-z]|\x1b\[\?[\d;]*(?:\$p|u)|\x1b[P_^X].*?\x1b\\", re.DOTALL
)
_UNFINISHED_TEXT = re.compile(r"\x1b(?:\[[^@-~]*|[P_^X\]][^\x07\x1b]*\x1b?)?\Z")

_SHOWN_BY_DEFAULT = {7, 25}
"""Modes that a terminal has on when a program starts: line wrap, and the cursor shown."""


class Terminal:
    """A pseudo-terminal of `size` columns and rows in which `command` runs."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        home: Path,
        size: tuple[int, int] = (80, 24),
        language: str = "C.UTF-8",
        environment: Mapping[str, str] | None = None,
        kitty: bool = False,
        background: str = "",
        called: str = "",
        sixel: bool = False,
        fresh: bool = False,
    ) -> None:
        if os.name != "posix":
            pytest.skip("a pseudo-terminal")
        self.kitty = kitty
        self.background = background
        """What it says of its background, such as `rgb:ffff/ffff/ffff`; empty if it does not say."""
        self.called = called
        """What it calls itself, such as `kitty(0.41)`, which draws pictures; empty if it does not say."""
        self.sixel = sixel
        """True for one that draws sixels, with cells of 10×20 pixels."""
        self.output = bytearray()
        """Everything that the program has written."""
        self.kitty_flags: list[int] = []
        """The stack of keyboard flags that the program has pushed."""
        self._modes = set(_SHOWN_BY_DEFAULT)
        self._screen = pyte.Screen(*size)
        self._stream = pyte.Stream(self._screen)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._written_at = 0.0
        self._drawn = 0
        self._lines: list[str] | None = None
        """The screen as it was last asked for; None if more has been drawn."""
        self._undrawn = ""
        self._changed = threading.Condition()
        self._sending = threading.Lock()
        self._hung_up = False
        self._read_on = threading.Event()
        self._read_on.set()
        self._wake_reader, self._woken = os.pipe()

        self._master, self._slave = pty.openpty()
        os.set_blocking(self._master, False)
        self._set_size(size)
        self.name = os.ttyname(self._slave)
        """The path of its device."""
        self.termios_before = termios.tcgetattr(self._master)
        self.started_at = time.monotonic()
        """When the program was started, by `time.monotonic()`."""
        env = _environment(home, language, environment or {})
        self._process: fork_server.Process
        if not fresh and fork_server.can_fork(command, env):
            self._process = fork_server.fork(command, cwd=home, env=env, terminal=self.name)
        else:
            # A session leader without a terminal gets the first one that it opens: the shell opens it and
            # becomes the program. (Python code between fork and exec is not safe beside a test's threads.)
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", 'exec "$@" 0<>"$0" 1>&0 2>&0', self.name, *command],
                start_new_session=True,
                cwd=home,
                env=env,
            )
        self.pid = self._process.pid
        # Not until it is the program's: a shell with job control hands it on at once.
        while not os.tcgetpgrp(self._master) and self._process.poll() is None:
            time.sleep(0.0002)
        self._reader = threading.Thread(target=self._read, name="terminal", daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kills the program if it still runs, and lets the terminal go."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self.hang_up()

    # Input

    def send(self, data: bytes) -> float:
        """Sends `data` as it is; returns the time just before, by `time.monotonic()`."""
        with self._sending:
            sent_at = time.monotonic()
            while data:
                if not select.select([], [self._master], [], _PATIENCE)[1]:
                    raise AssertionError(f"the program does not read its input\n{self.picture()}")
                data = data[os.write(self._master, data[:65536]) :]
            return sent_at

    def press(self, *keys: str) -> float:
        """Presses `keys`, textual's names, one write each; returns the time just before the last one."""
        sent_at = 0.0
        for key in keys:
            self._wait_until_read()
            sent_at = self.send(encode(key, self.kitty_flags[-1] if self.kitty and self.kitty_flags else 0))
        return sent_at

    def type(self, text: str) -> float:
        """Presses the keys of `text`, in one write; LF is Enter."""
        flags = self.kitty_flags[-1] if self.kitty and self.kitty_flags else 0
        names = {"\n": "enter", " ": "space", "+": "+"}
        self._wait_until_read()
        return self.send(b"".join(encode(names.get(character, character), flags) for character in text))

    def paste(self, text: str) -> float:
        """Pastes `text` as terminals do: LF becomes CR, in brackets if the program asked for them."""
        data = text.replace("\n", "\r").encode()
        self._wait_until_read()
        return self.send(b"\x1b[200~" + data + b"\x1b[201~" if 2004 in self._modes else data)

    def click(self, text: str) -> float:
        """Clicks on the last place where `text` is on the screen; told as mode 1006 wants it."""
        assert {1000, 1006} <= self._modes, "the program did not ask for the mouse"
        row, line = max((row, line) for row, line in enumerate(self.lines) if text in line)
        place = b"%d;%d" % (line.rindex(text) + 1, row + 1)
        return self.send(b"\x1b[<0;%bM\x1b[<0;%bm" % (place, place))

    def resize(self, columns: int, rows: int) -> float:
        """Gives the terminal another size; the kernel sends SIGWINCH. Returns the time just before."""
        self._draw()
        self._screen.resize(rows, columns)
        self._lines = None
        resized_at = time.monotonic()
        self._set_size((columns, rows))
        return resized_at

    def hang_up(self) -> None:
        """Closes the window: the program gets SIGHUP, end of file, and EIO when it writes."""
        if not self._hung_up:
            self._hung_up = True
            self._let_go()
            os.write(self._woken, b"x")
            self._reader.join()
            for descriptor in (self._master, self._wake_reader, self._woken):
                os.close(descriptor)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Meanwhile nobody reads what the program writes, as with a link that is slow or down."""
        self._read_on.clear()
        try:
            yield
        finally:
            self._read_on.set()

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to the program alone."""
        self._process.send_signal(number)

    # Output

    @property
    def lines(self) -> list[str]:
        """The screen, line by line, without blanks at the right."""
        self._draw()
        if self._lines is None:
            self._lines = [line.rstrip() for line in self._screen.display]
        return list(self._lines)

    @property
    def text(self) -> str:
        """The screen as one string."""
        return "\n".join(self.lines)

    @property
    def cells(self) -> list[list[pyte.screens.Char]]:
        """The characters of the screen with their looks, row by row."""
        self._draw()
        rows = self._screen.buffer
        return [[rows[y][x] for x in range(self._screen.columns)] for y in range(self._screen.lines)]

    @property
    def cursor(self) -> tuple[int, int]:
        """Column and row of the cursor, from 0."""
        self._draw()
        return self._screen.cursor.x, self._screen.cursor.y

    @property
    def title(self) -> str:
        """The window's title."""
        self._draw()
        return self._screen.title

    def wait_for(self, wanted: str | Callable[[], bool], timeout: float = _PATIENCE) -> float:
        """Waits until a text is on the screen, or until `wanted()`; returns when, by `time.monotonic()`."""
        condition = wanted if callable(wanted) else lambda: wanted in self.text
        deadline = time.monotonic() + timeout
        while True:
            seen = len(self.output)
            ended = self._ended()
            if condition():
                return time.monotonic()
            if ended or time.monotonic() > deadline:
                what = (
                    f"the program ended ({self._process.returncode})" if ended else f"not within {timeout} s"
                )
                raise AssertionError(f"{wanted!r}: {what}\n{self.picture()}")
            self._more_than(seen, 0.02)  # Not every condition is about output, hence the limit.

    def wait_for_exit(self, timeout: float = _PATIENCE) -> int:
        """Waits for the end; the exit status, or minus the number of the signal that ended the program."""
        try:
            status = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still runs after {timeout} s\n{self.picture()}") from None
        self._ended()
        return status

    def wait_until_quiet(self, seconds: float = 0.3, timeout: float = _PATIENCE) -> float:
        """Waits until nothing was written for `seconds`; returns the time at which the last of it came."""
        deadline = time.monotonic() + timeout
        while True:
            if not self._more_than(len(self.output), seconds):
                return self._written_at
            if time.monotonic() > deadline:
                raise AssertionError(f"still writes after {timeout} s\n{self.picture()}")

    def picture(self) -> str:
        """The screen in a frame, for messages."""
        width = self._screen.columns
        rows = [f"│{line.ljust(width)}│" for line in self.lines]
        return "\n".join([f"┌{'─' * width}┐", *rows, f"└{'─' * width}┘"])

    # The program

    @property
    def running(self) -> bool:
        """Whether the program still runs."""
        return self._process.poll() is None

    @property
    def stopped(self) -> bool:
        """Whether the program was stopped, as by Ctrl+Z, and not yet continued."""
        try:
            return os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:  # a child of the server of forks
            return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"

    @property
    def left_behind(self) -> set[str]:
        """What the program changed in the terminal and has not put back: empty after an orderly end."""
        modes = {f"mode {mode}" for mode in self._modes ^ _SHOWN_BY_DEFAULT}
        if self.kitty_flags:
            modes.add(f"kitty flags {self.kitty_flags}")
        if self.termios() != self.termios_before:
            modes.add("termios")
        return modes

    def termios(self) -> list[Any]:
        """The line discipline's attributes now, as `termios.tcgetattr` gives them."""
        return termios.tcgetattr(self._master)

    def cpu_seconds(self) -> float:
        """CPU time used by the program so far, all threads, to the nanosecond (Linux)."""
        return time.clock_gettime((~self.pid << 3) | 2)

    def wakeups(self) -> int:
        """How often threads of the program have gone to sleep so far: an idle one's stay (Linux)."""
        statuses = [task / "status" for task in Path(f"/proc/{self.pid}/task").iterdir()]
        return sum(
            int(line.split()[1])
            for status in statuses
            for line in status.read_text().splitlines()
            if line.startswith("voluntary_ctxt_switches")
        )

    # Inside

    def _wait_until_read(self) -> None:
        """Wait until the program has read what was sent: nobody's fingers are so quick that it would be one.

        One that reads nothing, as it is stopped or at its end, is given a second.
        """
        deadline = time.monotonic() + 1.0
        while self._slave >= 0 and time.monotonic() < deadline:
            count = fcntl.ioctl(self._slave, termios.FIONREAD, bytes(4))
            if not any(count):
                break
            time.sleep(0.002)

    def _set_size(self, size: tuple[int, int]) -> None:
        columns, rows = size
        pixels = (10 * columns, 20 * rows) if self.sixel else (0, 0)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, *pixels))

    def _let_go(self) -> None:
        if self._slave >= 0:
            os.close(self._slave)
            self._slave = -1

    def _ended(self) -> bool:
        """Whether the program has ended; if so, all that it wrote has been read."""
        if self._process.poll() is None:
            return False
        self._let_go()  # Now the reader meets the end of the output, unless a child of the program lives on.
        self._reader.join(1.0)
        return True

    def _more_than(self, seen: int, timeout: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: len(self.output) != seen, timeout)

    def _read(self) -> None:
        scanned = 0
        while True:
            ready, _, _ = select.select([self._master, self._wake_reader], [], [])
            if self._wake_reader in ready:
                return
            self._read_on.wait()
            try:
                data = os.read(self._master, 1 << 16)
            except OSError:
                return
            self._written_at = time.monotonic()
            self.output += data
            unfinished = _UNFINISHED.search(self.output, max(scanned, len(self.output) - 64))
            end = unfinished.start() if unfinished else len(self.output)
            for match in _MODE.finditer(self.output, scanned, end):
                self._obey(match)
            scanned = end
            with self._changed:
                self._changed.notify_all()

    def _obey(self, match: re.Match[bytes]) -> None:
        modes, set_or_reset, stack, flags, how, queried, kitty_query, query, color, name, picture = (
            match.groups()
        )
        if modes:
            numbers = {int(mode) for mode in modes.split(b";")}
            self._modes = self._modes | numbers if set_or_reset == b"h" else self._modes - numbers
        elif stack == b">":
            self.kitty_flags.append(int(flags or 0))
        elif stack == b"=":
            bits = int(flags or 0)
            now = self.kitty_flags.pop() if self.kitty_flags else 0
            self.kitty_flags.append({b"2": now | bits, b"3": now & ~bits}.get(how, bits))
        elif stack == b"<":
            del self.kitty_flags[-1:]
        elif name and self.called:
            self.send(f"\x1bP>|{self.called}\x1b\\".encode())
        elif picture and self.called.startswith(("kitty", "ghostty")):
            self.send(b"\x1b_Gi=" + picture + b";OK\x1b\\")
        elif color and self.background:
            self.send(f"\x1b]11;{self.background}\x1b\\".encode())
        elif query:
            attributes = b"\x1b[?62;4c" if self.sixel else b"\x1b[?62c"
            self.send(attributes if query == b"c" else b"\x1b[1;1R")
        elif queried and self.kitty:
            known = {b"2026": b"2"}
            self.send(b"\x1b[?%b;%b$y" % (queried, known.get(queried, b"0")))
        elif kitty_query and self.kitty:
            self.send(b"\x1b[?%du" % (self.kitty_flags[-1] if self.kitty_flags else 0))

    def _draw(self) -> None:
        end = len(self.output)
        if end == self._drawn:
            return
        self._lines = None
        self._undrawn += self._decode(bytes(self.output[self._drawn : end]))
        self._drawn = end
        unfinished = _UNFINISHED_TEXT.search(self._undrawn)
        cut = unfinished.start() if unfinished else len(self._undrawn)
        self._stream.feed(_NOT_FOR_PYTE.sub("", self._undrawn[:cut]))
        self._undrawn = self._undrawn[cut:]


def kept_environment() -> dict[str, str]:
    """What a program under test needs of the environment, and nothing of the developer's own."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {"PYTHONPATH": str(_PACKAGE_HOME)}


def _environment(home: Path, language: str, extra: Mapping[str, str]) -> dict[str, str]:
    return {
        **kept_environment(),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": language,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        "XDG_STATE_HOME": str(home / ".local" / "state"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_RUNTIME_DIR": str(home / ".run"),
        **extra,
    }
