"""`neurotui replay`: play a recording through the real client, on the real screen or into a pipe."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from neurotui.api.client import ChatClient
from neurotui.api.endpoint import Endpoint, Secret, normalise_base_url
from neurotui.api.recording.format import RecordedExchange, read
from neurotui.app.accounts import Account
from neurotui.app.server_refs import RECORDING
from neurotui.chat.attachments import Draft
from neurotui.chat.branch import Branch
from neurotui.chat.conversation import Conversation, Message, Role, new_id
from neurotui.chat.participant import Participant
from neurotui.chat.session import Session
from neurotui.cli import codes
from neurotui.cli.ask import Answering
from neurotui.cli.asking import Unkept
from neurotui.cli.output import say, why_not_drawn
from neurotui.cli.pager import say_after_pager
from neurotui.errors import BadBaseURL, RecordingUnusable

if TYPE_CHECKING:
    from neurotui.api.recording.player import ReplayTransport

_UNKNOWN_KEY = Secret("*" * 16)
"""Stands for the key, which a recording does not have: a server that refused a key did get one."""


def run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Play the recording; return the exit code."""
    try:
        exchanges = read(Path(options.file))
        if sys.stdin.isatty() and sys.stdout.isatty() and not options.json and not why_not_drawn():
            return _show(exchanges, options, environ)
        code, notes = asyncio.run(_print(exchanges, options))
        say_after_pager(notes)
        return code
    except RecordingUnusable as error:
        say(str(error))
        return codes.of_error(error)


def question_of(exchange: RecordedExchange) -> str:
    """Return the user's last question."""
    asked = (message for message in reversed(_messages(exchange)) if message.get("role") == Role.USER)
    return _text(next(asked, {}))


def conversation_before(exchange: RecordedExchange) -> Conversation:
    """Return the conversation before the last question."""
    conversation = Conversation()
    for message in _messages(exchange)[:-1]:
        text = _text(message)
        if message.get("role") == Role.SYSTEM:
            conversation.system_prompt = text
        elif message.get("role") in (Role.USER, Role.ASSISTANT):
            said = Message(new_id(), Role(message["role"]), text, conversation.leaf_id)
            conversation.put(said)
    return conversation


async def _print(exchanges: list[RecordedExchange], options: argparse.Namespace) -> tuple[int, list[str]]:
    answering = Answering(json=options.json)
    server = _account_of(exchanges, options.speed, answering.stop)
    branch = Branch.of(conversation_before(exchanges[0]))
    session = Session(branch, Participant(server.client, server.model), Unkept())
    session.subscribe(answering)
    try:
        code = 0
        while exchanges and not answering.interrupted:
            code = await answering.ask(session, Draft(question_of(exchanges[0])))
            if exchanges:
                for note in answering.notes:
                    say(note)
        return code, answering.notes
    finally:
        await server.client.aclose()


def _show(exchanges: list[RecordedExchange], options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from neurotui.app.accounts import Accounts, demo_account
    from neurotui.app.services import Places, Services
    from neurotui.cli.log import start_log
    from neurotui.settings.api_keys import key_file
    from neurotui.settings.places import exports_dir, state_dir
    from neurotui.store.store import Store
    from neurotui.tui.app import NeurotuiApp
    from neurotui.tui.replay import Replay

    start_log(state_dir())
    with tempfile.TemporaryDirectory(prefix="neurotui-") as folder:
        replay = Replay(lambda: question_of(exchanges[0]) if exchanges else None)
        account = _account_of(exchanges, options.speed, lambda: replay.stop_answer())
        conversation = conversation_before(exchanges[0])
        conversation.profile = account.ref.mark  # for nothing of it to go to a server
        services = Services(
            account,
            demo_account,
            Store(Path(folder)),
            Places(exports_dir()),
            Accounts(options.settings, environ, key_file()),
            options.settings,
            conversation=conversation,
        )
        app = NeurotuiApp(services, (replay.join,))
        app.run()
    return app.return_code or 0


def _account_of(exchanges: list[RecordedExchange], speed: float, on_closed: Callable[[], None]) -> Account:
    """Return a server that answers from a recording; each answer takes exchanges off the list."""
    url = "http://recording"
    with suppress(BadBaseURL):
        url = normalise_base_url(exchanges[0].url)

    def transport() -> ReplayTransport:
        from neurotui.api.recording.player import ReplayTransport

        return ReplayTransport(exchanges, speed, on_closed)

    model = str(exchanges[0].request.get("model", ""))
    client = ChatClient(Endpoint(url, _UNKNOWN_KEY), transport=transport)
    return Account(client, model, urlsplit(url).netloc, address=RECORDING)


def _messages(exchange: RecordedExchange) -> list[dict[str, Any]]:
    messages = exchange.request.get("messages")
    return (
        [message for message in messages if isinstance(message, dict)] if isinstance(messages, list) else []
    )


def _text(message: Mapping[str, Any]) -> str:
    match message.get("content"):
        case str(text):
            return text
        case list(parts):
            texts = (part.get("text") for part in parts if isinstance(part, dict))
            return "".join(text for text in texts if isinstance(text, str))
    return ""
