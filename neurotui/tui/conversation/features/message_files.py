"""What a message has beside words: links, files and blocks of code are opened, saved and looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from neurotui.app.services import Services
from neurotui.chat.attachments import Attachment, AttachmentKind, pictures
from neurotui.chat.conversation import Message, Role
from neurotui.errors import StoreError
from neurotui.i18n import N_, _
from neurotui.tui.conversation.features.looking import chosen, look_through, text_of
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs

if TYPE_CHECKING:
    from neurotui.app.things import Thing
    from neurotui.chat.conversation import Message

NOTHING_TO_OPEN = N_("This message has no link that may be opened, and no file")
NOTHING_TO_SAVE = N_("This message has no block of code, and no file")


class MessageFiles:
    """Feature: commands for the links, files and blocks of code of a message."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self._dialogs = dialogs
        self._exports = services.places.exports
        self._blobs = services.store.blobs
        bind = pane.commands.bind
        bind("save_code", self.save, when=self._can_save, why_not=NOTHING_TO_SAVE)
        bind("open_link", self.open, when=self._can_open, why_not=NOTHING_TO_OPEN)
        bind("view_file", self.view)

    def open(self, url: str = "") -> bool:
        """Open a link or a file; of several, or of a link alone, the list is shown first."""
        from neurotui.app.things import links_of

        if url:
            return self._list_to_open((url,), ())
        message, files = self._message, self._files

        def find(text: str) -> tuple[str, ...]:
            return links_of(text, message) if message is not None else ()

        def use(urls: tuple[str, ...]) -> bool:
            return self._list_to_open(urls, files)

        return look_through(self._pane, self._dialogs, find, use, NOTHING_TO_OPEN)

    def save(self, number: int = 0) -> bool:
        """Save a block of code or a file; of several the list is shown first, if none is named by number."""
        from neurotui.app.things import things_to_save

        files = self._files

        def use(things: Sequence[Thing]) -> bool:
            at = number - 1 if number else 0
            if len(things) > 1 and not number:
                self._list_to_save(things, len(things) - len(files))
            elif 0 <= at < len(things):
                self._work(self._save(things[at], at - len(things) + len(files) + 1))
            return 0 <= at < len(things)

        def find(text: str) -> Sequence[Thing]:
            return things_to_save(text, files)

        return look_through(self._pane, self._dialogs, find, use, NOTHING_TO_SAVE)

    def view(self, message_id: str = "", digest: str = "") -> bool:
        """Look at the pictures of a message, beginning with one; unfold a text, open another file."""
        from neurotui.tui.dialogs.picture import PictureScreen

        views = self._pane.transcript.views
        found = next((view.message for view in views if view.message.id == message_id), self._message)
        files = tuple(found.attachments) if found is not None else ()
        pressed = next((each for each in files if each.blob.digest == digest), None)
        if found is not None and pressed is not None and pressed.text and found.role is Role.USER:
            self._pane.transcript.point_at(found.id)
            self._work(self._pane.commands.run("toggle_fold"))
            return True
        if pressed is not None and pressed.kind is not AttachmentKind.IMAGE:
            self._work(self._open(pressed, files.index(pressed) + 1))
            return True
        shown = [*pictures(files)]

        def then(wanted: tuple[str, Attachment] | None) -> None:
            if wanted is not None:
                verb, file = wanted
                number = files.index(file) + 1
                self._work(self._open(file, number) if verb == "open" else self._save(file, number))

        if shown and self._dialogs.none_open:
            self._dialogs.open(PictureScreen(shown, shown.index(pressed) if pressed else 0), then)
        return bool(shown)

    # Internals

    @property
    def _message(self) -> Message | None:
        view = chosen(self._pane)
        return view.message if view is not None else None

    @property
    def _files(self) -> tuple[Attachment, ...]:
        message = self._message
        return message.attachments if message is not None else ()

    def _can_open(self) -> bool:
        return bool(self._files) or "://" in text_of(self._pane)

    def _can_save(self) -> bool:
        text = text_of(self._pane)
        return bool(self._files) or "```" in text or "~~~" in text

    def _list_to_open(self, urls: tuple[str, ...], files: tuple[Attachment, ...]) -> bool:
        from neurotui.tui.dialogs.links import LinksScreen

        def then(index: int | None) -> None:
            if index is not None and index < len(urls):
                self._work(self._follow(urls[index]))
            elif index is not None:
                at = index - len(urls)
                self._work(self._open(files[at], at + 1))

        if not urls and len(files) == 1:
            self._work(self._open(files[0], 1))
        elif (urls or files) and self._dialogs.none_open:  # otherwise a second press, or the search took long
            self._dialogs.open(LinksScreen(urls, _labels(files)), then)
        return bool(urls or files)

    def _list_to_save(self, things: Sequence[Thing], first_file: int) -> None:
        from neurotui.app.things import thing_label
        from neurotui.tui.dialogs.things import ThingsScreen

        def then(index: int | None) -> None:
            if index is not None:
                self._work(self._save(things[index], index - first_file + 1))

        if self._dialogs.none_open:
            self._dialogs.open(ThingsScreen(_("Save"), [*map(thing_label, things)], N_("save")), then)

    def _work(self, work: Coroutine[Any, Any, None]) -> None:
        self._pane.run_worker(work, group="files", exit_on_error=False)

    async def _save(self, thing: Thing, number: int) -> None:
        from neurotui.app.things import save_thing

        name = self._pane.session.conversation.name
        try:
            said = await asyncio.to_thread(save_thing, thing, number, name, self._blobs, self._exports)
        except StoreError as error:
            self._dialogs.tell(error)
        else:
            self._dialogs.say(said, seconds=8)

    async def _open(self, file: Attachment, number: int) -> None:
        """Open a file. One that is not opened, or by no program, is saved, and that is said."""
        from neurotui.app.things import open_or_save

        try:
            said = await asyncio.to_thread(open_or_save, file, number, self._blobs, self._exports)
        except StoreError as error:
            self._dialogs.tell(error)
            return
        if said:
            self._dialogs.say(said, severity="warning", seconds=8)

    async def _follow(self, url: str) -> None:
        from neurotui.app.links import open_link

        if not await asyncio.to_thread(open_link, url):
            self._dialogs.say(_("No browser could be started"), severity="warning")
            self._pane.app.copy_to_clipboard(url)


def _labels(files: Sequence[Attachment]) -> list[str]:
    from neurotui.app.things import file_label

    return [file_label(file) for file in files]
