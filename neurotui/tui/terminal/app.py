"""Textual's app on a terminal that may be slow or go away, with last words that keep the key."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.segment import Segments
from textual.app import App
from textual.binding import Keymap
from textual.driver import Driver
from textual.notifications import Notification, Notify, SeverityLevel

from neurotui.i18n import _
from neurotui.tui.compat import available
from neurotui.tui.terminal.driver import driver_class, write


class TerminalApp(App[int]):
    """The base of the application."""

    def __init__(self) -> None:
        super().__init__()
        self.copied = ""
        """The text that was copied last, for pasting within the app."""
        self.keymap: Keymap = {}
        """The user's keys in place of those of the bindings, by the ids of the bindings."""
        self._standing: list[Notification] = []
        """Those that may still be on the screen."""
        self._borrower: asyncio.Task[Any] | None = None
        """The task that the terminal is lent to."""
        self.error_console = _LastWords(markup=False, highlight=False, stderr=True)
        if available("faults"):
            from neurotui.tui.compat.faults import log_faults

            log_faults(self)

    def get_driver_class(self) -> type[Driver]:
        return driver_class(super().get_driver_class())

    @property
    def clipboard(self) -> str:
        return self.copied

    def set_keymap(self, keymap: Keymap) -> None:
        self.keymap = keymap
        super().set_keymap(keymap)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Show a notice for `timeout` seconds, in place of an equal one that is still on the screen."""
        seconds = self.NOTIFICATION_TIMEOUT if timeout is None else timeout
        notice = Notification(message, title, severity, seconds, markup=markup)
        for standing in self._standing:
            if (standing.message, standing.title, standing.severity) == (message, title, severity):
                standing.timeout = 0  # over, so that textual forgets it as the new one comes
                for holder in self.screen.query("ToastHolder"):
                    if (holder.id or "").endswith(standing.identity):
                        holder.remove()
        self._standing = [each for each in self._standing if not each.has_expired] + [notice]
        self.post_message(Notify(notice))

    def send(self, sequence: str) -> bool:
        """Write a control sequence to the terminal; return False, and do not, if the terminal is lent."""
        if self.is_lent:
            return False
        write(self, sequence)
        return True

    @contextmanager
    def lend_terminal(self) -> Iterator[None]:
        """Lend the terminal to another program. The app goes on, but draws nothing and takes no keys.

        Enter this in a task of its own, which `take_back` cancels.
        """
        with self.batch_update():
            lent = self.suspend()
            lent.__enter__()
            self._borrower = asyncio.current_task()
            try:
                yield
            finally:
                self._borrower = None
                lent.__exit__(None, None, None)  # told of an exception, it would not take the terminal back

    @property
    def is_lent(self) -> bool:
        """True while another program has the terminal."""
        return self._borrower is not None

    async def take_back(self) -> None:
        """Take the terminal back from the other program, because the app has to end."""
        if self._borrower is not None:
            self._borrower.cancel()
            await asyncio.wait([self._borrower])

    def on_terminal_caught_up(self) -> None:
        """Draw the whole screen again: pictures were left out while the terminal took nothing."""
        self.screen.refresh()


class _LastWords(Console):
    """A console for the messages printed at the end, without textual's tracebacks.

    A traceback would show all local variables, the key among them.
    """

    def print(self, *objects: Any, **options: Any) -> None:
        fault = _("neurotui had an internal error and has quit. The conversation is saved.")
        super().print(*(fault if isinstance(one, Segments) else one for one in objects), **options)
