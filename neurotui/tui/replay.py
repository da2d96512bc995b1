"""The chat that asks by itself: what was asked in a recording, one question after the other."""

from __future__ import annotations

from collections.abc import Callable

from textual import on

from neurotui.app.services import Services
from neurotui.tui.app import NeurotuiApp
from neurotui.tui.conversation.composer import Composer
from neurotui.tui.conversation.screen import ChatScreen


class ReplayApp(NeurotuiApp):
    """The application, with somebody else at the keys."""

    def __init__(self, backend: Services, next_question: Callable[[], str | None]) -> None:
        super().__init__(backend)
        self._next_question = next_question

    @on(ChatScreen.Ready)
    @on(ChatScreen.AnswerEnded)
    def ask(self) -> None:
        """Asks what comes next."""
        question = self._next_question()
        if question is not None:
            self._chat.post_message(Composer.Submitted(question))

    def stop_answer(self) -> None:
        """Does what was done when it was recorded."""
        self.run_worker(self._chat.session.stop(), exit_on_error=False)
