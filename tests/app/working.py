"""A workspace on a real store, whose accounts talk to a real server on loopback.

async with Server(script) as server, working(tmp_path, server) as (workspace, services):
    session = workspace.new()
    answer = await session.send("hi")
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from neurotui.app.accounts import Account, Accounts, account_of, demo_account
from neurotui.app.services import Places, Services
from neurotui.app.workspace import Workspace
from neurotui.app.workspace_observer import WorkspaceObserver
from neurotui.chat.attachments import Draft
from neurotui.chat.conversation import Message
from neurotui.chat.session import Session
from neurotui.settings.credentials import Credentials
from neurotui.settings.file import SettingsFile
from neurotui.store.store import Store
from tests.servers import Exchange, Server

KEY = "sk-0123456789abcdef0123456789abcdef"
SOON = 6.0
"""Seconds in which an account is closed: less than those after which an idle connection closes by itself."""
SETTLING = 0.02
"""Seconds in which the tests' server writes its bill."""


def account_at(server: Server, profile: str = "", model: str = "gpt-5-mini", key: str = KEY) -> Account:
    """Make an account at a server of the tests."""
    return account_of(Credentials(server.url, model, key, profile=profile))


def know_prices(services: Services, *servers: Server) -> None:
    """Have servers told that they have no prices, so that they are asked for nothing beside an answer."""
    for server in servers:
        services.store.prices.put(server.url.removesuffix("/v1"), {}, time.time())


@asynccontextmanager
async def working(
    folder: Path,
    server: Server,
    *,
    account: Account | None = None,
    settings: SettingsFile | None = None,
    settling: float = SETTLING,
) -> AsyncIterator[tuple[Workspace, Services]]:
    """Open a workspace on what is kept in `folder`, and end it in order."""
    file = settings or SettingsFile()
    services = Services(
        account or account_at(server),
        demo_account,
        Store(folder),
        Places(folder),
        Accounts(file, {}, folder / "keys.toml"),
        file,
    )
    workspace = Workspace(services, settling=settling)
    try:
        yield workspace, services
    finally:
        await workspace.aclose()
        await services.store.aclose()


async def ask(workspace: Workspace, question: str, *, session: Session | None = None) -> Session:
    """Look at a session, by default a new one, and ask something; return when it is answered."""
    session = workspace.front = session or workspace.new()
    await session.send(question)
    return session


async def endless(exchange: Exchange) -> None:
    """Repeats the question, and says nothing more."""
    await exchange.head()
    await exchange.text(f"{exchange.request.json['messages'][-1]['content']}!")
    await exchange.stall()


def last(session: Session) -> Message:
    """Return the last message of a session."""
    message = session.branch.leaf
    assert message is not None
    return message


class Onlooker(WorkspaceObserver):
    """Writes down what a workspace tells."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.balances: list[float] = []

    def session_added(self, session: Session) -> None:
        self.told.append(("added", session.conversation.name))

    def session_removed(self, session: Session) -> None:
        self.told.append(("removed", session.conversation.name))

    def front_changed(self, session: Session) -> None:
        self.told.append(("front", session.conversation.name))

    def participant_changed(self, session: Session) -> None:
        self.told.append(("participant", session.participant.model))

    def reply_began(self, session: Session) -> None:
        self.told.append(("began", session.conversation.name))

    def reply_ended(self, session: Session, answer: Message) -> None:
        self.told.append(("ended", f"{session.conversation.name} {answer.status}"))

    def message_changed(self, session: Session, message: Message) -> None:
        spent = message.timing.spent if message.timing else None
        self.told.append(("changed", f"{session.conversation.name} {spent:.4f}"))

    def balance_changed(self, account: Account) -> None:
        self.balances.append(account.balance.used if account.balance else 0.0)

    def queue_returned(self, session: Session, draft: Draft) -> None:
        self.told.append(("returned", draft.text))
