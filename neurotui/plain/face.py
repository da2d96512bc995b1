"""The conversation, line by line: what is typed is a question or a command, and is answered before the next.

Whatever goes on elsewhere is told before the next prompt, never inside a line. While an answer is being
written, a line that is typed waits for its end; a command is given at once, and may leave the answer, which
goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from time import monotonic
from typing import Any

from neurotui.app import slash, spoken
from neurotui.app.attachments.chips import as_kept
from neurotui.app.command_set import CommandSet
from neurotui.app.preferences import Preferences
from neurotui.app.services import Services
from neurotui.app.workspace import Workspace
from neurotui.app.workspace_observer import WorkspaceObserver
from neurotui.chat.attachments import Draft
from neurotui.chat.conversation import Message, Role, Status
from neurotui.chat.joining import joined
from neurotui.chat.session import Session
from neurotui.chat.text import clean_line
from neurotui.errors import NeurotuiError, StoreError
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import number
from neurotui.plain.answer import AnswerPrinter
from neurotui.plain.costs import Costs
from neurotui.plain.keyboard import Interrupted, Keyboard
from neurotui.plain.printer import Printer
from neurotui.plain.questions import Questions
from neurotui.plain.waiting_files import WaitingFiles
from neurotui.wire.secrets import key_in

PATIENCE = 0.5
"""Seconds that a slow reader has for the rest when the program is told to end."""
QUIT_WINDOW = 2.0
"""Seconds within which a second Ctrl+C quits."""
LONG_ANSWER = 10.0
"""Seconds from which on the end of an answer rings the bell."""


class PlainFace(WorkspaceObserver):
    """The linear face on a workspace."""

    def __init__(self, services: Services, keyboard: Keyboard) -> None:
        self.services = services
        self.workspace = Workspace(services)
        self.preferences = Preferences(services.settings)
        self.keyboard = keyboard
        self.printer = Printer(self._lost)
        self.questions = Questions(keyboard, self.printer)
        self.costs = Costs(self.workspace, services.store, services.settings, self.questions, self.printer)
        self.files = WaitingFiles(
            services.store.blobs, self.questions, self.say, self.workspace.estimates.rates
        )
        self.commands = CommandSet(self.say)
        self.alone: dict[str, Callable[[], Awaitable[None]]] = {}
        """What is done for a command, by its slash, that wants an argument and was given none."""
        self.take_paths: Callable[[str], Awaitable[bool]] = _no_paths
        """Attaches the files that a line names, if it does nothing else; returns True then."""
        begun = services.conversation
        self.session = self.workspace.hold(begun) if begun is not None else self.workspace.new()
        self.workspace.front = self.session
        self.last: tuple[Status, NeurotuiError | None] | None = None
        """How the last answer in front has ended."""
        self._answer = AnswerPrinter(self.session, self.printer, self.workspace.with_stops)
        self._news: list[str] = []
        self._continued = ""
        """The lines of a message that ended in a backslash so far."""
        self._doubted = ""
        """The last text that looked like a command and was none: given again, it is sent."""
        self._interrupted_at = -QUIT_WINDOW
        self._left = asyncio.Event()
        """Set when the program is to end."""
        self._jobs: set[asyncio.Task[None]] = set()
        self._typing: set[asyncio.Task[None]] = set()
        """Lines that were typed while an answer was being written, and are being taken."""
        self.workspace.subscribe(self)
        services.store.journal.subscribe(on_trouble=self._saving, on_notice=lambda it: self.tell(str(it)))
        keyboard.begin(self._typed, self.interrupt)

    # Saying

    def say(self, sentence: str) -> None:
        """Print a sentence now."""
        self.printer.line(clean_line(sentence, 2000))

    def tell(self, sentence: str) -> None:
        """Print a sentence before the next prompt."""
        self._news.append(clean_line(sentence, 2000))

    # The conversation in front

    @property
    def running(self) -> bool:
        """True if an answer is being written in front."""
        return self.session.running

    async def hold(self, session: Session, *, is_known: bool = False) -> None:
        """Look at another conversation, and print its last lines unless they are known."""
        if session is not self.session:
            self._answer.leave()
            self.session = self.workspace.front = session
            if not is_known:
                name = clean_line(session.conversation.name, 200) or _("new conversation")
                self.printer.line(f"{name}, {clean_line(session.participant.model, 60)}")
                self.print_last()
            self._answer = AnswerPrinter(session, self.printer, self.workspace.with_stops)
            self.warm()
            await self.services.store.journal.enter(session.conversation.id)

    def warm(self) -> None:
        """Open a connection for the next message, and learn prices and balance; not for a pipe."""
        if self.keyboard.is_terminal:
            self.workspace.warm(self.session)

    def print_last(self) -> None:
        """Print the last question of the conversation, and its answer if that has ended."""
        path = list(joined(self.session.snapshot().path()))
        for message in path[-2:]:
            if message.status is not Status.RUNNING:
                self.print_message(message)

    def print_message(self, message: Message) -> None:
        """Print a message as an answer is printed."""
        self.printer.lines(spoken.message(message))

    async def send(self, text: str) -> None:
        """Ask, if nothing speaks against it."""
        session, account = self.session, self.workspace.account_of(self.session)
        if account.trouble is not None:
            self.say(str(account.trouble))
            return
        if not await self.files.are_meant(session, account):
            return
        draft = Draft(text, self.files.of(session))
        has_key = bool(key_in(text))
        if has_key and not await self.questions.confirmed(
            _("The message seems to hold a key"), _("Send it"), _("Do not send it")
        ):
            return
        if not await self.costs.agreed(session, draft):
            return
        if session.running:
            self.workspace.queue(session, draft)
            self.services.store.journal.draft(
                session.conversation.id, as_kept(draft), attachments=draft.attachments
            )
            self.say(_("It will be sent when the answer ends"))
        else:
            session.send(draft.text, draft.attachments)
        self.files.put(session, ())

    # Running

    async def run(self, begin: Callable[[], Awaitable[None]]) -> None:
        """Do what comes first, then take lines until the end of input or the command to quit."""
        try:
            await self._serve(begin)
        finally:
            self._answer.leave()
            await self.workspace.aclose()
            await self.services.store.aclose()
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE if self._left.is_set() else None):
                    await self.printer.drained()

    async def _serve(self, begin: Callable[[], Awaitable[None]]) -> None:
        """Take one line after another until it is time to leave, whatever is waited for then."""
        leaving = asyncio.ensure_future(self._left.wait())
        serving = asyncio.ensure_future(self._take_lines(begin))
        await asyncio.wait([leaving, serving], return_when=asyncio.FIRST_COMPLETED)
        for task in (leaving, serving, *self._jobs):
            task.cancel()
        if serving.done() and not serving.cancelled():
            serving.result()

    async def _take_lines(self, begin: Callable[[], Awaitable[None]]) -> None:
        await begin()
        while (line := await self._next()) is not None:
            await self._take(line)
        await self._answered()
        await self.printer.drained()

    async def _next(self) -> str | None:
        """Return the next line, after all that there is to tell."""
        while True:
            await self._answered()
            if self._typing:  # they may ask something, and that comes before another prompt
                await asyncio.wait(self._typing)
                continue
            self.printer.lines(self._news)
            self._news.clear()
            await self.costs.tell_failing(self.session)
            await self.printer.drained()
            try:
                return await self.keyboard.line("> " if self.keyboard.is_terminal else "")
            except Interrupted:
                self.printer.line("")
                self.interrupt()

    async def _answered(self) -> None:
        """Wait until nothing is being written in front; of a queue, until it is empty."""
        while not self._answer.ended.is_set():
            self.keyboard.hear(True)
            await self._answer.ended.wait()
            self.keyboard.hear(False)
            await asyncio.sleep(0)  # a message that waited is sent now

    async def _take(self, line: str) -> None:
        """Do what a line says."""
        if line.endswith("\\") and not line.endswith("\\\\"):
            self._continued += line[:-1] + "\n"
            return
        text, self._continued = self._continued + line, ""
        if not self.keyboard.is_terminal and text.strip():
            self.printer.lines(f"> {row}" for row in spoken.rows(text))
        is_demo = self.workspace.account_of(self.session).is_demo
        passed_on = frozenset({"demo"} if is_demo else ())
        match slash.read(text, self.commands.offered(), passed_on):
            case slash.Call(command, argument):
                await self.run_command(command.name, *([argument] if argument else []))
            case slash.Doubtful(name=name, command=command) if command is not None and name in self.alone:
                await self.alone[name]()
            case slash.Text() | slash.Doubtful(command=None) if await self.take_paths(text):
                pass
            case slash.Doubtful() if text == self._doubted:
                await self.send(text)
            case slash.Doubtful() as doubtful:
                self.say(slash.doubt(doubtful))
                self._doubted = text
            case slash.Text(text) if text.strip():
                await self.send(text)

    async def run_command(self, name: str, *arguments: str) -> None:
        """Do what a command does, and say what was wrong."""
        try:
            await self.commands.run(name, *arguments)
        except NeurotuiError as error:
            self.say(str(error))
        if not self.running:
            await self.costs.tell_reread(self.session)

    def _typed(self, line: str) -> None:
        """Take a line that was typed while an answer is being written."""
        job = self.work(self._take(line))
        self._typing.add(job)
        job.add_done_callback(self._typing.discard)

    # Leaving

    def interrupt(self) -> None:
        """Stop the answer in front; if there is none, quit, but on a terminal only the second time."""
        if any(session.running for session in self.workspace.sessions_of(self.session.conversation.id)):
            self.work(self.workspace.stop_in(self.session))
        elif not self.keyboard.is_terminal or monotonic() - self._interrupted_at < QUIT_WINDOW:
            self.quit()
        else:
            self._interrupted_at = monotonic()
            self.say(_("Press Ctrl+C once more to quit"))

    async def leave(self) -> None:
        """Quit; ask first if something is being written."""
        count = len(self.workspace.running)
        question = ngettext("An answer is being written", "{n} answers are being written", count)
        if not count or await self.questions.confirmed(
            question.format(n=number(count)), _("Stop and quit"), _("Stay")
        ):
            self.quit()

    def quit(self) -> None:
        """Quit without a question."""
        self._left.set()

    def _lost(self) -> None:
        """Quit because nobody reads."""
        self.quit()

    # As an observer of the workspace

    def reply_ended(self, session: Session, answer: Message) -> None:
        if session is self.session:
            self.last = answer.status, session.turn.error if session.turn else None
            if answer.timing is not None and (answer.timing.total or 0.0) > LONG_ANSWER:
                self.printer.bell()
        elif session.conversation is not self.session.conversation:  # else it is one that is compared
            self.tell(spoken.ended_elsewhere(session.conversation.name, answer))

    def queue_sent(self, session: Session, draft: Draft) -> None:
        self.services.store.journal.draft(session.conversation.id, "")

    def queue_returned(self, session: Session, draft: Draft) -> None:
        words = _("Not sent, because the answer did not end well: {text}")
        self.tell(words.format(text=clean_line(draft.text)))
        self._take_back(session, draft)

    def queue_too_dear(self, session: Session, draft: Draft, why: str) -> None:
        self.tell(_("Not sent: {text}").format(text=clean_line(draft.text)))
        self.tell(spoken.joined(why.split(" · ")))
        self._take_back(session, draft)

    def _take_back(self, session: Session, draft: Draft) -> None:
        """Have the files of a message that was not sent go with the next one."""
        self.files.put(session, (*draft.attachments, *self.files.of(session)))
        rates = self.workspace.estimates.known_rates(session)
        for each in draft.attachments:
            self.tell(spoken.attached(each, rates))

    def _saving(self, trouble: StoreError | None) -> None:
        if trouble is not None:
            self.tell(str(trouble))

    # For commands

    def work(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something beside what is done now."""
        job = asyncio.get_running_loop().create_task(work)
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)
        return job

    def whole_answers(self) -> list[Message]:
        """Return the answers of the conversation, joined, the oldest first."""
        return [each for each in joined(self.session.branch.path()) if each.role is Role.ASSISTANT]


async def _no_paths(text: str) -> bool:
    """Attach nothing."""
    return False
