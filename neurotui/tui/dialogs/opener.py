"""The way from a feature to the user: dialogs over the chat, and sentences in passing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeVar

from textual.screen import Screen

from neurotui.chat.text import clean, clean_line
from neurotui.errors import NeurotuiError

Result = TypeVar("Result")


class Dialogs:
    """Opens dialogs over one screen."""

    def __init__(self, screen: Screen[Any]) -> None:
        self._screen = screen

    @property
    def none_open(self) -> bool:
        """True while nothing lies over the screen."""
        return self._screen.is_active

    def open(
        self,
        dialog: Screen[Result],
        then: Callable[[Result | None], None] | Callable[[Result | None], Awaitable[None]] | None = None,
    ) -> None:
        """Open a dialog at once: what is typed behind its key goes to it. `then` gets its result."""
        self._screen.app.push_screen(dialog, then)

    async def ask(self, dialog: Screen[Result]) -> Result | None:
        """Open a dialog and return its result. Only in a worker."""
        return await self._screen.app.push_screen_wait(dialog)

    def say(
        self,
        text: str,
        *,
        title: str = "",
        severity: Literal["information", "warning", "error"] = "information",
        seconds: float | None = None,
    ) -> None:
        """Show a notice for some seconds. Text and title have passed the gate."""
        self._screen.notify(text, title=title, severity=severity, timeout=seconds, markup=False)

    def tell(self, error: NeurotuiError) -> None:
        """Show what went wrong and what to do."""
        text = ". ".join(part for part in (error.cause, error.hint) if part)
        self.say(clean(text), title=clean_line(error.title), severity="error", seconds=10)
