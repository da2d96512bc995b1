"""Killed with two answers running: each loses half a second at most; both are offered at the next start."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from neurotui.app.recovery import look_back
from neurotui.chat.conversation import Status
from neurotui.store.store import Store
from tests.fork_server import start
from tests.servers import Exchange, Server
from tests.store.examples import check
from tests.terminal import kept_environment

pytestmark = [pytest.mark.skipif(os.name != "posix", reason="SIGKILL"), pytest.mark.alone]

LONGEST_LOSS = 0.5
"""Seconds of text."""
PACE = 0.01
"""Seconds between two words of the server."""

PROGRAM = """
import asyncio, sys
from pathlib import Path
from neurotui.app.accounts import Accounts, account_of, demo_account
from neurotui.app.services import Places, Services
from neurotui.app.workspace import Workspace
from neurotui.settings.credentials import Credentials
from neurotui.settings.file import SettingsFile
from neurotui.store.store import Store

async def main():
    folder, file = Path(sys.argv[1]), SettingsFile()
    account = account_of(Credentials(sys.argv[2], "m", "sk-0123456789abcdef0123"))
    accounts = Accounts(file, {}, None)
    services = Services(account, demo_account, Store(folder), Places(folder), accounts, file)
    workspace = Workspace(services)
    for question in ("first", "second"):
        workspace.front = workspace.new()
        workspace.front.send(question)
    await asyncio.Event().wait()

asyncio.run(main())
"""


class Talker:
    """A script that talks without end, and notes how long the text was and when."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.lengths: dict[str, list[tuple[float, int]]] = {}

    async def __call__(self, exchange: Exchange) -> None:
        question = exchange.request.json["messages"][-1]["content"]
        self.texts[question], self.lengths[question] = "", []
        await exchange.head()
        for number in range(10_000):
            word = f"слово{number} "
            self.texts[question] += word
            await exchange.text(word)
            self.lengths[question].append((time.monotonic(), len(self.texts[question])))
            await asyncio.sleep(PACE)

    def length_at(self, question: str, moment: float) -> int:
        """Return how many characters of an answer had been sent by then."""
        return max((length for at, length in self.lengths[question] if at <= moment), default=0)


def test_killed_with_two_answers_running(tmp_path: Path) -> None:
    talker = Talker()
    with Server(talker) as server:
        command = [sys.executable, "-c", PROGRAM, str(tmp_path), server.url]
        process = start(command, cwd=tmp_path, env=kept_environment())
        server.wait(lambda: len(talker.texts) == 2 and min(map(len, talker.texts.values())) > 1000)
        killed_at = time.monotonic()
        process.kill()
        process.wait()
    check(tmp_path)
    asyncio.run(look(tmp_path, talker, killed_at - LONGEST_LOSS))


async def look(folder: Path, talker: Talker, due: float) -> None:
    """Look back as the next start does; what was sent before `due` has to be there."""
    store = Store(folder)
    found = await look_back(store)
    assert {one.name for one in found} == {"first", "second"}
    for one in found:
        message = one.unfinished.message
        assert message.status is Status.CUT
        assert talker.texts[one.name].startswith(message.text)
        assert len(message.text) >= talker.length_at(one.name, due)
    await store.aclose()
