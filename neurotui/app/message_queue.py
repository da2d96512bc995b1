"""A message that waits, in its conversation, for the end of the answer there."""

from __future__ import annotations

import asyncio

from neurotui.app.open_session import OpenSession
from neurotui.app.participants import refusal
from neurotui.app.workspace_observer import WorkspaceObserver
from neurotui.chat.attachments import Draft
from neurotui.chat.conversation import Message, Status


class MessageQueue:
    """Sends what waits once its answer is complete; after any other end it is a draft again."""

    def __init__(self, tell: WorkspaceObserver) -> None:
        self._tell = tell
        self.closed = False
        """True once nothing is sent any more."""

    def put(self, held: OpenSession, draft: Draft) -> None:
        """Have a message wait, an empty one for none; if the answer has ended by now, it waits no more."""
        held.queued = draft
        answer = held.session.branch.leaf
        if draft and answer is not None and not held.session.running:
            self.answer_ended(held, answer)

    def answer_ended(self, held: OpenSession, answer: Message) -> None:
        """Send what waits, when all were told of the end of the answer, or give it back."""
        if held.queued and answer.status is Status.COMPLETE and refusal(held.account) is None:
            asyncio.get_running_loop().call_soon(self._send, held)
        else:
            self.give_back(held)

    def give_back(self, held: OpenSession) -> None:
        """Have nothing wait in a conversation any more."""
        if draft := held.take_queued():
            self._tell.queue_returned(held.session, draft)

    def _send(self, held: OpenSession) -> None:
        if not held.session.running and not self.closed and (draft := held.take_queued()):
            self._tell.queue_sent(held.session, draft)
            held.session.send(draft.text, draft.attachments)
