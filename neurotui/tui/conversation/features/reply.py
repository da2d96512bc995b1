"""The running answer: stop it, or ask the last question again."""

from __future__ import annotations

from neurotui.app.services import Services
from neurotui.chat.attachments import Draft
from neurotui.chat.conversation import Message, Role
from neurotui.chat.joining import joined_path
from neurotui.i18n import N_
from neurotui.tui.conversation.asking import may_ask
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs


class Reply:
    """Feature: stop and repeat."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        pane.commands.bind("stop", self.stop, when=lambda: pane.session.running)
        pane.commands.bind("repeat", self.repeat, why_not=N_("Nothing was asked yet"))

    async def stop(self) -> None:
        """Close the innermost panel that takes the key; otherwise stop the reply, or go back to the input."""
        pane = self._pane
        running = pane.session.running
        if any(takes(running) for takes in reversed(pane.open_panels)):
            return
        if running:
            if pane.composer.menu.display:
                pane.composer.menu.close()
            await pane.session.stop()
        else:
            pane.screen.clear_selection()
            pane.composer.step_back()
            pane.composer.focus()

    def repeat(self) -> bool:
        """Ask the last question again, for another answer beside the one it has."""
        pane, session = self._pane, self._pane.session
        path = joined_path(session.conversation, session.branch.leaf_id)
        asked = [message for message in path if message.role is Role.USER]
        if asked and may_ask(pane):
            last, is_answered = asked[-1], path[-1].parent_id == asked[-1].id
            pane.consent.ask(
                lambda price: price.again(session, last.id),
                lambda: self._repeat(last, path[-1].id if is_answered else ""),
            )
        return bool(asked)

    def _repeat(self, question: Message, answer_id: str) -> None:
        """Ask a question again: for another answer beside one, if it has one."""
        pane = self._pane
        if not may_ask(pane):
            return
        if pane.composer.message == Draft(question.text, question.attachments):
            pane.composer.clear()
        if answer_id:
            pane.session.ask_again(answer_id)
        else:
            pane.session.send(question.text, question.attachments)
