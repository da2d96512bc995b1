"""Killed at any moment, the whole program in a real terminal: the question is kept, and all but half a second
of the answer.

A server answers at the pace of a fast model and notes what it said and when. The program is asked something,
killed with SIGKILL at a random moment of the turn, and the file is looked at with plain SQLite; then it is
started again on the same file, eight times. `--slow` does it 200 times.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.servers import Exchange, Server
from tests.store.examples import check, rows
from tests.terminal import NEUROTUI, Terminal

pytestmark = [pytest.mark.skipif(os.name != "posix", reason="SIGKILL"), pytest.mark.alone]

KEY = "sk-0123456789abcdef0123456789abcdef"

LONGEST_LOSS = 0.5
"""Seconds of text."""
LANES = 2
"""Programs at a time, each with a home of its own: one starts while the other is answered."""
PACE = 0.01
"""Seconds between two words of the server."""
WORDS = (20, 150)
"""The shortest and the longest answer."""
LATEST = 1.2
"""When it is killed at the latest, as a multiple of the time that the answer takes."""

_ANSWERS = """
SELECT question.text, answer.status,
       answer.text || coalesce((SELECT group_concat(text, '') FROM
           (SELECT text FROM deltas WHERE message_id = answer.id ORDER BY number)), '')
FROM messages question LEFT JOIN messages answer ON answer.parent_id = question.id
WHERE question.role = 'user'
"""


@dataclass
class Said:
    """What the server said to one question."""

    question: str
    text: str = ""
    lengths: list[tuple[float, int]] = field(default_factory=list)
    """How long the text was, and since when."""
    ended_at: float | None = None

    def length_at(self, moment: float) -> int:
        """How many characters it had sent by then."""
        return max((length for at, length in self.lengths if at <= moment), default=0)


class Lane:
    """One home, one server, one program after the other."""

    def __init__(self, number: int, home: Path) -> None:
        self.home = home
        self.random = random.Random(number)
        self.words = 0
        """How many the next answer has."""
        self.said: list[Said] = []
        self.kept: dict[str, str] = {}
        """The answers as they were found, by their questions."""

    async def script(self, exchange: Exchange) -> None:
        """Answers a question, and notes when."""
        said = Said(exchange.request.json["messages"][-1]["content"])
        self.said.append(said)
        await exchange.head()
        for number in range(self.words):
            word = f"слово{number} "
            await exchange.text(word)
            said.text += word
            said.lengths.append((time.monotonic(), len(said.text)))
            await asyncio.sleep(PACE)
        await exchange.finish()
        said.ended_at = time.monotonic()

    def run(self, rounds: int) -> None:
        """Plays the rounds; AssertionError where something was lost."""
        self.home.mkdir()
        with Server(self.script) as server:
            for number in range(rounds):
                killed_at = self._play(server, f"вопрос {number}")
                self._look(killed_at)

    def _play(self, server: Server, question: str) -> float:
        flags = ["-c"] if self.random.random() < 0.3 else []
        self.words = self.random.randint(*WORDS)
        seconds = self.random.uniform(0, LATEST) * self.words * PACE
        environment = {"NEUROTUI_BASE_URL": server.url, "NEUROTUI_API_KEY": KEY}
        with Terminal(
            [*NEUROTUI, "--lang", "en", *flags], home=self.home, environment=environment
        ) as terminal:
            terminal.wait_for("ready")
            terminal.press("ctrl+a", "ctrl+k")
            terminal.type(question)
            terminal.press("enter")
            if self.random.random() < 0.8:  # else it may be killed before the request has left
                terminal.wait_for(lambda: bool(self.said and self.said[-1].question == question))
            time.sleep(seconds)
            killed_at = time.monotonic()
            terminal.signal(signal.SIGKILL)
            assert terminal.wait_for_exit() == -signal.SIGKILL
        return killed_at

    def _look(self, killed_at: float) -> None:
        folder = self.home / ".local" / "share" / "neurotui"
        if rows(folder, "PRAGMA user_version") == [(0,)]:  # killed before it kept anything
            assert not self.said, "the question is lost"
            return
        check(folder)
        found = {str(question): (status, str(text)) for question, status, text in rows(folder, _ANSWERS)}
        for said in self.said:
            assert said.question in found, "the question is lost"
            status, text = found[said.question]
            assert said.text.startswith(text), "another text"
            if said.question in self.kept:
                assert text == self.kept[said.question], "changed afterwards"
                continue
            due = killed_at - LONGEST_LOSS
            lost = said.length_at(due) - len(text)
            assert lost <= 0, f"{lost} characters of {said.question!r} are lost"
            if said.ended_at is not None and said.ended_at <= due:
                assert (status, text) == ("complete", said.text)
            self.kept[said.question] = text


@pytest.mark.parametrize("rounds", [8, pytest.param(200, marks=pytest.mark.slow)])
def test_killed_at_any_moment(tmp_path: Path, rounds: int) -> None:
    lanes = [Lane(number, tmp_path / str(number)) for number in range(LANES)]
    with ThreadPoolExecutor(LANES) as pool:
        list(pool.map(lambda lane: lane.run(rounds // LANES), lanes))
    answers = [said for lane in lanes for said in lane.said]
    assert len(answers) > rounds / 2
    assert sum(said.ended_at is None for said in answers) > rounds / 4, "hardly any was killed in the middle"


def test_the_next_start_tells_of_it_and_sends_nothing_by_itself(tmp_path: Path) -> None:
    lane = Lane(0, tmp_path / "home")
    lane.home.mkdir()
    lane.words = 150
    with Server(lane.script) as server:

        def launch() -> Terminal:
            environment = {"NEUROTUI_BASE_URL": server.url, "NEUROTUI_API_KEY": KEY}
            return Terminal([*NEUROTUI, "--lang", "en"], home=lane.home, environment=environment)

        with launch() as terminal:
            terminal.wait_for("ready")
            terminal.type("вопрос")
            terminal.press("enter")
            terminal.wait_for("слово70")
            terminal.signal(signal.SIGKILL)
            terminal.wait_for_exit()
        with launch() as terminal:  # it is told of until something is decided
            terminal.wait_for("unfinished answer from")
            terminal.press("ctrl+q")
            assert terminal.wait_for_exit() == 0
        with launch() as terminal:
            terminal.wait_for("unfinished answer from")
            terminal.press("shift+tab")
            terminal.wait_for("← → Enter")
            terminal.press("enter")
            terminal.wait_for(lambda: len(lane.said) == 2)
            assert "unfinished answer from" not in terminal.text
        (first, second) = lane.said
        assert first.text.startswith(second.question), "it ends in what had come"
        assert "слово20" in second.question


WHOLE = [f"слово{number} " for number in range(120)]


class Continued:
    """A server that goes on with what it is sent: cut at first, then slow, then to the end."""

    def __init__(self) -> None:
        self.prefills: list[str] = []
        self.sent: list[tuple[float, int]] = []
        """When the second one had said how much, in characters."""

    async def script(self, exchange: Exchange) -> None:
        message = exchange.request.json["messages"][-1]
        so_far = message["content"] if message["role"] == "assistant" else ""
        self.prefills.append(so_far)
        attempt, rest = len(self.prefills), WHOLE[len(so_far.split()) :]
        await exchange.head()
        if attempt == 1:
            await exchange.text(*rest[:30])
            await exchange.connection.taken()
            exchange.reset()
            return
        said = 0
        for word in rest:
            await exchange.text(word)
            said += len(word)
            if attempt == 2:
                self.sent.append((time.monotonic(), said))
                await asyncio.sleep(PACE)
        if attempt == 2:
            await exchange.stall()
        await exchange.finish()


@pytest.mark.parametrize("until", [0.0, 0.7])
def test_killed_while_it_goes_on_nothing_of_the_first_is_lost(tmp_path: Path, until: float) -> None:
    served = Continued()
    home = tmp_path / "home"
    home.mkdir()
    folder = home / ".local" / "share" / "neurotui"
    query = "SELECT text, status FROM messages WHERE role = 'assistant' ORDER BY seq"
    first = "".join(WHOLE[:30])
    with Server(served.script) as server:

        def launch() -> Terminal:
            environment = {"NEUROTUI_BASE_URL": server.url, "NEUROTUI_API_KEY": KEY}
            return Terminal([*NEUROTUI, "--lang", "en"], home=home, environment=environment)

        with launch() as terminal:
            terminal.wait_for("ready")
            terminal.type("вопрос")
            terminal.press("enter")
            terminal.wait_for("F8 continues it")
            terminal.press("f8")
            terminal.wait_for(lambda: len(served.sent) > 5)
            time.sleep(until)
            killed_at = time.monotonic()
            terminal.signal(signal.SIGKILL)
            terminal.wait_for_exit()
        check(folder)
        assert rows(folder, query)[0] == (first, "cut")
        with launch() as terminal:
            terminal.wait_for("unfinished answer from")
            terminal.press("shift+tab")
            terminal.wait_for("← → Enter")
            terminal.press("enter")
            terminal.wait_for("слово119")
            terminal.wait_for(lambda: "Stop" not in terminal.text)
            terminal.press("ctrl+q")
            assert terminal.wait_for_exit() == 0
        check(folder)
        assert served.prefills[1] == first.rstrip()
        (kept, _cut), (second, second_status), (third, third_status) = rows(folder, query)
        assert kept == first
        assert (second_status, third_status) == ("cut", "complete")
        due = max((length for at, length in served.sent if at <= killed_at - LONGEST_LOSS), default=0)
        assert len(str(second)) >= due, "more than half a second is lost"
        assert served.prefills[2] == (first + str(second)).rstrip()
        assert (first + str(second) + str(third)).split() == [word.strip() for word in WHOLE]
