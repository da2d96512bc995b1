"""The chat that asks by itself: what was asked in a recording, one question after the other."""

from __future__ import annotations

from collections.abc import Callable

from neurotui.ui.app import NeurotuiApp
from neurotui.ui.backend import Backend
from neurotui.ui.screens.chat import ChatScreen
from neurotui.ui.widgets.composer import Composer


class ReplayApp(NeurotuiApp):
    """The application, with somebody else at the keys."""

    def __init__(self, backend: Backend, next_question: Callable[[], str | None]) -> None:
        super().__init__(backend)
        self._next_question = next_question

    def on_mount(self) -> None:
        self.call_after_refresh(self._ask)

    def on_chat_screen_answer_ended(self, event: ChatScreen.AnswerEnded) -> None:
        self._ask()

    def stop_answer(self) -> None:
        """Does what was done when it was recorded."""
        self.run_worker(self._chat.session.stop(), exit_on_error=False)

    def _ask(self) -> None:
        question = self._next_question()
        if question is not None:
            self._chat.post_message(Composer.Submitted(question))
