"""Killed with three conversations running, one with a message that waits and one with a draft: all is there.

The whole program in a real terminal, killed with SIGKILL at a random moment; then it is started again on the
same file, and what it offers is looked at. `--slow` does it 20 times.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import time
from pathlib import Path

import pytest

from tests.servers import Exchange, Server
from tests.store.examples import check, rows
from tests.terminal import NEUROTUI, Terminal

pytestmark = [pytest.mark.skipif(os.name != "posix", reason="SIGKILL"), pytest.mark.alone]

KEY = "sk-0123456789abcdef0123456789abcdef"
LONGEST_LOSS = 0.5
"""Seconds of text."""
LONGEST_LOSS_OF_A_DRAFT = 1.0
"""Seconds of typing."""
PACE = 0.01
"""Seconds between two words of the server."""

_ANSWERS = """
SELECT question.text, answer.status,
       answer.text || coalesce((SELECT group_concat(text, '') FROM
           (SELECT text FROM deltas WHERE message_id = answer.id ORDER BY number)), '')
FROM messages question JOIN messages answer ON answer.parent_id = question.id
"""


class Talker:
    """A script that talks for as long as somebody listens, and notes what it had said when."""

    def __init__(self) -> None:
        self.said: dict[str, list[tuple[float, str]]] = {}

    async def __call__(self, exchange: Exchange) -> None:
        question = exchange.request.json["messages"][-1]["content"]
        said = self.said[question] = []
        text, number = "", 0
        await exchange.head()
        while True:
            word, number = f"{question}{number} ", number + 1
            await exchange.text(word)
            text += word
            said.append((time.monotonic(), text))
            await asyncio.sleep(PACE)

    def due(self, question: str, moment: float) -> str:
        """Return what had been said by then."""
        return max((text for at, text in self.said[question] if at <= moment), default="", key=len)


class Home:
    """A home in which the program is started, killed and started again."""

    def __init__(self, folder: Path, server: Server, talker: Talker) -> None:
        folder.mkdir()
        self._home, self._server, self._talker = folder, server, talker
        self._folder = folder / ".local" / "share" / "neurotui"

    def launch(self) -> Terminal:
        environment = {"NEUROTUI_BASE_URL": self._server.url, "NEUROTUI_API_KEY": KEY}
        return Terminal([*NEUROTUI, "--lang", "en"], home=self._home, size=(120, 40), environment=environment)

    def kill(self, chance: random.Random) -> None:
        """Ask in three conversations, have a message wait in the last, write half of one in the first."""
        talker = self._talker
        with self.launch() as terminal:
            terminal.wait_for("ready")
            for question in ("first", "second", "third"):
                terminal.type(question + "\n")
                terminal.wait_for(lambda q=question: re.search(rf"{q}\d+ ", terminal.text) is not None)  # type: ignore[misc]
                if question != "third":
                    terminal.press("ctrl+n")
                    terminal.wait_for("ready")
            terminal.type("one that waits\n")
            terminal.wait_for("will be sent when")
            terminal.type("x")  # which takes it back
            terminal.wait_for(lambda: "will be sent when" not in terminal.text)
            terminal.press("backspace", "enter")
            terminal.wait_for("will be sent when")
            terminal.press("f7")
            terminal.wait_for("Open conversations")
            terminal.press("n")
            terminal.wait_for(lambda: "first" in terminal.lines[4])
            drafted_at = terminal.type("half a draft")
            terminal.wait_for("half a draft")
            time.sleep(chance.uniform(0, 1.5))
            killed_at = time.monotonic()
            terminal.signal(signal.SIGKILL)
            assert terminal.wait_for_exit() == -signal.SIGKILL
        check(self._folder)
        found = {str(question): str(text) for question, _status, text in rows(self._folder, _ANSWERS)}
        assert set(found) == {"first", "second", "third"}
        for question, text in found.items():
            assert text.startswith(talker.due(question, killed_at - LONGEST_LOSS)), "too much is lost"
            assert talker.due(question, killed_at + 1).startswith(text), "another text"
        self.drafts = {"third": "one that waits", "first": ""}
        if drafted_at < killed_at - LONGEST_LOSS_OF_A_DRAFT:
            self.drafts["first"] = "half a draft"

    def look(self) -> None:
        """See all three offered, and the two drafts; nothing is sent by itself."""
        with self.launch() as terminal:
            terminal.wait_for("unfinished answer from")
            terminal.press("shift+tab")
            terminal.wait_for("← → Enter")
            for more in ("and 2 more", "and 1 more"):
                terminal.wait_for(more)
                terminal.press("right")
                terminal.press("enter")
                terminal.wait_for(lambda more=more: more not in terminal.text)  # type: ignore[misc]
            terminal.press("right", "enter")
            terminal.wait_for(lambda: "unfinished answer" not in terminal.text)
            for question, draft in self.drafts.items():
                terminal.press("ctrl+r")
                terminal.wait_for("History")
                terminal.type(question)
                terminal.wait_for("1 of 3")
                terminal.press("enter")
                terminal.wait_for(lambda q=question: re.search(rf"{q}\d+ ", terminal.text) is not None)  # type: ignore[misc]
                if draft:
                    terminal.wait_for(f"│ {draft}")
                assert "will be sent" not in terminal.text and "cut" in terminal.text
            terminal.press("ctrl+q")
            assert terminal.wait_for_exit() == 0
        assert len(self._server.chats) == 3, "something was sent by itself"
        assert [status for _question, status, _text in rows(self._folder, _ANSWERS)] == ["cut"] * 3


@pytest.mark.parametrize("rounds", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_killed_with_three_running(tmp_path: Path, rounds: int) -> None:
    for number in range(rounds):
        talker = Talker()
        with Server(talker) as server:
            home = Home(tmp_path / str(number), server, talker)
            home.kill(random.Random(number))
            home.look()
