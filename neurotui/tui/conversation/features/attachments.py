"""Files that go with a message: attached by name, by a paste, from the clipboard; shown before it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from neurotui.app.accounts import Account
from neurotui.app.attaching import attach_paste, attach_picture, refused_by
from neurotui.app.files import attach
from neurotui.app.services import Services
from neurotui.chat.attachments import Attachment
from neurotui.errors import NeurotuiError
from neurotui.i18n import _
from neurotui.tui.conversation.attaching import Attaching, Read
from neurotui.tui.conversation.before_sending import BeforeSending
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs


class Attachments:
    """Feature: everything about the chips in the input that needs more than the input."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self._dialogs = dialogs
        self._blobs = services.store.blobs
        self._learning: list[Account] = []
        """The accounts that are being asked what their models take."""
        composer = pane.composer
        composer.attaching = Attaching(composer, self)
        composer.before_sending = BeforeSending(composer, composer.attaching, composer.note, self._refused)
        pane.commands.bind("attach", self.attach)

    def attach(self, path: str) -> None:
        """Attach the file or the folder at a path."""
        composer = self._pane.composer
        composer.attach_path(Path(path.strip().strip("\"'")).expanduser())
        composer.focus()

    # For the input

    def file(self, path: Path) -> Read:
        """Return the way to read a file."""
        self._learn_abilities()
        return partial(attach, path, self._blobs, takes=self._takes)

    def paste(self, text: str) -> Read:
        """Return the way to keep a text that was pasted."""
        return partial(attach_paste, text, self._blobs)

    def picture(self, data: bytes) -> Read:
        """Return the way to keep a picture that was pasted."""
        self._learn_abilities()
        return partial(attach_picture, data, self._blobs)

    def tell(self, error: NeurotuiError) -> None:
        """Tell why something cannot be attached."""
        self._dialogs.tell(error)

    def say(self, text: str) -> None:
        """Say what is to be known of a file."""
        self._dialogs.say(text, seconds=8)

    def show(self, attachment: Attachment) -> None:
        """Show a file."""
        from neurotui.tui.dialogs.attachment import AttachmentScreen

        self._dialogs.open(AttachmentScreen(attachment))

    def ask_clipboard(self) -> None:
        """Put what the clipboard of the system holds into the input."""
        self._pane.run_worker(self._ask_clipboard(), group="clipboard", exit_on_error=False)

    async def _ask_clipboard(self) -> None:
        from neurotui.tui.terminal.clipboard_reading import LARGEST, TooLarge, held, why_not

        composer, copied = self._pane.composer, self._pane.app.clipboard
        try:
            found = await held()
        except TooLarge:
            words = _("The clipboard holds more than {n} MB: attach it as a file with @")
            self._dialogs.say(words.format(n=LARGEST // 1_000_000), severity="warning")
            return
        if found is not None and found.picture:
            composer.attaching.add_picture(found.picture)
        elif text := (found.text if found is not None else "") or copied:
            await composer.paste(text)
        elif found is None:
            self._dialogs.say(why_not(), severity="warning", seconds=8)
        else:
            self._dialogs.say(_("The clipboard is empty"))

    def _learn_abilities(self) -> None:
        """Learn what the models take, beside the input."""
        account = self._pane.account
        if account.models is None and account not in self._learning:
            self._learning.append(account)
            self._pane.run_worker(self._learn(account), group="abilities", exit_on_error=False)

    async def _learn(self, account: Account) -> None:
        await account.learn_abilities()
        self._learning.remove(account)
        self._pane.workspace.assign()

    @property
    def _takes(self) -> frozenset[str] | None:
        return self._pane.session.participant.takes

    def _refused(self, attachments: Sequence[Attachment]) -> str | None:
        """Return why the model does not take some files, with those that do; None where nobody tells."""
        model = self._pane.session.participant.model
        return refused_by(attachments, model, self._pane.account.models or ())
