"""The code that was released before, as another window runs it: a process that does what it is told.

with Released(code, folder) as window:
    window.do("ask('Вопрос')")
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from types import TracebackType

import pytest

ROOT = Path(__file__).parents[2]

VERSION_2 = "187b90b718443dcc2820397f4a082b55008541d5"
"""The last commit whose code writes version 2."""

_WINDOW = """
import asyncio, sys
from dataclasses import replace
from pathlib import Path
from neurotui.chat.conversation import Bill, Conversation, Message, Role, Status, Timing, new_id, user_message
from neurotui.store.store import Store

async def begin(text):
    question = user_message(text, conversation.leaf_id)
    conversation.put(question)
    bill = Bill("gpt-5-mini", 100)
    running = Message(new_id(), Role.ASSISTANT, "", question.id, question.created_at, Status.RUNNING,
                      "gpt-5-mini", timing=Timing(), bill=bill)
    conversation.put(running)
    await store.journal.begin(conversation, question, running)
    store.journal.append(running.id, text="Ответ на ")
    store.journal.append(running.id, text=text)
    return running

async def ask(text):
    running = await begin(text)
    final = replace(running, text="Ответ на " + text, status=Status.COMPLETE,
                    bill=Bill("gpt-5-mini", 100, 50, 0.25))
    conversation.put(final)
    await store.journal.finish(final)
    return final.id

async def main():
    global store, conversation
    store = Store(Path(sys.argv[1]))
    trouble = store.trouble
    conversation = store.library.open(sys.argv[2]) or Conversation(sys.argv[2])
    await store.journal.enter(conversation.id)
    print(type(trouble).__name__, flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        try:
            result = eval(line)
            print(ascii(await result if asyncio.iscoroutine(result) else result), flush=True)
        except Exception as error:
            print(ascii(error), flush=True)
    await store.aclose()

asyncio.run(main())
"""


def unpacked(commit: str, folder: Path) -> Path:
    """Return a folder with the package as it was in a commit. Skips the test where history ends before."""
    done = subprocess.run(["git", "archive", commit, "neurotui"], cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"the history does not go back to {commit[:7]}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


class Released:
    """A window of released code, with a conversation open."""

    def __init__(self, code: Path, folder: Path, conversation: str = "talk") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _WINDOW, str(folder), conversation],
            env=os.environ | {"PYTHONPATH": str(code), "PYTHONUTF8": "1"},
            cwd=code,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.trouble = self._read()
        """Name of the type of the trouble that it found."""

    def __enter__(self) -> Released:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def do(self, expression: str) -> object:
        """Evaluate an expression there, which may be a coroutine; return what it printed, read as Python."""
        assert self._process.stdin is not None
        self._process.stdin.write(expression + "\n")
        self._process.stdin.flush()
        return self._read()

    def close(self) -> None:
        """Close the window, as a user does, if it is open still."""
        assert self._process.stdin is not None
        if self._process.poll() is not None:
            return
        with self._process:
            self._process.stdin.close()
            assert self._process.wait(30) == 0

    def kill(self) -> None:
        """End the process, as a crash does."""
        with self._process:
            self._process.kill()

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip().encode().decode("unicode_escape")
