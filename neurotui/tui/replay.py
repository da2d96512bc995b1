"""The chat that asks by itself: what was asked in a recording, one question after the other."""

from __future__ import annotations

from collections.abc import Callable

from textual import on

from neurotui.app.services import Services
from neurotui.tui.app import NeurotuiApp
from neurotui.tui.conversation.composer import Composer
from neurotui.tui.conversation.pane import ConversationPane


class ReplayApp(NeurotuiApp):
    """The application, with somebody else at the keys."""

    def __init__(self, services: Services, next_question: Callable[[], str | None]) -> None:
        super().__init__(services)
        self._next_question = next_question

    @on(ConversationPane.Ready)
    @on(ConversationPane.AnswerEnded)
    def ask(self) -> None:
        """Asks what comes next."""
        question = self._next_question()
        if question is not None:
            self._chat.pane.post_message(Composer.Submitted(question))

    def stop_answer(self) -> None:
        """Does what was done when it was recorded."""
        self.run_worker(self._chat.pane.session.stop(), exit_on_error=False)
