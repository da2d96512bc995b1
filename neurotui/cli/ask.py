"""`neurotui ask`: one question, and the answer on standard output; everything else goes to standard error.

The session is the same as in the chat, with an observer that prints.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from neurotui.app.accounts import Account, Accounts
from neurotui.app.money.ledger import Ledger
from neurotui.app.money.prices import Prices
from neurotui.app.participants import Contender, Participants, take_flags
from neurotui.chat.attachments import Draft
from neurotui.chat.branch import Branch
from neurotui.chat.budget import any_sum_limit
from neurotui.chat.conversation import Message, Role, Status
from neurotui.chat.participant import Participant
from neurotui.chat.session import Session
from neurotui.cli import codes
from neurotui.cli.account import chosen_account, names_server, recording
from neurotui.cli.answer_files import AnswerFile, files_of, output_folder, write_files
from neurotui.cli.ask_costs import Costs
from neurotui.cli.ask_files import Asked, piped_file
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
from neurotui.cli.exit_codes import EXIT_FAILED, EXIT_PIPE_CLOSED, EXIT_USAGE
from neurotui.cli.output import (
    json_text,
    print_json,
    say,
)
from neurotui.cli.pager import say_after_pager
from neurotui.cli.pipe import Output
from neurotui.cli.piped import check_argument, read_question
from neurotui.cli.progress import TurnProgress
from neurotui.errors import NeurotuiError, StoreError
from neurotui.i18n import _
from neurotui.settings.api_keys import key_file
from neurotui.wire.events import (
    FilesChecked,
    ReasoningEnded,
    Reconnected,
    RefusalDelta,
    ReplyEvent,
    RetryScheduled,
    TextDelta,
)

if TYPE_CHECKING:
    from neurotui.chat.turn import Turn

MOST_ASKED = 32_000_000
"""Most characters of a question: more than any model reads, less than would fill the memory."""


def run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Ask; return the exit code."""
    try:
        check_argument(options.system or "")
        folder = output_folder(options)
        piped = piped_file(options.files, options.words)
        most = 4 * MOST_ASKED + 4  # no character has more than four bytes
        question = Asked(
            read_question(options.words, most, is_read=piped is not None), tuple(options.files), piped
        )
        prompt = question.text
        if len(prompt) > MOST_ASKED:
            say(_("the question is longer than {n} million characters").format(n=MOST_ASKED // 1_000_000))
            return EXIT_USAGE
        if not prompt.strip() and not options.files:
            say(_("there is nothing to ask: give a question, or pipe one in"))
            return EXIT_USAGE
        if len(getattr(options, "models", ())) > 1:
            from neurotui.cli import ask_many

            return ask_many.run(question, options, environ)
        record = recording(options)
        keep = record.append if record else None
        server = chosen_account(options, environ, keep)
        if server.trouble is not None and not options.go_on:
            raise server.trouble
        if record is not None:
            record.create()
        code, notes = asyncio.run(
            _ask(question, server, Accounts(options.settings, environ, key_file(), keep), options, folder)
        )
        say_after_pager(notes)
        if record is not None and record.trouble is not None:
            say(str(record.trouble))
        return code
    except NeurotuiError as error:
        if options.json:
            refused = Message("", Role.ASSISTANT, "", status=Status.FAILED, error=error.record())
            print_json(as_json(refused))
        else:
            say(str(error))
        return codes.of_error(error)


class Answering:
    """Observer that prints a session's answer: the text as it comes, or all of it as JSON."""

    def __init__(self, write: Callable[[Message], Sequence[AnswerFile]] = files_of, *, json: bool) -> None:
        """`write` writes the files of an answer, if they are wanted. It blocks."""
        self.interrupted = False
        """True if a signal came or the reader is gone."""
        self.notes: list[str] = []
        """Remarks on the finished answer, one line each."""
        self.told = ""
        """The last trouble with the disk that was reported."""
        self.with_stops: Callable[[Message], Awaitable[Message]] | None = None
        """Adds to a stopped answer what is known of stops; None where nothing is."""
        self._write = write
        self._json = json
        self._refusal: list[str] = []
        self._stops: set[asyncio.Task[None]] = set()
        self._signal: int | None = None

    async def ask(self, session: Session, draft: Draft) -> int:
        """Ask, print the answer, and return the exit code. Signals stop the answer."""
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            with suppress(NotImplementedError):  # on Windows, Ctrl+C cancels this coroutine
                loop.add_signal_handler(number, self._stop_by, number)
        self._session = session
        self._refusal.clear()
        self.notes = []
        self._output = Output(on_closed=self._interrupt)
        self._progress = TurnProgress()
        reply = session.send(draft.text, draft.attachments)
        try:
            message = await asyncio.shield(reply)
        except asyncio.CancelledError:
            await session.stop()
            raise
        if self.with_stops is not None:
            message = await self.with_stops(message)
        files = await asyncio.to_thread(self._write, message) if message.attachments else ()
        if self._json:
            self._output.put(json_text(as_json(message, "".join(self._refusal), files)) + "\n")
        self._output.end()
        await self._output.drained(PATIENCE_AFTER_STOP if message.status is Status.STOPPED else None)
        if self._output.trouble:
            say(_("standard output cannot be written: {reason}").format(reason=self._output.trouble))
            return EXIT_FAILED
        if self._output.closed:
            return EXIT_PIPE_CLOSED
        self.notes = explanation(message, files)
        if self._signal is not None:
            return 128 + self._signal
        assert session.turn is not None
        code = codes.of_answer(message.status, session.turn.error)
        return code or (EXIT_FAILED if any(file.trouble for file in files) else 0)

    def stop(self) -> None:
        """Stop the answer; if it has ended already, stop waiting for a slow reader."""
        if self._session.running:
            self._stops.add(asyncio.get_running_loop().create_task(self._session.stop()))
        else:
            self._output.give_up()

    def message_added(self, message: Message) -> None:
        """Do nothing: the question is known, and the answer has no text yet."""

    def event_received(self, event: ReplyEvent) -> None:
        """Print text as it comes."""
        assert self._session.turn is not None
        match event:
            case TextDelta(text) | RefusalDelta(text) if not self._json:
                if self._output.is_seen:
                    self._progress.end()
                self._output.put(text)
            case RefusalDelta(text):
                self._refusal.append(text)
            case ReasoningEnded(mark) if not self._json:
                self._output.put(mark)  # the text before it is printed already
            case RetryScheduled(error) if not self._progress.shows:
                self._announce(error, self._session.turn)
            case FilesChecked(lost=lost) if lost:
                tell_lost(self._session, lost, say)
            case Reconnected() if not self._progress.shows:
                from neurotui.app.wording import reconnected

                say(reconnected())
            case _:
                pass
        self._progress.look(self._session.turn)

    def message_ended(self, message: Message) -> None:
        """Take the progress line away."""
        self._progress.clear()

    def saving_failed(self, error: StoreError) -> None:
        """Report new trouble once; the answer goes on."""
        if str(error) != self.told:
            self.told = str(error)
            say(self.told)

    def _announce(self, error: NeurotuiError, turn: Turn) -> None:
        """Print that a request is repeated, if no countdown shows it: nothing is sent twice in secret."""
        from neurotui.app.wording import running

        _brief, *parts = running(turn.vitals.read()).parts
        say(" · ".join((error.title, *parts)))

    def _stop_by(self, number: int) -> None:
        self._signal = number
        self._interrupt()

    def _interrupt(self) -> None:
        self.interrupted = True
        self.stop()


async def _ask(
    question: Asked, chosen: Account, accounts: Accounts, options: argparse.Namespace, folder: Path | None
) -> tuple[int, list[str]]:
    """Ask an account, or that of the conversation to go on with; return the exit code and remarks."""
    settings = options.settings.settings
    opening = asyncio.ensure_future(chosen.client.warm()) if not options.go_on else None
    await asyncio.sleep(0)  # the connection opens while the question goes to the disk
    by_day = any_sum_limit(settings.budget)
    store = open_store() if options.go_on or not options.no_save or by_day else None
    ledger = Ledger.of(lambda: settings, store)
    ledger.prices.patience = PRICE_PATIENCE
    journal, blobs = journal_of(store, keep=not options.no_save)
    participants = Participants(chosen, accounts, options.settings, journal, blobs)
    answering = Answering(partial(write_files, blobs=blobs, folder=folder), json=options.json)
    try:
        conversation = conversation_of(options, store)  # raises if the store cannot be read
        is_new_prompt = take_prompt(options, conversation)
        take_flags(conversation, chosen, server=names_server(options), model=options.model or "")
        server = participants.account_of(conversation)
        if server.trouble is not None:
            raise server.trouble
        participant = participants.participant_of(conversation)
        participant = replace(participant, stream=participant.stream and not options.no_stream)
        await know_prices(ledger.prices, [(server, participant.model)])
        _tell_of_asking(server, participant, ledger.prices)
        if store is not None and (options.go_on or not options.no_save):
            answering.told = tell_of(store)
        draft = await question.draft(blobs, [Contender(server, participant.model)])
        session = Session(Branch.of(conversation), participant, journal, ledger=ledger)
        session.subscribe(answering)
        answering.with_stops = partial(with_stops, store, ledger.prices, server)
        costs = Costs(store, ledger, settings, lambda _session: server)
        await costs.tell(session, draft, is_new_prompt=is_new_prompt)
        try:
            code = await answering.ask(session, draft)
            if not options.no_save:
                await costs.learn(session)
        finally:
            if options.no_save and (by_day or not server.is_demo):
                book(session, by_day=by_day)
    finally:
        if opening is not None:
            opening.cancel()
        await ledger.aclose()  # nothing more is asked for prices
        for account in participants.known_accounts():
            await account.aclose()
        if store is not None:
            await store.aclose()
    return code, answering.notes


def _tell_of_asking(server: Account, participant: Participant, prices: Prices) -> None:
    """Say what the user should know before anything leaves."""
    if server.unprotected:
        say(_("the key and the conversation go to {host} unprotected").format(host=server.host))
    if not participant.stream:
        say(_("without streaming, a stop does not stop the bill"))
    tell_unpriced(prices, server, participant.model)
