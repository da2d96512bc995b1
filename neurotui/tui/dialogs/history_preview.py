"""A conversation of the history beside the list: its last question and answer, or the one that was found."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import date

from textual.content import Content

from neurotui.app import listing
from neurotui.chat.conversation import Conversation, Message, Role
from neurotui.chat.text import clean, clean_line
from neurotui.errors import StoreError
from neurotui.i18n import _
from neurotui.i18n.formats import clock_time, day
from neurotui.markdown import parse
from neurotui.markdown.layout import lines
from neurotui.store.library import LARGE, Library
from neurotui.tui.widgets.preview import Preview

PAUSE = 0.08
"""Time that the cursor has to stay on a row before its conversation is read (seconds)."""
LONGEST = 3_000
"""Characters of a message that are shown."""


class HistoryPreview(Preview):
    """The conversation under the cursor, read in a thread once the cursor rests."""

    def __init__(self, library: Library) -> None:
        super().__init__()
        self._library = library
        self._wanted = ("", "")

    def follow(self, conversation_id: str, message_id: str = "", characters: int = 0) -> None:
        """Show a conversation with so many characters, at its end or at a message; nothing without an id."""
        wanted = ("", "") if characters > LARGE else (conversation_id, message_id)
        if wanted != self._wanted:
            self._wanted = wanted
            self._begin()

    def on_show(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self.workers.cancel_node(self)
        if self.display and self._wanted[0]:
            self.run_worker(self._read(*self._wanted), exit_on_error=False)
        else:
            self.told = Content("")

    async def _read(self, conversation_id: str, message_id: str) -> None:
        width = max(1, self.content_size.width)

        def read() -> Content:
            conversation = self._library.open(conversation_id)
            return passage(conversation, message_id, width) if conversation is not None else Content("")

        await asyncio.sleep(PAUSE)
        with suppress(StoreError):  # it is told where the list is
            self.told = await asyncio.to_thread(read)


def passage(conversation: Conversation, message_id: str, width: int) -> Content:
    """Return the name of a conversation, and a question with its answer: the last, or those of a message."""
    shown = [Content.styled(listing.name(conversation.name), "bold")]
    found = conversation.messages.get(message_id)
    path = conversation.path_to(found.id) if found is not None else conversation.path()
    for message in path[-2:]:
        shown += [Content(""), _header(message), Content("\n".join(_text(message, width)))]
    return Content("\n").join(shown)


def _text(message: Message, width: int) -> list[str]:
    text = message.text.strip()[:LONGEST]
    if message.role is not Role.ASSISTANT:
        return [clean(text)]
    return [line.text for line in lines(parse(text), width)]


def _header(message: Message) -> Content:
    asked = message.role is Role.USER
    name = _("You") if asked else clean_line(message.model, 60) or _("Model")
    when = ""
    if message.created_at:
        moment = date.fromtimestamp(message.created_at)
        when = f" · {day(moment, date.today())} {clock_time(message.created_at)}"
    return Content.assemble(
        (name, "$text-accent bold" if asked else "$text-primary bold"), (when, "$foreground-muted")
    )
