"""Shared by asking one model and asking several: the store, the answer as JSON, remarks on it."""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import Callable, Sequence, Set
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

from neurotui.chat.attachments import Attachment, Blobs
from neurotui.chat.budget import cost_of, not_held
from neurotui.chat.conversation import Conversation, Message, Status
from neurotui.chat.session import Session
from neurotui.cli.answer_files import AnswerFile
from neurotui.cli.output import say
from neurotui.errors import AttachmentLost, StoreError, WorkStopped
from neurotui.i18n import _
from neurotui.wire.parts import Blob

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neurotui.app.accounts import Account
    from neurotui.app.money.prices import Prices
    from neurotui.store.journal import Journal
    from neurotui.store.store import Store

PATIENCE_AFTER_STOP = 0.5
"""Seconds that a slow reader has for the rest of an answer that was stopped."""
SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def tell_lost(session: Session, lost: Set[Blob], tell: Callable[[str], object]) -> None:
    """Tell which files of earlier messages are lost, so that the question goes without them."""
    from neurotui.app.attachments.attachment_text import without_lost

    tell(without_lost(session.branch.path(), lost))


def as_json(message: Message, refusal: str = "", files: Sequence[AnswerFile] = ()) -> dict[str, Any]:
    """Return an answer as `--json` prints it. A refusal is in `text`, too."""
    return {
        "text": message.text,
        "reasoning": message.reasoning,
        "refusal": refusal or None,
        "tool_calls": [asdict(call) for call in message.tool_calls],
        "attachments": [file.as_json for file in files],
        "parts": [asdict(part) for part in message.parts],
        "citations": [asdict(citation) for citation in message.citations],
        "finish_reason": message.finish_reason or None,
        "usage": asdict(message.usage) if message.usage else None,
        "cost": cost_as_json(message),
        "status": message.status,
        "unreadable": message.unreadable,
        "error": asdict(message.error) if message.error else None,
        "model": message.model,
        "asked_model": message.bill.asked_model if message.bill else None,
        "timing": asdict(message.timing) if message.timing else None,
    }


def cost_as_json(message: Message) -> dict[str, Any] | None:
    """Return the cost of an answer, or None if it is not known."""
    cost = cost_of(message)
    if cost is None or message.bill is None:
        return None
    return {
        "amount": cost.amount,
        "currency": cost.currency,
        "source": message.bill.source or "settings",
    }


def explanation(message: Message, files: Sequence[AnswerFile] = ()) -> list[str]:
    """Return what is not in the text: tool calls, sources, files, and how the answer ended if not simply."""
    from neurotui.chat.receipts import receipt

    notes = [
        _("the model asks for {name}({arguments})").format(name=call.name, arguments=call.arguments)
        for call in message.tool_calls
    ]
    sources = enumerate(message.citations, 1)
    notes += [" ".join(filter(None, (f"[{n}]", cited.title, cited.url))) for n, cited in sources]
    notes += [file.note for file in files]
    if ended := receipt(message):
        notes += [ended.line, ended.note] if ended.note else [ended.line]
    return notes


class _MemoryBlobs:
    """Files in memory, before those of earlier messages."""

    def __init__(self, earlier: Blobs | None) -> None:
        from neurotui.store.blobs import BlobStore

        self._memory = BlobStore(None)
        self._earlier = earlier

    def open(self, blob: Blob) -> BinaryIO:
        """Open bytes for reading. Raises AttachmentLost."""
        try:
            return self._memory.open(blob)
        except AttachmentLost:
            if self._earlier is None:
                raise
            return self._earlier.open(blob)

    def put(self, data: bytes) -> Blob:
        """Keep bytes in memory."""
        return self._memory.put(data)


class Unkept:
    """A journal that keeps nothing but the files of answers, in memory: they may have to be written."""

    def __init__(self, earlier: Blobs | None = None) -> None:
        """`earlier` has the files of the conversation so far."""
        self.blobs = _MemoryBlobs(earlier)

    async def begin(self, conversation: Conversation, *messages: Message) -> None:
        """Keep nothing."""

    def append(self, message_id: str, text: str = "", reasoning: str = "") -> None:
        """Keep nothing."""

    def note(self, answer: Message) -> None:
        """Keep nothing."""

    def keep_media(self, answer_id: str, make: Callable[[Blobs], Attachment]) -> asyncio.Future[Attachment]:
        """Keep a file in memory."""
        return asyncio.ensure_future(asyncio.to_thread(make, self.blobs))

    async def finish(self, message: Message) -> None:
        """Keep nothing."""


def open_store() -> Store:
    """Open the conversations on disk."""
    from neurotui.cli.watch import TerminalWatch
    from neurotui.settings.places import data_dir
    from neurotui.store.store import Store

    return Store(data_dir(), TerminalWatch())


def journal_of(store: Store | None, *, keep: bool) -> tuple[Journal | Unkept, Blobs]:
    """Return where an answer goes, and where its files go; with `keep` that is on the disk."""
    if store is not None and keep:
        return store.journal, store.blobs
    unkept = Unkept(store.blobs if store is not None else None)
    return unkept, unkept.blobs


def book(session: Session, *, by_day: bool) -> None:
    """Write what an answer has cost that is not saved; trouble is told where a limit depends on it."""
    answer = session.conversation.messages.get(session.turn.answer_id) if session.turn else None
    if answer is not None and answer.bill is not None and (by_day or answer.bill.prompt_tokens):
        from neurotui.cli.store import write_charge

        try:
            write_charge(answer)
        except StoreError as error:
            if by_day:
                say(str(error))


PRICE_PATIENCE = 2.0
"""Seconds that a program which is about to end waits for prices that it has asked for."""


async def know_prices(prices: Prices, asked: Iterable[tuple[Account, str]]) -> None:
    """Find out the prices of models at their accounts.

    A server is asked where a limit in money needs to know; else what it told before is enough, for nobody
    is to wait for it.
    """
    for account, model in dict.fromkeys(asked):
        await prices.recall(account)
        if prices.are_needed and not prices.holds(model, account):
            await prices.settle(account)


def tell_unpriced(prices: Prices, account: Account, model: str) -> None:
    """Say that a limit in money does not hold a model whose price is not known."""
    if prices.are_needed and not prices.holds(model, account):
        lacks_rate = prices.lacks_rate(model, account.profile, account.ref.address)
        say(not_held(model, lacks_rate=lacks_rate))


async def with_stops(store: Store | None, prices: Prices, account: Account, answer: Message) -> Message:
    """Return a stopped answer with what is known of stops of its model; any other as it is."""
    if store is None or answer.status is not Status.STOPPED:
        return answer
    from neurotui.app.money.stops import Stops

    return await Stops(store.learnt, store.spending, prices).with_counts(account, answer)


def tell_of(store: Store) -> str:
    """Report trouble with the disk; return why nothing can be saved, or "". Raises WorkStopped."""
    if isinstance(store.trouble, WorkStopped):
        raise store.trouble
    trouble = str(store.trouble or "")
    for problem in filter(None, (trouble, store.notice)):
        say(str(problem))
    return trouble


def conversation_of(options: argparse.Namespace, store: Store | None) -> Conversation:
    """Return the conversation to go on with, or a new one."""
    conversation = None
    if options.go_on and store is not None:
        conversation = store.library.latest()
    if conversation is None:
        conversation = Conversation(system_prompt=options.settings.settings.system_prompt)
    return conversation


def take_prompt(options: argparse.Namespace, conversation: Conversation) -> bool:
    """Give a conversation the system prompt of this start, if there is one; True if that is another one."""
    if options.system is None or options.system == conversation.system_prompt:
        return False
    conversation.system_prompt = options.system
    return True
