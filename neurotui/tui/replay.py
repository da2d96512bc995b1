"""A chat that asks by itself: what was asked in a recording, one question after the other."""

from __future__ import annotations

from collections.abc import Callable

from neurotui.app.services import Services
from neurotui.tui.conversation.composer import Composer
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs


class Replay:
    """Somebody else at the keys."""

    def __init__(self, next_question: Callable[[], str | None]) -> None:
        """`next_question` returns None after the last one."""
        self._next_question = next_question
        self._pane: ConversationPane

    def join(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        """Become a feature of a pane."""
        self._pane = pane
        pane.moments.ready.append(self._ask)
        pane.moments.ended.append(lambda _answer, _writing: self._ask())

    def stop_answer(self) -> None:
        """Stop the answer where it was stopped when it was recorded."""
        self._pane.run_worker(self._pane.session.stop(), exit_on_error=False)

    def _ask(self) -> None:
        question = self._next_question()
        if question is not None:
            self._pane.post_message(Composer.Submitted(question))
