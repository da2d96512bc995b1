"""Commands for what the last answer has beside words: its links, files and blocks of code."""

from __future__ import annotations

import asyncio

from neurotui.app.links import open_link, target
from neurotui.app.things import (
    file_label,
    links_of,
    open_or_save,
    save_thing,
    thing_label,
    things_to_save,
)
from neurotui.chat.conversation import Message
from neurotui.i18n import N_, _
from neurotui.plain.face import PlainFace


class Things:
    """Feature: links and files are opened, files and blocks of code are saved."""

    def __init__(self, face: PlainFace) -> None:
        self._face = face
        bind = face.commands.bind
        bind("open_link", self.open, why_not=N_("This message has no link that may be opened, and no file"))
        bind("save_code", self.save, why_not=N_("This message has no block of code, and no file"))

    async def open(self) -> bool:
        """Open a link or a file, which is chosen by its number; nothing is opened unseen."""
        face, answer = self._face, self._answer
        if answer is None:
            return False
        urls = await asyncio.to_thread(links_of, answer.text, answer)
        rows = [*map(target, urls), *map(file_label, answer.attachments)]
        place = await face.questions.choose(rows) if rows else None
        if place is not None and place < len(urls):
            if not await asyncio.to_thread(open_link, urls[place]):
                face.say(_("No browser could be started"))
        elif place is not None:
            at = place - len(urls)
            said = await asyncio.to_thread(
                open_or_save,
                answer.attachments[at],
                at + 1,
                face.services.store.blobs,
                face.services.places.exports,
            )
            if said:
                face.say(said)
        return bool(rows)

    async def save(self) -> bool:
        """Save a block of code or a file, which is chosen by its number if there are several."""
        face, answer = self._face, self._answer
        if answer is None:
            return False
        files = answer.attachments
        things = await asyncio.to_thread(things_to_save, answer.text, files)
        place: int | None = 0
        if len(things) > 1:
            place = await face.questions.choose([*map(thing_label, things)])
        if things and place is not None:
            said = await asyncio.to_thread(
                save_thing,
                things[place],
                place + len(files) - len(things) + 1,
                face.session.conversation.name,
                face.services.store.blobs,
                face.services.places.exports,
            )
            face.say(said)
        return bool(things)

    @property
    def _answer(self) -> Message | None:
        answers = self._face.whole_answers()
        return answers[-1] if answers else None
