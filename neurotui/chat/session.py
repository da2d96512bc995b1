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
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import replace
from typing import Any

from neurotui.chat.attachments import Attachment
from neurotui.chat.branch import Branch
from neurotui.chat.budget import Budget, estimate, final_bill
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
from neurotui.chat.events import Stopped
from neurotui.chat.joining import judged
from neurotui.chat.participant import Participant
from neurotui.chat.ports import Client, Journal, Ledger, Observer
from neurotui.chat.received_files import ReceivedFiles
from neurotui.chat.turn import Turn
from neurotui.errors import NeurotuiError, StoreError
from neurotui.wire.events import (
    Cited,
    Failed,
    Malformed,
    MediaReceived,
    PartReceived,
    Ping,
    ReasoningDelta,
    ReasoningEnded,
    RefusalDelta,
    ReplyEvent,
    TextDelta,
    ToolCallDelta,
)
from neurotui.wire.prefill import Prefill
from neurotui.wire.price import Money
from neurotui.wire.request import ChatRequest, PictureRequest, repair

IN_VIEW = 1 / 30
UNSEEN = 1 / 10
"""Least time between two reads of an answer that comes steadily (seconds)."""

Spawn = Callable[[Coroutine[Any, Any, None]], object]
"""Runs a coroutine until its end, whatever becomes of the caller."""


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
        self._journal = journal
        self._ledger = ledger
        self._spawn = spawn
        self._clock = clock
        self._observers: tuple[Observer, ...] = ()
        self._reply: asyncio.Future[Message] | None = None
        """The running reply."""
        self._task: asyncio.Task[Any] | None = None
        """The task of the running reply, once it has begun."""
        self._files: ReceivedFiles | None = None
        self._budget: Budget | None = None
        self._asked_server = ""
        self._limit_reached = False
        self._stop_asked_at: float | None = None
        self._stop_reason: NeurotuiError | None = None

    @property
    def conversation(self) -> Conversation:
        """The conversation of the branch."""
        return self.branch.conversation

    @property
    def running(self) -> bool:
        """True from the moment a reply is asked for until its end is on disk."""
        return self._reply is not None

    @property
    def cost(self) -> Money | None:
        """Cost of the running or the last answer so far; None if its model has no price."""
        return self._budget.cost(self.turn) if self._budget is not None and self.turn is not None else None

    def subscribe(self, observer: Observer) -> Callable[[], None]:
        """Tell an observer of all events from now on; return a function that ends it.

        What came before is in `turn.message()`.
        """
        self._observers = (*self._observers, observer)

        def unsubscribe() -> None:
            self._observers = tuple(other for other in self._observers if other is not observer)

        return unsubscribe

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
        prompt = _mended(prompt)
        question = user_message(prompt, self._next_place()[0])
        return self._ask(question, asked=PictureRequest.of(model, prompt, parameters or {}))

    def ask_again(self, answer_id: str) -> asyncio.Future[Message]:
        """Ask for another answer beside an earlier one. The result is that of `send`."""
        question_id = self.conversation.question_of(answer_id)
        assert question_id is not None
        return self.answer(question_id)

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
        while self._reply is not None:
            self._cancel()
            await asyncio.wait([self._reply])
            await asyncio.sleep(0)  # let whatever waited for this end begin

    async def ended(self) -> None:
        """Return when no reply runs."""
        while self._reply is not None:
            await asyncio.wait([self._reply])
            await asyncio.sleep(0)

    # Internals

    def _ask(
        self, question: Message, answer_id: str = "", asked: ChatRequest | None = None
    ) -> asyncio.Future[Message]:
        self.branch.put(question)
        self._tell_added(question)
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
        assert self._reply is None, "one reply at a time"
        reply = self._reply = asyncio.get_running_loop().create_future()
        self._stop_asked_at = self._stop_reason = None
        self._budget, self._limit_reached = None, False
        request = asked or self.participant.request(self.conversation, parent, prefill)
        if self.participant.server:
            self.conversation.profile = self.participant.server
            self.conversation.chosen_model = self.participant.model
        bill = Bill(request.model, estimate(request), profile=self.participant.profile)
        self._asked_server = self.participant.server.rpartition(" ")[2]
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
        turn = self.turn = Turn(answer, self._clock)
        self._files = ReceivedFiles(self._journal, turn, self._tell, self._tell_trouble)
        self._tell_added(answer)
        self._spawn(self._run(reply, self.participant.client, request, turn, (*new, answer)))
        return reply

    def _cancel(self, reason: NeurotuiError | None = None) -> None:
        """Cancel the reply once. If its task has not begun yet, it finds out when it does."""
        turn = self.turn
        if self._stop_asked_at is None and turn is not None and not turn.ended:
            self._stop_asked_at, self._stop_reason = self._clock(), reason
            if self._task is not None:
                self._task.cancel()

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

    async def _run(
        self,
        reply: asyncio.Future[Message],
        client: Client,
        request: ChatRequest,
        turn: Turn,
        new: tuple[Message, ...],
    ) -> None:
        """Receive a reply to its end; resolve `reply` with the answer, or with the error that ended it."""
        answer, bill = new[-1], new[-1].bill or Bill()
        failure: BaseException | None = None
        self._task = asyncio.current_task()
        try:
            await self._save(self._journal.begin(self.conversation, *new))
            if self._stop_asked_at is not None:
                raise asyncio.CancelledError
            if self._ledger is not None:
                self._budget = await self._ledger.allow(answer, replace(bill, server=self._asked_server))
                self._budget.on_change = lambda: self._check_budget(turn)
            if self._budget is not None and (reached := self._budget.reached(turn)):
                turn.apply(Failed(reached))
            else:
                await client.stream(request, self._receive, lambda: IN_VIEW if self.in_view else UNSEEN)
        except asyncio.CancelledError as cancelled:
            asked_at = self._stop_asked_at
            turn.apply(Stopped(0.0 if asked_at is None else self._clock() - asked_at, self._stop_reason))
            if asked_at is None:
                failure = cancelled
            elif self._task is not None:
                self._task.uncancel()
        except Exception as error:  # noqa: BLE001  whoever awaits the reply gets it
            failure = error
        try:
            if self._files is not None:
                await self._files.settled()
        except asyncio.CancelledError as cancelled:
            failure = failure or cancelled
        try:
            turn.apply(Failed(NeurotuiError()))  # no effect unless nothing else has ended it
            answer = judged(
                self.conversation, replace(turn.message(), bill=final_bill(bill, turn, self._budget))
            )
            self.branch.put(answer)
            if self._ledger is not None:
                self._ledger.note(answer)
        finally:
            await self._settle(reply, answer, failure)
        if isinstance(failure, asyncio.CancelledError):
            raise failure

    async def _settle(
        self, reply: asyncio.Future[Message], answer: Message, failure: BaseException | None
    ) -> None:
        """Write the end of a reply, shielded, so that no second cancel can lose it."""
        saving = asyncio.ensure_future(self._save(self._journal.finish(answer)))
        try:
            await asyncio.shield(saving)
        finally:
            self._task = self._reply = None
            if not reply.done():
                if failure is None:
                    reply.set_result(answer)
                elif isinstance(failure, asyncio.CancelledError):
                    reply.cancel()
                else:
                    reply.set_exception(failure)
            for observer in self._observers:
                observer.message_ended(answer)

    async def _save(self, writing: Awaitable[None]) -> None:
        try:
            await writing
        except StoreError as error:
            self._tell_trouble(error)

    def _tell_trouble(self, error: StoreError) -> None:
        for observer in self._observers:
            observer.saving_failed(error)

    def _tell_added(self, message: Message) -> None:
        for observer in self._observers:
            observer.message_added(message)

    def _receive(self, event: ReplyEvent) -> None:
        assert self.turn is not None
        self.turn.apply(event)
        match event:
            case TextDelta(text) | RefusalDelta(text):
                self._journal.append(self.turn.answer_id, text=text)
                self._check_budget(self.turn)
            case ReasoningDelta(text):
                self._journal.append(self.turn.answer_id, reasoning=text)
                self._check_budget(self.turn)
            case ToolCallDelta() | Ping():
                self._check_budget(self.turn)
            case ReasoningEnded(mark):
                self._journal.append(self.turn.answer_id, text=mark)
                self._journal.note(self.turn.facts())
            case MediaReceived():
                self._journal.note(self.turn.facts())
                if self._files is not None:
                    self._files.take(event)
                return  # told when it is kept
            case Malformed() | PartReceived() | Cited():
                self._journal.note(self.turn.facts())
            case _:
                pass
        self._tell(event)

    def _tell(self, event: ReplyEvent) -> None:
        for observer in self._observers:
            observer.event_received(event)

    def _check_budget(self, turn: Turn) -> None:
        if self._limit_reached or self._budget is None:
            return
        if reached := self._budget.reached(turn):
            self._limit_reached = True
            # Later than the rest of the same piece: if that completes the answer, there is nothing to stop.
            asyncio.get_running_loop().call_soon(self._cancel, reached)


def _kept(attachments: Iterable[Attachment]) -> tuple[Attachment, ...]:
    """Return attachments as they are kept with a message: from where they came is nobody's business."""
    return tuple(replace(each, facts=replace(each.facts, path="")) for each in attachments)


def _mended(text: str) -> str:
    """Return `text` in a form that every server accepts: many cannot store a NUL."""
    return repair(text).replace("\0", "\ufffd")
