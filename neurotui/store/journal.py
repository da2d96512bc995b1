"""A turn on its way to the disk: the question before it leaves, the answer as it comes, and the search for
answers that a crash cut short.

The event loop never waits for the disk. What is to be written is collected on the loop and handed to one
thread in batches, each a transaction; while one is being written, the next collects. A batch that failed
stays in memory, comes before all that follows it, and is tried again, at once with the next question and
otherwise after pauses that double from 1 s to 60 s. Every write may be repeated without harm, so that one
whose fate is not known is simply done again. Where nothing waits to be written there is no timer.

A message is written before its text: its row first, then its deltas, each with its number, and in the end
the row again, as a whole. Killed in between, the file holds all but the last `Timings.flush` and the time
of a commit.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from neurotui.chat.attachments import Attachment
from neurotui.chat.conversation import Conversation, Message, Status
from neurotui.errors import StoreError, StoreTooNew
from neurotui.store import attachment_rows, drafts, rows
from neurotui.store.answer_files import AnswerFiles, Make
from neurotui.store.blobs import BlobStore
from neurotui.store.database import Database
from neurotui.store.instances import Instances
from neurotui.store.message_rows import read_running
from neurotui.store.timings import DEFAULT_TIMINGS, Timings
from neurotui.store.writes import Attach, Delta, Draft, Facts, Put, Running, Write

T = TypeVar("T")

OnTrouble = Callable[[StoreError | None], None]
OnNotice = Callable[[StoreError], None]
OnKept = Callable[[str], None]
Unsubscribe = Callable[[], None]


def _ignore(_event: object) -> None:
    """Default observer: does nothing."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An answer that was running when its instance died."""

    conversation_id: str
    message: Message
    """With the text that came, and status `cut`."""

    @property
    def characters(self) -> int:
        return len(self.message.text)

    @property
    def started_at(self) -> float:
        """Unix time in seconds."""
        return self.message.created_at


class Journal:
    """Writes turns and drafts. Its methods belong to the event loop."""

    def __init__(
        self,
        database: Database,
        instances: Instances,
        timings: Timings = DEFAULT_TIMINGS,
        blobs: BlobStore | None = None,
    ) -> None:
        self.trouble: StoreError | None = None
        """The error of the last attempt to write; None if that went well."""
        self._observers: tuple[tuple[OnTrouble, OnNotice, OnKept], ...] = ()
        self._database = database
        self._instances = instances
        self._timings = timings
        self._blobs = blobs or BlobStore(None if database.path is None else database.path.parent)
        self._thread = ThreadPoolExecutor(1, "journal")
        self._answer_files = AnswerFiles(self._blobs, self._attach)
        self._running: dict[str, Running] = {}
        self._drafts: dict[str, Draft] = {}
        self._waiting: list[Write] = []
        self._batch: list[Write] = []
        """The pieces that are being written now."""
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._pause = self._timings.first_pause
        self._noticed: StoreError | None = None
        self._kept: list[str] = []
        """The conversations that the last batch has brought back."""

    def subscribe(
        self,
        *,
        on_trouble: OnTrouble = _ignore,
        on_notice: OnNotice = _ignore,
        on_kept: OnKept = _ignore,
    ) -> Unsubscribe:
        """Call the observer from now on; return the way to end that.

        `on_trouble` is called when saving begins to fail, fails for another reason, or works again (None),
        `on_notice` when a damaged file was set aside and saving goes on, `on_kept` with the id of a
        conversation that another instance has deleted, and that is back because of an answer here.
        """
        observer = (on_trouble, on_notice, on_kept)
        self._observers = (*self._observers, observer)

        def unsubscribe() -> None:
            self._observers = tuple(other for other in self._observers if other is not observer)

        return unsubscribe

    async def begin(self, conversation: Conversation, *messages: Message) -> None:
        """Commit messages that are new, before the request leaves; of a running answer the empty row.

        Raises StoreError; the messages are then kept in memory, and tried again without further asking.
        """
        for message in messages:
            if message.status is Status.RUNNING:
                self._running[message.id] = Running(conversation)
        await self._put(conversation, messages)

    def append(self, message_id: str, text: str = "", reasoning: str = "") -> None:
        """Take more of a running answer: on its way to the disk within `Timings.flush`. Never raises."""
        running = self._running.get(message_id)
        if running is None:
            return
        running.add(text, reasoning)
        self._write_within(self._timings.flush)

    def note(self, answer: Message) -> None:
        """Keep what is known of a running answer beside its texts; on disk as soon as those. Never raises."""
        running = self._running.get(answer.id)
        if running is not None:
            running.facts = answer
            self._write_within(self._timings.flush)

    def keep_media(self, answer_id: str, make: Make) -> asyncio.Future[Attachment]:
        """Keep a file that came in a running answer, in the order of the calls; see `AnswerFiles.keep`.

        Its row follows as the texts of the answer do.
        """
        return self._answer_files.keep(answer_id, self._running[answer_id], make)

    async def finish(self, message: Message) -> None:
        """Commit an answer in its final form. Raises StoreError, as `begin` does."""
        running = self._running.pop(message.id)
        self._waiting = [
            write
            for write in self._waiting
            if not (isinstance(write, Delta) and write.message_id == message.id)
            and not (isinstance(write, Facts) and write.message.id == message.id)
        ]
        await self._put(running.conversation, (message,))

    def draft(
        self,
        conversation_id: str,
        text: str,
        conversation: Conversation | None = None,
        attachments: tuple[Attachment, ...] = (),
    ) -> None:
        """Keep what stands in the input, "" where nothing does; on disk as soon as answers are. Never raises.

        Each of the files has a place in the text, a U+FFFC.

        A new conversation is given by its id, as any other, and as it is set up; "" stands for one that was
        given none, and each instance has one place for that.
        """
        place = conversation_id or drafts.NEW + self._instances.name
        header = rows.Header.of(conversation) if conversation else None
        self._drafts[place] = Draft(place, text, header, attachments)
        self._write_within(self._timings.flush)

    async def written(self, within: float) -> None:
        """Return when what was handed over so far is on disk, or cannot be written, or after some seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                for _batch in range(2):  # the one that is being written, and the one that collects
                    if self.trouble is None and (self._task is not None or self._is_pending()):
                        self._start()
                        if self._task is not None:
                            await asyncio.wait([self._task])

    async def enter(self, conversation_id: str, *, beside: bool = False) -> bool:
        """Note that a conversation is in front here; return True if another instance has it open.

        Those that are open here stay so with `beside`, until they are left; otherwise it is the only one.
        """
        return await self._in_thread(lambda: self._instances.enter(conversation_id, beside=beside))

    async def leave(self, conversation_id: str) -> None:
        """Note that a conversation is not open here any more."""
        await self._in_thread(lambda: self._instances.leave(conversation_id))

    async def unfinished(self) -> list[Unfinished]:
        """Return the answers that died with their instance, oldest first. Raises StoreError."""

        def work(connection: sqlite3.Connection) -> list[Unfinished]:
            return [
                Unfinished(conversation_id, replace(message, status=Status.CUT))
                for owner, conversation_id, message in read_running(connection)
                if not self._instances.lives(owner)
            ]

        return await self._in_thread(lambda: self._database.read(work))

    async def keep(self, unfinished: Unfinished) -> None:
        """Make an unfinished answer a cut one, for good. Raises StoreError."""
        await self._settle(unfinished, rows.settle)

    async def delete(self, unfinished: Unfinished) -> None:
        """Delete an unfinished answer; it is kept where something was asked after it. Raises StoreError."""
        await self._settle(unfinished, rows.delete)

    async def _settle(
        self, unfinished: Unfinished, how: Callable[[sqlite3.Connection, str, Message], None]
    ) -> None:
        def work(connection: sqlite3.Connection) -> None:
            how(connection, unfinished.conversation_id, unfinished.message)

        await self._in_thread(lambda: self._database.write(work))

    @property
    def unsaved(self) -> list[Conversation]:
        """The conversations of which something is only in memory."""
        puts = (write for write in (*self._batch, *self._waiting) if isinstance(write, Put))
        return list({put.conversation.id: put.conversation for put in puts}.values())

    async def aclose(self) -> None:
        """Write what is left, if it can be, and end; `trouble` and `unsaved` tell how it went."""
        await self._answer_files.aclose()
        self._start()
        while self._task is not None:
            await asyncio.wait([self._task])
            if self._is_pending() and self.trouble is None:
                self._start()
        self._stop_timer()
        await self._in_thread(self._database.close)
        self._thread.shutdown()

    async def _put(self, conversation: Conversation, messages: tuple[Message, ...]) -> None:
        done = asyncio.get_running_loop().create_future()
        known = tuple(conversation.messages.values())
        self._waiting.append(Put(conversation, rows.Header.of(conversation), messages, known, done))
        self._start()
        await done

    def _attach(self, write: Attach) -> None:
        self._waiting.append(write)
        self._write_within(self._timings.flush)

    def _write_within(self, seconds: float) -> None:
        if self._task is None and self._timer is None and not isinstance(self.trouble, StoreTooNew):
            self._timer = asyncio.get_running_loop().call_later(seconds, self._start)

    def _start(self) -> None:
        """Write now, or right after the batch that is being written."""
        self._stop_timer()
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._write())

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._collect():
                writing = loop.run_in_executor(self._thread, self._save, self._batch)
                await asyncio.wait([writing])
                error = writing.exception()
                self._report(error)
                if error is not None or not self._waiting:
                    break
        finally:
            self._task = None
            if self._is_pending():
                self._write_within(self._pause if self.trouble else self._timings.flush)

    def _collect(self) -> bool:
        """Make a batch of all that is to be written, in the right order; False where there is nothing."""
        self._batch, self._waiting = self._waiting, []
        self._batch += [write for id_, running in self._running.items() for write in running.take(id_)]
        self._batch += self._drafts.values()
        self._drafts.clear()
        return bool(self._batch)

    def _is_pending(self) -> bool:
        return bool(self._waiting or self._drafts) or any(
            running.has_more for running in self._running.values()
        )

    def _report(self, error: BaseException | None) -> None:
        """Tell waiting callers and observers how the batch went."""
        batch, self._batch = self._batch, []
        trouble = error if error is None or isinstance(error, StoreError) else StoreError(repr(error))
        for write in batch:
            if isinstance(write, Put) and not write.done.done():
                if trouble is None:
                    write.done.set_result(None)
                else:
                    write.done.set_exception(trouble)
        if trouble is None:
            self._pause = self._timings.first_pause
        else:
            self._waiting[:0] = batch
            timings = self._timings
            self._pause = min(2 * self._pause, timings.longest_pause) if self.trouble else timings.first_pause
        before, self.trouble = self.trouble, trouble
        noticed, self._noticed = self._noticed, self._database.notice
        kept, self._kept = self._kept, []
        for on_trouble, on_notice, on_kept in self._observers:
            for conversation_id in kept if trouble is None else ():
                on_kept(conversation_id)
            if type(before) is not type(trouble):
                on_trouble(trouble)
            if self._noticed is not None and self._noticed is not noticed:
                on_notice(self._noticed)

    def _save(self, batch: list[Write]) -> None:
        self._instances.register()

        self._blobs.hold(
            blob
            for write in batch
            if isinstance(write, Put | Draft | Attach)
            for blob in attachment_rows.blobs_of(write.attachments)
        )
        asked = [write.conversation.id for write in batch if isinstance(write, Put) and write.asks]

        def work(connection: sqlite3.Connection) -> list[str]:
            kept = rows.keep_running(connection, self._instances.name, asked)
            for write in batch:
                write.do(connection, self._instances.name)
            return kept

        self._kept = self._database.write(work, durable=any(isinstance(write, Put) for write in batch))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
