"""Textual's driver for Linux and macOS, with a quick Escape, no polling, and an end when the terminal goes.

Textual's own looks every 100 ms whether a key came, so that Escape takes 100 to 200 ms; this one sleeps
until something comes, or until the silence that tells Escape from a sequence is over. When the terminal is
gone, textual's reader spins on the end of file, and its writer ends with an error, after which the app waits
for it for ever. And textual's app stands still while a terminal takes nothing, so that not even Escape would
stop an answer; here it goes on, and leaves pictures out (`behind`). And textual takes COLUMNS and LINES for
the size of the terminal, which an exported variable keeps for ever; here the terminal is asked.
"""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import select
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from textual import constants
from textual.app import App
from textual.drivers.linux_driver import KITTY_REPORT_ALTERNATE_KEYS, LinuxDriver

from neurotui.tui.terminal.columns import with_columns
from neurotui.tui.terminal.driver import TerminalGone
from neurotui.tui.terminal.input import C1_OR_REPLACE, SEQUENCE_SILENCE, TerminalInput

ESCAPE_DELAY = 0.05
"""Seconds of silence that make an ESC the Escape key: a slow link brings a whole arrow key in that time."""
URGENT_ESCAPE_DELAY = 0.01
"""The same when Escape means stop."""
LINK_DELAY = 0.1
"""Seconds more over ssh, for a slow link tears even a wheel's report apart behind its ESC."""
MANY_WRITES = 10
"""Waiting writes, two or three for a picture, from which on a terminal is behind."""


class PosixDriver(LinuxDriver):
    """The driver of the module's description."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self.escape_urgent = False
        """Whether Escape means stop now."""
        self.exit_event = self._stop = _SelectableEvent()
        self._gone = False
        self._delay_of_link = LINK_DELAY if {"SSH_CONNECTION", "SSH_TTY"} & os.environ.keys() else 0.0
        self._size = size or self._get_terminal_size()
        if self._file is not None:
            output = io.BufferedWriter(_Output(self._file.fileno(), self._on_gone))
            self._file = io.TextIOWrapper(output, self._file.encoding, "replace")

    @property
    def escape_delay(self) -> float:
        """Seconds of silence that make an ESC the Escape key; ESCDELAY in the environment (in ms) rules."""
        if "ESCDELAY" in os.environ:
            return constants.ESCAPE_DELAY
        return (URGENT_ESCAPE_DELAY if self.escape_urgent else ESCAPE_DELAY) + self._delay_of_link

    @property
    def behind(self) -> bool:
        """Whether the terminal has not yet taken what was written for it a while ago."""
        return self._writer_thread is not None and self._writer_thread._queue.qsize() >= MANY_WRITES

    def start_application_mode(self) -> None:
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._writer_thread is not None:
            self._writer_thread._queue.maxsize = 0  # nothing waits to be put there; `behind` bounds it
        if not constants.DISABLE_KITTY_KEY and self._writer_thread is not None:
            # On top of textual's flags, and popped with them.
            self.write(f"\x1b[={KITTY_REPORT_ALTERNATE_KEYS};2u")

    def write(self, data: str) -> None:
        super().write(with_columns(data))

    def run_input_thread(self) -> None:
        """Reads the terminal until the driver is stopped or the terminal is gone."""
        terminal_input = TerminalInput()
        decoder = codecs.getincrementaldecoder("utf-8")(C1_OR_REPLACE)
        while True:
            wait = terminal_input.wait(self.escape_delay)
            if wait is not None and decoder.getstate()[0]:
                wait = max(wait, SEQUENCE_SILENCE)  # a letter has begun behind the ESC
            ready, _, _ = select.select([self.fileno, self._stop], [], [], wait)
            if self._stop in ready:
                return
            if not ready:
                messages = terminal_input.end_wait()
            elif data := self._read():
                messages = terminal_input.feed(decoder.decode(data), time.monotonic())
            else:
                self._on_gone()
                return
            for message in messages:
                self.process_message(message)

    def _get_terminal_size(self) -> tuple[int, int]:
        for stream in (sys.__stderr__, sys.__stdin__):
            with contextlib.suppress(AttributeError, ValueError, OSError):
                columns, rows = os.get_terminal_size(stream.fileno())  # type: ignore[union-attr]
                if columns and rows:
                    return columns, rows
        return super()._get_terminal_size()

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, 1 << 16)
        except OSError:
            return b""

    def _on_gone(self) -> None:
        if not self._gone:
            self._gone = True
            self.process_message(TerminalGone())


class _SelectableEvent(threading.Event):
    """An event that `select` can wait for."""

    def __init__(self) -> None:
        super().__init__()
        self._receiver, self._sender = os.pipe()

    def fileno(self) -> int:
        return self._receiver

    def set(self) -> None:
        if not self.is_set():
            super().set()
            os.write(self._sender, b"\0")

    def clear(self) -> None:
        if self.is_set():
            os.read(self._receiver, 1)
            super().clear()


class _Output(io.RawIOBase):
    """A terminal that may go away: what is written then is dropped."""

    def __init__(self, descriptor: int, on_gone: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._on_gone = on_gone
        self._gone = False

    def fileno(self) -> int:
        return self._descriptor

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        while not self._gone:
            try:
                return os.write(self._descriptor, data)
            except (
                BlockingIOError
            ):  # Another program has made the terminal that it shares with us non-blocking.
                select.select([], [self._descriptor], [])
            except OSError:
                self._gone = True
                self._on_gone()
        return len(data)
