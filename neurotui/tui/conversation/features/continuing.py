"""An answer that was stopped, cut or ran into its limit: ask for the rest of it."""

from __future__ import annotations

from neurotui.app.commands import find
from neurotui.app.continuing import is_offered, why_not
from neurotui.app.going_on import GoingOn
from neurotui.app.services import Services
from neurotui.chat.conversation import Message
from neurotui.chat.joining import shown_id, whole_answer
from neurotui.chat.session import Session
from neurotui.tui.conversation.asking import may_ask
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs


class Continuing:
    """Feature: go on with answers."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self._dialogs = dialogs
        self._going_on = GoingOn(services.store.learnt)
        pane.commands.bind("continue", self.go_on, when=self._can)

    def go_on(self, message_id: str = "") -> None:
        """Ask for the rest of an answer, the one pointed at if none is named."""
        pane = self._pane
        message = self._answer(message_id)
        if not pane.session.running and self._said(why_not(message)):
            return
        if message is not None and may_ask(pane):
            session = pane.session
            pane.consent.ask(
                lambda price: price.rest(session, message.id), lambda: self._begin(session, message)
            )

    def _begin(self, session: Session, message: Message) -> None:
        if may_ask(self._pane):
            self._pane.run_worker(self._go_on(session, message), group="continue", exit_on_error=False)

    async def _go_on(self, session: Session, message: Message) -> None:
        pane = self._pane
        key = find("continue").key
        told = await self._going_on.go_on(
            session, pane.account.host, message, key, lambda: session is pane.session and not pane.ending
        )
        if session is pane.session:
            self._said(told)

    def _answer(self, message_id: str = "") -> Message | None:
        conversation = self._pane.session.conversation
        if not self._pane.loaded.is_set():
            return None
        if message_id in conversation.messages:
            return whole_answer(conversation, shown_id(self._pane.session.branch.path(), message_id))
        view = self._pane.transcript.chosen
        return view.message if view is not None else None

    def _said(self, sentence: str) -> bool:
        """Say a sentence; False if it is empty."""
        if sentence:
            self._dialogs.say(sentence)
        return bool(sentence)

    def _can(self) -> bool:
        message = self._answer()
        return message is not None and is_offered(message) and not self._pane.session.running
