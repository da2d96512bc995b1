"""Queued messages, which wait for the end of an answer in the current conversation or in another one."""

from __future__ import annotations

from neurotui.app.services import Services
from neurotui.app.workspace_observer import WorkspaceObserver
from neurotui.chat.attachments import Draft
from neurotui.chat.conversation import Message, Status
from neurotui.chat.session import Session
from neurotui.chat.text import clean_line
from neurotui.i18n import _
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs


class Queue(WorkspaceObserver):
    """Feature: keep a queued message as a draft until it is sent, and an unanswered question too."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
        self._dialogs = dialogs
        pane.workspace.subscribe(self)

    def queue_sent(self, session: Session, draft: Draft) -> None:
        """Drop the draft, which is a question now."""
        if session is self._pane.session:
            self._pane.composer.sent(draft)
            self._pane.drafts.sent(session.conversation.id)
        else:
            self._pane.drafts.forget(session.conversation.id)

    def queue_returned(self, session: Session, draft: Draft) -> None:
        """Leave the message in the input as a draft."""
        if session is self._pane.session:
            self._pane.composer.wait()

    def queue_too_dear(self, session: Session, draft: Draft, why: str) -> None:
        """Leave the message where it is, and say that it was not sent: Enter asks about it."""
        if session is self._pane.session:
            self._pane.composer.wait()
        name = clean_line(session.conversation.name, 60)
        self._dialogs.say(why, title=_("Not sent in “{name}”").format(name=name), seconds=10)

    def reply_ended(self, session: Session, answer: Message) -> None:
        """Make a question that got no answer the draft of its conversation, unless that is shown."""
        unanswered = answer.is_blank and answer.status in {Status.FAILED, Status.STOPPED}
        if session is not self._pane.session and unanswered and answer.parent_id:
            question = session.conversation.messages[answer.parent_id]
            draft = Draft(question.text, question.attachments)
            self._pane.drafts.set_aside(session.conversation.id, draft)
