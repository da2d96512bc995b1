"""The settings of a conversation: its prompt, its parameters, and how much of it is sent."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING

from neurotui.app.commands import find
from neurotui.app.services import Services
from neurotui.chat.context import later_beginning, left_out
from neurotui.chat.conversation import Conversation, Message
from neurotui.chat.letters import folded
from neurotui.chat.text import clean_line
from neurotui.errors import NeurotuiError, StoreError
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import number
from neurotui.settings.config import Persona
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs

if TYPE_CHECKING:
    from neurotui.tui.dialogs.conversation import ConversationScreen


class ConversationForm:
    """Feature: change the prompt and the parameters of a conversation, and leave out its oldest messages."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self._library = services.store.library
        self._dialogs = dialogs
        pane.commands.bind("conversation", self.change)
        pane.commands.bind("persona", self.take_persona)
        pane.composer.arguments["persona"] = lambda: pane.preferences.settings.personas
        pane.moments.ended.append(self._advise)

    def change(self) -> None:
        """Open the form with the prompt and the parameters."""
        from neurotui.tui.dialogs.conversation import ConversationScreen

        pane, session = self._pane, self._pane.session
        pane.hint.text = ""
        conversation, model = session.conversation, session.participant.model
        screen = ConversationScreen(
            session.branch,
            pane.preferences.settings.personas,
            context_length=pane.account.context_length(model),
            model=model,
            use_model=self._use_model,
            keep_persona=self._keep_persona,
        )
        began_with = conversation.first_sent_id
        learning = pane.run_worker(self._learn_context_length(screen, model), group="models")

        def close(_result: None) -> None:
            learning.cancel()
            self._keep(conversation)
            pane.drafts.account_changed()
            if conversation.first_sent_id != began_with:
                pane.show_path()
            self._configured()

        self._dialogs.open(screen, close)

    def take_persona(self, name: str) -> None:
        """Give the conversation the prompt, the parameters and the model of a persona."""
        pane, personas = self._pane, self._pane.preferences.settings.personas
        known = next((each for each in personas if folded(each) == folded(name)), None)
        if known is None:
            words = _("There is no persona {name}. Save one in the form: {key}")
            self._dialogs.say(words.format(name=clean_line(name, 40), key=find("conversation").key))
            return
        persona, conversation = personas[known], pane.session.conversation
        conversation.system_prompt = persona.system_prompt
        conversation.parameters = dict(persona.parameters)
        self._keep(conversation)
        if persona.model:
            self._use_model(persona.model)
        pane.drafts.account_changed()
        self._dialogs.say(_("Persona of this conversation: {name}").format(name=clean_line(known, 40)))

    def _use_model(self, name: str) -> None:
        self._pane.run_worker(self._pane.commands.run("model", name))

    def _keep_persona(self, name: str, persona: Persona) -> None:
        for field, value in asdict(persona).items():
            self._pane.preferences.file.change(("personas", name, field), value or None)
        self._pane.preferences.save()

    async def _learn_context_length(self, screen: ConversationScreen, model: str) -> None:
        account = self._pane.account
        if account.trouble is None:
            with suppress(NeurotuiError):
                await account.learn_models()
                screen.context_length = account.context_length(model)

    def _configured(self) -> None:
        for each in self._pane.moments.configured:
            each()

    def _keep(self, conversation: Conversation) -> None:
        async def keep() -> None:
            try:
                await asyncio.to_thread(self._library.configure, conversation)
            except StoreError as error:
                self._dialogs.tell(error)

        self._pane.run_worker(keep(), group="settings")

    def _advise(self, answer: Message, writing: bool) -> None:
        if answer.error is None or answer.error.kind != "context":
            return
        if later_beginning(self._pane.session.branch) is None:
            return
        if writing:
            # The dialog would take the text that is being typed for its answer.
            words = _("{key}: drop the oldest messages").format(key=find("conversation").key)
            self._pane.hint.text = words
        else:
            self._pane.run_worker(self._offer_to_leave_out())

    async def _offer_to_leave_out(self) -> None:
        """Offer to leave out the oldest messages of a conversation that is too long for the model."""
        from neurotui.tui.dialogs.confirm import ConfirmScreen

        pane, branch = self._pane, self._pane.session.branch
        first = later_beginning(branch)
        if first is None:
            return
        count = branch.path().index(first) - left_out(branch)
        question = ngettext(
            "The conversation is too long for the model. Leave out the oldest message?",
            "The conversation is too long for the model. Leave out the {n} oldest messages?",
            count,
        ).format(n=number(count))
        text = _("They stay here and on the disk; they are not sent any more. {key} sends them again.")
        dialog = ConfirmScreen(
            question, text.format(key=find("conversation").key), yes=_("Drop"), no=_("Cancel")
        )
        if await self._dialogs.ask(dialog):
            branch.conversation.first_sent_id = first.id
            self._keep(branch.conversation)
            pane.show_path()
            self._configured()
            self._dialogs.say(_("Send the message again"))
