"""A file that somebody has used: branches, drafts, a crashed answer, an imported archive, what is deleted.

The code of a version writes it before the next version comes, with

    python -m tests.store.used_file tests/store/files/version_2_used.db.gz

and nothing changes it afterwards. All times in it are 1.7e9 seconds and some.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

from neurotui.chat.conversation import (
    Bill,
    Citation,
    Conversation,
    Message,
    Part,
    Role,
    Status,
    Timing,
    ToolCall,
    user_message,
)
from neurotui.errors import ErrorRecord
from neurotui.store.money.charges import Charge
from neurotui.store.store import FILE_NAME, Store
from neurotui.transcripts.document import render_all
from neurotui.transcripts.reading import import_file
from neurotui.wire.events import Usage

BEGUN_AT = 1.7e9


def _tick(numbers: Iterator[int]) -> float:
    return BEGUN_AT + next(numbers)


def _answer(question: Message, text: str = "", status: Status = Status.RUNNING, **fields: object) -> Message:
    made = Message(
        f"a-{question.id}",
        Role.ASSISTANT,
        text,
        question.id,
        question.created_at + 0.5,
        status,
        "gpt-5-mini",
        timing=Timing(),
        bill=Bill("gpt-5-mini", 12),
    )
    return replace(made, **fields)  # type: ignore[arg-type]


async def _ask(store: Store, conversation: Conversation, text: str, id_: str, **ended: object) -> Message:
    """A turn as a session writes it; the answer in its final form."""
    question = replace(user_message(text, conversation.leaf_id), id=id_)
    conversation.put(question)
    running = _answer(question)
    conversation.put(running)
    await store.journal.begin(conversation, question, running)
    store.journal.append(running.id, text="Отв")
    final = replace(
        running,
        text=f"Ответ на «{text}»: ёж 👩‍👩‍👧 \x07",
        status=Status.COMPLETE,
        model="gpt-5-mini-2025-08-07",
        finish_reason="stop",
        usage=Usage(12, 34, 46, 5, 6),
        timing=Timing(0.1, 0.2, 0.3, 0.4, None, 3),
        bill=Bill("gpt-5-mini", 12, 34, 0.000123),
    )
    final = replace(final, **ended)  # type: ignore[arg-type]
    conversation.put(final)
    await store.journal.finish(final)
    return final


async def _use(folder: Path) -> None:
    store = Store(folder)
    talk = Conversation(id="talk", system_prompt="Отвечай кратко \u202e", parameters={"temperature": 0.5})
    first = await _ask(store, talk, "Первый вопрос", "q1", reasoning="думаю…\x00")
    await _ask(
        store,
        talk,
        "Второй",
        "q2",
        status=Status.CUT,
        unreadable=2,
        parts=(Part("image", 2),),
        citations=(Citation("https://пример.рф", "Ёж"),),
        mark="</think>\n",
        error=ErrorRecord("upstream", "Заголовок", "почему", "что делать", 502, "code", "id-1"),
    )
    talk.look_at(first.id)
    talk.leaf_id = first.id
    await _ask(store, talk, "Второй иначе", "q3", tool_calls=(ToolCall("c", "поиск", '{"q": "ё"}'),))
    talk.first_sent_id = "q3"
    store.library.configure(talk)
    store.library.rename("talk", "Разговор")
    store.library.pin("talk", True)
    store.library.look_at("talk", "a-q2")
    store.journal.draft("talk", "недописанное\nв две строки")
    old = Conversation(id="no bill")
    await _ask(store, old, "Старый вопрос", "q4", bill=None)
    gone = Conversation(id="gone")
    await _ask(store, gone, "Удалённый вопрос", "q5")
    store.library.delete("gone")
    store.library.fork(talk, first.id)
    unsaved = _answer(user_message("", None), "", Status.STOPPED, bill=Bill("gpt-5-mini", 12, 10))
    store.spending.put(Charge.of(unsaved))
    archive = folder / "archive.json"
    imported = [
        Conversation.of(
            [
                Message("i1", Role.USER, "Из архива", None, BEGUN_AT),
                Message("i2", Role.ASSISTANT, "Оттуда", "i1", BEGUN_AT + 1, model="other"),
                Message("i3", Role.ASSISTANT, "И оттуда", "i1", BEGUN_AT + 2, usage=Usage(1, 2, 3)),
            ],
            id="imported",
            title="Архив",
            created_at=BEGUN_AT,
        )
    ]
    archive.write_text("".join(render_all(imported)), encoding="utf-8")
    import_file(store.library, archive)
    archive.unlink()
    await store.aclose()


async def _crash(folder: Path) -> None:
    store = Store(folder)
    conversation = Conversation(id="crashed")
    question = replace(user_message("Упадёшь?", None), id="q6")
    running = _answer(question, unreadable=1)
    conversation.put(question)
    conversation.put(running)
    await store.journal.begin(conversation, question, running)
    store.journal.append(running.id, text="Упа", reasoning="мысль")
    await asyncio.sleep(0.5)
    store.journal.append(running.id, text="ду")
    store.journal.note(running)
    store.journal.draft("", "черновик нового")
    await asyncio.sleep(0.5)
    os.kill(os.getpid(), signal.SIGKILL)


def write(folder: Path) -> Path:
    """Use a folder, and let the program be killed in the end; return the file, closed."""
    numbers = count()
    time.time = lambda: _tick(numbers)
    asyncio.run(_use(folder))
    subprocess.run([sys.executable, "-m", "tests.store.used_file", "crash", str(folder)], check=False)
    store = Store(folder)
    store.library.ids()
    store.close()
    return folder / FILE_NAME


if __name__ == "__main__":
    if sys.argv[1] == "crash":
        numbers = count(1000)
        time.time = lambda: _tick(numbers)
        asyncio.run(_crash(Path(sys.argv[2])))
    else:
        with tempfile.TemporaryDirectory() as name:
            content = write(Path(name)).read_bytes()
            Path(sys.argv[1]).write_bytes(gzip.compress(content, mtime=0))
