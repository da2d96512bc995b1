"""The network goes away under several conversations: each tells its own story, and nothing is repeated."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from neurotui.app.accounts import account_of
from neurotui.chat.conversation import Status
from neurotui.settings.credentials import Credentials
from tests.app.working import KEY, last
from tests.tui.chatting import Chat, chatting

SERVER = """
import asyncio, sys
from tests.servers import Server

async def script(exchange):
    question = exchange.request.json["messages"][-1]["content"]
    print(question, flush=True)
    await exchange.head()
    await exchange.text(f"{question} begins. ")
    if question == "reset":
        await asyncio.to_thread(sys.stdin.readline)
        exchange.reset()
    while question == "front":
        await exchange.text("more ")
        await asyncio.sleep(0.02)
    await exchange.stall()

async def main():
    async with Server(script) as server:
        print(server.url, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


class ServerProcess:
    """A server in a process of its own, which can be killed."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([sys.executable, "-c", SERVER], stdin=pipe, stdout=pipe, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()

    def reset(self) -> None:
        """Reset the connection over which that was asked for."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def kill(self) -> list[str]:
        """Kill it; return what it was asked."""
        self.process.kill()
        asked, _errors = self.process.communicate()
        return asked.split()


@pytest.fixture
def server() -> Iterator[ServerProcess]:
    server = ServerProcess()
    yield server
    if server.process.poll() is None:
        server.kill()


async def ask(chat: Chat, question: str) -> None:
    await chat.type(question)
    await chat.press("enter")
    await chat.until_shown(f"{question} begins.")


@pytest.mark.parametrize(
    ("language", "writing", "reset_words", "closed_words", "refused_words"),
    [
        ("en", "● writing", "Connection reset", "The server closed it", "✗ Nothing is listening on"),
        ("ru", "● пишет", "Соединение сброшено", "Сервер закрыл его", "никто не отвечает"),
    ],
)
async def test_each_conversation_tells_its_own_story(
    tmp_path: Path,
    server: ServerProcess,
    language: str,
    writing: str,
    reset_words: str,
    closed_words: str,
    refused_words: str,
) -> None:
    account = account_of(Credentials(server.url, "gpt-5-mini", KEY))
    async with chatting(tmp_path, account=account, size=(120, 40), language=language) as chat:
        sessions = []
        for question in ("reset", "silent", "front"):
            await ask(chat, question)
            sessions.append(chat.pane.session)
            if question != "front":
                await chat.press("ctrl+n")
        reset, silent, front = sessions
        server.reset()
        await chat.until(lambda: not reset.running)
        await chat.until_shown("✓ 1 new" if language == "en" else "✓ новых: 1")
        assert front.running and silent.running and not chat.notices
        assert (
            writing.removeprefix("● ") in chat.shown()
            and reset_words not in chat.shown()
            and "✂" not in chat.shown()
        )
        assert server.kill() == ["reset", "silent", "front"], "nothing that had begun is repeated"
        await chat.until(lambda: not silent.running and not front.running)
        await chat.until_shown(closed_words)
        await chat.press("ctrl+n")
        await chat.type("refused")
        await chat.press("enter")
        await chat.until_shown(refused_words)
        await chat.until(lambda: chat.text == "refused")  # and can be sent again
        for session, words in ((reset, reset_words), (silent, closed_words), (front, closed_words)):
            assert last(session).status is Status.CUT
            chat.pane.hold(session)
            await chat.until_shown(words)
            assert f"{last(session).text.split()[0]} begins." in chat.shown()
            assert all(other not in chat.shown() for other in {reset_words, closed_words} - {words})
        assert not chat.notices, "each is told where it happened"
