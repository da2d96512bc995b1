"""Killed at any moment: the file is whole, the questions are there, at most half a second of text is missing.

A process of its own asks and answers as fast as a fast model, and says what it did. It is killed at random
moments, over and over on one file, which is looked at each time before the next one goes on with it.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from neurotui.chat.conversation import Conversation, Status
from neurotui.store.journal import Unfinished
from neurotui.store.store import Store
from tests.fork_server import PIPE, start
from tests.store.examples import check
from tests.terminal import kept_environment

pytestmark = [pytest.mark.skipif(os.name != "posix", reason="SIGKILL"), pytest.mark.alone]

LONGEST_LOSS = 0.5
"""Seconds of text."""
WORDS_IN_ANSWER = 120

PROGRAM = """
import asyncio, os, sys, time
from dataclasses import replace
from pathlib import Path
from neurotui.chat.conversation import Conversation, Status
from neurotui.store.store import Store
from tests.store.examples import turn
from tests.store.test_crash import WORDS_IN_ANSWER, word

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())

async def main():
    store = Store(Path(sys.argv[1]))
    conversation = Conversation()
    while True:
        question, running = turn(conversation, "вопрос")
        await store.journal.begin(conversation, question, running)
        say("begun", conversation.id, question.id, running.id)
        for number in range(WORDS_IN_ANSWER):
            store.journal.append(running.id, text=word(number))
            say("word", number, time.monotonic())
            await asyncio.sleep(0.004)
        done = replace(running, text="".join(map(word, range(WORDS_IN_ANSWER))), status=Status.COMPLETE)
        conversation.put(done)
        await store.journal.finish(done)
        say("finished", running.id)

asyncio.run(main())
"""


def word(number: int) -> str:
    return f"слово{number} "


@dataclass(slots=True)
class Said:
    """What a process said before it was killed."""

    questions: list[str] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    conversation: str = ""
    running: str = ""
    words: int = 0
    """How many of the running answer must be on disk."""

    @classmethod
    def of(cls, output: str, killed_at: float) -> Said:
        said = cls()
        for line in output.splitlines(keepends=True):
            match line.split():
                case ["begun", conversation, question, running]:
                    said.conversation, said.running, said.words = conversation, running, 0
                    said.questions.append(question)
                case ["word", number, moment] if float(moment) < killed_at - LONGEST_LOSS:
                    said.words = int(number) + 1
                case ["finished", answer]:
                    said.finished.append(answer)
                    said.running = ""
        return said


def run_and_kill(folder: Path, seconds: float) -> Said:
    """Lets the program run for a while after its first words, and kills it."""
    command = [sys.executable, "-c", PROGRAM, str(folder)]
    with start(command, cwd=folder.parent, env=kept_environment(), stdout=PIPE) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(seconds)
        process.kill()
        killed_at = time.monotonic()
        output = first + process.stdout.read()
    assert process.returncode == -9
    return Said.of(output.decode(), killed_at)


async def look(folder: Path, said: Said) -> None:
    """Opens the file as the next start does, and compares."""
    store = Store(folder)
    assert store.trouble is None and store.notice is None
    unfinished = await store.journal.unfinished()
    conversation = store.library.open(said.conversation)
    assert conversation is not None
    assert set(said.questions) <= conversation.messages.keys()
    for id_ in said.finished:
        assert conversation.messages[id_].status is Status.COMPLETE
        assert conversation.messages[id_].text == "".join(map(word, range(WORDS_IN_ANSWER)))
    if said.running:
        await _settle(store, said, conversation, unfinished)
    await store.aclose()
    check(folder)


async def _settle(store: Store, said: Said, conversation: Conversation, unfinished: list[Unfinished]) -> None:
    answer = conversation.messages[said.running]
    count = answer.text.count(" ")
    assert answer.text == "".join(map(word, range(count))), "what there is of it is its beginning"
    assert count >= said.words
    if answer.status is Status.COMPLETE:  # killed between the commit and the word of it
        assert count == WORDS_IN_ANSWER
        return
    (found,) = (each for each in unfinished if each.message.id == said.running)
    assert found.message == answer
    await store.journal.keep(found)


def rounds(folder: Path, count: int, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(count):
        asyncio.run(look(folder, run_and_kill(folder, chance.uniform(0.0, 0.9))))


def test_eight_kills(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(rounds, (tmp_path / str(number) for number in range(4)), [2] * 4, range(4)))


@pytest.mark.slow
def test_two_hundred_kills(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as workers:
        list(workers.map(rounds, (tmp_path / str(number) for number in range(2)), [100] * 2, range(4, 6)))
