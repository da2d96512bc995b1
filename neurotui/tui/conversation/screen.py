"""The chat: conversation, status, input. Wires the session to the widgets; knows nothing of the network."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from time import monotonic
from typing import Any, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message as Event
from textual.timer import Timer

from neurotui.app.long_work import LongWork
from neurotui.app.services import Services
from neurotui.chat.branch import Branch
from neurotui.chat.context import left_out
from neurotui.chat.conversation import Conversation, Message, Role, Status
from neurotui.chat.session import Participant, Session
from neurotui.chat.text import clean, clean_line
from neurotui.chat.turn import Phase
from neurotui.errors import KeyMissing, NeurotuiError, StoreError
from neurotui.i18n import _
from neurotui.store.spending import Spending
from neurotui.tui import dispatch, wording
from neurotui.tui.commands import Command, Place, bindings, find
from neurotui.tui.compat.compositor import QuickCompositor
from neurotui.tui.conversation.bars import KeyBar, TitleBar
from neurotui.tui.conversation.composer import Composer
from neurotui.tui.conversation.connection import ConnectionScreen
from neurotui.tui.conversation.drafts import Drafts
from neurotui.tui.conversation.recovery import RecoveryNotice
from neurotui.tui.conversation.status import StatusLine, StopButton
from neurotui.tui.conversation.welcome import Welcome
from neurotui.tui.terminal.driver import make_escape_urgent
from neurotui.wire.events import (
    BytesReceived,
    Ping,
    ReasoningDelta,
    ReasoningEnded,
    RefusalDelta,
    ReplyEvent,
    TextDelta,
)

STATUS_INTERVAL = 0.5
"""Seconds between two looks at the clocks while a reply runs."""
PING_INTERVAL = 0.1
"""Seconds between two pings that are shown as they come."""
QUIT_WINDOW = 2.0
"""Seconds within which a second Ctrl+C quits."""


class ChatScreen(ConnectionScreen):
    """One conversation with one model. Is the session's observer."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.CHAT)]
    AUTO_FOCUS = "Composer"

    class Ready(Event):
        """All that a question needs is there."""

    class AnswerEnded(Event):
        """An answer took its final form."""

        def __init__(self, answer: Message, conversation: str) -> None:
            super().__init__()
            self.answer = answer
            self.conversation = conversation

    def __init__(self, backend: Services) -> None:
        super().__init__(backend)
        self._compositor = QuickCompositor()
        self.loaded = asyncio.Event()
        """Set when all is there that an action may need."""
        self._spending = Spending(
            lambda: backend.settings.settings, backend.store.library, lambda: self.server.profile
        )
        self.long_work: LongWork | None = None
        """Work of the store in its threads: to rescue a damaged file takes a while."""
        self.session = self._new_session(backend.conversation)
        self._clocks: Timer | None = None
        self._phase_shown: Phase | None = None
        self._ping_shown_at = -PING_INTERVAL
        self._quit_asked_at = -QUIT_WINDOW
        self._trouble: type[StoreError] | None = None
        """The kind of trouble with the disk that was told of last."""

    def compose(self) -> ComposeResult:
        yield TitleBar()
        yield Welcome()
        yield RecoveryNotice()
        yield self.connection
        with Horizontal(id="status"):
            yield StatusLine()
            yield StopButton()
        yield Composer()
        yield KeyBar()

    def on_mount(self) -> None:
        self.composer = self.query_one(Composer)
        self.status_line = self.query_one(StatusLine)
        self.drafts = Drafts(self.backend.store, self.composer)
        welcome = self.query_one(Welcome)
        welcome.server, welcome.display = self.server, not self.session.conversation.messages
        self.show_title()
        self.show_status()
        self.watch(self, "selections", self._selection_changed, init=False)
        journal = self.backend.store.journal
        journal.on_trouble, journal.on_notice = self._show_trouble, self.tell_once

    @work(group="load")
    async def load(self) -> None:
        """What can wait until the first picture stands: to load all that draws Markdown takes a while."""
        store = self.backend.store
        self.long_work = LongWork(self._show_long_work)
        store.watch(self.long_work)
        if trouble := await asyncio.to_thread(lambda: store.trouble):
            self._show_trouble(trouble)
        await asyncio.to_thread(import_module, "neurotui.tui.message_list.widget")
        from neurotui.markdown.layout import set_readable
        from neurotui.tui.message_list.widget import Transcript

        set_readable(self.backend.settings.settings.text_width)
        self.transcript = Transcript()
        await self.mount(self.transcript, after=self.query_one(Welcome))
        self._show_conversation()
        self._recall()
        self.look_back()
        for problem in self.backend.settings.problems:
            self.tell(problem)
        if self.backend.first_run:
            self.connect(first_run=True)
        self.loaded.set()
        self.post_message(self.Ready())

    # What the user does

    @on(Composer.Submitted)
    async def send(self, event: Composer.Submitted) -> None:
        """Hands the message to the session; where a reply has begun meanwhile, it comes back."""
        await self.loaded.wait()
        if self.session.running or self.ending:
            self.composer.bring_back(event.text)
            self.drafts.changed()
            self.keep_draft()
        else:
            self.drafts.sent(self.session.conversation.id)
            self.settle_unfinished()
            self.reply_to(event.text)

    @on(Composer.Changed)
    def _draft_changed(self) -> None:
        self.drafts.changed()

    @on(Composer.SelectionChanged)
    def _selection_changed(self) -> None:
        """The key bar says what Ctrl+C copies."""
        chosen = any(
            each is not self.transcript or self.transcript.shows_selection for each in self.selections
        )
        self.query_one(KeyBar).selecting = chosen or not self.composer.selection.is_empty

    def keep_draft(self) -> None:
        """Keeps what stands in the input, at the end."""
        self.drafts.keep()

    async def end(self) -> None:
        """Stops what runs, and keeps what stands in the input. Nothing is asked after this."""
        self.ending = True
        self.keep_draft()
        await self.session.stop()

    async def on_paste(self, event: events.Paste) -> None:
        """What is pasted while something else has the focus belongs into the input too."""
        await self.composer.paste(event.text)
        self.composer.focus()

    @on(StopButton.Pressed)
    async def action_stop(self) -> None:
        """Stops the running reply; where none runs, goes back to the input."""
        if self.session.running:
            self.composer.menu.close()
            await self.session.stop()
        elif self.connection.display:
            self.connection.toggle()
        else:
            self.clear_selection()
            self.leave_edit()
            self.composer.step_back()
            self.composer.focus()

    async def action_copy_or_stop(self) -> None:
        """Ctrl+C does what is most wanted: copy the selection, stop what runs, clear the input, quit."""
        if selected := self.get_selected_text():
            self.copy(selected)
            self.clear_selection()
        elif self.composer.selected_text:
            self.composer.action_copy()
        elif self.session.running:
            await self.session.stop()
        elif self.is_active and self.composer.text:
            self.composer.clear()
        elif monotonic() - self._quit_asked_at < QUIT_WINDOW:
            await self.app.action_quit()
        else:
            self._quit_asked_at = monotonic()
            self.notify(_("Press Ctrl+C once more to quit"), timeout=QUIT_WINDOW, markup=False)

    async def action_new(self) -> None:
        """Begins a new conversation; the old one is on disk."""
        await self.session.stop()
        self.begin()

    def begin(self) -> None:
        self.hold(None)

    def hold(self, conversation: Conversation | None) -> None:
        self.leave_edit()
        self.session = self._new_session(conversation)
        self._show_conversation()
        self.composer.focus()

    async def action_demo(self) -> None:
        """Goes over to the embedded endpoint, in a new conversation."""
        await self.use_server(self.backend.demo())

    def action_help(self) -> None:
        from neurotui.tui.dialogs.help import HelpScreen

        self.app.push_screen(HelpScreen())

    def action_palette(self) -> None:
        """Finds a command and does it."""
        from neurotui.tui.dialogs.palette import PaletteScreen

        def close(command: Command | None) -> None:
            if command is None:
                return
            if command.argument:
                self.composer.put(f"{command.slash} ")
                self.composer.focus()
            else:
                self.run_worker(dispatch.run(self, command))

        self.app.push_screen(PaletteScreen(self), close)

    # What the session says: views only read

    def message_added(self, message: Message) -> None:
        """A question was asked, or an answer begins."""
        self.query_one(Welcome).display = False
        self.transcript.display = True
        if message.parent_id == self.transcript.last_id:
            self.transcript.append(message)
        else:
            self.show_path()
        if message.role is Role.ASSISTANT:
            self._set_running(True)
            self.withdraw_hint()
            self.turn_began()
        self.show_title()

    def event_received(self, event: ReplyEvent) -> None:
        """Text goes to the transcript; the status line looks at the turn when its phase changed."""
        turn = self.session.turn
        assert turn is not None
        match event:
            case TextDelta(text) | RefusalDelta(text):
                self.transcript.extend(turn.answer_id, text=text)
            case ReasoningDelta(text):
                self.transcript.extend(turn.answer_id, reasoning=text)
            case ReasoningEnded():
                self.transcript.replace(turn.message())
            case BytesReceived():
                return
            case Ping() if monotonic() - self._ping_shown_at < PING_INTERVAL:
                return  # of a flood of pings the clocks show enough
            case Ping():
                self._ping_shown_at = monotonic()
                self.show_status()
                return
            case _:
                self.show_status()
                return
        if turn.phase is not self._phase_shown:
            self.show_status()

    def message_ended(self, message: Message) -> None:
        """The answer took its final form; a question without any answer comes back to the input."""
        self.transcript.replace(message)
        self._set_running(False)
        self.turn_ended(message)
        self.post_message(self.AnswerEnded(message, self.session.conversation.name))
        writing = bool(self.composer.text)
        if message.is_blank and message.status in {Status.FAILED, Status.STOPPED} and message.parent_id:
            self.composer.bring_back(self.session.conversation.messages[message.parent_id].text)
        self.advise(message, writing=writing)
        self.composer.turn_ended(send=message.status in {Status.COMPLETE, Status.LENGTH})

    def saving_failed(self, error: StoreError) -> None:
        """The chat goes on; the journal tells of the trouble by itself."""

    # Inside

    def _new_session(self, conversation: Conversation | None = None) -> Session:
        settings = self.backend.settings.settings
        conversation = conversation or Conversation(system_prompt=settings.system_prompt)
        model = self.models_named.get(conversation.id, self.server.model)
        session = Session(
            Branch.of(conversation),
            Participant(self.server.client, model, stream=settings.stream),
            self.backend.store.journal,
            ledger=self._spending,
            spawn=self._spawn,
        )
        session.subscribe(self)
        return session

    def _spawn(self, reply: Coroutine[Any, Any, None]) -> None:
        """Run a reply in a worker of the app: no screen's end may end it."""
        self.app.run_worker(reply, group="reply", exit_on_error=False)

    @work(exit_on_error=False, group="recall")
    async def _recall(self) -> None:
        with suppress(StoreError):
            self.composer.remember_earlier(await asyncio.to_thread(self.backend.store.library.prompts))

    @work(exit_on_error=False, group="recall")
    async def _open_draft(self) -> None:
        conversation = self.session.conversation
        await self.drafts.open(conversation.id if conversation.messages else "")

    @work(exit_on_error=False, group="warm")
    async def _warm(self) -> None:
        if self.server.trouble is None:
            await self.server.client.warm()
            self.look_at_balance()

    def _set_running(self, running: bool) -> None:
        self.set_class(running, "running")
        make_escape_urgent(self.app, running)
        self.query_one(KeyBar).running = running
        self.composer.busy = running
        if self._clocks is not None:
            self._clocks.stop()
        self._clocks = self.set_interval(STATUS_INTERVAL, self.show_status) if running else None
        self.show_status()

    def show_status(self) -> None:
        turn = self.session.turn
        if turn is not None and not turn.ended:
            self._phase_shown = turn.phase
            self.status_line.line = wording.running(turn.vitals.read())
            return
        answer = self._answer_shown()
        is_of_turn = turn is not None and answer is not None and answer.id == turn.answer_id
        if answer is not None:
            line = wording.ended(answer)
        else:
            line = wording.Line(*wording.IDLE, self._idle_parts())
        facts = (f"{name} {words}" for name, words in self.facts if is_of_turn or name != _("cost"))
        self.status_line.line = replace(line, parts=(*line.parts, *facts))

    def _answer_shown(self) -> Message | None:
        """The last answer, or where another branch is shown, the one at its end; None before there is one."""
        if (turn := self.session.turn) is None:
            return None
        path = self.session.branch.path()
        if any(message.id == turn.answer_id for message in path):
            return turn.message()
        return next((message for message in reversed(path) if message.role is Role.ASSISTANT), None)

    def _idle_parts(self) -> tuple[str, ...]:
        trouble = self.server.trouble
        if not isinstance(trouble, KeyMissing):
            return (trouble.title if trouble else _("ready"),)
        told = not self.session.conversation.messages  # by the welcome
        return wording.without_key() if told else (trouble.title, *wording.without_key())

    def _show_long_work(self, parts: Sequence[str]) -> None:
        if parts and self.is_attached:
            keys = _("{key} quits").format(key=find("quit").key)
            self.status_line.line = wording.Line("◌", "accent", (*parts[:2], keys, *parts[2:]))
        elif self.is_attached:
            self.show_status()

    def _show_conversation(self) -> None:
        empty = not self.session.conversation.messages
        self.query_one(Welcome).display = empty
        self.transcript.display = not empty
        self.show_path()
        self.call_after_refresh(self._open_draft)
        self.call_after_refresh(self.enter)
        self.show_server()

    def show_server(self) -> None:
        self.query_one(Welcome).server = replace(self.server, model=self.session.participant.model)
        self.composer.passed_on = frozenset({"demo"} if self.server.is_demo else ())
        self.show_title()
        self.show_status()
        self.show_turn()
        self.call_after_refresh(self._warm)

    def retranslate(self) -> None:
        self.composer.retranslate()
        self.connection.retranslate()
        self.show_path()
        self.show_status()
        for widget in self.query("*"):
            widget.refresh(layout=True)

    def show_path(self) -> None:
        conversation = self.as_it_is()
        path = conversation.path()
        self.composer.remember([message.text for message in path if message.role is Role.USER])
        alternatives = {}
        for message in path:
            siblings = conversation.siblings(message.id)
            if len(siblings) > 1:
                alternatives[message.id] = (siblings.index(message.id) + 1, len(siblings))
        self.transcript.show(path, alternatives=alternatives, left_out=left_out(self.session.branch))
        self.show_status()

    def show_title(self) -> None:
        bar = self.query_one(TitleBar)
        bar.conversation = self.session.conversation.name
        bar.server = f"{self.session.participant.model} @ {self.server.host}"

    def _show_trouble(self, trouble: StoreError | None) -> None:
        """A mark that stays for as long as something is not saved."""
        self.query_one(TitleBar).unsaved = trouble is not None
        if trouble is not None and type(trouble) is not self._trouble:
            self.tell(trouble)
        self._trouble = type(trouble) if trouble else None

    def tell(self, error: NeurotuiError) -> None:
        text = ". ".join(part for part in (error.cause, error.hint) if part)
        self.notify(clean(text), title=clean_line(error.title), severity="error", timeout=10, markup=False)
