"""Versions of a message: ask for another answer, edit a question, switch between versions, fork."""

from __future__ import annotations

from neurotui.app.commands import find
from neurotui.app.conversations import fork
from neurotui.app.services import Services
from neurotui.chat.attachments import Draft
from neurotui.chat.conversation import Message, Role
from neurotui.chat.joining import shown_id
from neurotui.errors import StoreError
from neurotui.i18n import N_, _
from neurotui.tui.conversation.asking import is_free, may_ask
from neurotui.tui.conversation.confirm_line import ConfirmLine
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs


class Branches:
    """Feature: make versions of the message under the cursor, and switch between them."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self._library = services.store.library
        self._dialogs = dialogs
        self._forking = False
        """True while a fork is made: a key pressed meanwhile was meant for the messages that are left."""
        self._confirm = ConfirmLine(pane)
        pane.notices.append(self._confirm)
        bind = pane.commands.bind
        bind(
            "regenerate",
            self.regenerate,
            when=lambda: self._is_at(Role.ASSISTANT) and not pane.transcript.grows,
            why_not=N_("There is no answer to ask for again"),
        )
        bind(
            "edit",
            self.edit,
            when=lambda: pane.transcript.cursor is None or self._question_at_cursor() is not None,
            why_not=N_("There is no question to edit"),
        )
        none = N_("This message has only one version")
        bind(
            "branch_previous",
            lambda message_id="": self.switch(-1, message_id),
            when=lambda: self._place()[0] > 1,
            why_not=none,
        )
        bind(
            "branch_next",
            lambda message_id="": self.switch(1, message_id),
            when=lambda: self._place()[0] < self._place()[1],
            why_not=none,
        )
        bind(
            "fork",
            self.fork,
            when=lambda: pane.transcript.chosen is not None and not pane.transcript.grows,
            why_not=N_("There is nothing to fork yet"),
        )

    def regenerate(self) -> bool:
        """Ask for another answer beside the existing one; a letter typed in the messages asks first."""
        view = self._pane.transcript.chosen
        if view is None or view.message.role is not Role.ASSISTANT:
            return False
        if self._is_here(view.message.id):
            if view.message.parent_id is None:
                self._dialogs.say(_("There is no question to this answer"))
            elif may_ask(self._pane):
                self._offer_again(view.message.id)
        return True

    def _offer_again(self, message_id: str) -> None:
        """Ask for another answer; what is dear is asked about, and else a letter typed in the messages."""
        pane = self._pane
        question_id = pane.session.conversation.question_of(message_id) or ""
        session, by_letter = pane.session, pane.screen.focused is pane.transcript

        def ask() -> None:
            self._ask_again(message_id)

        pane.consent.ask(
            lambda price: price.again(session, question_id),
            ask,
            (lambda: self._confirm.ask(ask)) if by_letter else None,
        )

    def _ask_again(self, message_id: str) -> None:
        self._confirm.close()
        if self._is_here(message_id) and may_ask(self._pane):
            self._pane.session.ask_again(message_id)

    def edit(self) -> bool:
        """Put the question of the message under the cursor, or the last one, into the input to be edited."""
        transcript = self._pane.transcript
        if transcript.cursor is None:
            views = reversed(transcript.views)
            question = next((view.message for view in views if view.message.role is Role.USER), None)
        else:
            question = self._question_at_cursor()
        if question is None:
            return False
        if self._is_here(question.id):
            self._pane.composer.begin_edit(question.id, Draft(question.text, question.attachments))
            transcript.point_at(question.id)
            self._pane.composer.focus()
        return True

    def switch(self, step: int, message_id: str = "") -> bool:
        """Show another version of a message, by default the one under the cursor, and what followed it."""
        view = self._pane.transcript.chosen
        if not message_id:
            if view is None or view.alternatives is None:
                return False
            message_id = view.message.id
        if self._is_here(message_id):
            siblings = self._pane.session.conversation.siblings(message_id)
            at = siblings.index(message_id) + step
            if 0 <= at < len(siblings):
                self._pane.look_at(siblings[at])
                self._pane.transcript.point_at(shown_id(self._pane.session.branch.path(), siblings[at]))
        return True

    def fork(self) -> bool:
        """Go on in a new conversation that begins with the messages up to the one under the cursor."""
        view = self._pane.transcript.chosen
        if view is None:
            return False
        if self._is_here(view.message.id) and is_free(self._pane):
            self._forking = True
            self._pane.run_worker(self._fork(view.message.id), group="fork")
        return True

    async def _fork(self, message_id: str) -> None:
        pane = self._pane
        try:
            account = pane.workspace.account_of_fork(pane.session)
            pane.hold(pane.workspace.hold(await fork(self._library, pane.session, message_id, account)))
        except StoreError as error:
            self._dialogs.tell(error)
        else:
            words = _("This is a new conversation; the one it came from is in the history: {key}")
            self._dialogs.say(words.format(key=find("history").key))
        finally:
            self._forking = False

    def _is_here(self, message_id: str) -> bool:
        """True if the message is in the current conversation, and no other is about to be shown."""
        return not self._forking and message_id in self._pane.session.conversation.messages

    def _question_at_cursor(self) -> Message | None:
        """Return the question under the cursor, or the one that the answer there answers."""
        view, conversation = self._pane.transcript.chosen, self._pane.session.conversation
        message = view.message if view is not None else None
        if message is not None and message.role is Role.ASSISTANT and message.id in conversation.messages:
            message = conversation.messages.get(conversation.question_of(message.id) or "")
        return message if message is not None and message.role is Role.USER else None

    def _is_at(self, role: Role) -> bool:
        view = self._pane.transcript.chosen
        return view is not None and view.message.role is role

    def _place(self) -> tuple[int, int]:
        """Return the version of the message under the cursor, from 1 on, and the number of versions."""
        view = self._pane.transcript.chosen
        return (view.alternatives if view is not None else None) or (1, 1)
