"""The screen of the chat: one pane, and its features."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.geometry import Size
from textual.screen import Screen

from neurotui.app.command_set import CommandSet
from neurotui.app.commands import Place
from neurotui.app.preferences import Preferences
from neurotui.app.services import Services
from neurotui.app.workspace import Workspace
from neurotui.tui.compat.compositor import use_quick_compositor
from neurotui.tui.conversation.connection_panel import WIDE
from neurotui.tui.conversation.features import FEATURES, Feature
from neurotui.tui.conversation.features.quitting import Quitting
from neurotui.tui.conversation.features.storage import Storage
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs
from neurotui.tui.terminal.bindings import bindings
from neurotui.tui.widgets.text_area import NothingToUndo


class ChatScreen(Screen[None]):
    """The screen with the pane."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.CHAT)]
    AUTO_FOCUS = "Composer"

    def __init__(self, services: Services, commands: CommandSet, more: Iterable[Feature] = ()) -> None:
        """Use the commands of the app, the standard features, and `more`."""
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]
        self.VERTICAL_BREAKPOINTS = [(0, "-tiny"), (8, "-low"), (20, "-high")]
        use_quick_compositor(self)
        dialogs = Dialogs(self)
        self.preferences = Preferences(services.settings)
        self.workspace = Workspace(services, spawn=self._spawn, settling=services.settling)
        self.pane = ConversationPane(
            services,
            self.workspace,
            self.preferences,
            dialogs,
            CommandSet(dialogs.say, around=commands),
        )
        self.storage = Storage(self.pane, services, dialogs)
        self.quitting = Quitting(self.pane, services, dialogs)
        self.features = [feature(self.pane, services, dialogs) for feature in (*FEATURES, *more)]
        self._store = services.store

    def compose(self) -> ComposeResult:
        yield self.pane

    def _spawn(self, reply: Coroutine[Any, Any, None]) -> None:
        """Run a reply in a worker of the app, so that it survives the end of any screen."""
        self.app.run_worker(reply, group="reply", exit_on_error=False)

    async def load(self) -> None:
        """Load everything that the first picture can do without."""
        self.storage.watch()
        if trouble := await asyncio.to_thread(lambda: self._store.trouble):
            self.storage.show_trouble(trouble)
        await self.pane.load()

    def fit(self, size: Size) -> None:
        """Set the classes of a size before anything is styled; textual does it later, and styles again."""
        for cells, breakpoints in zip(
            size, (self.HORIZONTAL_BREAKPOINTS, self.VERTICAL_BREAKPOINTS), strict=True
        ):
            fitting = max((least, name) for least, name in breakpoints or () if least <= cells)
            self.set_class(True, fitting[1], update=False)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Draw what came while another screen covered this one."""
        if self.pane.loaded.is_set():
            self.pane.transcript.frames.draw()
        else:
            event.refresh_styles = False  # all were styled when they were mounted

    @on(NothingToUndo)
    async def _suspend(self) -> None:
        """Suspend the program by Ctrl+Z, as in a shell, where it is of no other use."""
        await self.pane.commands.run("suspend")

    async def on_paste(self, event: events.Paste) -> None:
        """Put a paste into the input, whatever has the focus."""
        await self.pane.composer.paste(event.text)
        self.pane.composer.focus()
