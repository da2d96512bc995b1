"""Asked once before something dear leaves, whatever key it leaves by.

Where no limit asks for it, what a key does is done at once. Else the price is found out in a worker, and the
question is a dialog; a second key meanwhile is not a second request.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from textual.widget import Widget

from neurotui.app.money.asking_price import AskingPrice, Question
from neurotui.i18n import _

if TYPE_CHECKING:
    from neurotui.chat.session import Session

About = Callable[[AskingPrice], Awaitable[Question | None]]
"""Returns the question about what is to leave; None if it is not dear."""


class Consent:
    """Asks about what is dear in one pane."""

    def __init__(self, pane: Widget, price: AskingPrice, in_front: Callable[[], Session | None]) -> None:
        """`in_front` returns the session that is looked at; None once nothing is asked any more."""
        self._pane = pane
        self._price = price
        self._in_front = in_front
        self._asking = False

    @property
    def is_limited(self) -> bool:
        """True if there is a price above which it is asked."""
        return self._price.is_limited

    def ask(
        self, about: About, do: Callable[[], object], unasked: Callable[[], object] | None = None
    ) -> None:
        """Call `do` if it is agreed to; `unasked`, by default the same, where there is nothing to ask about.

        Nothing is done in another conversation than the one in front.
        """
        cheap = unasked or do
        if not self.is_limited:
            cheap()
        elif not self._asking:
            self._asking = True
            self._pane.run_worker(self._ask(about, do, cheap), group="consent", exit_on_error=False)

    async def given(self, about: About) -> bool:
        """Return True if something may leave. Only in a worker."""
        question = await about(self._price) if self.is_limited else None
        return question is None or await self.confirmed(question)

    async def confirmed(self, question: Question) -> bool:
        """Ask a question. Only in a worker."""
        from neurotui.tui.dialogs.confirm import ConfirmScreen

        dialog = ConfirmScreen(question.text, question.reason, yes=_("Send"), no=_("Do not send"))
        return await self._pane.app.push_screen_wait(dialog) or False

    # Internals

    async def _ask(self, about: About, do: Callable[[], object], unasked: Callable[[], object]) -> None:
        session = self._in_front()
        try:
            question = await about(self._price)
            agreed = question is None or await self.confirmed(question)
        finally:
            self._asking = False
        if agreed and session is not None and session is self._in_front():
            (do if question is not None else unasked)()
