"""A message that waits, in its conversation, for the end of the answer there."""

from __future__ import annotations

import asyncio

from neurotui.app.money.asking_price import AskingPrice
from neurotui.app.open_session import OpenSession
from neurotui.app.participants import refusal
from neurotui.app.workspace_observer import WorkspaceObserver
from neurotui.chat.attachments import Draft
from neurotui.chat.conversation import Message, Status


class MessageQueue:
    """Sends what waits once its answer is complete; after any other end it is a draft again."""

    def __init__(self, tell: WorkspaceObserver, asking: AskingPrice) -> None:
        """`asking` knows what must not leave unasked."""
        self._tell = tell
        self._asking = asking
        self._sending: set[asyncio.Task[None]] = set()
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
            loop = asyncio.get_running_loop()
            if not self._asking.is_limited:
                loop.call_soon(self._send, held)
                return
            task = loop.create_task(self._send_agreed(held, held.queued))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        else:
            self.give_back(held)

    def give_back(self, held: OpenSession) -> None:
        """Have nothing wait in a conversation any more."""
        if draft := held.take_queued():
            self._tell.queue_returned(held.session, draft)

    async def aclose(self) -> None:
        """Send nothing more."""
        self.closed = True
        for task in list(self._sending):
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)

    async def _send_agreed(self, held: OpenSession, draft: Draft) -> None:
        """Send what waits, unless it has become too dear, or something else waits by then."""
        dear = await self._asking.dearer(held.session, draft)
        if held.queued is not draft:
            return
        if dear is None:
            self._send(held)
        elif held.take_queued():
            self._tell.queue_too_dear(held.session, draft, dear.reason)

    def _send(self, held: OpenSession) -> None:
        if not held.session.running and not self.closed and (draft := held.take_queued()):
            self._tell.queue_sent(held.session, draft)
            held.session.send(draft.text, draft.attachments)
