"""Questions with numbered answers: a list to choose from, yes or no, a line of text."""

from __future__ import annotations

from collections.abc import Sequence

from neurotui.app import spoken
from neurotui.i18n import _
from neurotui.plain.keyboard import Interrupted, Keyboard
from neurotui.plain.printer import Printer


class Questions:
    """Asks the user."""

    def __init__(self, keyboard: Keyboard, printer: Printer) -> None:
        self._keyboard = keyboard
        self._printer = printer

    async def choose(self, rows: Sequence[str], title: str = "") -> int | None:
        """Print rows behind their numbers; return the place of the one chosen, None for none of them."""
        self._printer.lines([*([title] if title else []), *spoken.numbered(rows)])
        while True:
            typed = await self.text(_("Number, or Enter for none: "))
            if not (typed or "").strip():
                return None
            if (place := spoken.choice(typed or "", len(rows))) is not None:
                return place
            self._printer.line(_("There is no {n} in the list").format(n=(typed or "").strip()[:20]))

    async def text(self, prompt: str, *, hidden: bool = False) -> str | None:
        """Return a line that is typed; None if there is no more input, or for Ctrl+C."""
        await self._printer.drained()
        self._printer.hold()
        try:
            return await self._keyboard.line(prompt, hidden=hidden)
        except Interrupted:
            self._printer.line("")
            return None
        finally:
            self._printer.release()

    async def confirmed(self, question: str, yes: str, no: str) -> bool:
        """Return True if the first of two answers is chosen; no input is a no."""
        return await self.choose((yes, no), question) == 0
