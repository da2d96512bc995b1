"""Killed between any two steps from the bytes of a file to its row: no row names a blob that is not whole.

A process forks for each step. The fork asks with a file, is sent another one, and kills itself at that step,
which is a line of the code between the bytes and the rows. What is left is looked at, and the next one goes
on with it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.fork_server import PIPE, start
from tests.terminal import kept_environment

pytestmark = [pytest.mark.skipif(os.name != "posix", reason="SIGKILL"), pytest.mark.alone]

PROGRAM = """
import asyncio, os, signal, sys, threading
from dataclasses import replace
from pathlib import Path
from neurotui.chat.conversation import Conversation, Status, user_message
from neurotui.store import answer_files, attachment_rows, blobs, database, files, message_rows, rows, writes
from neurotui.store.store import Store
from tests.store.attaching import check_blobs, picture, text_file
from tests.store.examples import answer, check

folder, stride = Path(sys.argv[1]), int(sys.argv[2])
PARTS = (answer_files, attachment_rows, blobs, database, files, message_rows, rows, writes)
WATCHED = {part.__file__ for part in PARTS}

def kill_at(last):
    steps = 0
    def step(frame, event, argument):
        nonlocal steps
        if event == "line":
            steps += 1
            if steps == last:
                os.kill(os.getpid(), signal.SIGKILL)
        return step
    def call(frame, event, argument):
        return step if frame.f_code.co_filename in WATCHED else None
    threading.settrace(call)
    sys.settrace(call)

async def chat(number):
    store = Store(folder)
    conversation = Conversation(f"c{number}")
    file = picture(store.blobs, b"question %d" % number * 99)
    question = user_message("Q", None, (file, text_file(store.blobs, "always the same")))
    running = answer(question, "", Status.RUNNING)
    for message in (question, running):
        conversation.put(message)
    await store.journal.begin(conversation, question, running)
    made = await store.journal.keep_media(
        running.id, lambda blobs: picture(blobs, b"answer %d" % number * 99)
    )
    done = replace(running, text="A", status=Status.COMPLETE, attachments=(made,))
    conversation.put(done)
    await store.journal.finish(done)
    await store.aclose()

def look(number, ended):
    check(folder)
    check_blobs(folder)
    store = Store(folder)
    found = store.library.open(f"c{number}")
    for message in found.messages.values() if found else ():
        if message.id == next(iter(found.messages)):
            assert len(message.attachments) == 2, message
        elif ended or message.status is Status.COMPLETE:
            assert len(message.attachments) == 1, message
        for each in message.attachments:
            store.blobs.open(each.blob).close()
    assert found or not ended
    store.close()

asyncio.run(chat(0))
number = kills = 0
while True:
    number += stride
    child = os.fork()
    if child == 0:
        kill_at(number)
        asyncio.run(chat(number))
        os._exit(0)
    _child, status = os.waitpid(child, 0)
    ended = status == 0
    assert ended or os.WTERMSIG(status) == signal.SIGKILL, status
    kills += not ended
    look(number, ended)
    if ended:
        break
print(kills)
"""


@pytest.mark.parametrize(
    ("stride", "least"), [(23, 20), pytest.param(1, 400, marks=pytest.mark.slow)], ids=["some", "all"]
)
def test_killed_between_each_two_steps(tmp_path: Path, stride: int, least: int) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), str(stride)]
    with start(command, cwd=tmp_path, env=kept_environment(), stdout=PIPE, stderr=PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        output, errors = process.stdout.read(), process.stderr.read()
    assert process.returncode == 0, errors.decode()
    assert int(output) > least
