"""The model that answers: chosen from the server's list, or named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from neurotui.app.accounts import Account
from neurotui.app.services import Services
from neurotui.app.wording import model_hint
from neurotui.app.workspace_observer import WorkspaceObserver
from neurotui.chat.conversation import Message
from neurotui.chat.session import Session
from neurotui.errors import NeurotuiError
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs

RECENT_MODELS = 8
"""Number of recently used models at the top of the list."""


class Models(WorkspaceObserver):
    """Feature: change the model, for one conversation or for new ones too."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self._store = services.store
        self._library = services.store.library
        self._dialogs = dialogs
        self._asked: Account | None = None
        """The account that was asked for its models."""
        pane.commands.bind("models", self.choose)
        pane.commands.bind("model", self.name)
        pane.composer.arguments["model"] = self._names
        pane.moments.ended.append(self._advise)
        pane.workspace.subscribe(self)

    def participant_changed(self, session: Session) -> None:
        """Show the account and the model that answer from now on."""
        if session is self._pane.session:
            self._pane.show_account()
            self._pane.drafts.account_changed()

    def choose(self) -> None:
        """Choose the model for the answers from now on."""
        from neurotui.app.model_facts import ModelLibrary
        from neurotui.tui.dialogs.models import ModelsScreen

        pane = self._pane
        pane.hint.text = ""

        async def close(chosen: str | tuple[str, ...] | None) -> None:
            if isinstance(chosen, str):
                self._use(chosen)
            elif chosen is not None:
                await pane.commands.run("compare", chosen)

        library = ModelLibrary(pane.account, pane.workspace.ledger.prices, self._store)
        model = pane.session.participant.model
        screen = ModelsScreen(pane.account, model, self._recent, library=library, first=pane.alternative)
        self._dialogs.open(screen, close)

    def name(self, model: str) -> None:
        """Use a model by its name, for this conversation alone."""
        self._pane.hint.text = ""
        self._pane.workspace.choose(self._pane.session, model=model)

    def _use(self, model: str) -> None:
        """Use another model in the same conversation, and save it as the profile's."""
        pane = self._pane
        pane.hint.text = ""
        pane.workspace.use_model(pane.session, model)
        pane.preferences.save()

    def _names(self) -> Iterable[str]:
        """Return the models that can be named; the server is asked for them when it is first needed."""
        account = self._pane.account
        if account.models is None and account.trouble is None and self._asked is not account:
            self._asked = account
            self._pane.run_worker(self._learn(account), group="models")
        return [model.id for model in account.models or ()]

    async def _learn(self, account: Account) -> None:
        with suppress(NeurotuiError):
            await account.learn_models()
            if account is self._pane.account:
                self._pane.composer.update_suggestion()

    def _recent(self) -> Sequence[str]:
        used = (summary.model for summary in self._library.summaries())
        return list(dict.fromkeys(filter(None, used)))[:RECENT_MODELS]

    def _advise(self, answer: Message, _writing: bool) -> None:
        if answer.error is not None and answer.error.kind == "model":
            self._pane.hint.text = model_hint()
