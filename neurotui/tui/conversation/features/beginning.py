"""The start screen: conversations to go on with, and in the demo questions to try it with."""

from __future__ import annotations

import asyncio
from datetime import date

from neurotui.app.services import Services
from neurotui.chat.attachments import Draft
from neurotui.chat.conversation import Message
from neurotui.errors import StoreError
from neurotui.i18n import _
from neurotui.i18n.formats import clock_time, short_day
from neurotui.store.library import Library, Summary
from neurotui.tui.conversation.composer import Composer
from neurotui.tui.conversation.heartbeat import last_trace
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.conversation.welcome import MOST, Beginning
from neurotui.tui.dialogs.opener import Dialogs


class Beginnings:
    """Feature: go on with one of the last conversations, from the view of an empty one."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self._library = services.store.library
        self._noted: tuple[str, str] = ("", "")
        """The id of the conversation of the last answer of this run, and the heartbeat of that."""
        pane.welcome.picked = self.pick
        pane.moments.translated.append(self._show)
        pane.moments.account.append(self._show)
        pane.moments.listed.append(self._show)
        pane.moments.ended.append(self._note_heartbeat)

    def pick(self, beginning: Beginning) -> None:
        """Open a conversation, or ask a question."""
        pane = self._pane
        if beginning.conversation_id:
            pane.run_worker(pane.open(beginning.conversation_id), group="open")
        else:
            pane.composer.focus()
            session, draft = pane.session, Draft(beginning.text)
            pane.consent.ask(
                lambda price: price.message(session, draft),
                lambda: pane.post_message(Composer.Submitted(draft)),
            )

    def _show(self) -> None:
        pane = self._pane
        if pane.welcome.display and not pane.ending:
            pane.run_worker(self._load(), group="beginnings", exit_on_error=False)

    async def _load(self) -> None:
        try:
            summaries, prompts, beats = await asyncio.to_thread(_read, self._library, self._noted[0])
        except StoreError:  # it is told where the conversations are
            summaries, prompts, beats = [], [], None
        asked = [Beginning(text) for text in _questions()] if self._pane.account.is_demo else []
        found = [_beginning(each) for each in summaries if each.id != self._pane.session.conversation.id]
        self._pane.welcome.trace = last_trace(self._noted[1] if beats is None else beats)
        self._pane.welcome.show([*asked, *found], prompts[-1].text if prompts else "")

    def _note_heartbeat(self, answer: Message, _writing: bool) -> None:
        if answer.timing is not None:
            self._noted = self._pane.session.conversation.id, answer.timing.heartbeat


def _read(library: Library, noted: str) -> tuple[list[Summary], list[Draft], str | None]:
    """Return what there is to go on with, and the last heartbeat that is kept.

    That is None while the one that was noted holds: its answer may still be on its way to the disk.
    """
    holds = noted and library.returned([noted])
    kept = None if holds else library.last_heartbeat()
    return library.recent(MOST + 1), library.prompts(1), kept


def _questions() -> tuple[str, str, str]:
    """Return questions that show what the demo can do."""
    return _("Show me some code"), _("Think about it"), _("Tell me a long story")


def _beginning(summary: Summary) -> Beginning:
    day, today = date.fromtimestamp(summary.updated_at), date.today()
    when = clock_time(summary.updated_at) if day == today else short_day(day, today)
    return Beginning(summary.name or _("Conversation"), when, summary.id)
