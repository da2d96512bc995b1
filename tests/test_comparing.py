"""Three models compared by the whole program in a real terminal: one is gone on with; all are killed."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from tests.servers import Exchange, Server
from tests.store.examples import check, rows
from tests.terminal import NEUROTUI, Terminal

pytestmark = [pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal")]

KEY = "sk-0123456789abcdef0123456789abcdef"
LONGEST_LOSS = 0.5
"""Seconds of text."""
PACE = 0.01
"""Seconds between two words of the server."""

_ANSWERS = """
SELECT answer.status, answer.text || coalesce((SELECT group_concat(text, '') FROM
    (SELECT text FROM deltas WHERE message_id = answer.id ORDER BY number)), '')
FROM messages answer WHERE answer.role = 'assistant' ORDER BY answer.seq
"""


class Writing:
    """A script that writes for as long as somebody listens, and notes when."""

    def __init__(self) -> None:
        self.said: list[list[tuple[float, str]]] = []
        """What each answer was at which time."""

    async def __call__(self, exchange: Exchange) -> None:
        said: list[tuple[float, str]] = []
        self.said.append(said)
        text, number = "", len(self.said)
        await exchange.head()
        while not exchange.connection.gone.is_set():
            word = f"слово{number} "
            await exchange.text(word)
            text += word
            said.append((time.monotonic(), text))
            await asyncio.sleep(PACE)


def comparing(terminal: Terminal, script: Writing) -> None:
    """Ask one model, another one, and the first once more; return when all three write."""
    terminal.wait_for("gpt-5-mini")
    terminal.type("/compare gpt-5-mini другая gpt-5-mini")
    terminal.press("enter")
    terminal.wait_for(lambda: any(told in terminal.text for told in ("gpt-5-mini, другая", "gpt-5-mini…")))
    terminal.type("кто вы?")
    terminal.press("enter")
    terminal.wait_for(lambda: len(script.said) == 3 and all(len(said) > 60 for said in script.said))
    terminal.wait_for("слово")


def listening(server: Server) -> int:
    """Return how many answers somebody still listens to."""
    return sum(server.connections[chat.connection].gone_at is None for chat in server.chats)


@pytest.mark.parametrize(
    ("language", "size", "words"),
    [
        ("en", (120, 40), "go on with this, stop 2"),
        ("ru", (80, 24), "продолжить с этим, остановить 2"),
        ("en", (60, 15), "go on with this, stop 2"),
        pytest.param("ru", (120, 40), "продолжить с этим, остановить 2", marks=pytest.mark.slow),
        pytest.param("en", (80, 24), "go on with this, stop 2", marks=pytest.mark.slow),
        pytest.param("ru", (60, 15), "продолжить с этим, остановить 2", marks=pytest.mark.slow),
    ],
)
def test_one_is_gone_on_with(tmp_path: Path, language: str, size: tuple[int, int], words: str) -> None:
    script = Writing()
    with Server(script) as server:
        environment = {"NEUROTUI_BASE_URL": server.url, "NEUROTUI_API_KEY": KEY}
        with Terminal(
            [*NEUROTUI, "--lang", language], home=tmp_path, size=size, environment=environment
        ) as terminal:
            comparing(terminal, script)
            for _ in range(3):
                terminal.press("right")  # and round to the first
            terminal.wait_for(f"Enter {words}")
            terminal.press("enter")
            terminal.wait_for(lambda: f"Enter {words}" not in terminal.text)
            assert listening(server) == 3
            terminal.press("enter")
            terminal.wait_for(lambda: listening(server) == 1)
            terminal.wait_for("gpt-5-mini @")
            terminal.press("escape")
            terminal.wait_for(lambda: listening(server) == 0)
            terminal.press("ctrl+q")
            assert terminal.wait_for_exit() == 0
            assert not terminal.left_behind
    found = rows(tmp_path / ".local" / "share" / "neurotui", _ANSWERS)
    assert [status for status, _text in found] == ["stopped"] * 3


@pytest.mark.alone
def test_killed_while_three_are_compared_each_loses_half_a_second_at_most(tmp_path: Path) -> None:
    script, folder = Writing(), tmp_path / ".local" / "share" / "neurotui"
    with Server(script) as server:
        environment = {"NEUROTUI_BASE_URL": server.url, "NEUROTUI_API_KEY": KEY}
        with Terminal(
            [*NEUROTUI, "--lang", "en"], home=tmp_path, size=(120, 40), environment=environment
        ) as terminal:
            comparing(terminal, script)
            killed_at = time.monotonic()
            terminal.signal(signal.SIGKILL)
            assert terminal.wait_for_exit() == -signal.SIGKILL
        check(folder)
        found = [str(text) for _status, text in rows(folder, _ANSWERS)]
        due = [max(text for at, text in said if at <= killed_at - LONGEST_LOSS) for said in script.said]
        assert len(found) == 3
        for text, kept in zip(sorted(due), sorted(found), strict=True):
            assert kept.startswith(text), "more than half a second is lost"
        with Terminal(
            [*NEUROTUI, "--lang", "en"], home=tmp_path, size=(120, 40), environment=environment
        ) as terminal:
            terminal.wait_for("and 2 more")
            terminal.press("ctrl+q")
            assert terminal.wait_for_exit() == 0
