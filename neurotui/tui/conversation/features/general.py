"""Help, the palette, and Ctrl+C."""

from __future__ import annotations

from time import monotonic

from neurotui.app.commands import Command
from neurotui.app.services import Services
from neurotui.i18n import _
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs

QUIT_WINDOW = 2.0
"""Time within which a second Ctrl+C quits (seconds)."""


class General:
    """Feature: the commands that belong to no part of the chat."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self._dialogs = dialogs
        self._quit_asked_at = -QUIT_WINDOW
        pane.commands.bind("help", self.help)
        pane.commands.bind("palette", self.palette)
        pane.commands.bind("copy_or_stop", self.copy_or_stop)

    def help(self) -> None:
        """Show all keys and commands."""
        from neurotui.tui.dialogs.help import HelpScreen

        self._dialogs.open(HelpScreen())

    def palette(self) -> None:
        """Find a command and run it."""
        from neurotui.tui.dialogs.palette import PaletteScreen

        pane = self._pane

        def close(command: Command | None) -> None:
            if command is None:
                return
            if command.name == "attach":
                pane.composer.mentions.begin()
                pane.composer.focus()
            elif command.argument:
                pane.composer.put(f"{command.slash} ")
                pane.composer.focus()
            else:
                pane.run_worker(pane.commands.run(command.name))

        self._dialogs.open(PaletteScreen(pane.commands.offered()), close)

    async def copy_or_stop(self) -> None:
        """Do the first that applies: copy the selection, stop the answer, clear the input, quit."""
        pane = self._pane
        if selected := pane.screen.get_selected_text():
            pane.app.copy_to_clipboard(selected if selected.strip() else "")
            pane.screen.clear_selection()
        elif pane.composer.selected_text:
            pane.composer.action_copy()
        elif pane.session.running:
            await pane.session.stop()
        elif self._dialogs.none_open and pane.composer.text:
            pane.composer.clear()
        elif monotonic() - self._quit_asked_at < QUIT_WINDOW:
            await pane.commands.run("quit")
        else:
            self._quit_asked_at = monotonic()
            self._dialogs.say(_("Press Ctrl+C once more to quit"), seconds=QUIT_WINDOW)
