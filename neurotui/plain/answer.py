"""One answer, printed as it comes: its lines, its state at growing gaps, how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

from neurotui.app import spoken
from neurotui.app.attachments.attachment_text import without_lost
from neurotui.app.spoken_lines import SpokenLines
from neurotui.chat.conversation import Message, Role, Status
from neurotui.chat.joining import whole_answer
from neurotui.chat.session import Session
from neurotui.chat.text import clean_line
from neurotui.errors import StoreError
from neurotui.plain.printer import Printer
from neurotui.wire.events import (
    FilesChecked,
    ReasoningEnded,
    Reconnected,
    RefusalDelta,
    ReplyEvent,
    RetryScheduled,
    TextDelta,
)


class AnswerPrinter:
    """Observes a session while it is in front, and prints its running answer from where it stands."""

    def __init__(
        self,
        session: Session,
        printer: Printer,
        with_stops: Callable[[Session, Message], Awaitable[Message]] | None = None,
    ) -> None:
        """`with_stops` adds to a stopped answer what is known of stops."""
        self.ended = asyncio.Event()
        """Set when no answer runs, or it is not followed any more."""
        self._session = session
        self._printer = printer
        self._with_stops = with_stops
        self._ending: asyncio.Task[None] | None = None
        self._lines = SpokenLines()
        self._told: asyncio.TimerHandle | None = None
        self._times: Iterator[float] = iter(())
        self._since = 0.0
        self._unsubscribe = session.subscribe(self)
        if session.turn is not None and session.running:
            self._begin(session.turn.message())
            self._printer.lines(self._lines.feed(session.turn.message().text))
        else:
            self.ended.set()

    def leave(self) -> None:
        """Print no more of it; it goes on."""
        self._unsubscribe()
        self._stop_telling()
        if self._ending is not None:
            self._ending.cancel()
        self.ended.set()

    # As an observer of the session

    def message_added(self, message: Message) -> None:
        """Begin with an answer."""
        if message.role is Role.ASSISTANT:
            self.ended.clear()
            self._begin(message)

    def event_received(self, event: ReplyEvent) -> None:
        """Print lines that are complete."""
        match event:
            case TextDelta(text) | RefusalDelta(text):
                lines = self._lines.feed(text)
                self._printer.lines(lines)
                if lines:
                    self._wait_anew()
            case ReasoningEnded(mark):
                self._printer.lines(self._lines.feed(mark))
            case RetryScheduled() | Reconnected():
                self._tell()
            case FilesChecked(lost=lost):
                path = self._session.branch.path()
                self._printer.lines(filter(None, [without_lost(path, lost)]))
            case _:
                pass

    def message_ended(self, message: Message) -> None:
        """Print the rest, and how it ended."""
        self._stop_telling()
        self._printer.lines(self._lines.end())
        whole = whole_answer(self._session.conversation, message.id)
        if whole.status is Status.STOPPED and self._with_stops is not None:
            self._ending = asyncio.ensure_future(self._end_stopped(self._with_stops(self._session, whole)))
            return
        self._printer.lines(spoken.ending(whole))
        self.ended.set()

    def saving_failed(self, error: StoreError) -> None:
        """The journal tells of it by itself."""

    # Internals

    async def _end_stopped(self, answer: Awaitable[Message]) -> None:
        """Print how a stopped answer ended, with what is known of stops: that is read from disk."""
        self._printer.lines(spoken.ending(await answer))
        self.ended.set()

    def _begin(self, answer: Message) -> None:
        self._lines = SpokenLines()
        self._printer.line(f"{clean_line(answer.model, 60)}:")
        self._wait_anew()

    def _wait_anew(self) -> None:
        """Begin the gaps between two tellings anew, for something was printed."""
        self._stop_telling()
        loop = asyncio.get_running_loop()
        self._times, self._since = spoken.telling_times(), loop.time()
        self._told = loop.call_at(self._since + next(self._times), self._tell_and_wait)

    def _tell_and_wait(self) -> None:
        self._tell()
        self._told = asyncio.get_running_loop().call_at(self._since + next(self._times), self._tell_and_wait)

    def _tell(self) -> None:
        if (turn := self._session.turn) is not None:
            lines = self._lines.code_lines
            self._printer.line(spoken.code_state(lines) if lines else spoken.state(turn.vitals.read()))

    def _stop_telling(self) -> None:
        if self._told is not None:
            self._told.cancel()
            self._told = None
