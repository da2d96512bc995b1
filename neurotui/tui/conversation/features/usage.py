"""What was spent."""

from __future__ import annotations

from neurotui.app.services import Services
from neurotui.app.usage import read
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs


class Usage:
    """Feature: show what was spent, by day, month, model and conversation."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._store = services.store
        self._dialogs = dialogs
        pane.commands.bind("usage", self.show)

    def show(self) -> None:
        """Show it."""
        from neurotui.tui.dialogs.usage import UsageScreen

        store = self._store
        self._dialogs.open(UsageScreen(lambda: read(store.spending, store.library)))
