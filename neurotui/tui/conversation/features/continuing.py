"""An answer that was stopped, cut or ran into its limit: ask for the rest of it."""

from __future__ import annotations

import asyncio

from neurotui.app.commands import find
from neurotui.app.continuing import Forms, Outcome, is_left_to_words, is_offered, next_form, outcome, why_not
from neurotui.app.services import Services
from neurotui.chat.conversation import Message
from neurotui.chat.joining import shown_id, whole_answer
from neurotui.chat.session import Session
from neurotui.i18n import _
from neurotui.tui.conversation.asking import may_ask
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs


class Continuing:
    """Goes on with answers. Where a model refuses that, it is asked in words, on a second key."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self._dialogs = dialogs
        self._forms = Forms(services.store.learnt)
        self._asking = False
        """True while it is looked up how the model is asked: a second key is not a second request."""
        self._offered = ""
        """The id of the answer for which it was said that only a question is left."""
        pane.commands.bind("continue", self.go_on, when=self._can)

    def go_on(self, message_id: str = "") -> None:
        """Ask for the rest of an answer, the one pointed at if none is named."""
        pane = self._pane
        message = self._answer(message_id)
        if self._asking or (not pane.session.running and self._said(why_not(message))):
            return
        if message is not None and may_ask(pane):
            self._asking = True
            pane.run_worker(self._go_on(pane.session, message), group="continue", exit_on_error=False)

    async def _go_on(self, session: Session, message: Message) -> None:
        server, model = self._pane.account.host, session.participant.model
        try:
            form = await self._forms.of(server, model)
        finally:
            self._asking = False
        if session is not self._pane.session or session.running or self._pane.ending:
            return
        if is_left_to_words(message) or (form is None and self._offered == message.id):
            self._ask_in_words(session, message)
            return
        if form is None:
            self._offered = message.id
            words = _("{model} takes no answer to continue; {key} once more asks it to, as a new question")
            self._dialogs.say(words.format(model=model, key=find("continue").key))
            return
        reply = session.continue_answer(message.id, form)
        assert session.turn is not None
        asked = session.turn.facts()
        ended = await asyncio.shield(reply)
        found = outcome(asked, ended)
        if found is not Outcome.NOTHING:
            refusal = ended.error.message if ended.error is not None else ""
            await self._forms.learn(server, model, next_form(form, found, refusal))
        if found is Outcome.BEGAN_AGAIN and session is self._pane.session:
            self._dialogs.say(_("The model began again: this is another version, the first one is kept"))

    def _ask_in_words(self, session: Session, message: Message) -> None:
        """Ask a new question after an answer, on a branch of its own if others follow."""
        path = session.branch.path()
        if shown_id(path, message.id) != path[-1].id:
            session.branch.leaf_id = message.id
        self._offered = ""
        session.send(_("Go on from where you stopped"))

    def _answer(self, message_id: str = "") -> Message | None:
        conversation = self._pane.session.conversation
        if not self._pane.loaded.is_set():
            return None
        if message_id in conversation.messages:
            return whole_answer(conversation, shown_id(self._pane.session.branch.path(), message_id))
        view = self._pane.transcript.chosen
        return view.message if view is not None else None

    def _said(self, sentence: str) -> bool:
        """Say why nothing is asked; False if there is no reason."""
        if sentence:
            self._dialogs.say(sentence)
        return bool(sentence)

    def _can(self) -> bool:
        message = self._answer()
        return message is not None and is_offered(message) and not self._pane.session.running
