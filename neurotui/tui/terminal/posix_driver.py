"""Textual's driver for Linux and macOS, with a quick Escape, no polling, and an end when the terminal goes.

Textual's own looks every 100 ms whether a key came, so that Escape takes 100 to 200 ms; this one sleeps
until something comes, or until the silence that tells Escape from a sequence is over. When the terminal is
gone, textual's reader spins on the end of file, and its writer ends with an error, after which the app waits
for it for ever. And textual's app stands still while a terminal takes nothing; here it goes on, see `Output`.
And textual takes COLUMNS and LINES for the size of the terminal, which an exported variable keeps for ever;
here the terminal is asked.

Where textual's parser cannot be used, textual's own reader reads what this one has read and made safe,
through a pipe.
"""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import os
import select
import shutil
import struct
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from textual import constants
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

from neurotui.tui.compat import available
from neurotui.tui.terminal.background import FOLLOW, LEAVE, BackgroundReplies, answers
from neurotui.tui.terminal.columns import with_columns
from neurotui.tui.terminal.input import C1_OR_REPLACE, SEQUENCE_SILENCE, TerminalInput
from neurotui.tui.terminal.output import Output
from neurotui.tui.terminal.picture_query import PictureReplies
from neurotui.tui.terminal.reports import (
    TerminalBackground,
    TerminalCaughtUp,
    TerminalDrawsPictures,
    TerminalGone,
)

T = TypeVar("T")

ESCAPE_DELAY = 0.05
"""Silence that makes an ESC the Escape key (seconds): even a slow link brings a whole arrow key in it."""
URGENT_ESCAPE_DELAY = 0.01
"""Silence that makes an ESC the Escape key while Escape means stop (seconds)."""
LINK_DELAY = 0.1
"""Additional silence over ssh (seconds): a slow link tears even a wheel's report apart behind its ESC."""
REPORT_ALTERNATE_KEYS = 4
"""Flag of the kitty protocol that makes a terminal report the position of a key."""


class PosixDriver(LinuxDriver):
    """Textual's driver with a quick Escape, no polling, and an end when the terminal goes."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        for variable in ("COLUMNS", "LINES"):
            os.environ.pop(variable, None)
        super().__init__(app, debug=debug, mouse=mouse, size=size or _size())
        self.escape_urgent = False
        """True while Escape means stop now."""
        self.exit_event = self._ended = _SelectableEvent()
        self._gone = False
        self._delay_of_link = LINK_DELAY if {"SSH_CONNECTION", "SSH_TTY"} & os.environ.keys() else 0.0
        stream = sys.__stderr__
        assert stream is not None
        self._screen = stream.fileno()
        self._output = Output(self._screen, stream.encoding, self._on_gone, self._on_caught_up)
        self.follows_background = False
        """True if the terminal is asked for its background; set by `follow_background` while it runs."""
        self.pictures = PictureReplies(self.write, lambda: self.process_message(TerminalDrawsPictures()))
        """Tells if the terminal draws pictures."""
        self._background = BackgroundReplies(
            self.write, lambda dark: self.process_message(TerminalBackground(dark))
        )

    @property
    def escape_delay(self) -> float:
        """Silence that makes an ESC the Escape key (seconds); the variable ESCDELAY (ms) overrides it."""
        if "ESCDELAY" in os.environ:
            return constants.ESCAPE_DELAY
        return (URGENT_ESCAPE_DELAY if self.escape_urgent else ESCAPE_DELAY) + self._delay_of_link

    def start_application_mode(self) -> None:
        self._output.start()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if not constants.DISABLE_KITTY_KEY:
            self.write(f"\x1b[={REPORT_ALTERNATE_KEYS};2u")  # on top of textual's flags, and popped with them
        self.pictures.ask(os.environ)
        if self.follows_background:
            self.follow_background(True)

    def stop_application_mode(self) -> None:
        if self.follows_background:
            self.write(LEAVE)
            self._background.wait_for_all()
        super().stop_application_mode()
        self._output.stop()  # all is written before another program has the terminal, or this one stands

    def follow_background(self, follow: bool) -> None:
        """Have the terminal tell what its background is like, now and when it changes; or no longer."""
        self.follows_background = follow and answers(os.environ.get("TERM", ""))
        if self.follows_background:
            self.write(FOLLOW)
            self._background.ask()
        elif not follow:
            self.write(LEAVE)

    def cell_size(self) -> tuple[int, int] | None:
        """Return width and height of a cell (pixels); None if the terminal does not tell."""
        try:
            size = fcntl.ioctl(self._screen, termios.TIOCGWINSZ, bytes(8))
        except OSError:
            return None
        rows, columns, width, height = struct.unpack("HHHH", size)
        return (width // columns, height // rows) if all((rows, columns, width, height)) else None

    def write(self, data: str) -> None:
        self._output.write(with_columns(data))

    def close(self) -> None:
        super().close()
        self._output.stop()

    def run_input_thread(self) -> None:
        """Read the terminal until the driver is stopped or the terminal is gone."""
        if available("key_parser"):
            from neurotui.tui.compat.key_parser import KeyParser

            self._read_all(self.fileno, TerminalInput(KeyParser(), self._on_reply), self.process_message)
        else:
            self._read_through_a_pipe()

    def _read_through_a_pipe(self) -> None:
        """Pass the input, made safe, to textual's own reader."""
        from neurotui.tui.terminal.safe_input import SafeInput

        terminal, (receiver, sender) = self.fileno, os.pipe()

        def give(text: str) -> None:
            data = text.encode("utf-8", "replace")
            while data:
                data = data[os.write(sender, data) :]

        def read() -> None:
            with contextlib.suppress(BrokenPipeError):  # at the end nobody reads any more
                self._read_all(terminal, TerminalInput(SafeInput(), self._on_reply), give)

        reader = threading.Thread(target=read, name="neurotui-input", daemon=True)
        reader.start()
        self.fileno = receiver  # all else that uses it waits until this thread has ended
        try:
            super().run_input_thread()
        finally:
            self.fileno = terminal
            os.close(receiver)
            reader.join()
            os.close(sender)

    def _read_all(self, terminal: int, terminal_input: TerminalInput[T], give: Callable[[T], None]) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")(C1_OR_REPLACE)
        while True:
            wait = terminal_input.wait(self.escape_delay)
            if wait is not None and decoder.getstate()[0]:
                wait = max(wait, SEQUENCE_SILENCE)  # a letter has begun behind the ESC
            ready, _, _ = select.select([terminal, self._ended.fileno()], [], [], wait)
            if self._ended.fileno() in ready:
                return
            read: Iterator[T]
            if not ready:
                read = terminal_input.end_wait()
            elif data := _read(terminal):
                read = terminal_input.feed(decoder.decode(data), time.monotonic())
            else:
                self._on_gone()
                return
            for one in read:
                give(one)

    def _on_reply(self, reply: str) -> None:
        self.pictures.read(reply)
        if self.follows_background:
            self._background.read(reply)

    def _on_gone(self) -> None:
        if not self._gone:
            self._gone = True
            self.process_message(TerminalGone())

    def _on_caught_up(self) -> None:
        self.process_message(TerminalCaughtUp())


def _size() -> tuple[int, int]:
    columns, rows = shutil.get_terminal_size()
    return columns, rows


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:
        return b""


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
