"""The owner of the running turn: send, stop, ask again. Runs without a terminal and without a network.

`send` is a coroutine that lasts as long as the reply; whoever runs it (a worker of the chat screen, or
`neurotui ask`) may simply await it. Every way to end a reply early is `stop`: it cancels that coroutine once,
however often it is called, and returns when the connection is closed and the end is on disk.

A question that got no word of an answer is not part of the conversation: the next one takes its place, and
it stays as a branch. So a failed request leaves nothing behind in what the server is sent.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Protocol

from neurotui.chat.budget import Budget, estimate
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
from neurotui.chat.turn import Stopped, Turn
from neurotui.errors import NeurotuiError, StoreError
from neurotui.wire.events import (
    Cited,
    Failed,
    Malformed,
    PartReceived,
    ReasoningDelta,
    ReasoningEnded,
    RefusalDelta,
    ReplyEvent,
    TextDelta,
    ToolCallDelta,
)
from neurotui.wire.request import ChatRequest, RequestMessage, repair


class Client(Protocol):
    """What a session needs of the network."""

    async def stream(self, request: ChatRequest, emit: Callable[[ReplyEvent], None]) -> None:
        """Says all events of one reply, `Finished` or `Failed` last; cancelled, it closes the connection."""


class Journal(Protocol):
    """What a session needs of the disk."""

    async def begin(self, conversation: Conversation, *messages: Message) -> None:
        """Commits messages before the request leaves. Raises StoreError."""

    def append(self, message_id: str, text: str = "", reasoning: str = "") -> None:
        """Takes more of a running answer; it is on disk within 0.25 s."""

    def note(self, answer: Message) -> None:
        """Keep what is known of a running answer beside its texts."""

    async def finish(self, message: Message) -> None:
        """Commits an answer in its final form. Raises StoreError."""


class Observer(Protocol):
    """Who looks on: views only read."""

    def message_added(self, message: Message) -> None:
        """A question was asked, or an answer begins."""

    def event_received(self, event: ReplyEvent) -> None:
        """An event was applied to the running turn."""

    def message_ended(self, message: Message) -> None:
        """The running answer took its final form."""

    def saving_failed(self, error: StoreError) -> None:
        """Something could not be written; the chat goes on."""


class Spending(Protocol):
    """All that a session needs to know of money."""

    async def allow(self, answer: Message, bill: Bill) -> Budget:
        """Return what an answer may cost, before the request leaves."""

    def note(self, answer: Message) -> None:
        """Remember what an answer has cost, now that it has ended."""


class Session:
    """One conversation being held with one model."""

    def __init__(
        self,
        client: Client,
        journal: Journal,
        observer: Observer,
        conversation: Conversation | None = None,
        *,
        model: str,
        parameters: Mapping[str, object] | None = None,
        stream: bool = True,
        spending: Spending | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.client = client
        self.model = model
        self.parameters = dict(parameters or {})
        """For this session; they come before those of the conversation."""
        self.stream = stream
        self.conversation = conversation or Conversation()
        self.turn: Turn | None = None
        """The running turn, or the last one."""
        self._journal = journal
        self._observer = observer
        self._spending = spending
        self._allowance: Budget | None = None
        self._limit_reached = False
        self._clock = clock
        self._task: asyncio.Task[object] | None = None
        self._stop_asked_at: float | None = None
        self._stop_reason: NeurotuiError | None = None
        self._ended = asyncio.Event()

    @property
    def running(self) -> bool:
        return self._task is not None

    async def send(self, text: str) -> Message:
        """Asks `text` and returns the answer in its final form, however it ended."""
        text = _mended(text)
        parent_id, unanswered = self._attachment_point()
        if unanswered is not None and unanswered.text == text:
            return await self._reply(unanswered)
        question = user_message(text, parent_id)
        self.conversation.put(question)
        self._observer.message_added(question)
        return await self._reply(question, question)

    async def ask_again(self, answer_id: str) -> Message:
        """Asks for another answer beside an earlier one."""
        question_id = self.conversation.messages[answer_id].parent_id
        assert question_id is not None
        return await self._reply(self.conversation.messages[question_id])

    async def edit(self, question_id: str, text: str) -> Message:
        """Asks an earlier question in other words, beside it."""
        question = user_message(_mended(text), self.conversation.messages[question_id].parent_id)
        self.conversation.put(question)
        self._observer.message_added(question)
        return await self._reply(question, question)

    async def stop(self) -> None:
        """Stops the running reply, if there is one; returns when it has ended and is on disk. Idempotent.

        A reply whose task has been made, but has not come to its turn yet, is one that runs.
        """
        await asyncio.sleep(0)
        while self._task is not None and self.turn is not None:
            self._cancel(self.turn)
            await self._ended.wait()
            await asyncio.sleep(0)

    def _cancel(self, turn: Turn, reason: NeurotuiError | None = None) -> None:
        if self._task is not None and self._stop_asked_at is None and not turn.ended:
            self._stop_asked_at, self._stop_reason = self._clock(), reason
            self._task.cancel()

    def _attachment_point(self) -> tuple[str | None, Message | None]:
        """The parent of the next question, and the question there that got no answer, if one did not."""
        leaf = self.conversation.messages.get(self.conversation.leaf_id or "")
        if leaf is not None and leaf.role is Role.ASSISTANT and leaf.is_blank and not leaf.is_something:
            leaf = self.conversation.messages.get(leaf.parent_id or "")
        if leaf is not None and leaf.role is Role.USER:
            return leaf.parent_id, leaf
        return (leaf.id if leaf else None), None

    async def _reply(self, question: Message, *new: Message) -> Message:
        assert self._task is None, "one reply at a time"
        self._task = asyncio.current_task()
        self._stop_asked_at = self._stop_reason = None
        self._ended.clear()
        self._allowance, self._limit_reached = None, False
        request = self._request(question)
        bill = Bill(request.model, estimate(request))
        answer = Message(
            new_id(),
            Role.ASSISTANT,
            "",
            question.id,
            created_at=time.time(),
            status=Status.RUNNING,
            model=request.model,
            timing=Timing(),
            bill=bill,
        )
        self.conversation.put(answer)
        turn = self.turn = Turn(answer, self._clock)
        self._observer.message_added(answer)
        try:
            await self._save(self._journal.begin(self.conversation, *new, answer))
            if self._spending is not None:
                self._allowance = await self._spending.allow(answer, bill)
            if self._allowance is not None and (reached := self._allowance.reached(turn)):
                turn.apply(Failed(reached))
            else:
                await self.client.stream(request, self._receive)
        except asyncio.CancelledError:
            asked_at = self._stop_asked_at
            closed = 0.0 if asked_at is None else self._clock() - asked_at
            turn.apply(Stopped(closed, self._stop_reason))
            if asked_at is None:
                raise
            assert self._task is not None
            self._task.uncancel()
        finally:
            try:
                turn.apply(Failed(NeurotuiError()))  # only where nothing else has ended it
                answer = replace(turn.message(), bill=self._bill(turn, bill))
                self.conversation.put(answer)
                if self._spending is not None:
                    self._spending.note(answer)
            finally:
                await self._settle(answer)
        return answer

    async def _settle(self, answer: Message) -> None:
        """Writes the end of a reply, shielded, so that no second cancel can lose it."""
        saving = asyncio.ensure_future(self._save(self._journal.finish(answer)))
        try:
            await asyncio.shield(saving)
        finally:
            self._task = None
            self._ended.set()
            self._observer.message_ended(answer)

    async def _save(self, writing: Awaitable[None]) -> None:
        try:
            await writing
        except StoreError as error:
            self._observer.saving_failed(error)

    def _receive(self, event: ReplyEvent) -> None:
        assert self.turn is not None
        self.turn.apply(event)
        match event:
            case TextDelta(text) | RefusalDelta(text):
                self._journal.append(self.turn.answer_id, text=text)
                self._check_allowance(self.turn)
            case ReasoningDelta(text):
                self._journal.append(self.turn.answer_id, reasoning=text)
                self._check_allowance(self.turn)
            case ToolCallDelta():
                self._check_allowance(self.turn)
            case ReasoningEnded(mark):
                self._journal.append(self.turn.answer_id, text=mark)
                self._journal.note(self.turn.facts())
            case Malformed() | PartReceived() | Cited():
                self._journal.note(self.turn.facts())
            case _:
                pass
        self._observer.event_received(event)

    def _check_allowance(self, turn: Turn) -> None:
        if self._limit_reached or self._allowance is None:
            return
        if reached := self._allowance.reached(turn):
            self._limit_reached = True
            # After what came in the same piece: if that was all, there is nothing to stop.
            asyncio.get_running_loop().call_soon(self._cancel, turn, reached)

    def _bill(self, turn: Turn, estimated: Bill) -> Bill:
        tokens = turn.tokens(estimated.prompt_tokens)
        cost = self._allowance.cost(turn) if self._allowance is not None else None
        return Bill(estimated.asked_model, tokens.prompt_tokens, tokens.completion_tokens, cost)

    def _request(self, question: Message) -> ChatRequest:
        messages = []
        if self.conversation.system_prompt:
            messages.append(RequestMessage("system", self.conversation.system_prompt))
        messages += [
            RequestMessage(message.role, message.text) for message in self.conversation.sent_to(question.id)
        ]
        parameters = self.conversation.parameters | self.parameters
        return ChatRequest(self.model, messages, parameters, self.stream)


def _mended(text: str) -> str:
    """What was typed, pasted or piped in, as every server takes it: many cannot keep a NUL."""
    return repair(text).replace("\0", "\ufffd")
