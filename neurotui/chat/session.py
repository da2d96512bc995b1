"""The owner of the running reply: send, ask again, stop. Runs without a terminal and without a network.

A reply runs where the face's `spawn` puts it: a worker of the app, or a plain task. No view's end can end
it. Every way to end it early is `stop`: it cancels the task once, however often it is called, and returns
when the connection is closed and the end is on disk.

A question that got no word of an answer is not part of the conversation: the next one takes its place, and
it stays as a branch. So a failed request leaves nothing behind in what the server is sent.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from neurotui.chat.attachments import Attachment
from neurotui.chat.branch import Branch
from neurotui.chat.budget import estimate
from neurotui.chat.conversation import (
    Bill,
    Conversation,
    Message,
    Role,
    Status,
    Timing,
    new_id,
    user_message,
)
from neurotui.chat.participant import Participant
from neurotui.chat.ports import Journal, Ledger, Observer
from neurotui.chat.prefix import prefix_digest
from neurotui.errors import StoreError
from neurotui.wire.prefill import Prefill
from neurotui.wire.price import Money
from neurotui.wire.surrogates import repair

if TYPE_CHECKING:
    from neurotui.chat.reply import Reply
    from neurotui.chat.turn import Turn
    from neurotui.wire.events import ReplyEvent
    from neurotui.wire.parts import Blob
    from neurotui.wire.request import ChatRequest, PictureRequest

IN_VIEW = 1 / 30
UNSEEN = 1 / 10
"""Least time between two reads of an answer that comes steadily (seconds)."""

Spawn = Callable[[Coroutine[Any, Any, None]], object]
"""Runs a coroutine until its end, whatever becomes of the caller."""


class Observers:
    """Any number of observers, as one."""

    def __init__(self) -> None:
        self._all: tuple[Observer, ...] = ()

    def add(self, observer: Observer) -> Callable[[], None]:
        """Tell an observer from now on; return a function that ends it."""
        self._all = (*self._all, observer)

        def remove() -> None:
            self._all = tuple(other for other in self._all if other is not observer)

        return remove

    def message_added(self, message: Message) -> None:
        for observer in self._all:
            observer.message_added(message)

    def event_received(self, event: ReplyEvent) -> None:
        for observer in self._all:
            observer.event_received(event)

    def message_ended(self, message: Message) -> None:
        for observer in self._all:
            observer.message_ended(message)

    def saving_failed(self, error: StoreError) -> None:
        for observer in self._all:
            observer.saving_failed(error)


class Session:
    """A branch of a conversation, held with a participant."""

    def __init__(
        self,
        branch: Branch,
        participant: Participant,
        journal: Journal,
        *,
        ledger: Ledger | None = None,
        spawn: Spawn = asyncio.ensure_future,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.branch = branch
        self.participant = participant
        """Replace it to go on with another model or server; a running reply is not affected."""
        self.turn: Turn | None = None
        """The running turn, or the last one."""
        self.in_view = True
        """False while nobody looks: the answer is read less often."""
        self.lost_files: set[Blob] = set()
        """Files of earlier messages whose kept copies were found damaged or gone: requests omit them."""
        self._pictures: dict[str, PictureRequest] = {}
        """Questions that were asked here for a picture, and how."""
        self._journal = journal
        self._ledger = ledger
        self._spawn = spawn
        self._clock = clock
        self._observers = Observers()
        self._reply: Reply | None = None
        """The running reply, or the last one."""

    @property
    def conversation(self) -> Conversation:
        """The conversation of the branch."""
        return self.branch.conversation

    @property
    def next_parent_id(self) -> str | None:
        """The message that the next question follows; None for none."""
        return self._next_place()[0]

    @property
    def running(self) -> bool:
        """True from the moment a reply is asked for until its end is on disk."""
        return self._reply is not None and self._reply.running

    @property
    def cost(self) -> Money | None:
        """What the running or the last answer has come to; None if that is not known."""
        return self._reply.cost if self._reply is not None else None

    def subscribe(self, observer: Observer) -> Callable[[], None]:
        """Tell an observer of all events from now on; return a function that ends it.

        What came before is in `turn.message()`.
        """
        return self._observers.add(observer)

    def snapshot(self) -> Conversation:
        """Return a copy of the conversation on this branch, with what has come of a running answer."""
        running = (self.turn.message(),) if self.running and self.turn is not None else ()
        return self.branch.snapshot(*running)

    def send(
        self, text: str, attachments: tuple[Attachment, ...] = (), answer_id: str = ""
    ) -> asyncio.Future[Message]:
        """Ask `text`, with files. The result, which nobody has to await, is the answer in its final form.

        With `answer_id` the answer gets the id for which the ledger has made a reservation.
        """
        text, attachments = _mended(text), _kept(attachments)
        parent_id, unanswered = self._next_place()
        if unanswered is not None and (unanswered.text, unanswered.attachments) == (text, attachments):
            return self._begin(unanswered, answer_id=answer_id)
        return self._ask(user_message(text, parent_id, attachments), answer_id)

    def make_picture(
        self, prompt: str, model: str, parameters: Mapping[str, object] | None = None
    ) -> asyncio.Future[Message]:
        """Ask a model that has a call of its own for pictures. The result is that of `send`.

        The participant's model stays the one that the conversation goes on with.
        """
        from neurotui.wire.request import PictureRequest

        prompt = _mended(prompt)
        question = user_message(prompt, self._next_place()[0])
        asked = self._pictures[question.id] = PictureRequest.of(model, prompt, parameters or {})
        return self._ask(question, asked=asked)

    def picture_of(self, question_id: str) -> PictureRequest | None:
        """Return how a question was asked here for a picture; None if it was not."""
        return self._pictures.get(question_id)

    def ask_again(self, answer_id: str) -> asyncio.Future[Message]:
        """Ask for another answer beside an earlier one, for a picture as before. The result: see `send`."""
        question_id = self.conversation.question_of(answer_id)
        assert question_id is not None
        return self._begin(self.conversation.messages[question_id], asked=self.picture_of(question_id))

    def answer(self, question_id: str, answer_id: str = "") -> asyncio.Future[Message]:
        """Ask for another answer to a question that is there. `answer_id` and the result are as in `send`."""
        return self._begin(self.conversation.messages[question_id], answer_id=answer_id)

    def continue_answer(self, answer_id: str, prefill: Prefill = Prefill.PLAIN) -> asyncio.Future[Message]:
        """Ask for the rest of an answer that was cut, in a message of its own. The result is that of `send`.

        One that had later messages is left as it is: the rest is on a branch. The result stands beside the
        answer, and goes on with nothing, if the server wrote another one.
        """
        answer = self.conversation.messages[answer_id]
        while answer.is_continuation and answer.is_blank:
            answer = self.conversation.messages[answer.parent_id or ""]
        return self._begin(answer, prefill=prefill)

    def edit(
        self, question_id: str, text: str, attachments: tuple[Attachment, ...] = ()
    ) -> asyncio.Future[Message]:
        """Ask an earlier question in other words or with other files, beside it. The result: see `send`."""
        parent_id = self.conversation.messages[question_id].parent_id
        return self._ask(user_message(_mended(text), parent_id, _kept(attachments)))

    async def stop(self) -> None:
        """Stop the running reply, if any; return when it has ended and is on disk. Idempotent."""
        while self._reply is not None and self._reply.running:
            self._reply.cancel()
            await asyncio.wait([self._reply.result])
            await asyncio.sleep(0)  # let whatever waited for this end begin

    async def ended(self) -> None:
        """Return when no reply runs."""
        while self._reply is not None and self._reply.running:
            await asyncio.wait([self._reply.result])
            await asyncio.sleep(0)

    # Internals

    def _ask(
        self, question: Message, answer_id: str = "", asked: ChatRequest | None = None
    ) -> asyncio.Future[Message]:
        self.branch.put(question)
        self._observers.message_added(question)
        return self._begin(question, question, answer_id=answer_id, asked=asked)

    def _begin(
        self,
        parent: Message,
        *new: Message,
        prefill: Prefill = Prefill.PLAIN,
        answer_id: str = "",
        asked: ChatRequest | None = None,
    ) -> asyncio.Future[Message]:
        """Ask for what follows a message: the answer to a question, the rest of an answer."""
        from neurotui.chat.reply import Reply
        from neurotui.chat.turn import Turn
        from neurotui.wire.request import PictureRequest

        assert not self.running, "one reply at a time"
        request = asked or self.participant.request(self.conversation, parent, prefill)
        without_lost = request.without(self.lost_files & request.earlier)
        if self.participant.server:
            self.conversation.profile = self.participant.server
            self.conversation.chosen_model = self.participant.model
        drawn = isinstance(request, PictureRequest)
        bill = Bill(
            request.model,
            estimate(without_lost),
            profile=self.participant.profile,
            prefix="" if drawn else prefix_digest(self.conversation, self.participant.parameters),
        )
        answer = Message(
            answer_id or new_id(),
            Role.ASSISTANT,
            "",
            parent.id,
            created_at=time.time(),
            status=Status.RUNNING,
            model=request.model,
            timing=Timing(),
            bill=bill,
            continues=parent.id if parent.role is Role.ASSISTANT else None,
        )
        self.branch.put(answer)
        self.turn = Turn(answer, self._clock)
        reply = self._reply = Reply(
            self.branch,
            self.turn,
            (*new, answer),
            journal=self._journal,
            ledger=self._ledger,
            observer=self._observers,
            lost_files=self.lost_files,
            server=self.participant.server.rpartition(" ")[2],
        )
        self._observers.message_added(answer)
        self._spawn(reply.run(self.participant.client, request, self._interval))
        return reply.result

    def _interval(self) -> float:
        return IN_VIEW if self.in_view else UNSEEN

    def _next_place(self) -> tuple[str | None, Message | None]:
        """Return the parent of the next question, and the unanswered question in that place, if any."""
        leaf = self.branch.leaf
        while leaf is not None and leaf.role is Role.ASSISTANT and leaf.is_blank and not leaf.is_something:
            if leaf.is_continuation and leaf.status is Status.COMPLETE:
                break  # there was no more to say: with it the answer is complete
            leaf = self.conversation.messages.get(leaf.parent_id or "")
        if leaf is not None and leaf.role is Role.USER:
            return leaf.parent_id, leaf
        return (leaf.id if leaf else None), None


def _kept(attachments: Iterable[Attachment]) -> tuple[Attachment, ...]:
    """Return attachments as they are kept with a message: from where they came is nobody's business."""
    return tuple(replace(each, facts=replace(each.facts, path="")) for each in attachments)


def _mended(text: str) -> str:
    """Return `text` in a form that every server accepts: many cannot store a NUL."""
    return repair(text).replace("\0", "\ufffd")
