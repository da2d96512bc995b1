"""One reply, from its question on the disk to its own end there. It runs in one task.

Whatever ends it early cancels that task once; it then ends the turn, and writes the end, shielded, so that no
second cancellation can lose it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from neurotui.chat.branch import Branch
from neurotui.chat.budget import Budget, final_bill
from neurotui.chat.conversation import Bill, Message
from neurotui.chat.events import Stopped
from neurotui.chat.joining import judged
from neurotui.chat.ports import Client, Journal, Ledger, Observer
from neurotui.chat.received_files import ReceivedFiles
from neurotui.chat.turn import Turn
from neurotui.errors import DiskFull, NeurotuiError, StoreError
from neurotui.wire.events import (
    Accepted,
    Cited,
    Failed,
    FilesChecked,
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
from neurotui.wire.parts import Blob
from neurotui.wire.price import Money
from neurotui.wire.request import ChatRequest


class Reply:
    """A reply that runs, or has run."""

    def __init__(
        self,
        branch: Branch,
        turn: Turn,
        new: tuple[Message, ...],
        *,
        journal: Journal,
        ledger: Ledger | None,
        observer: Observer,
        lost_files: set[Blob],
        server: str = "",
    ) -> None:
        """`new` are the messages to put on disk before the request leaves, the answer last.

        `lost_files` are those of earlier messages that are known to be lost; it is kept up to date.
        `server` is the address that is asked, for the price.
        """
        self.turn = turn
        self.result: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        """The answer in its final form, or the error that ended it."""
        self.running = True
        """True until the end is on disk."""
        self._branch = branch
        self._new = new
        self._journal = journal
        self._ledger = ledger
        self._observer = observer
        self._lost_files = lost_files
        self._server = server
        self._files = ReceivedFiles(journal, turn, observer.event_received, observer.saving_failed)
        self._task: asyncio.Task[Any] | None = None
        self._budget: Budget | None = None
        self._limit_reached = False
        self._stop_asked_at: float | None = None
        self._stop_reason: NeurotuiError | None = None

    @property
    def cost(self) -> Money | None:
        """What it has come to; None if that is not known."""
        return self._budget.cost(self.turn) if self._budget is not None else None

    def cancel(self, reason: NeurotuiError | None = None) -> None:
        """Cancel it, once. If its task has not begun yet, it finds out when it does."""
        if self._stop_asked_at is None and not self.turn.ended:
            self._stop_asked_at, self._stop_reason = self.turn.vitals.clock(), reason
            if self._task is not None:
                self._task.cancel()

    async def run(self, client: Client, request: ChatRequest, interval: Callable[[], float]) -> None:
        """Receive it to its end; resolve `result`. `interval` is that of `Client.stream`."""
        turn, answer = self.turn, self._new[-1]
        bill = answer.bill or Bill()
        failure: BaseException | None = None
        self._task = asyncio.current_task()
        try:
            await self._converse(client, request, interval)
        except asyncio.CancelledError as cancelled:
            asked_at = self._stop_asked_at
            waited = 0.0 if asked_at is None else turn.vitals.clock() - asked_at
            turn.apply(Stopped(waited, self._stop_reason))
            if asked_at is None:
                failure = cancelled
            elif self._task is not None:
                self._task.uncancel()
        except Exception as error:  # noqa: BLE001  whoever awaits the reply gets it
            failure = error
        try:
            await self._files.settled()
            if self._ledger is not None and turn.error is None and self._stop_asked_at is None:
                await self._ledger.priced(turn.answer_id)
        except asyncio.CancelledError as cancelled:
            failure = failure or cancelled
        try:
            turn.apply(Failed(NeurotuiError()))  # no effect unless nothing else has ended it
            whole = replace(turn.message(), bill=final_bill(bill, turn, self._budget))
            answer = judged(self._branch.conversation, whole)
            self._branch.put(answer)
            if self._ledger is not None:
                self._ledger.note(answer)
        finally:
            await self._settle(answer, failure)
        if isinstance(failure, asyncio.CancelledError):
            raise failure

    # Internals

    async def _converse(self, client: Client, request: ChatRequest, interval: Callable[[], float]) -> None:
        """Put the question on disk, and ask, if nothing speaks against it."""
        turn, answer = self.turn, self._new[-1]
        trouble = await self._save(self._journal.begin(self._branch.conversation, *self._new))
        if self._stop_asked_at is not None:
            raise asyncio.CancelledError
        if isinstance(trouble, DiskFull) and any(message.attachments for message in self._new):
            turn.apply(Failed(trouble))  # what was attached comes back with it, once there is room
            return
        if self._ledger is not None:
            bill = replace(answer.bill or Bill(), server=self._server)
            self._budget = await self._ledger.allow(answer, bill)
            self._budget.on_change = self._check_budget
        if self._budget is not None and (reached := self._budget.reached(turn)):
            turn.apply(Failed(reached))
        else:
            await client.stream(request, self._receive, interval)

    async def _settle(self, answer: Message, failure: BaseException | None) -> None:
        saving = asyncio.ensure_future(self._save(self._journal.finish(answer)))
        try:
            await asyncio.shield(saving)
        finally:
            self.running = False
            if not self.result.done():
                if failure is None:
                    self.result.set_result(answer)
                elif isinstance(failure, asyncio.CancelledError):
                    self.result.cancel()
                else:
                    self.result.set_exception(failure)
            self._observer.message_ended(answer)

    async def _save(self, writing: Awaitable[None]) -> StoreError | None:
        """Wait until something is on disk; return and tell why it is not, if so."""
        try:
            await writing
        except StoreError as error:
            self._observer.saving_failed(error)
            return error
        return None

    def _receive(self, event: ReplyEvent) -> None:
        turn, journal = self.turn, self._journal
        turn.apply(event)
        match event:
            case Accepted() if self._ledger is not None:
                self._ledger.accepted(turn.answer_id)
            case TextDelta(text) | RefusalDelta(text):
                journal.append(turn.answer_id, text=text)
                self._check_budget()
            case ReasoningDelta(text):
                journal.append(turn.answer_id, reasoning=text)
                self._check_budget()
            case ToolCallDelta() | Ping():
                self._check_budget()
            case ReasoningEnded(mark):
                journal.append(turn.answer_id, text=mark)
                journal.note(turn.facts())
            case MediaReceived():
                journal.note(turn.facts())
                self._files.take(event)
                return  # told when it is kept
            case FilesChecked(checked, lost):
                if self._lost_files & checked == lost:
                    return  # told before, or nothing to tell
                self._lost_files.difference_update(checked - lost)
                self._lost_files.update(lost)
            case Malformed() | PartReceived() | Cited():
                journal.note(turn.facts())
            case _:
                pass
        self._observer.event_received(event)

    def _check_budget(self) -> None:
        if self._limit_reached or self._budget is None:
            return
        if reached := self._budget.reached(self.turn):
            self._limit_reached = True
            # Later than the rest of the same piece: if that completes the answer, there is nothing to stop.
            asyncio.get_running_loop().call_soon(self.cancel, reached)
