"""The server's part of `neurotui doctor`: connection, key, models, one tiny answer, one stop."""

from __future__ import annotations

import argparse
import asyncio
import codecs
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from neurotui.api.client import ChatClient
from neurotui.api.endpoint import Endpoint
from neurotui.api.probe import Departure, Probe
from neurotui.api.recording.format import COMPLETE, RecordedChunk, RecordedExchange
from neurotui.app.accounts import Account
from neurotui.app.money.balance_units import balance_unit
from neurotui.chat.budget import any_sum_limit, estimate
from neurotui.chat.conversation import Message, Role, Status, new_id
from neurotui.chat.events import Stopped
from neurotui.chat.state import State
from neurotui.chat.text import clean_line
from neurotui.chat.turn import Turn
from neurotui.cli.account import chosen_account
from neurotui.cli.billing import bill_for, require_budget
from neurotui.cli.reconciliation import add_reconciliation
from neurotui.cli.report import Report, Verdict
from neurotui.cli.store import write_charge
from neurotui.errors import (
    BadKey,
    BalanceExhausted,
    ConfigurationError,
    ConnectionFailed,
    KeyRefused,
    NeurotuiError,
    SilenceTimeout,
    StoreError,
)
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import duration, money, number
from neurotui.settings.config import Settings
from neurotui.wire.events import Failed, Usage
from neurotui.wire.request import ChatRequest, RequestMessage

PATIENCE = 60.0
"""Seconds for the tiny answer; a model that is still writing then is stopped and not blamed."""
SOON = 14 * 24 * 3600
"""A certificate that expires within so many seconds is worth a warning."""

_GREETING = "Reply with exactly this line: Привет 👋 世界"
_COUNTING = "Count from 1 to 40 in words, separated by commas."
_HOPELESS = (ConnectionFailed, ConfigurationError, KeyRefused, BalanceExhausted)
"""After one of these errors nothing else can be tried."""
_HOPELESS_AFTER = (KeyRefused, BalanceExhausted)
"""The errors after which nothing else can be tried, even in the middle of an answer."""


Book = Callable[[Message, Usage], Awaitable[None]]
"""Writes what an answer has cost."""


async def check_server(report: Report, options: argparse.Namespace, environ: Mapping[str, str]) -> None:
    """Check everything from the address to a stopped answer, as far as that gets."""
    report.begin(_("Server"))
    tape: list[RecordedExchange] = []
    name = _("address")
    try:
        server = chosen_account(options, environ, tape.append)
        client = server.client
        assert isinstance(client, ChatClient)
        name = _("key")
        endpoint = await client.endpoint()
    except NeurotuiError as error:
        report.fail(_("key") if isinstance(error, BadKey) else name, error)
        return
    try:
        _add_endpoint(report, endpoint, server)
        probe = None if server.is_demo else Probe(endpoint)
        if probe is not None:
            await _check_way(report, probe)
        report.begin(_("Answers"))
        await _check_models(report, client, server.model)
        await _check_balance(report, client, balance_unit(options.settings.settings, server.profile)[0])
        await asyncio.to_thread(add_reconciliation, report, server, options.settings.settings)
        if not server.is_demo:
            await require_budget(server, options.settings.settings)
        book = partial(_book, server, options.settings.settings)
        await _check_stream(report, client, server.model, tape, endpoint.host, book)
        if probe is not None:
            await _check_stop(report, client, probe, server.model, book)
    except NeurotuiError as error:
        report.fail(_("error"), error)
    finally:
        await client.aclose()


def _add_endpoint(report: Report, endpoint: Endpoint, server: Account) -> None:
    unprotected = _("not protected: everybody on the way can read the key and the conversation")
    report.add(
        _("address"),
        f"{endpoint.base_url} ({unprotected})" if server.unprotected else endpoint.base_url,
        Verdict.WARNING if server.unprotected else Verdict.FACT,
    )
    report.secret = endpoint.secrets
    if endpoint.headers:
        report.add(_("headers sent"), ", ".join(header.name for header in endpoint.headers))
    if endpoint.key is None:
        report.add(_("key"), _("none: the server may want one"))
        return
    masked = _("ends in {end}").format(end=endpoint.key) if endpoint.key.last4 else ""
    source = _("from {source}").format(source=endpoint.key_source) if endpoint.key_source else ""
    report.add(_("key"), ", ".join(filter(None, (masked, source))) or _("given"), Verdict.GOOD)


async def _check_way(report: Report, probe: Probe) -> None:
    """Check the name, TCP and TLS. Raises NeurotuiError."""
    if probe.through_proxy:
        report.add(_("proxy"), f"{probe.host}:{probe.port}")
    took = _Stopwatch()
    addresses = await probe.look_up()
    report.add(_("name"), f"{probe.host} → {', '.join(addresses)} ({took})", Verdict.GOOD)
    took = _Stopwatch()
    connection = await probe.connect()
    try:
        report.add(_("connection"), str(took), Verdict.GOOD)
        took = _Stopwatch()
        security = await probe.secure(connection)
        if security is not None:
            until = datetime.fromtimestamp(security.until, UTC).date().isoformat()
            words = _("{version}, certificate of {issuer} until {date} ({time})").format(
                version=security.version, issuer=security.issuer, date=until, time=took
            )
            fresh = security.until > time.time() + SOON
            report.add("TLS", words, Verdict.GOOD if fresh else Verdict.WARNING)
    finally:
        connection.abort()


async def _check_models(report: Report, client: ChatClient, model: str) -> None:
    took = _Stopwatch()
    try:
        models = await client.models()
    except _HOPELESS:
        raise
    except NeurotuiError as error:
        report.add(_("models"), str(error), Verdict.WARNING)
        return
    count = ngettext("{n} model", "{n} models", len(models)).format(n=number(len(models)))
    known = any(known.id == model for known in models)
    words = _("{model} is one of them") if known else _("{model} is not one of them")
    report.add(
        _("models"),
        f"{count}; {words.format(model=model)} ({took})",
        Verdict.GOOD if known else Verdict.WARNING,
    )


async def _check_balance(report: Report, client: ChatClient, unit: str) -> None:
    balance = await client.balance()
    if balance is None:
        report.add(_("balance"), _("not told"))
    elif balance.remaining is None:
        report.add(_("balance"), _("{used} used, no limit").format(used=money(balance.used, unit)))
    else:
        left, used = money(balance.remaining, unit), money(balance.used, unit)
        report.add(_("balance"), _("{left} left, {used} used").format(left=left, used=used))


async def _check_stream(
    report: Report,
    client: ChatClient,
    model: str,
    tape: Sequence[RecordedExchange],
    host: str,
    book: Book,
) -> None:
    """Ask for one line. Raises NeurotuiError if none comes."""
    report.begin(_("A tiny answer"))
    greeting = ChatRequest(model, [RequestMessage("user", _GREETING)])
    turn = Turn(_answer(model), time.monotonic)
    try:
        async with asyncio.timeout(PATIENCE):
            await client.stream(greeting, turn.apply)
    except TimeoutError:
        _break_off(turn, host)
    message, vitals = turn.message(), turn.vitals
    await book(message, turn.tokens(estimate(greeting)))
    if turn.sent is not None:
        opened = _("over the connection that was open") if turn.sent.reused else _("over a new connection")
        protocol = ", ".join(filter(None, (turn.sent.http_version, turn.sent.tls, opened)))
        report.add(_("request"), protocol)
    if (headers := vitals.since_sent(vitals.accepted_at)) is not None:
        request = f" ({_('request {id}').format(id=turn.request_id)})" if turn.request_id else ""
        report.add(_("headers"), _("after {time}").format(time=duration(headers)) + request, Verdict.GOOD)
    if (first := vitals.since_sent(vitals.first_token_at)) is not None:
        report.add(_("first token"), _("after {time}").format(time=duration(first)), Verdict.GOOD)
    _add_pings(report, vitals.pings, vitals.rhythm)
    if turn.error is not None:
        if message.status is Status.FAILED or isinstance(turn.error, _HOPELESS_AFTER):
            raise turn.error
        report.add(_("end"), str(turn.error), Verdict.BAD)
        return
    _add_text(report, message, tape[-1].pieces)
    if turn.malformed:
        report.add(_("unreadable"), number(turn.malformed), Verdict.WARNING)
    report.add(_("tokens"), _("counted by the server") if message.usage else _("not counted by the server"))
    _add_end(report, message, tape[-1])


def _break_off(turn: Turn, host: str) -> None:
    """End the tiny answer, which has taken long enough, as what it is: being repeated, silent, or long."""
    reading = turn.vitals.read()
    if reading.state is State.RETRYING and reading.retry_error is not None:
        turn.apply(Failed(reading.retry_error))
    elif reading.silent >= turn.vitals.stall_after:
        turn.apply(Failed(SilenceTimeout(host=host, seconds=round(reading.silent))))
    else:
        turn.apply(Stopped(0.0))


def _add_pings(report: Report, count: int, rhythm: float | None) -> None:
    words = ngettext("{n} ping", "{n} pings", count).format(n=number(count)) if count else _("none came")
    if rhythm is not None:
        words += " · " + _("pings came every {time}").format(time=duration(rhythm))
    report.add(_("pings"), words)


def _add_text(report: Report, message: Message, pieces: Sequence[RecordedChunk]) -> None:
    """Report the text: its letters, whether they arrived intact, or what came instead."""
    text = message.text
    shown = clean_line(text, 60)
    if not text.strip():
        name = _("text")
        words = _("no text came")
        if message.tool_calls:
            words = _("no text came: the model asks for a tool")
        elif message.reasoning:
            count = len(message.reasoning)
            words = ngettext(
                "no text came, only {n} character of reasoning",
                "no text came, only {n} characters of reasoning",
                count,
            ).format(n=number(count))
        report.add(name, words, Verdict.WARNING)
    elif "\ufffd" in text:
        report.add(_("letters"), _("some came damaged: {text}").format(text=shown), Verdict.BAD)
    elif not any(map(str.isalpha, text)):
        report.add(_("text"), shown, Verdict.GOOD)
    else:
        split = letters_split(pieces)
        words = ngettext(
            "{n} was cut in two by the network and put together",
            "{n} were cut in two by the network and put together",
            split,
        ).format(n=number(split))
        report.add(_("letters"), f"{shown} ({words})" if split else shown, Verdict.GOOD)


def letters_split(pieces: Sequence[RecordedChunk]) -> int:
    """Return how many pieces end within a UTF-8 character."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    count = 0
    for piece in pieces:
        decoder.decode(piece.data)
        count += bool(decoder.getstate()[0])
    return count


def _add_end(report: Report, message: Message, exchange: RecordedExchange) -> None:
    if message.status is Status.STOPPED:
        said = bool(message.text or message.reasoning or message.tool_calls)
        words = _("still writing after {n} s: neurotui closed the connection")
        if not said:
            words = _("not a word within {n} s, only pings: neurotui closed the connection")
        report.add(_("end"), words.format(n=round(PATIENCE)), Verdict.FACT if said else Verdict.BAD)
        return
    parts = []
    if message.finish_reason:
        parts.append(_("finish reason {reason}").format(reason=message.finish_reason))
    if b"[DONE]" in exchange.body:
        parts.append("[DONE]")
    closed = exchange.end == COMPLETE
    parts.append(_("the server ended it properly") if closed else _("neurotui closed the connection"))
    good = message.status is Status.COMPLETE
    report.add(_("end"), ", ".join(parts), Verdict.GOOD if good else Verdict.BAD)


def _answer(model: str) -> Message:
    """Return an answer that begins now."""
    return Message(new_id(), Role.ASSISTANT, "", created_at=time.time(), status=Status.RUNNING, model=model)


async def _book(server: Account, settings: Settings, answer: Message, tokens: Usage) -> None:
    """Write what an answer has cost, if it came to a server that may bill it; a check saves nothing else."""
    if server.is_demo or not tokens.prompt_tokens:
        return
    bill = await bill_for(server, settings, tokens)
    with suppress(StoreError):
        make = any_sum_limit(settings.budget)
        await asyncio.to_thread(partial(write_charge, replace(answer, bill=bill), make=make))


async def _check_stop(report: Report, client: ChatClient, probe: Probe, model: str, book: Book) -> None:
    """Report whether the server sees its client leave: it does, it does not, or it could not be tried."""
    client.let_go()  # the server may accept only one connection at a time
    try:
        if probe.through_proxy:
            departure = Departure(untried=_("a proxy is on the way"))
        else:
            counting = ChatRequest(model, [RequestMessage("user", _COUNTING)])
            departure = await probe.leave(counting)
            if not departure.untried:
                await book(replace(_answer(model), status=Status.STOPPED), Usage(estimate(counting)))
    except NeurotuiError as error:
        departure = Departure(untried=error.title)
    if departure.seen_after is not None:
        words = _("the server saw its client leave within {time}")
        report.add(_("stop"), words.format(time=duration(departure.seen_after)), Verdict.GOOD)
    elif departure.untried:
        words = _("it could not be tried: {reason}")
        report.add(_("stop"), words.format(reason=departure.untried), Verdict.WARNING)
    else:
        words = _("the server did not see its client leave within {time}: it may go on, and bill the answer")
        report.add(_("stop"), words.format(time=duration(departure.watched_for)), Verdict.WARNING)


class _Stopwatch:
    """Time since it was made, in words as a string."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def __str__(self) -> str:
        return duration(time.monotonic() - self._began)
