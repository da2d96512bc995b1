"""Files that go with a message: attached by name, by a paste, from the clipboard; shown before it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from neurotui.app.accounts import Account
from neurotui.app.services import Services
from neurotui.chat.attachments import Attachment
from neurotui.chat.token_rates import TokenRates
from neurotui.errors import NeurotuiError, StoreError
from neurotui.i18n import _
from neurotui.tui.conversation.attaching import Attaching, Read
from neurotui.tui.conversation.before_sending import BeforeSending
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs
from neurotui.wire.price import Price


class Attachments:
    """Feature: everything about the chips in the input that needs more than the input."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self._dialogs = dialogs
        self._blobs, self._exports = services.store.blobs, services.places.exports
        self._learning: list[Account] = []
        """The accounts that are being asked what their models take."""
        composer = pane.composer
        composer.attaching = Attaching(composer, self)
        composer.chips.price, composer.chips.rates = self.price, self.rates
        composer.before_sending = BeforeSending(composer, composer.attaching, composer.note, self._refused)
        pane.commands.bind("attach", self.attach)
        moments = pane.moments
        moments.account.append(self._label_again)
        moments.ended.append(lambda _answer, _writing: self._label_again())

    async def attach(self, path: str) -> None:
        """Attach the files and folders that are named."""
        from neurotui.app.attachments.attaching import named

        composer = self._pane.composer
        composer.attaching.add_paths(await asyncio.to_thread(named, path))
        composer.focus()

    # For the input

    def file(self, path: Path) -> Read:
        """Return the way to read a file."""
        from neurotui.app.attachments.files import attach

        self._learn_abilities()
        return partial(attach, path, self._blobs, takes=self._takes)

    def paste(self, text: str) -> Read:
        """Return the way to keep a text that was pasted."""
        from neurotui.app.attachments.attaching import attach_paste

        return partial(attach_paste, text, self._blobs)

    def picture(self, data: bytes) -> Read:
        """Return the way to keep a picture that was pasted."""
        from neurotui.app.attachments.attaching import attach_picture

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
        from neurotui.app.attachments.raster import is_drawable
        from neurotui.tui.dialogs.attachment import AttachmentScreen
        from neurotui.tui.dialogs.picture import PictureScreen

        if not is_drawable(attachment):
            self._dialogs.open(AttachmentScreen(attachment, self.rates()))
            return

        def then(wanted: tuple[str, Attachment] | None) -> None:
            if wanted is not None:
                self._pane.run_worker(self._take_out(*wanted), group="files", exit_on_error=False)

        self._dialogs.open(PictureScreen([attachment]), then)

    async def _take_out(self, verb: str, attachment: Attachment) -> None:
        """Open or save a file that is attached."""
        from neurotui.app.things import open_or_save, save_thing

        name = self._pane.session.conversation.name
        try:
            if verb == "open":
                said = await asyncio.to_thread(open_or_save, attachment, 1, self._blobs, self._exports)
            else:
                said = await asyncio.to_thread(save_thing, attachment, 1, name, self._blobs, self._exports)
        except StoreError as error:
            self._dialogs.tell(error)
            return
        if said:
            self._dialogs.say(said, seconds=8)

    def price(self) -> Price | None:
        """Return what the model costs; None if it is not known."""
        account, model = self._pane.account, self._pane.session.participant.model
        return self._pane.workspace.ledger.prices.price(model, account.profile, account.ref.address)

    def rates(self) -> TokenRates | None:
        """Return what was learnt of how the model counts; None if that is not known yet."""
        return self._pane.workspace.estimates.known_rates(self._pane.session)

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

    def _label_again(self) -> None:
        """Have the chips tell what they come to with the model that answers now."""
        self._pane.run_latest("chips", self._learn_rates)

    async def _learn_rates(self) -> None:
        await self._pane.workspace.estimates.rates(self._pane.session)
        await self._pane.composer.attaching.label_again()

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
        from neurotui.app.attachments.attaching import refused_by

        model = self._pane.session.participant.model
        return refused_by(attachments, model, self._pane.account.models or ())
