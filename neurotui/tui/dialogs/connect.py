"""A server and its key: chosen or typed, tried at once, kept where the user wants. Also the first run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from neurotui import i18n
from neurotui.app.accounts import Account, Accounts
from neurotui.app.presets import PRESETS, preset_at
from neurotui.chat.text import clean
from neurotui.errors import ConfigurationError, KeyRefused, ModelsNotListed, NeurotuiError, WrongAddress
from neurotui.i18n import N_, _
from neurotui.settings.api_keys import KeyPlace
from neurotui.settings.config import Profile, Settings
from neurotui.settings.credentials import DEFAULT_MODEL
from neurotui.tui.dialogs.dialog import FORM_KEYS, Dialog, Panel
from neurotui.tui.dialogs.models import ModelsScreen
from neurotui.tui.widgets.form import Choice, Form, LineField, TextButton
from neurotui.tui.widgets.key_hints import KeyHints

OWN = ""
"""The option for a server that is no preset."""


class ConnectScreen(Dialog[Account | None]):
    """Dialog whose result is the server to talk to from now on.

    On the first run it is given `demo` and `use_language`, and offers both.
    """

    AUTO_FOCUS = "#key"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("f4", "demo", show=False, priority=True),
        Binding("enter", "connect", show=False),
    ]
    DEFAULT_CSS = """
    ConnectScreen {
        Form > .-labelled { margin-bottom: 1; }
        Form > #key { margin-bottom: 0; }
        #note, #status { padding-left: 1; margin-bottom: 1; }
        #buttons { height: 1; padding-left: 1; }
        #status, #anyway { display: none; }
        &.-low {
            Form > .-labelled, #note, #status { margin-bottom: 0; }
        }
    }
    """

    def __init__(
        self,
        accounts: Accounts,
        settings: Settings,
        profile: str = "",
        *,
        demo: Callable[[], Account] | None = None,
        use_language: Callable[[str], None] | None = None,
        kept: Callable[[], object] = lambda: None,
    ) -> None:
        """`profile` is the one to change, empty for a new one. `kept` is called after settings changed."""
        super().__init__()
        self._accounts = accounts
        self._settings = settings
        self._demo = demo
        self._use_language = use_language
        self._profile = profile
        self._url = self._url_of(profile) if profile else PRESETS[0].base_url
        self._key = ""
        self._place = KeyPlace(settings.profiles.get(profile, Profile()).key)
        self._busy = False
        self._kept = kept
        self._accepted: Account | None = None
        """The server that accepted its key, with a default model."""

    def compose(self) -> ComposeResult:
        preset = preset_at(self._url)
        with Panel(_("Welcome to neurotui") if self._demo else _("Server and key")):
            with Form() as form:
                if self._use_language:
                    languages = Choice(list(i18n.LANGUAGES.items()), i18n.language(), id="language")
                    yield form.labelled(_("Language"), languages)
                servers = [*((preset.profile, preset.title) for preset in PRESETS), (OWN, _("another"))]
                server = Choice(servers, preset.profile if preset else OWN, id="server")
                yield form.labelled(_("Server"), server)
                yield form.labelled(_("Address"), LineField(self._url, placeholder="https://…/v1", id="url"))
                key = LineField(self._key, placeholder=_("paste it here"), password=True, id="key")
                yield form.labelled(_("API key"), key)
                yield Static(id="note", classes="notice", markup=False)
                yield Static(id="status", classes="notice", markup=False)
                places = [(KeyPlace.FILE, _("in a private file"))]
                if find_spec("keyring"):
                    places.append((KeyPlace.KEYRING, _("in the system keyring")))
                places.append((KeyPlace.NOWHERE, _("don't save")))
                yield form.labelled(_("Save key"), Choice(places, self._place, id="place"))
                with Horizontal(id="buttons", classes="-row"):
                    yield TextButton(_("Connect"), id="connect")
                    yield TextButton(_("Continue without checking"), id="anyway")
                    if self._demo:
                        yield TextButton(_("Try the demo"), id="demo")
            yield KeyHints(*FORM_KEYS, *self._keys())

    def on_mount(self) -> None:
        self._show_note()

    # Actions

    def on_paste(self, event: events.Paste) -> None:
        """Take a paste outside of text fields for the key: the focus may be on a server, say."""
        key = self.query_one("#key", LineField)
        key.focus()
        key.on_paste(event)

    @on(Choice.Changed, "#language")
    async def _language_chosen(self, event: Choice.Changed) -> None:
        assert self._use_language is not None
        self._use_language(event.value)
        await self.recompose()
        self._show_note()
        self.query_one("#language").focus()

    @on(Choice.Changed, "#server")
    def _server_chosen(self, event: Choice.Changed) -> None:
        preset = next((preset for preset in PRESETS if preset.profile == event.value), None)
        self.query_one("#url", LineField).value = preset.base_url if preset else ""

    @on(LineField.Changed, "#url")
    def _url_typed(self, event: LineField.Changed) -> None:
        self._url = event.value
        preset = preset_at(self._url)
        self.query_one("#server", Choice).value = preset.profile if preset else OWN
        self._show_note()
        self._tell("")

    @on(LineField.Changed, "#key")
    def _key_typed(self, event: LineField.Changed) -> None:
        self._key = event.value
        self._tell("")

    @on(Choice.Changed, "#place")
    def _place_chosen(self, event: Choice.Changed) -> None:
        self._place = KeyPlace(event.value)

    def action_leave(self) -> None:
        """Close; a key that was accepted is in use all the same."""
        self.dismiss(self._accepted)

    @on(LineField.Submitted)
    @on(TextButton.Pressed, "#connect")
    def action_connect(self) -> None:
        self._connect()

    @on(TextButton.Pressed, "#anyway")
    def _insisted(self) -> None:
        self._connect(anyway=True)

    @on(TextButton.Pressed, "#demo")
    def action_demo(self) -> None:
        if self._demo is not None:
            self.dismiss(self._demo())

    # Internals

    @work(exit_on_error=False)
    async def _connect(self, anyway: bool = False) -> None:
        """Try what was typed, let the user choose a model, and keep both."""
        if self._busy:
            return
        if not self._url.strip():  # elsewhere empty means NeuroAPI, but the key may be for another server
            self._tell(_("The address is missing: type it first"), "-error")
            self.query_one("#url").focus()
            return
        self._busy = True
        try:
            server = self._draft()
            try:
                await self._try(server, anyway)
            finally:
                await server.client.aclose()
        except NeurotuiError as error:
            if isinstance(error, WrongAddress) and error.suggestion:
                self._suggest(error)
            else:
                self._tell(str(error), "-error")
                self._offer_anyway(not isinstance(error, ConfigurationError | KeyRefused))
        finally:
            self._busy = False

    async def _try(self, server: Account, anyway: bool) -> None:
        if server.trouble is not None:
            self._tell(_("This server needs a key: paste it here"), "-error")
            self.query_one("#key").focus()
            return
        self._tell(_("asking {host} …").format(host=server.host))
        accepted = ""
        if not anyway:
            with suppress(ModelsNotListed):  # the next dialog says so, and takes a name
                await server.learn_models()
                accepted = _("{host} accepts the key").format(host=server.host)
        self._tell(accepted, "-success")
        server.models = server.models or ()
        names = [model.id for model in server.models]
        usual = [self._settings.profiles.get(self._profile_of(server), Profile()).model, DEFAULT_MODEL]
        current = next((name for name in usual if name in names), "")
        model = names[0] if len(names) == 1 else None
        if model is None:
            not_kept = await self._keep_key(server, current) if self._key.strip() and not anyway else None
            chosen = await self.app.push_screen_wait(ModelsScreen(server, current, marking=False))
            model = chosen if isinstance(chosen, str) else None
            if model is None and not_kept is not None:
                raise not_kept
        if model is not None:
            self.dismiss(await self._keep(server, model))

    async def _keep_key(self, server: Account, model: str) -> ConfigurationError | None:
        """Keep an accepted key before anything else can happen; return the error if that failed."""
        try:
            self._accepted = await self._keep(server, model)
        except ConfigurationError as error:
            return error
        self._kept()
        return None

    async def _keep(self, server: Account, model: str) -> Account:
        return await asyncio.to_thread(
            self._accounts.keep, self._profile_of(server), self._url, self._key, self._place, model
        )

    def _suggest(self, error: WrongAddress) -> None:
        """Fill in the address at which there is an API; connecting to it is left to the user."""
        self._url = error.suggestion
        url = self.query_one("#url", LineField)
        with url.prevent(LineField.Changed):
            url.value = error.suggestion
        words = _("The API is at {url}: Enter connects to it").format(url=error.suggestion)
        self._tell(f"{error.title}. {words}", "-error")

    def _draft(self) -> Account:
        """Return the server to try: with the typed key, or else with the key it has."""
        if not self._key.strip():
            for profile in self._accounts.profiles():
                if self._url_of(profile) == self._url.strip():
                    return self._accounts.account(profile)
        return self._accounts.draft(self._url, self._key)

    def _profile_of(self, server: Account) -> str:
        """Return the name of the profile to keep a server under."""
        if self._profile and self._url_of(self._profile) == self._url.strip():
            return self._profile
        preset = preset_at(self._url)
        return preset.profile if preset else server.host

    def _url_of(self, profile: str) -> str:
        return self._settings.profiles.get(profile, Profile()).base_url or PRESETS[0].base_url

    def _keys(self) -> Iterator[tuple[str, str]]:
        yield "enter", N_("connect")
        if self._demo:
            yield "f4", N_("demo")
        yield "escape", N_("close")

    def _show_note(self) -> None:
        """Show what is good to know about the address before a key is given."""
        preset = preset_at(self._url)
        unprotected = False
        if preset is not None:
            needed = _("keys are made at {url}").format(url=preset.keys_at)
            words = needed if preset.keys_at else _("needs no key")
        else:
            with suppress(ConfigurationError):  # not completely typed yet
                unprotected = self._accounts.draft(self._url, "").unprotected
            words = _("http:// sends key and conversation in the clear") if unprotected else ""
        note = self.query_one("#note", Static)
        note.set_class(unprotected, "-error")
        note.update(Content(words))

    def _tell(self, text: str, tone: str = "") -> None:
        status = self.query_one("#status", Static)
        status.set_classes(f"notice {tone}")
        status.display = bool(text)
        self.query_one("#note").display = not text
        status.update(Content(clean(text)))
        status.scroll_visible(animate=False)
        self._offer_anyway(False)

    def _offer_anyway(self, offered: bool) -> None:
        """Offer to go on without a list of models, in place of the demo, which F4 still starts."""
        self.query_one("#anyway").display = offered
        for demo in self.query("#demo"):
            demo.display = not offered
