"""What the user chooses while chatting: the server, the model, how this conversation is held, the settings.

The chat screen is one of these. The screens that it opens are loaded when they are first wanted. No worker
opens them: what is typed right behind their key would go into the input.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from textual import work
from textual.message import Message as Event
from textual.notifications import Notification, Notify
from textual.screen import Screen

from neurotui import i18n
from neurotui.app.accounts import Account, ModelInfo
from neurotui.app.services import Services
from neurotui.chat.context import later_beginning, left_out
from neurotui.chat.conversation import Conversation, Message
from neurotui.chat.session import Session
from neurotui.errors import ConfigurationError, KeyMissing, NeurotuiError, SettingsNotSaved, StoreError
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import number
from neurotui.settings.config import Persona, Profile
from neurotui.settings.credentials import DEFAULT_MODEL
from neurotui.tui.commands import find

if TYPE_CHECKING:
    from neurotui.tui.dialogs.conversation import ConversationScreen

RECENT_MODELS = 8
"""Of the models used last, how many come first in the list."""


class ChoosingScreen(Screen[None]):
    """A screen on which a conversation is held."""

    class SettingsChanged(Event):
        """Something was set that the app has to take over."""

    def __init__(self, backend: Services) -> None:
        super().__init__()
        self.backend = backend
        self.server = backend.account
        self.session: Session
        self.models: Sequence[ModelInfo] | None = None
        """What the server offers, once it was asked."""
        self.models_named: dict[str, str] = {}
        """By conversation, the model that was named for it alone."""
        self._unsaved_told = False
        self._hint: Notification | None = None
        """What was offered after an answer failed."""

    # What the user does

    def action_models(self) -> None:
        """Chooses the model for the answers from now on."""
        from neurotui.tui.dialogs.models import ModelsScreen

        self.withdraw_hint()
        screen = ModelsScreen(self.server, self.session.participant.model, self.models, self._recent_models)

        def close(model: str | None) -> None:
            self.models = screen.models
            if model is not None:
                self.use_model(model)

        self.app.push_screen(screen, close)

    def action_model(self, name: str) -> None:
        """Take a model by its name, for this conversation alone."""
        self.withdraw_hint()
        self.models_named[self.session.conversation.id] = name
        self.session.participant = replace(self.session.participant, model=name)
        self.show_server()

    def action_server(self) -> None:
        """Chooses a server, changes its key, or adds one; where only the key is missing, asks for that."""
        from neurotui.tui.dialogs.servers import Change, ServersScreen, Use

        self.withdraw_hint()
        profiles, settings = self.backend.accounts.profiles(), self.backend.settings.settings
        if isinstance(self.server.trouble, KeyMissing) and profiles == [self.server.profile]:
            self.connect(self.server.profile)
            return

        def close(chosen: Use | Change | None) -> None:
            match chosen:
                case Use(profile):
                    self.change_setting(("profile",), profile)
                case Change(profile):
                    self.connect(profile)

        self.app.push_screen(ServersScreen(profiles, settings, self.server.profile), close)

    def action_conversation(self) -> None:
        """Changes the prompt and the parameters of this conversation."""
        from neurotui.tui.dialogs.conversation import ConversationScreen

        self.withdraw_hint()
        conversation = self.session.conversation
        screen = ConversationScreen(
            self.session.branch,
            self.backend.settings.settings.personas,
            context_length=self._context_length(),
            model=self.session.participant.model,
            use_model=self.action_model,
            keep_persona=self._keep_persona,
        )
        began_with = conversation.first_sent_id
        learning = self._learn_context_length(screen)

        def close(_result: None) -> None:
            learning.cancel()
            self._keep(conversation)
            if conversation.first_sent_id != began_with:
                self.show_path()

        self.app.push_screen(screen, close)

    def action_settings(self) -> None:
        """Shows all settings."""
        from neurotui.tui.dialogs.settings import SettingsScreen

        own = sorted(name for name in self.app.available_themes if name.startswith("neurotui-"))
        accounts = self.backend.accounts
        self.app.push_screen(
            SettingsScreen(
                self.backend.settings,
                themes=[*own, *sorted(set(self.app.available_themes) - {*own})],
                profiles=accounts.profiles(),
                check_url=lambda url: accounts.draft(url, ""),
                changed=self._take_over,
            )
        )

    @work
    async def connect(self, profile: str = "", *, first_run: bool = False) -> None:
        """Lets the user give a server and a key: those of a profile, or new ones."""
        from neurotui.tui.dialogs.connect import ConnectScreen

        server = await self.app.push_screen_wait(
            ConnectScreen(
                self.backend.accounts,
                self.backend.settings.settings,
                profile,
                demo=self.backend.demo if first_run else None,
                use_language=(lambda code: self.change_setting(("language",), code)) if first_run else None,
                kept=self._save_settings,
            )
        )
        if server is not None:
            self._save_settings()
            await self.use_server(server)

    # What comes of it

    def use_model(self, model: str) -> None:
        """Goes on with another model, in the same conversation, and remembers it."""
        self.withdraw_hint()
        self.models_named.pop(self.session.conversation.id, None)
        self.session.participant = replace(self.session.participant, model=model)
        self.server = replace(self.server, model=model)
        self.show_server()
        if self.server.profile:
            self.backend.settings.change(("profiles", self.server.profile, "model"), model)
            self._save_settings()

    async def use_server(self, server: Account) -> None:
        """Goes on with another server; nothing of the demo goes to a real one."""
        self.withdraw_hint()
        await self.session.stop()
        former, self.server, self.models = self.server, server, None
        self.models_named.clear()
        if former.is_demo or server.is_demo:
            self.begin()
        else:
            self.session.participant = replace(
                self.session.participant, client=server.client, model=server.model
            )
        self.show_server()
        await former.client.aclose()

    def withdraw_hint(self) -> None:
        """Takes the hint away: it is followed, or holds no more."""
        if self._hint is not None:
            self.app._unnotify(self._hint)
            self._hint = None

    def change_setting(self, key: tuple[str, ...], value: object) -> None:
        """Sets something, and takes it over."""
        self.backend.settings.change(key, value)
        self._take_over(key)

    def advise(self, answer: Message, *, writing: bool) -> None:
        """Offers what helps where an answer failed; `writing` is whether the user types meanwhile."""
        match answer.error.kind if answer.error else "":
            case "key":
                words = _("{key}: change the key").format(key=find("server").key)
            case "model":
                words = _("{key}: choose a model").format(key=find("models").key)
            case "context" if later_beginning(self.session.branch) is None:
                return
            case "context" if writing:
                # A question would take what is being typed for its answer.
                words = _("{key}: leave out the oldest messages").format(key=find("conversation").key)
            case "context":
                self._offer_to_leave_out()
                return
            case _:
                return
        self._hint = Notification(words, timeout=10, markup=False)
        self.app.post_message(Notify(self._hint))

    @abstractmethod
    def begin(self) -> None:
        """Begins a new conversation."""

    @abstractmethod
    def show_server(self) -> None:
        """Shows who is talked to now."""

    @abstractmethod
    def show_path(self) -> None:
        """Shows the conversation anew."""

    @abstractmethod
    def retranslate(self) -> None:
        """Takes over the language in use."""

    @abstractmethod
    def tell(self, error: NeurotuiError) -> None:
        """Says what went wrong."""

    # Inside

    def _take_over(self, key: tuple[str, ...]) -> None:
        """Lets what was set at `key` hold, and saves it."""
        settings = self.backend.settings.settings
        match key:
            case ("language",):
                i18n.use(i18n.choose(settings.language))
                self.retranslate()
            case ("profile",):
                self._use_profile(settings.active_profile)
            case ("profiles", profile, "base_url" | "key_command") if profile == self.server.profile:
                self._use_profile(profile)
            case ("profiles", profile, "model") if profile == self.server.profile:
                self.use_model(settings.profiles.get(profile, Profile()).model or DEFAULT_MODEL)
            case ("text_width",):
                from neurotui.markdown.layout import set_readable

                set_readable(settings.text_width)
                self.show_path()
            case ("stream",):
                self.session.participant = replace(self.session.participant, stream=settings.stream)
            case ("system_prompt",) if not self.session.conversation.messages:
                self.session.conversation.system_prompt = settings.system_prompt
        self.post_message(self.SettingsChanged())
        self._save_settings()

    @work(group="settings")
    async def _save_settings(self) -> None:
        try:
            await asyncio.to_thread(self.backend.settings.save)
        except SettingsNotSaved as error:
            if not self._unsaved_told:
                self._unsaved_told = True
                self.tell(error)

    @work(group="server")
    async def _use_profile(self, profile: str) -> None:
        try:
            await self.use_server(self.backend.accounts.account(profile))
        except ConfigurationError as error:
            self.tell(error)

    @work(group="settings")
    async def _keep(self, conversation: Conversation) -> None:
        try:
            await asyncio.to_thread(self.backend.store.library.configure, conversation)
        except StoreError as error:
            self.tell(error)

    def _keep_persona(self, name: str, persona: Persona) -> None:
        for field, value in asdict(persona).items():
            self.backend.settings.change(("personas", name, field), value or None)
        self._save_settings()

    def _recent_models(self) -> Sequence[str]:
        used = (summary.model for summary in self.backend.store.library.summaries())
        return list(dict.fromkeys(filter(None, used)))[:RECENT_MODELS]

    def _context_length(self) -> int | None:
        """The current model's, where the server told it."""
        found = (model for model in self.models or () if model.id == self.session.participant.model)
        return next((model.context_length for model in found), None)

    @work(group="models")
    async def _learn_context_length(self, screen: ConversationScreen) -> None:
        client = self.server.client
        if self.models is None and self.server.trouble is None:
            with suppress(NeurotuiError):
                models = await client.models()
                if client is self.server.client:
                    self.models = models
                    screen.context_length = self._context_length()

    @work
    async def _offer_to_leave_out(self) -> None:
        """Proposes to send less of a conversation that is too long for the model."""
        from neurotui.tui.dialogs.confirm import ConfirmScreen

        conversation = self.session.conversation
        first = later_beginning(self.session.branch)
        if first is None:
            return
        count = self.session.branch.path().index(first) - left_out(self.session.branch)
        question = ngettext(
            "The conversation is too long for the model. Leave out the oldest message?",
            "The conversation is too long for the model. Leave out the {n} oldest messages?",
            count,
        ).format(n=number(count))
        text = _("They stay here and on the disk; they are not sent any more. {key} sends them again.")
        if await self.app.push_screen_wait(
            ConfirmScreen(
                question, text.format(key=find("conversation").key), yes=_("Leave out"), no=_("Cancel")
            )
        ):
            conversation.first_sent_id = first.id
            self._keep(conversation)
            self.show_path()
            self.notify(_("Send the message again"), markup=False)
