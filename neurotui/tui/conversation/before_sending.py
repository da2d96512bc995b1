"""What is asked before a message leaves: about a key in it, about its files, about its price.

All of it happens beside the input, which is not locked: what is typed meanwhile takes the message back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from textual.screen import Screen

from neurotui.app.attachments.chips import Chip, as_message
from neurotui.app.money.asking_price import Question
from neurotui.chat.attachment_words import attachment_name
from neurotui.chat.attachments import Attachment, Draft
from neurotui.chat.text import clean_line
from neurotui.i18n import _
from neurotui.tui.conversation.attaching import Attaching
from neurotui.tui.widgets.folding_text_area import FoldingTextArea
from neurotui.wire.secrets import key_in

Result = TypeVar("Result")


class PriceQuestion(Protocol):
    """The question whether a message that is dear is to be sent."""

    @property
    def is_limited(self) -> bool:
        """True if there is a price above which it is asked."""

    async def about(self, draft: Draft) -> Question | None:
        """Return the question; None if a message is not dear."""

    async def agreed(self, question: Question) -> bool:
        """Ask it."""


class BeforeSending:
    """Makes sure of a message."""

    price: PriceQuestion | None = None
    """Set by the feature that knows the price."""

    def __init__(
        self,
        composer: FoldingTextArea,
        attaching: Attaching,
        note: Callable[[str], object],
        refused: Callable[[Sequence[Attachment]], str | None],
    ) -> None:
        """`note` is given what is waited for.

        `refused` returns why the model does not take files, None if it does, or if nobody tells.
        """
        self._composer = composer
        self._attaching = attaching
        self._note = note
        self._refused = refused

    async def sure(self, text: str, waits: Callable[[], object]) -> bool:
        """Return True if a text of the input may leave; `waits` is called before what takes a while."""
        chips = self._composer.chips.within(text)
        if reading := [chip for chip in chips if chip.is_reading]:
            waits()
            name = clean_line(reading[0].name, 40)
            self._note("↳ " + _("will be sent when {name} is read").format(name=name))
            if not await self._attaching.settled(reading):
                return False
        if not await self._is_current(chips, waits):
            return False
        draft = as_message(self._composer.pieces(text))
        return (
            await self._keys_are_meant(draft, waits)
            and await self._is_taken(draft.attachments, waits)
            and await self._is_worth_it(draft, waits)
        )

    async def _is_current(self, chips: Sequence[Chip], waits: Callable[[], object]) -> bool:
        """Offer the new or the old form of each file that has changed since it was attached."""
        from neurotui.app.attachments.attaching import changed
        from neurotui.tui.dialogs.choice import ChoiceScreen

        for chip in chips:
            attachment = chip.attachment
            if attachment is None or not await asyncio.to_thread(changed, attachment):
                continue
            waits()
            words = _("{name}: send it as it is now, or as it was then?")
            answer = await self._ask(
                ChoiceScreen(
                    _("A file has changed since it was attached"),
                    words.format(name=attachment_name(attachment)),
                    (_("As it is now"), _("As it was")),
                )
            )
            if answer is None:
                return False
            if answer == 0:
                self._attaching.again(chip)
                await self._attaching.settled([chip])
                if chip.attachment is attachment:  # it could not be read, which was told
                    return False
        return True

    async def _keys_are_meant(self, draft: Draft, waits: Callable[[], object]) -> bool:
        """Ask about what looks like a key in the text or in a file."""
        from neurotui.app.attachments.attaching import secrets_in
        from neurotui.tui.dialogs.confirm import ConfirmScreen

        found = list(_keys(draft.text))
        for attachment in draft.attachments:
            if secret := await asyncio.to_thread(secrets_in, attachment):
                found.append(secret)
        for words in found[:1]:
            waits()
            question = ConfirmScreen(
                _("Send a text with an API key in it?"), words, yes=_("Send"), no=_("Do not send")
            )
            return await self._ask(question) or False
        return True

    async def _is_taken(self, attachments: Sequence[Attachment], waits: Callable[[], object]) -> bool:
        """Tell of files that the model does not take."""
        from neurotui.tui.dialogs.confirm import ConfirmScreen

        if not attachments or (why := self._refused(attachments)) is None:
            return True
        waits()
        question = ConfirmScreen(why, _("Send it anyway?"), yes=_("Send"), no=_("Do not send"))
        return await self._ask(question) or False

    async def _is_worth_it(self, draft: Draft, waits: Callable[[], object]) -> bool:
        """Ask about a message that is dear."""
        if self.price is None or not self.price.is_limited or (dear := await self.price.about(draft)) is None:
            return True
        waits()
        return await self.price.agreed(dear)

    async def _ask(self, dialog: Screen[Result]) -> Result | None:
        return await self._composer.app.push_screen_wait(dialog)


def _keys(text: str) -> Iterator[str]:
    if key := key_in(text):
        shown = f"{key[:3]}…{key[-4:]}"
        yield _("{key} looks like a key. Whoever runs the server can read and keep it.").format(key=shown)
