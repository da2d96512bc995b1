"""What the user does with what is kept: earlier conversations, branches, forks, transcripts, and answers that
a crash cut short.

The chat screen is one of these. The screens that it opens are loaded when they are first wanted.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING

from textual import on, work

from neurotui.app.services import Services
from neurotui.chat.conversation import Conversation
from neurotui.chat.text import clean
from neurotui.errors import StoreError
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import number
from neurotui.store.journal import Unfinished
from neurotui.store.search import holds_a_word
from neurotui.transcripts import Format
from neurotui.tui.commands import find
from neurotui.tui.conversation.choosing import ChoosingScreen
from neurotui.tui.conversation.composer import Composer
from neurotui.tui.conversation.drafts import Drafts
from neurotui.tui.conversation.recovery import Decision, Found, RecoveryNotice
from neurotui.tui.message_list import messages as asks

if TYPE_CHECKING:
    from neurotui.tui.message_list.widget import Transcript


class KeepingScreen(ChoosingScreen):
    """A screen on which a conversation is held that has a past."""

    def __init__(self, backend: Services) -> None:
        super().__init__(backend)
        self.transcript: Transcript
        self.composer: Composer
        self.drafts: Drafts
        self._edited: str | None = None
        """The question that is being put in other words."""
        self._told: StoreError | None = None
        self.ending = False
        """True once the program ends: nothing is asked any more."""
        self._quits = False
        """Whether the user was asked, or is sure, to lose what is not saved."""

    # Earlier conversations

    def action_history(self) -> None:
        """Opens an earlier conversation, at a message that was found where one was."""
        from neurotui.tui.dialogs.history import Chosen, HistoryScreen

        async def close(chosen: Chosen | None) -> None:
            self.show_title()
            if chosen is not None:
                await self.open(chosen.conversation_id, chosen.message_id, chosen.query)

        history = HistoryScreen(self.backend.store.library, self.session.conversation)
        self.app.push_screen(history, close)

    async def open(self, conversation_id: str, message_id: str | None = None, query: str = "") -> None:
        """Goes on with a conversation, a new one where there is none of this id.

        It is shown at a message, if one is given, and at the first line there that holds a word of `query`.
        """
        conversation = self.session.conversation
        if conversation_id != conversation.id or (message_id or "") not in {"", *conversation.messages}:
            try:
                found = await asyncio.to_thread(self.backend.store.library.open, conversation_id)
            except StoreError as error:
                self.tell(error)
                return
            await self.session.stop()
            self.hold(found)
            conversation = self.session.conversation
        if message_id is not None and message_id in conversation.messages:
            if message_id not in {message.id for message in self.session.branch.path()}:
                self._look_at(message_id)
            self.transcript.point_at(message_id, holds_a_word(query) if query else None)

    @work
    async def action_rename(self, name: str) -> None:
        """Gives the conversation another name."""
        conversation = self.session.conversation
        conversation.title = " ".join(name.split())
        self.show_title()
        try:
            await asyncio.to_thread(self.backend.store.library.rename, conversation.id, conversation.title)
        except StoreError as error:
            self.tell(error)

    @work(exit_on_error=False, group="enter")
    async def enter(self) -> None:
        """Says which conversation is open here, and hears whether it is open elsewhere too."""
        if await self.backend.store.journal.enter(self.session.conversation.id):
            self.notify(
                _("You can go on in both: what is asked here and what is asked there become two branches."),
                title=_("This conversation is open in another window too"),
                severity="warning",
                timeout=10,
                markup=False,
            )

    # Branches

    def on_transcript_regenerate_requested(self, event: asks.RegenerateRequested) -> None:
        """Asks for another answer beside the one there is."""
        if not self._is_here(event.message_id):
            return
        answer = self.session.conversation.messages[event.message_id]
        if answer.parent_id is None:
            self.notify(_("There is no question to this answer"), markup=False)
        elif self._is_free():
            self.session.ask_again(answer.id)

    def on_transcript_edit_requested(self, event: asks.EditRequested) -> None:
        """Brings a question into the input; sent, it is asked beside what it was."""
        if not self._is_here(event.message_id):
            return
        self._edited = event.message_id
        self.composer.begin_edit(self.session.conversation.messages[event.message_id].text)
        self.transcript.point_at(event.message_id)
        self.composer.focus()

    def leave_edit(self) -> None:
        """Leaves an earlier question as it was."""
        self._edited = None
        self.composer.end_edit()

    def reply_to(self, text: str) -> None:
        """Ask a text that was sent: as a further question, or as an earlier one in other words."""
        edited = self._edited
        self.leave_edit()
        if edited is None:
            self.session.send(text)
        else:
            self.session.edit(edited, text)

    def on_transcript_branch_requested(self, event: asks.BranchRequested) -> None:
        """Shows another alternative to a message, and what followed it."""
        if not self._is_here(event.message_id):
            return
        siblings = self.session.conversation.siblings(event.message_id)
        at = siblings.index(event.message_id) + event.step
        if 0 <= at < len(siblings):
            self._look_at(siblings[at])
            self.transcript.point_at(siblings[at])

    async def on_transcript_fork_requested(self, event: asks.ForkRequested) -> None:
        """Goes on in a new conversation, which begins with the messages up to this one."""
        if not self._is_here(event.message_id) or not self._is_free():
            return
        fork = self.backend.store.library.fork
        try:
            found = await asyncio.to_thread(fork, self.session.conversation, event.message_id)
        except StoreError as error:
            self.tell(error)
            return
        await self.session.stop()  # something may have been asked meanwhile
        self.hold(found)
        words = _("This is a new conversation; the one it came from is in the history: {key}")
        self.notify(words.format(key=find("history").key), markup=False)

    def _is_here(self, message_id: str) -> bool:
        """Whether a message that was pointed at is in the conversation: another may have come meanwhile."""
        return message_id in self.session.conversation.messages

    def _look_at(self, message_id: str) -> None:
        self.session.branch.look_at(message_id)
        self.show_path()
        self._remember_branch(self.session.conversation)

    @work(exit_on_error=False, group="branch")
    async def _remember_branch(self, conversation: Conversation) -> None:
        def remember() -> None:
            if conversation.leaf_id is not None:
                self.backend.store.library.look_at(conversation.id, conversation.leaf_id)

        with suppress(StoreError):  # which branch was looked at may be forgotten
            await asyncio.to_thread(remember)

    def _is_free(self) -> bool:
        """Whether something can be asked now; if not, says why."""
        if self.composer.busy:
            self.notify(_("An answer is being written: stop it first, or wait"), markup=False)
        return not (self.composer.busy or self.ending)

    # Transcripts

    def action_save(self) -> None:
        """Writes the conversation to a file, in a format and at a place of the user's choice."""
        from neurotui.tui.dialogs.save import Saved, SaveScreen

        if not self.session.conversation.messages:
            self.notify(_("There is nothing to save yet"), markup=False)
            return
        form = Format(self.backend.settings.settings.transcript_format)

        def close(saved: Saved | None) -> None:
            if saved is None:
                return
            if saved.form is not form:
                self.change_setting(("transcript_format",), saved.form.value)
            self.notify(_("Saved as {path}").format(path=clean(str(saved.path))), timeout=8, markup=False)

        self.app.push_screen(SaveScreen(self.as_it_is(), self.backend.places.exports, form), close)

    # Answers that a crash cut short

    @work(exit_on_error=False, group="recovery")
    async def look_back(self) -> None:
        """Tells of unfinished answers, and removes for good what was deleted long ago."""
        store = self.backend.store
        if store.notice is not None:
            self.tell_once(store.notice)
        with suppress(StoreError):  # that nothing can be read is told where the conversations are
            found = []
            for unfinished in await store.journal.unfinished():
                conversation = await asyncio.to_thread(store.library.open, unfinished.conversation_id)
                found.append(Found(unfinished, conversation.name if conversation else ""))
            self.query_one(RecoveryNotice).tell(found)
            await asyncio.to_thread(store.library.purge)

    @on(RecoveryNotice.Decided)
    def _decided(self, event: RecoveryNotice.Decided) -> None:
        self._settle(event.unfinished, event.decision)

    @work
    async def _settle(self, unfinished: Unfinished, decision: Decision) -> None:
        journal = self.backend.store.journal
        if decision is Decision.DELETE and not await self._is_sure(unfinished):
            return
        try:
            if decision is Decision.DELETE:
                await journal.delete(unfinished)
            else:
                await journal.keep(unfinished)
        except StoreError as error:
            self.tell(error)
            return
        self.query_one(RecoveryNotice).settle(unfinished)
        if decision is Decision.CONTINUE:
            await self._go_on_with(unfinished)
        elif decision is Decision.DELETE and unfinished.conversation_id == self.session.conversation.id:
            found = await asyncio.to_thread(self.backend.store.library.open, unfinished.conversation_id)
            await self.session.stop()
            self.hold(found)

    async def _is_sure(self, unfinished: Unfinished) -> bool:
        from neurotui.tui.dialogs.confirm import ConfirmScreen

        count = unfinished.characters
        if not count:
            return True
        if not self.is_active:
            return False  # it is being asked already: the key came twice
        question = ngettext(
            "Delete {n} character of an unfinished answer for good?",
            "Delete {n} characters of an unfinished answer for good?",
            count,
        ).format(n=number(count))
        return await self.app.push_screen_wait(ConfirmScreen(question, yes=_("Delete"), no=_("Cancel")))

    async def _go_on_with(self, unfinished: Unfinished) -> None:
        """Opens the conversation with a prompt in the input that goes on; nothing is sent."""
        await self.open(unfinished.conversation_id)
        conversation = self.session.conversation
        question = conversation.messages.get(unfinished.message.parent_id or "")
        if not unfinished.message.is_blank or question is None:
            prompt = _("Go on from where you stopped")
        else:
            prompt = question.text
        await self.drafts.offer(conversation.id, prompt)
        self.composer.focus()

    def settle_unfinished(self) -> None:
        """An unfinished answer of this conversation is kept, because the conversation goes on after it."""
        for found in self.query_one(RecoveryNotice).found:
            if found.unfinished.conversation_id == self.session.conversation.id:
                self._settle(found.unfinished, Decision.KEEP)

    # What the chat asks of it

    def as_it_is(self) -> Conversation:
        """The conversation with what has come of a running answer; a copy, which does not change any more."""
        turn = self.session.turn
        running = (turn.message(),) if self.session.running and turn is not None else ()
        return self.session.branch.snapshot(*running)

    def asks_before_quitting(self) -> bool:
        """Whether something would be lost, so that the user is asked first; to quit again is an answer."""
        from neurotui.tui.dialogs.confirm import ConfirmScreen

        journal = self.backend.store.journal
        if self._quits or journal.trouble is None or not journal.unsaved:
            return False
        self._quits = True

        async def answered(sure: bool | None) -> None:
            if sure:
                await self.app.run_action("quit")
            self._quits = False

        question = _("Quit and lose what is not saved?")
        how = _("{title}. {key} saves a conversation as a file.").format(
            title=clean(journal.trouble.title), key=find("save").key
        )
        self.app.push_screen(ConfirmScreen(question, how, yes=_("Quit"), no=_("Stay")), answered)
        return True

    def tell_once(self, notice: StoreError) -> None:
        """Says what was found damaged, unless it was said already."""
        if notice is not self._told:
            self._told = notice
            self.tell(notice)

    # What the chat does

    @abstractmethod
    def hold(self, conversation: Conversation | None) -> None:
        """Goes on with a conversation; None is a new one."""

    @abstractmethod
    def show_path(self) -> None:
        """Shows the branch that is looked at."""

    @abstractmethod
    def show_title(self) -> None:
        """Shows the name of the conversation."""
