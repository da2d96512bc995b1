"""Queued messages, which wait for the end of an answer in the current conversation or in another one."""

from __future__ import annotations

from neurotui.app.services import Services
from neurotui.app.workspace_observer import WorkspaceObserver
from neurotui.chat.attachments import Draft
from neurotui.chat.conversation import Message, Status
from neurotui.chat.session import Session
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs


class Queue(WorkspaceObserver):
    """Feature: keep a queued message as a draft until it is sent, and an unanswered question too."""

    def __init__(self, pane: ConversationPane, services: Services, dialogs: Dialogs) -> None:
        self._pane = pane
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

    def reply_ended(self, session: Session, answer: Message) -> None:
        """Make a question that got no answer the draft of its conversation, unless that is shown."""
        unanswered = answer.is_blank and answer.status in {Status.FAILED, Status.STOPPED}
        if session is not self._pane.session and unanswered and answer.parent_id:
            question = session.conversation.messages[answer.parent_id]
            draft = Draft(question.text, question.attachments)
            self._pane.drafts.set_aside(session.conversation.id, draft)
