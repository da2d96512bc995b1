"""A model that has failed several times running: told before the next question, with one that answers."""

from __future__ import annotations

from neurotui.app.commands import find
from neurotui.app.failing import FailingModels, failing_line
from neurotui.app.services import Services
from neurotui.app.wording import model_hint
from neurotui.chat.budget import not_held
from neurotui.tui.conversation.debounce import Debounce
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs


class Failing:
    """Feature: a line that names another model. The list of models begins there while it stands."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self._models = FailingModels(services.store)
        self._told = ""
        """The hint, if it is of this."""
        self._is_due = True
        """True until it was looked for the message that is being written: other windows ask as well."""
        self._look_soon = Debounce(pane, self._look_once)
        moments = pane.moments
        moments.typed.append(self._typed)
        moments.ended.append(lambda _answer, _writing: self._look())
        for moment in (moments.shown, moments.account, moments.translated):
            moment.append(self._look)
        moments.ready.append(lambda: pane.watch(pane.hint, "text", self._hint_changed, init=False))

    def _typed(self) -> None:
        """Look once for each message, when its first words stand there."""
        if not self._pane.composer.text:
            self._is_due = True
        elif self._is_due:
            self._look_soon()

    def _look_once(self) -> None:
        self._is_due = False
        self._look()

    def _look(self) -> None:
        self._pane.run_latest("failing", self._tell)

    async def _tell(self) -> None:
        """Tell how the model fails; take it back if that is not so any more."""
        pane, session = self._pane, self._pane.session
        account, model = pane.account, session.participant.model
        failing = await self._models.of(account, model) if account.trouble is None else None
        if session is not pane.session or model != session.participant.model or session.running:
            return
        former, pane.alternative = self._told, failing.other if failing is not None else ""
        self._told = failing_line(failing, find("models").key) if failing is not None else ""
        unheld = {not_held(model, lacks_rate=lacks_rate) for lacks_rate in (True, False)}
        others = {"", model_hint(), *unheld} if self._told else set()
        if pane.hint.text in others or (former and pane.hint.text == former):
            pane.hint.text = self._told

    def _hint_changed(self) -> None:
        """Say it again when another hint has gone, as long as it is so."""
        pane = self._pane
        if self._told and not pane.hint.text and not pane.session.running:
            self._look()
