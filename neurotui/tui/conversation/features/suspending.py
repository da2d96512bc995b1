"""Suspending the program: the shell has the terminal until its `fg` brings the chat back."""

from __future__ import annotations

import sys
import time

from neurotui.app.services import Services
from neurotui.i18n import N_, _, ngettext
from neurotui.i18n.formats import duration, number
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs

LONGEST_WRITE = 2.0
"""Time that a disk which takes nothing is given before the program stands still (seconds)."""
LEAST_GAP = 0.01
"""Time that no shell comes back within (seconds): less is no suspension."""


class Suspending:
    """Feature: suspend, after a question while an answer runs, and tell afterwards for how long it was."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self._journal = services.store.journal
        self._clock = services.clock
        self._dialogs = dialogs
        pane.commands.bind(
            "suspend",
            self.suspend,
            when=lambda: sys.platform != "win32",
            why_not=N_("A program cannot be suspended here"),
        )

    async def suspend(self) -> bool:
        """Suspend the program, or ask first; return False if it cannot be."""
        running = len(self._pane.workspace.running)
        if not running:
            return await self._suspend()
        from neurotui.tui.dialogs.confirm import ConfirmScreen

        question = ngettext("An answer is being written", "{n} answers are being written", running).format(
            n=number(running)
        )
        text = _("Nothing is received while neurotui is suspended, and the server may give up.")

        async def answered(sure: bool | None) -> None:
            if sure:
                await self._suspend()

        self._dialogs.open(ConfirmScreen(question, text, yes=_("Suspend"), no=_("Stay")), answered)
        return True

    async def _suspend(self) -> bool:
        await self._journal.written(LONGEST_WRITE)
        began = time.monotonic()
        self._pane.app.action_suspend_process()  # returns when the shell has continued the program
        gap = time.monotonic() - began
        if gap < LEAST_GAP:
            return False
        self._clock.leave_out(gap)
        self._dialogs.say(_("Suspended for {time}").format(time=duration(gap)))
        return True
