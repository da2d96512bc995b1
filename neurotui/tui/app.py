"""The application: themes, signals, an orderly end. The chat itself is in `conversation/`."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, ClassVar

from textual import events, work
from textual.actions import ActionParseResult
from textual.app import App
from textual.binding import BindingType
from textual.dom import DOMNode
from textual.filter import ANSIToTruecolor, LineFilter
from textual.screen import Screen
from textual.theme import BUILTIN_THEMES, Theme
from textual.widget import AwaitMount

from neurotui.app.command_set import CommandSet, HasCommands
from neurotui.app.commands import Place, find
from neurotui.app.services import Services
from neurotui.errors import BadSettings
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import number
from neurotui.tui.conversation.features import Feature
from neurotui.tui.conversation.features.quitting import last_line
from neurotui.tui.conversation.screen import ChatScreen
from neurotui.tui.garbage import Garbage
from neurotui.tui.notices import Notices
from neurotui.tui.terminal.app import TerminalApp
from neurotui.tui.terminal.bindings import action, bindings
from neurotui.tui.terminal.driver import follow_background
from neurotui.tui.terminal.notifications import Notifier
from neurotui.tui.terminal.reports import TerminalBackground, TerminalGone
from neurotui.tui.theme_choice import ThemeChoice
from neurotui.tui.themes import DARK, DARK_16, LIGHT_16, THEMES, legible
from neurotui.tui.widgets.key_order import after_earlier_keys, prior_actions

log = logging.getLogger(__name__)

ENDING_SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGINT") if hasattr(signal, name)]

_ENDING = {action(find("quit")), action(find("copy_or_stop"))}
"""Actions that end long work at the start, before which nothing else can be done."""
_STOPPING = {action(find("stop")), action(find("copy_or_stop")), action(find("quit"))}
"""Actions that wait for nothing while an answer runs."""
EXIT_HANGUP = 129
"""Exit code, as in a shell, of a program ended by the closing of its terminal: 128 plus SIGHUP."""


class NeurotuiApp(TerminalApp):
    """The terminal chat. Its return value is the exit code."""

    CSS_PATH = "neurotui.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.EVERYWHERE)]

    def __init__(self, services: Services, more: Sequence[Feature] = ()) -> None:
        """Start with the standard features of the chat, and `more`."""
        super().__init__()
        self.title = "neurotui"
        self.services = services
        self.commands = CommandSet(lambda text: self.notify(text, markup=False))
        self.commands.bind("quit", self.action_quit)
        self._chat = ChatScreen(services, self.commands, more)
        self._chat.preferences.changed.append(lambda _key: self.apply_settings())
        self._garbage = Garbage(lambda: bool(self._chat.workspace.running))
        self._away = Notifier(self.send)
        self._notices = Notices(self._away, self._chat.workspace)
        self._chat.workspace.subscribe(self._notices)
        self._keys: Mapping[str, Sequence[str]] = {}
        self._theme_choice = ThemeChoice(services.places.state, os.environ)
        self._missing_theme = ""
        """The unknown theme that was reported last."""
        self._draws = False
        """True once pictures of messages can be drawn."""
        self._quitting = False
        self._copying = asyncio.Lock()
        """Copies go one after the other, so that the last one stays."""
        for theme in THEMES:
            self.register_theme(theme)
        self._begin_with(self._wanted_theme)
        follow_background(self, self._follows_terminal)

    def _begin_with(self, theme: str) -> None:
        """Set the theme before anything is styled; the ordinary way would style everything again."""
        self.set_reactive(App.theme, theme)
        self.set_class(self.current_theme.dark, "-dark-mode", update=False)
        self.set_class(not self.current_theme.dark, "-light-mode", update=False)
        self.stylesheet.set_variables(self.get_css_variables())

    def get_default_screen(self) -> Screen[Any]:
        """Return the chat: an empty screen beneath it would be styled and laid out for nothing."""
        self._chat.fit(self.size)
        return self._chat

    def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        for signal_number in ENDING_SIGNALS:
            try:
                loop.add_signal_handler(signal_number, self._end_by_signal, signal_number)
            except NotImplementedError:  # Windows has no such handlers; closing its window ends the process
                break
        self.theme_changed_signal.subscribe(self, lambda _theme: self._draw_anew())
        self.app_resume_signal.subscribe(self, lambda _app: self._away.title.show())
        self.apply_settings()

    def on_unmount(self) -> None:
        self._garbage.end()

    def on_ready(self) -> None:
        """Load the chat once the first picture is shown."""
        self.run_worker(self._load(), group="load")

    async def _load(self) -> None:
        """Load what draws pictures on a thread, for the first key may come already, then the chat."""
        await asyncio.to_thread(import_module, "neurotui.tui.drawing")
        from neurotui.tui.drawing import begin_pictures

        begin_pictures(self, self.services.store.blobs)
        self._draws = True
        await self._chat.load()
        if not gc.isenabled():  # the command line leaves garbage alone until all is loaded
            self._garbage.begin()
            gc.enable()

    async def on_event(self, event: events.Event) -> None:
        """Ignore keys, the mouse and pastes while the app ends: a part of it may be gone already."""
        if self._quitting and isinstance(event, events.InputEvent | events.Paste):
            return
        if isinstance(event, events.Key) and not event.is_forwarded:
            self._garbage.typed()
            await self._let_earlier_keys_act(event.key)
        await super().on_event(event)

    async def _let_earlier_keys_act(self, key: str) -> None:
        focused = self.focused
        if focused is not None and (actions := set(prior_actions(focused, key))):
            stops = self._chat.pane.session.running and not actions.isdisjoint(_STOPPING)
            await after_earlier_keys(focused, urgent=stops)

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Run an action once everything is loaded and the screen is mounted."""
        work, loaded = self._chat.storage.long_work, self._chat.pane.loaded
        if work is not None and work.running and not loaded.is_set() and action in _ENDING:
            work.stop()
            action = "quit"
        await loaded.wait()
        if not self.screen.is_mounted:
            await AwaitMount(self.screen, [self.screen])
        return await super().run_action(action, default_namespace, namespaces)

    async def action_quit(self) -> None:
        """Quit, unless the user has to be asked first."""
        if not self._chat.quitting.asks():
            await self.end()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return the filters for the colours of everything that is drawn."""
        if self.no_color:
            from neurotui.tui.terminal.no_color import WithoutColors

            return [WithoutColors()]
        filters = super().get_line_filters()
        if self.current_theme.ansi:  # also at the start, when textual's own filter is for another theme
            filters = [one for one in filters if not isinstance(one, ANSIToTruecolor)]
        if self.theme in {DARK_16, LIGHT_16}:
            from neurotui.tui.terminal.sixteen_colors import MutedIsDim

            return [*filters, MutedIsDim()]
        if self._has_few_colors:
            from neurotui.tui.terminal.sixteen_colors import ApartInSixteen

            return [*filters, ApartInSixteen()]
        return filters

    def get_theme(self, theme_name: str) -> Theme | None:
        """Return a theme; one of textual's is made legible when it is first used."""
        theme = super().get_theme(theme_name)
        if theme is not None and theme is BUILTIN_THEMES.get(theme.name):
            theme = legible(theme)
            self.register_theme(theme)
        return theme

    def copy_to_clipboard(self, text: str) -> None:
        """Put a text on the clipboard and notify the user; an empty one leaves the clipboard alone."""
        if not text:
            self.notify(_("There is nothing to copy"), markup=False)
            return
        self.copied = text
        self._copy(text)

    @work(group="copy", exit_on_error=False)
    async def _copy(self, text: str) -> None:
        from neurotui.tui.terminal import clipboard

        async with self._copying:
            await clipboard.copy(text, self.send)
        words = ngettext("Copied {n} character", "Copied {n} characters", len(text))
        self.notify(words.format(n=number(len(text))), markup=False)

    async def on_terminal_gone(self, event: TerminalGone) -> None:
        """End without questions: nobody can read or answer any more."""
        await self.end(EXIT_HANGUP)

    async def action_command(self, name: str, *arguments: object) -> None:
        """Run a command of the table, whatever screen is in front."""
        commands = self.screen.commands if isinstance(self.screen, HasCommands) else self._chat.pane.commands
        await commands.run(name, *arguments)

    def apply_settings(self) -> None:
        """Apply the current settings for the theme, the keys and the notices."""
        settings = self.services.settings.settings
        self.theme = self._wanted_theme
        follow_background(self, self._follows_terminal)
        if not (
            ThemeChoice.follows(settings.theme)
            or settings.theme in {self._missing_theme, *self.available_themes}
        ):
            self._missing_theme = settings.theme
            self._chat.pane.dialogs.tell(
                BadSettings(_("There is no such theme"), place=f"theme = {settings.theme}")
            )
        self._away.after = settings.notify_after
        if settings.keys != self._keys:
            self._keys = settings.keys
            self._remap(settings.keys)

    @property
    def _wanted_theme(self) -> str:
        if self.no_color:
            return DARK
        theme = self.services.settings.settings.theme
        return self._theme_choice.wanted(theme, self.available_themes, few_colors=self._has_few_colors)

    def _draw_anew(self) -> None:
        """Draw everything in another theme; textual leaves alone what only names its colours in a text."""
        for screen in self.screen_stack:
            for widget in screen.walk_children(with_self=True):
                widget.notify_style_update()
                widget.refresh()

    @property
    def _follows_terminal(self) -> bool:
        return ThemeChoice.follows(self.services.settings.settings.theme) and not self.no_color

    @property
    def _has_few_colors(self) -> bool:
        return self.console.color_system in {"standard", "windows"}

    def on_terminal_draws_pictures(self) -> None:
        """Draw pictures as pictures."""
        if self._draws:
            from neurotui.tui.drawing import look_again

            look_again(self)

    async def on_terminal_background(self, event: TerminalBackground) -> None:
        """Show the theme that goes with the background, if the settings name none."""
        self._theme_choice.is_dark = event.dark
        self.theme = self._wanted_theme
        await self._theme_choice.remember()

    def _remap(self, keys: Mapping[str, Sequence[str]]) -> None:
        from neurotui.tui.terminal import keymap

        for sentence in keymap.configure(keys):
            self.notify(sentence, title=_("Keys"), severity="warning", timeout=10, markup=False)
        self.set_keymap(keymap.keymap())
        self._chat.pane.key_bar.refresh()

    def watch_app_focus(self, focus: bool) -> None:
        self._away.look(focus)

    def _end_by_signal(self, number: int) -> None:
        if number == signal.SIGINT and self.is_lent:
            return  # a key that was meant for the other program
        log.info("ended by signal %s", number)
        self.run_worker(self.end(128 + number), exit_on_error=False)

    def _end_pictures(self) -> None:
        """Have the terminal forget the pictures that it was given."""
        if not self._draws:
            return
        from neurotui.tui.message_list.pictures import in_use

        if (pictures := in_use()) is not None:
            pictures.clear()

    async def end(self, code: int = 0) -> None:
        """Stop all running answers, save, and restore the terminal, without asking."""
        if self._quitting:
            return
        self._quitting = True
        await self.take_back()
        self._away.title.end()
        if self._chat.storage.long_work is not None:
            self._chat.storage.long_work.stop()
        self._chat.pane.end()
        self._end_pictures()
        await self._chat.workspace.stop_all()
        await self._chat.workspace.ledger.aclose()
        await self.services.store.aclose()
        await self._chat.workspace.aclose()
        lost = len(self.services.store.journal.unsaved)
        words = ngettext(
            "{n} conversation could not be saved", "{n} conversations could not be saved", lost
        ).format(n=lost)
        is_seen = code == 0 and self.services.places.data is not None
        if not lost and is_seen and (names := self._notices.names):
            words = last_line(names.values(), is_demo=self.services.account.is_demo)
            self.exit(code, return_code=code, message=words)
        else:
            self.exit(code, return_code=code, message=words if lost else None)
