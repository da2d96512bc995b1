"""`neurotui ask -m a -m b`: the same question to several models at the same time.

Each answer is printed whole when it ends, under the name of its model, for two that stream cannot share one
output. They are siblings in one conversation, as those of a comparison in the chat are.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from neurotui.app.accounts import Account, account_of, demo_account
from neurotui.app.comparison import MOST, ask_all, reserved
from neurotui.app.money.ledger import Ledger
from neurotui.app.money.prices import Prices
from neurotui.app.participants import Contender
from neurotui.app.wording import StatusText, seconds
from neurotui.chat.branch import Branch
from neurotui.chat.budget import any_sum_limit
from neurotui.chat.conversation import Message, Role, Status, user_message
from neurotui.chat.participant import Participant
from neurotui.chat.session import Session
from neurotui.cli import codes
from neurotui.cli.account import chosen_account
from neurotui.cli.answer_files import AnswerFile, files_of, output_folder, write_files
from neurotui.cli.ask_costs import Costs
from neurotui.cli.ask_files import Asked
from neurotui.cli.asking import (
    PATIENCE_AFTER_STOP,
    PRICE_PATIENCE,
    SIGNALS,
    as_json,
    book,
    conversation_of,
    explanation,
    journal_of,
    know_prices,
    open_store,
    take_prompt,
    tell_lost,
    tell_of,
    tell_unpriced,
    with_stops,
)
from neurotui.cli.exit_codes import EXIT_FAILED, EXIT_PIPE_CLOSED, EXIT_STOPPED
from neurotui.cli.output import printable, say
from neurotui.cli.pager import say_after_pager
from neurotui.cli.pipe import Output
from neurotui.cli.progress import Progress
from neurotui.errors import NeurotuiError, NotCompared, StoreError
from neurotui.i18n import _
from neurotui.settings.api_keys import key_file
from neurotui.settings.config import DEFAULT_PROFILE
from neurotui.settings.credentials import resolve
from neurotui.wire.events import FilesChecked, Reconnected, RefusalDelta, ReplyEvent, RetryScheduled


def run(question: Asked, options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Ask all models that the arguments name; return the exit code."""
    try:
        if len(options.models) > MOST:
            raise NotCompared(reason=_("at most {n} models can be compared").format(n=MOST))
        if options.record is not None:
            raise NotCompared(reason=_("a recording is of one model"))
        asked = _contenders(options, environ)
        for contender in asked:
            if contender.account.trouble is not None:
                raise contender.account.trouble
        code, notes = asyncio.run(_ask(question, asked, options, output_folder(options)))
        say_after_pager(notes)
        return code
    except NeurotuiError as error:
        if options.json:
            refused = Message("", Role.ASSISTANT, "", status=Status.FAILED, error=error.record())
            print(_json_line(as_json(refused)))
        else:
            say(str(error))
        return codes.of_error(error)


@dataclass(eq=False)
class _Answering:
    """Observes one session, and has its answer printed when that ends."""

    name: str
    """The model as it was named, and which one it is where it was named before."""
    session: Session
    printer: _Printer
    refusal: list[str] = field(default_factory=list)

    def message_added(self, message: Message) -> None:
        """Do nothing: the question is known, and the answer has no text yet."""

    def event_received(self, event: ReplyEvent) -> None:
        """Tell of what is sent again: nothing is sent twice in secret."""
        match event:
            case RefusalDelta(text):
                self.refusal.append(text)
            case RetryScheduled(error):
                self.printer.tell(self.name, error.title)
            case FilesChecked(lost=lost) if lost:
                tell_lost(self.session, lost, partial(self.printer.tell, self.name))
            case Reconnected():
                from neurotui.app.wording import reconnected

                self.printer.tell(self.name, reconnected())
            case _:
                pass

    def message_ended(self, message: Message) -> None:
        """Print the answer."""
        self.printer.answer_ended(self, message)

    def saving_failed(self, error: StoreError) -> None:
        """Report new trouble once; the answers go on."""
        self.printer.saving_failed(error)


class _Printer:
    """Standard output and standard error, for all of them."""

    def __init__(
        self, write: Callable[[Message], Sequence[AnswerFile]] = files_of, *, json: bool, told: str
    ) -> None:
        """`write` writes the files of an answer, if they are wanted.

        `told` is the trouble with the disk that was reported.
        """
        self.notes: list[str] = []
        """Remarks on the answers, one line each."""
        self._explained: list[tuple[_Answering, Message, Sequence[AnswerFile]]] = []
        """The answers that have ended, in that order."""
        self.signal: int | None = None
        """The signal that came, if any."""
        self.interrupted = False
        """True if a signal came or the reader is gone."""
        self.sessions: list[Session] = []
        self.output = Output(on_closed=self.stop)
        self._progress = Progress()
        self._write = write
        self._json = json
        self._told = told
        self._ended = 0
        self._began = asyncio.get_running_loop().time()
        self._stops: set[asyncio.Task[None]] = set()

    def begin(self) -> None:
        """Have signals stop all, and show how many are awaited."""
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            with suppress(NotImplementedError):  # on Windows, Ctrl+C cancels the coroutine
                loop.add_signal_handler(number, self._stop_by, number)
        self._progress.show(self._line)

    def answer_ended(self, answering: _Answering, message: Message) -> None:
        """Print an answer whole."""
        self._ended += 1
        files = self._write(message)
        if self.output.is_seen or self._ended == len(self.sessions):
            self._progress.clear()  # from now on the answers are seen
        if self._json:
            self.output.put(_json_line(as_json(message, "".join(answering.refusal), files)) + "\n")
        elif message.text:
            gap = "\n" if message.text.endswith("\n") else "\n\n"
            self.output.put(f"==> {answering.name} <==\n{message.text}{gap}")
        self._explained.append((answering, message, files))

    def tell(self, name: str, words: str) -> None:
        """Print a remark on one of them."""
        self._progress.clear()
        say(f"{name}: {words}")
        if not (self._ended and self.output.is_seen):
            self._progress.show(self._line)

    def saving_failed(self, error: StoreError) -> None:
        """Report new trouble once."""
        if str(error) != self._told:
            self._told = str(error)
            say(self._told)

    def stop(self) -> None:
        """Stop all that run; if all have ended already, stop waiting for a slow reader."""
        self.interrupted = True
        running = [session for session in self.sessions if session.running]
        for session in running:
            self._stops.add(asyncio.get_running_loop().create_task(session.stop()))
        if not running:
            self.output.give_up()

    async def explain(self, with_stops: Callable[[Session, Message], Awaitable[Message]]) -> None:
        """Make the remarks; `with_stops` adds to a stopped answer what is known of stops."""
        for answering, message, files in self._explained:
            told = await with_stops(answering.session, message)
            self.notes += [f"{answering.name}: {note}" for note in explanation(told, files)]

    async def end(self) -> None:
        """Return when all is written, or nobody reads."""
        self._progress.clear()
        self.output.end()
        await self.output.drained(PATIENCE_AFTER_STOP if self.interrupted else None)

    def _stop_by(self, number: int) -> None:
        self.signal = number
        self.stop()

    def _line(self) -> StatusText:
        count = len(self.sessions)
        words = _("{n} of {all} answers have ended").format(n=self._ended, all=count)
        return StatusText("●", "accent", (words, seconds(asyncio.get_running_loop().time() - self._began)))


async def _ask(
    question: Asked, asked: Sequence[Contender], options: argparse.Namespace, folder: Path | None
) -> tuple[int, list[str]]:
    """Ask; return the exit code and remarks on the answers."""
    settings = options.settings.settings
    stream = settings.stream and not options.no_stream
    by_day = any_sum_limit(settings.budget)
    store = open_store() if options.go_on or not options.no_save or by_day else None
    ledger = Ledger.of(lambda: settings, store)
    ledger.prices.patience = PRICE_PATIENCE
    sessions: list[Session] = []
    try:
        conversation = conversation_of(options, store)  # raises if the store cannot be read
        take_prompt(options, conversation)
        await know_prices(ledger.prices, [(each.account, each.model) for each in asked])
        _warn(asked, ledger.prices, stream=stream)
        told = tell_of(store) if store is not None and (options.go_on or not options.no_save) else ""
        journal, blobs = journal_of(store, keep=not options.no_save)
        draft = await question.draft(blobs, asked)
        asked_for = user_message(draft.text, conversation.leaf_id, draft.attachments)
        async with reserved(ledger, conversation, asked_for, asked) as answer_ids:
            for each in asked:
                each.account.client.blobs = blobs
            sessions = [
                Session(
                    Branch.of(conversation),
                    Participant(each.account.client, each.model, stream=stream, profile=each.account.profile),
                    journal,
                    ledger=ledger,
                )
                for each in asked
            ]
            accounts = {session: each.account for session, each in zip(sessions, asked, strict=True)}
            costs = Costs(store, ledger, settings, accounts.__getitem__)
            await costs.tell_together(sessions, draft)
            write = partial(write_files, blobs=blobs, folder=folder)
            printer = _Printer(write, json=options.json, told=told)
            printer.sessions = sessions
            for name, session in zip(_names(options.models), sessions, strict=True):
                session.subscribe(_Answering(name, session, printer))
            printer.begin()
            replies = ask_all(sessions, draft, answer_ids)
        try:
            answers = await _answers(sessions, replies)
            await printer.end()
            await printer.explain(lambda each, said: with_stops(store, ledger.prices, accounts[each], said))
            for session in sessions if not options.no_save else ():
                await costs.learn(session)
        finally:
            for session in sessions:
                if options.no_save and (by_day or not options.demo):
                    book(session, by_day=by_day)
    finally:
        await ledger.aclose()  # nothing more is asked for prices
        await asyncio.gather(*(account.client.aclose() for account in {each.account for each in asked}))
        if store is not None:
            await store.aclose()
    return _code(sessions, answers, printer), printer.notes


async def _answers(sessions: Sequence[Session], replies: Sequence[asyncio.Future[Message]]) -> list[Message]:
    """Return the answers when all have ended."""
    try:
        return await asyncio.shield(asyncio.gather(*replies))
    except asyncio.CancelledError:
        await asyncio.gather(*(session.stop() for session in sessions))
        raise


def _code(sessions: Sequence[Session], answers: Sequence[Message], printer: _Printer) -> int:
    if printer.output.trouble:
        say(_("standard output cannot be written: {reason}").format(reason=printer.output.trouble))
        return EXIT_FAILED
    if printer.output.closed:
        return EXIT_PIPE_CLOSED
    found = {
        codes.of_answer(answer.status, session.turn.error if session.turn else None)
        for session, answer in zip(sessions, answers, strict=True)
    }
    code = codes.of_several(found)
    return 128 + printer.signal if code == EXIT_STOPPED and printer.signal is not None else code


def _contenders(options: argparse.Namespace, environ: Mapping[str, str]) -> list[Contender]:
    """Return who is named: `profile:model`, or a model at the server in use. Raises ConfigurationError."""
    profiles = {DEFAULT_PROFILE, *options.settings.settings.profiles}
    accounts: dict[str, Account] = {}
    found = []
    for name in options.models:
        profile, colon, model = name.partition(":")
        if not (colon and model and profile in profiles) or options.demo:
            profile, model = "", name
        if profile not in accounts:
            accounts[profile] = _account(options, environ, profile)
        found.append(Contender(accounts[profile], model))
    return found


def _account(options: argparse.Namespace, environ: Mapping[str, str], profile: str) -> Account:
    if options.demo:
        return demo_account()
    if not profile:
        return chosen_account(options, environ)
    return account_of(resolve(environ, options.settings.settings, profile=profile, key_file=key_file()))


def _warn(asked: Sequence[Contender], prices: Prices, *, stream: bool) -> None:
    """Say what is to be known before a question leaves."""
    for host in dict.fromkeys(each.account.host for each in asked if each.account.unprotected):
        say(_("the key and the conversation go to {host} unprotected").format(host=host))
    if not stream:
        say(_("without streaming, a stop does not stop the bill"))
    for each in dict.fromkeys(asked):
        tell_unpriced(prices, each.account, each.model)


def _names(models: Sequence[str]) -> list[str]:
    """Return the headings: a model that is named again gets its number."""
    return [
        name if models.count(name) == 1 else f"{name} ({models[: at + 1].count(name)})"
        for at, name in enumerate(models)
    ]


def _json_line(data: object) -> str:
    return printable(json.dumps(data, ensure_ascii=False))
