"""Asking for the rest of an answer: in the form that the model is known to take, else in words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from neurotui.app.continuing import Forms, Outcome, is_left_to_words, next_form, outcome
from neurotui.chat.conversation import Message
from neurotui.chat.joining import shown_id
from neurotui.chat.session import Session
from neurotui.i18n import _
from neurotui.store.learnt import Learnt


class GoingOn:
    """Goes on with answers. Where a model refuses that, it is asked in words, when it is asked for again."""

    def __init__(self, learnt: Learnt) -> None:
        self._forms = Forms(learnt)
        self._asking = False
        """True while it is looked up how the model is asked: a second key is not a second request."""
        self._offered = ""
        """The id of the answer for which it was said that only a question is left."""

    async def go_on(
        self,
        session: Session,
        server: str,
        message: Message,
        again: str,
        may: Callable[[], bool] = lambda: True,
    ) -> str:
        """Ask for the rest of a joined answer; return, when that has ended, what is to be said of it.

        `again` is how this command is given; the text names it where it has to be given twice. Nothing is
        asked if `may` is false by the time that it is known how.
        """
        if self._asking:
            return ""
        model = session.participant.model
        self._asking = True
        try:
            form = await self._forms.of(server, model)
        finally:
            self._asking = False
        if session.running or not may():
            return ""
        if is_left_to_words(message) or (form is None and self._offered == message.id):
            self._ask_in_words(session, message)
            return ""
        if form is None:
            self._offered = message.id
            words = _("{model} takes no answer to continue; {key} once more asks it to, as a new question")
            return words.format(model=model, key=again)
        reply = session.continue_answer(message.id, form)
        assert session.turn is not None
        asked = session.turn.facts()
        ended = await asyncio.shield(reply)
        found = outcome(asked, ended)
        if found is not Outcome.NOTHING:
            refusal = ended.error.message if ended.error is not None else ""
            await self._forms.learn(server, model, next_form(form, found, refusal))
        if found is Outcome.BEGAN_AGAIN:
            return _("The model began again: this is another version, the first one is kept")
        return ""

    def _ask_in_words(self, session: Session, message: Message) -> None:
        """Ask a new question after an answer, on a branch of its own if others follow."""
        path = session.branch.path()
        if shown_id(path, message.id) != path[-1].id:
            session.branch.leaf_id = message.id
        self._offered = ""
        session.send(_("Go on from where you stopped"))
