"""The program itself, killed at any moment: what the server was asked and had sent, against what is on disk.

It runs in a terminal, against a server that counts. It is killed at random moments after Enter, over and over
in one home, which is looked at each time before the next one goes on in it.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from neurotui.store.store import FILE_NAME
from tests.servers import Exchange, Server
from tests.store.examples import check
from tests.store.test_crash import LONGEST_LOSS, word
from tests.terminal import NEUROTUI, Terminal

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL and pseudo-terminals")

LONGEST_LIFE = 1.2
"""Seconds from Enter to the kill, at most."""


class Talker:
    """A server's script that goes on talking, and remembers when it said each word."""

    def __init__(self) -> None:
        self.said_at: list[float] = []

    async def __call__(self, exchange: Exchange) -> None:
        await exchange.head()
        for number in range(1000):
            await exchange.text(word(number))
            self.said_at.append(time.monotonic())
            await asyncio.sleep(0.005)


def ask_and_kill(home: Path, question: str, seconds: float) -> tuple[int, int]:
    """Asks, and kills the program so much later; how many requests came, how many words must be on disk."""
    talker = Talker()
    with Server(talker) as server:
        environment = {"NEUROTUI_BASE_URL": server.url, "NEUROTUI_API_KEY": "sk-test-0123456789abcdef"}
        with Terminal([*NEUROTUI, "--lang", "en"], home=home, environment=environment) as terminal:
            terminal.wait_for("Message")
            terminal.type(question)
            terminal.wait_for(question)
            terminal.press("enter")
            time.sleep(seconds)
            terminal.signal(signal.SIGKILL)
            killed_at = time.monotonic()
            terminal.wait_for_exit()
        return len(server.chats), sum(said_at < killed_at - LONGEST_LOSS for said_at in talker.said_at)


def look(home: Path, question: str, requests: int, words: int) -> None:
    """Compares what is on disk with what the server knows."""
    (path,) = home.rglob(FILE_NAME)
    check(path.parent)
    with closing(sqlite3.connect(path)) as connection:
        asked = connection.execute("SELECT id FROM messages WHERE text = ?", (question,)).fetchall()
        assert len(asked) >= requests, "no request leaves before its question is on disk"
        if not requests:
            return
        ((answer, final),) = connection.execute(
            "SELECT id, text FROM messages WHERE parent_id = ?", asked[0]
        ).fetchall()
        pieces = connection.execute(
            "SELECT text FROM deltas WHERE message_id = ? ORDER BY number", (answer,)
        ).fetchall()
    text = final + "".join(piece for (piece,) in pieces)
    count = text.count(" ")
    assert text == "".join(map(word, range(count))), "what there is of the answer is its beginning"
    assert count >= words


def rounds(home: Path, count: int, seed: int) -> None:
    chance = random.Random(seed)
    home.mkdir()
    for number in range(count):
        question = f"question {number}"
        requests, words = ask_and_kill(home, question, chance.uniform(0.0, LONGEST_LIFE))
        assert requests <= 1
        look(home, question, requests, words)


def test_twenty_kills(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(rounds, (tmp_path / str(number) for number in range(4)), [5] * 4, range(4)))


@pytest.mark.slow
def test_two_hundred_kills(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as workers:
        list(workers.map(rounds, (tmp_path / str(number) for number in range(2)), [100] * 2, range(4, 6)))
