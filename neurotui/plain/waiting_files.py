"""Files that go with the next message of a conversation, in a face of lines."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path

from neurotui.app import spoken
from neurotui.app.accounts import Account
from neurotui.app.attachments.attaching import changed, refused_by, secrets_in
from neurotui.app.attachments.attachment_text import remarks
from neurotui.app.attachments.files import attach, kind_at
from neurotui.chat.attachment_words import attachment_name
from neurotui.chat.attachments import Attachment, AttachmentKind, Blobs
from neurotui.chat.session import Session
from neurotui.chat.token_rates import TokenRates
from neurotui.errors import AttachmentUnusable, StoreError
from neurotui.i18n import _
from neurotui.plain.questions import Questions

PATIENCE = 3.0
"""Seconds that the server may take to tell what its models take."""


class WaitingFiles:
    """Attaches, lists and removes them, and makes sure of them before they leave."""

    def __init__(
        self,
        blobs: Blobs,
        questions: Questions,
        say: Callable[[str], None],
        rates: Callable[[Session], Awaitable[TokenRates]],
    ) -> None:
        """`rates` returns how the model of a session counts."""
        self._blobs = blobs
        self._questions = questions
        self._say = say
        self._rates = rates
        self._waiting: dict[str, tuple[Attachment, ...]] = {}
        """By conversation."""

    def of(self, session: Session) -> tuple[Attachment, ...]:
        """Return the files that go with the next message."""
        return self._waiting.get(session.conversation.id, ())

    def put(self, session: Session, attachments: Sequence[Attachment]) -> None:
        """Have these go with the next message, and no others."""
        self._waiting[session.conversation.id] = tuple(attachments)

    async def add(self, session: Session, account: Account, paths: Iterable[Path]) -> None:
        """Attach files, and say of each what it is, or why it cannot be attached."""
        for path in paths:
            if await asyncio.to_thread(kind_at, path) is not AttachmentKind.TEXT:
                await _learn(account)
            takes = account.takes(session.participant.model)
            try:
                made = await asyncio.to_thread(attach, path, self._blobs, takes=takes)
            except (AttachmentUnusable, StoreError) as error:
                self._say(str(error))
                continue
            self.put(session, (*self.of(session), made))
            self._say(spoken.attached(made, await self._rates(session)))
            for remark in remarks(made):
                self._say(remark)

    async def choose(self, session: Session) -> None:
        """List the files that wait; the one whose number is typed is removed."""
        waiting = list(self.of(session))
        if not waiting:
            self._say(_("No file is attached"))
            return
        rates = await self._rates(session)
        labels = [spoken.file_line(each, rates) for each in waiting]
        place = await self._questions.choose(labels, _("Remove from the message:"))
        if place is not None:
            name = attachment_name(waiting.pop(place))
            self.put(session, waiting)
            self._say(_("Removed: {name}").format(name=name))

    async def are_meant(self, session: Session, account: Account) -> bool:
        """Ask about files that have changed, secrets in them, and kinds that the model does not take."""
        for each in self.of(session):
            if await asyncio.to_thread(changed, each) and not await self._renewed(session, account, each):
                return False
        waiting = self.of(session)
        doubts = [secret for each in waiting if (secret := await asyncio.to_thread(secrets_in, each))]
        model = session.participant.model
        if waiting and (refused := refused_by(waiting, model, account.models or ())) is not None:
            doubts.append(refused)
        for doubt in doubts:
            if not await self._questions.confirmed(doubt, _("Send it"), _("Do not send it")):
                return False
        return True

    async def _renewed(self, session: Session, account: Account, former: Attachment) -> bool:
        """Offer the new form of a file or the old one; return False for neither."""
        title = _("{name} has changed since it was attached").format(name=attachment_name(former))
        place = await self._questions.choose((_("As it is now"), _("As it was")), title)
        if place != 0:
            return place == 1
        takes = account.takes(session.participant.model)
        try:
            made = await asyncio.to_thread(attach, Path(former.facts.path), self._blobs, takes=takes)
        except (AttachmentUnusable, StoreError) as error:
            self._say(str(error))
            return False
        self.put(session, [made if each is former else each for each in self.of(session)])
        return True


async def _learn(account: Account) -> None:
    """Learn what the models of a server take, if it tells that soon."""
    try:
        async with asyncio.timeout(PATIENCE):
            await account.learn_abilities()
    except TimeoutError:
        pass  # nobody tells, then
