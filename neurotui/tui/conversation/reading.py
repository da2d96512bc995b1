"""What the user does with what was said: copy it, save its code, open its links.

The chat screen is one of these.
"""

from __future__ import annotations

import asyncio

from textual import work

from neurotui.errors import StoreError
from neurotui.i18n import N_, _
from neurotui.transcripts.names import file_name
from neurotui.tui.conversation.keeping import KeepingScreen
from neurotui.tui.message_list import messages as asks

REFUSALS = {
    "copy_message": N_("There is nothing to copy"),
    "copy_code": N_("This message has no such block of code"),
    "save_code": N_("This message has no such block of code"),
    "open_link": N_("This message has no link that may be opened"),
    "toggle_fold": N_("This message has no reasoning"),
    "edit": N_("There is no question to edit"),
    "regenerate": N_("There is no answer to ask for again"),
    "branch": N_("There is no other version of this message"),
    "fork": N_("There is nothing to fork yet"),
}
"""Why a command of the transcript did nothing, by its action."""


class ReadingScreen(KeepingScreen):
    """A screen on which a conversation is read."""

    def on_transcript_copy_requested(self, event: asks.CopyRequested) -> None:
        self.copy(event.text)

    def copy(self, text: str) -> None:
        """Copies what was said; of blanks alone there is nothing to copy."""
        self.app.copy_to_clipboard(text if text.strip() else "")

    def on_transcript_refused(self, event: asks.Refused) -> None:
        self.notify(_(REFUSALS[event.command]), markup=False)

    @work(group="save")
    async def on_transcript_save_block_requested(self, event: asks.SaveBlockRequested) -> None:
        """Writes a block of code to a file named after the conversation."""
        from neurotui.markdown.highlight import file_ending
        from neurotui.store.files import write_file

        name = file_name(self.session.conversation.name, file_ending(event.language))
        try:
            path = await asyncio.to_thread(
                write_file, self.backend.places.exports / name, [event.text.encode()]
            )
        except StoreError as error:
            self.tell(error)
        else:
            self.notify(_("Saved as {path}").format(path=path), timeout=8, markup=False)

    def on_transcript_link_requested(self, event: asks.LinkRequested) -> None:
        """Shows where the links lead, and opens the one that is chosen."""
        from neurotui.tui.dialogs.links import LinksScreen

        def close(url: str | None) -> None:
            if url is not None:
                self._open_link(url)

        if self.is_active:  # else a second press was on its way, or it was asked for long ago
            self.app.push_screen(LinksScreen(event.urls), close)

    @work(exit_on_error=False, group="link")
    async def _open_link(self, url: str) -> None:
        from neurotui.app.links import open_link

        if not await asyncio.to_thread(open_link, url):
            self.notify(_("No browser could be started"), severity="warning", markup=False)
            self.app.copy_to_clipboard(url)
