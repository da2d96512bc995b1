"""Saving the conversation as a file."""

from __future__ import annotations

from neurotui.app.services import Services
from neurotui.chat.text import clean
from neurotui.i18n import N_, _
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs


class Transcripts:
    """Feature: save the conversation as a file."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self._exports = services.places.exports
        self._blobs = services.store.blobs
        self._dialogs = dialogs
        pane.commands.bind("save", self.save, why_not=N_("There is nothing to save yet"))

    def save(self) -> bool:
        """Save the conversation in a format and place of the user's choice; return False if it is empty."""
        from neurotui.transcripts import Format
        from neurotui.tui.dialogs.save import Saved, SaveScreen

        preferences, session = self._pane.preferences, self._pane.session
        if not session.conversation.messages:
            return False
        form = Format(preferences.settings.transcript_format)

        def close(saved: Saved | None) -> None:
            if saved is None:
                return
            if saved.form is not form:
                preferences.change(("transcript_format",), saved.form.value)
            self._dialogs.say(_("Saved as {path}").format(path=clean(str(saved.path))), seconds=8)

        self._dialogs.open(SaveScreen(session.snapshot(), self._exports, form, self._blobs), close)
        return True
