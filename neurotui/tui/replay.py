"""A chat that asks the questions of a recording by itself, one after the other."""

from __future__ import annotations

from collections.abc import Callable

from neurotui.app.services import Services
from neurotui.chat.attachments import Draft
from neurotui.tui.conversation.composer import Composer
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs


class Replay:
    """A feature that types the questions of a recording in the user's place."""

    def __init__(self, next_question: Callable[[], str | None]) -> None:
        """Ask the questions that `next_question` returns, until it returns None."""
        self._next_question = next_question
        self._pane: ConversationPane

    def join(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        """Ask in a pane, whenever it is ready for a question."""
        self._pane = pane
        pane.moments.ready.append(self._ask)
        pane.moments.ended.append(lambda _answer, _writing: self._ask())

    def stop_answer(self) -> None:
        """Stop the running answer, at the point where the recorded one was stopped."""
        self._pane.run_worker(self._pane.session.stop(), exit_on_error=False)

    def _ask(self) -> None:
        question = self._next_question()
        if question is not None:
            self._pane.post_message(Composer.Submitted(Draft(question)))
