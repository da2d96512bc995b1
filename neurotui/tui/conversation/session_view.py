"""The widgets that show one session, and follow it: messages, status, input, title.

What else can be done with a session is its pane's business.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.widget import Widget

from neurotui.app.accounts import Account
from neurotui.app.attachments.attachment_text import without_lost
from neurotui.app.command_set import CommandSet
from neurotui.app.commands import Place
from neurotui.app.preferences import Preferences
from neurotui.app.workspace import Workspace
from neurotui.chat.attachments import Draft
from neurotui.chat.context import left_out
from neurotui.chat.conversation import Message, Role, Status
from neurotui.chat.joining import joined, whole_answer
from neurotui.chat.session import Session
from neurotui.errors import StoreError
from neurotui.tui.conversation.composer import Composer
from neurotui.tui.conversation.foot import Foot
from neurotui.tui.conversation.hint import HintLine
from neurotui.tui.conversation.key_bar import KeyBar
from neurotui.tui.conversation.moments import Moments
from neurotui.tui.conversation.status import Fact, StatusRow, state_of
from neurotui.tui.conversation.title_bar import TitleBar
from neurotui.tui.conversation.welcome import Welcome
from neurotui.tui.terminal.driver import make_escape_urgent

if TYPE_CHECKING:
    from neurotui.tui.message_list.widget import Transcript
    from neurotui.wire.events import ReplyEvent


class SessionView(Widget):
    """Messages, status and input of a session, which it observes."""

    def __init__(
        self, session: Session, workspace: Workspace, preferences: Preferences, commands: CommandSet
    ) -> None:
        super().__init__()
        self.session = session
        self.workspace = workspace
        self.commands = commands
        self.moments = Moments()
        self.facts: Callable[[], Sequence[Fact]] = tuple
        """Function that returns the facts about money, for the status."""
        self.composer = Composer(commands)
        self.came_back = False
        """True while the input holds a question that got no answer: it stays with its conversation."""
        self.title_bar, self.welcome, self.key_bar = TitleBar(), Welcome(), KeyBar(commands)
        self.status = StatusRow(commands, lambda: state_of(self.session, self.account, self.facts()))
        self.hint = HintLine()
        self.foot = Foot(preferences, self.hint, self.status, self.composer, self.key_bar)
        self.key_bar.places[self.composer] = Place.INPUT
        self.transcript: Transcript
        """The messages; does not exist before `load`."""

    @property
    def account(self) -> Account:
        """The account that the next message goes to."""
        return self.workspace.account_of(self.session)

    # Events of the session

    def message_added(self, message: Message) -> None:
        """Show a new question, or an answer that begins."""
        self.welcome.display = False
        self.transcript.display = True
        if message.parent_id == self.transcript.last_id:
            self.transcript.append(message)
        else:
            self.show_path()
        if message.role is Role.ASSISTANT:
            self.set_running(True)
            self.hint.text = ""
            for each in self.moments.began:
                each()
        self.show_title()

    def event_received(self, event: ReplyEvent) -> None:
        """Add pieces of text to the transcript, and update the status."""
        from neurotui.wire.events import (
            FilesChecked,
            MediaReceived,
            ReasoningDelta,
            ReasoningEnded,
            RefusalDelta,
            TextDelta,
        )

        turn = self.session.turn
        assert turn is not None
        match event:
            case TextDelta(text) | RefusalDelta(text):
                self.transcript.extend(turn.answer_id, text=text)
            case ReasoningDelta(text):
                self.transcript.extend(turn.answer_id, reasoning=text)
            case ReasoningEnded() | MediaReceived():
                self.transcript.replace(turn.message())
            case FilesChecked(lost=lost):
                self.hint.text = without_lost(self.session.branch.path(), lost)
                self.transcript.mark_lost(self.session.lost_files)
        self.status.event_received(turn, event)

    def message_ended(self, message: Message) -> None:
        """Show an answer in its final form; put a question that got no answer back into the input."""
        self._show_end(message)
        self.set_running(False)
        writing = bool(self.composer.text)
        asked = self.session.conversation.messages.get(message.parent_id or "")
        unanswered = message.is_blank and message.status in {Status.FAILED, Status.STOPPED}
        if unanswered and asked is not None and asked.role is Role.USER:
            self.bring_back(Draft(asked.text, asked.attachments))
        for each in self.moments.ended:
            each(message, writing)

    def bring_back(self, draft: Draft) -> None:
        """Put a question that got no answer back into the input, unless there is something new."""
        self.came_back |= not self.composer.text.strip()
        self.composer.bring_back(draft)

    def saving_failed(self, error: StoreError) -> None:
        """Do nothing: the journal reports the trouble itself."""

    # Showing

    def show_path(self) -> None:
        """Show the current branch, at its end."""
        conversation = self.session.snapshot()
        path = list(joined(conversation.path()))
        asked = (message for message in path if message.role is Role.USER)
        self.composer.remember([Draft(message.text, message.attachments) for message in asked])
        versions, skipped = conversation.versions(path), left_out(self.session.branch)
        self.transcript.show(path, alternatives=versions, left_out=skipped)
        if self.session.lost_files:
            self.transcript.mark_lost(self.session.lost_files)
        self.status.show()
        self.key_bar.refresh()

    def show_title(self) -> None:
        """Show the name of the conversation."""
        self.title_bar.conversation = self.session.conversation.name

    def show_server(self) -> None:
        """Show who the next message goes to."""
        named = (self.session.participant.model, self.account.host)
        self.title_bar.server = self.welcome.who = " @ ".join(filter(None, named))
        self.welcome.trouble = self.account.trouble
        self.show_title()

    def set_running(self, running: bool) -> None:
        """Follow an answer that runs, or rest."""
        make_escape_urgent(self.app, running)
        self.key_bar.running = running
        self.composer.busy = running
        self.status.follow(running)

    # Internals

    def _show_end(self, message: Message) -> None:
        """Show the final form of an answer; where it goes on with another one, as one with that."""
        conversation = self.session.conversation
        if message.is_continuation:
            whole = whole_answer(conversation, message.id)
            self.transcript.join(whole, conversation.versions([whole]).get(whole.id))
        elif self.session.turn is not None and self.session.turn.facts().continues is not None:
            self.show_path()  # the server wrote another answer, a version of the first
        else:
            self.transcript.replace(message)
