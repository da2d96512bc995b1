"""A turn is on disk as it happens; what cannot be written waits, and is said; what died is found."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from neurotui.chat.conversation import Conversation, Message, Part, Status
from neurotui.errors import StoreDamaged, StoreError, StoreLocked, StoreReadOnly, StoreTooNew
from neurotui.store import schema
from neurotui.store.journal import Journal
from neurotui.store.store import FILE_NAME, Store
from neurotui.store.timings import DEFAULT_TIMINGS, Timings
from tests.measuring import in_time, measured
from tests.store.examples import EXACT, answer, check, library_of, rows, turn

IMPATIENT = Timings(busy=0.05, first_pause=0.05, longest_pause=0.2)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(tmp_path)
    yield store
    await store.aclose()
    check(tmp_path)


@pytest.fixture
async def impatient(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(tmp_path, timings=IMPATIENT)
    yield store
    await store.aclose()
    check(tmp_path)


async def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())


def ended(running: Message, text: str, status: Status = Status.COMPLETE) -> Message:
    return replace(running, text=text, status=status)


async def test_the_question_is_on_disk_when_begin_returns(store: Store, tmp_path: Path) -> None:
    conversation = Conversation()
    await store.journal.begin(conversation, *turn(conversation, "Вопрос?"))
    assert rows(tmp_path, "SELECT text, status, owner IS NOT NULL FROM messages ORDER BY seq") == [
        ("Вопрос?", "complete", 0),
        ("", "running", 1),
    ]


@measured
async def test_text_is_on_disk_in_time_and_the_end_folds_it(store: Store, tmp_path: Path) -> None:
    conversation = Conversation()
    question, running = turn(conversation)
    await store.journal.begin(conversation, question, running)
    store.journal.append(running.id, text="при")
    store.journal.append(running.id, text="вет", reasoning="думаю")
    said_at = time.monotonic()
    await until(lambda: rows(tmp_path, "SELECT text, reasoning FROM deltas") == [("привет", "думаю")])
    took = time.monotonic() - said_at
    found = store.library.open(conversation.id)
    assert found is not None
    assert found.messages[running.id] == replace(running, text="привет", reasoning="думаю")
    assert store.library.summaries()[0].status is Status.RUNNING

    final = ended(running, "привет!")
    conversation.put(final)
    store.journal.append(running.id, text="!")
    await store.journal.finish(final)
    assert rows(tmp_path, "SELECT count(*) FROM deltas") == [(0,)]
    assert store.library.open(conversation.id) == conversation
    store.journal.append(running.id, text="too late")
    assert store.library.search("привет").hits
    in_time(took, DEFAULT_TIMINGS.flush + 0.15)


async def test_text_is_stored_to_the_byte_however_it_is_cut(store: Store) -> None:
    conversation = Conversation()
    question, running = turn(conversation, EXACT)
    await store.journal.begin(conversation, question, running)
    for character in EXACT + "👩":
        for half in _halves(character):
            store.journal.append(running.id, text=half, reasoning=half)
            await asyncio.sleep(0)
        if character == "👧":
            await asyncio.sleep(DEFAULT_TIMINGS.flush + 0.1)

    def stored() -> bool:
        found = store.library.open(conversation.id)
        return found is not None and found.messages[running.id].text.endswith("👩")

    await until(stored)
    found = store.library.open(conversation.id)
    assert found is not None
    assert found.messages[running.id].text == EXACT + "👩"
    assert found.messages[running.id].reasoning == EXACT + "👩"
    assert found.messages[question.id].text == EXACT


def _halves(character: str) -> list[str]:
    """The character as gateways split it: the two halves of a surrogate pair."""
    if ord(character) < 0x10000:
        return [character]
    high, low = divmod(ord(character) - 0x10000, 0x400)
    return [chr(0xD800 + high), chr(0xDC00 + low)]


async def test_half_a_character_at_a_flush_waits_for_the_other(store: Store, tmp_path: Path) -> None:
    conversation = Conversation()
    question, running = turn(conversation)
    await store.journal.begin(conversation, question, running)
    store.journal.append(running.id, text="a\ud83d")
    await until(lambda: rows(tmp_path, "SELECT text FROM deltas") == [("a",)])
    store.journal.append(running.id, text="\ude00b")
    await until(lambda: rows(tmp_path, "SELECT text FROM deltas ORDER BY number") == [("a",), ("😀b",)])
    await store.journal.finish(ended(running, "a\ud83d\ude00b\ud83d"))
    found = store.library.open(conversation.id)
    assert found is not None
    assert found.messages[running.id].text == "a😀b\ufffd"


async def test_half_a_character_that_stays_alone_holds_nothing_up(tmp_path: Path) -> None:
    store = Store(tmp_path)
    conversation = Conversation()
    question, running = turn(conversation)
    await store.journal.begin(conversation, question, running)
    store.journal.append(running.id, text="\ud83d")
    await until(lambda: store.journal._timer is None)
    await asyncio.wait_for(store.aclose(), 30)


async def test_one_who_looks_on_and_fails_stops_nothing(tmp_path: Path) -> None:
    def fail(error: StoreError | None) -> None:
        raise ZeroDivisionError

    (tmp_path / "blocked").touch()
    store = Store(tmp_path / "blocked/neurotui", timings=IMPATIENT)
    store.journal.subscribe(on_trouble=fail)
    conversation = Conversation()
    failures: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: failures.append(context))
    with pytest.raises(StoreReadOnly):
        await store.journal.begin(conversation, *turn(conversation))
    await asyncio.to_thread((tmp_path / "blocked").unlink)
    await until(lambda: not store.journal.unsaved)
    assert store.library.open(conversation.id)
    await store.aclose()


async def test_nothing_ticks_when_there_is_nothing_to_write(store: Store) -> None:
    conversation = Conversation()
    question, running = turn(conversation)
    await store.journal.begin(conversation, question, running)
    store.journal.append(running.id, text="x")
    await until(lambda: not store.journal._is_pending() and store.journal._task is None)
    assert store.journal._timer is None
    store.journal.append(running.id, text="")
    await store.journal.finish(ended(running, "x"))
    assert store.journal._timer is None


async def test_a_cancelled_begin_is_written_all_the_same(store: Store, tmp_path: Path) -> None:
    conversation = Conversation()
    question, running = turn(conversation)
    beginning = asyncio.create_task(store.journal.begin(conversation, question, running))
    await asyncio.sleep(0)
    beginning.cancel()
    with pytest.raises(asyncio.CancelledError):
        await beginning
    await store.journal.finish(ended(running, "", Status.STOPPED))
    assert rows(tmp_path, "SELECT status FROM messages ORDER BY seq") == [("complete",), ("stopped",)]


async def test_many_turns_and_two_conversations_at_once(store: Store) -> None:
    async def talk(conversation: Conversation) -> None:
        for number in range(10):
            question, running = turn(conversation, f"{number}")
            await store.journal.begin(conversation, question, running)
            store.journal.append(running.id, text=f"ответ {number}")
            conversation.put(ended(running, f"ответ {number}"))
            await store.journal.finish(conversation.messages[running.id])

    first, second = Conversation(), Conversation()
    await asyncio.gather(talk(first), talk(second))
    for conversation in (first, second):
        assert store.library.open(conversation.id) == conversation


async def test_the_order_is_that_of_the_questions_whatever_the_clock_says(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversations = [Conversation(id=str(number)) for number in range(3)]
    for clock, conversation in zip((4e9, 1e9, 0.0), conversations, strict=True):
        monkeypatch.setattr(time, "time", lambda clock=clock: clock)
        question, running = turn(conversation, f"в {clock}")
        await store.journal.begin(conversation, question, running)
        await store.journal.finish(ended(running, "ответ"))
    assert [summary.id for summary in store.library.summaries()] == ["2", "1", "0"]
    latest = store.library.latest()
    assert latest is not None and latest.id == "2"


async def test_a_title_given_in_the_library_outlives_the_next_turn(store: Store) -> None:
    conversation = Conversation(title="старое")
    question, running = turn(conversation)
    await store.journal.begin(conversation, question, running)
    store.library.rename(conversation.id, "новое")
    await store.journal.finish(ended(running, "ответ"))
    assert store.library.summaries()[0].name == "новое"


async def test_drafts_are_kept(store: Store, tmp_path: Path) -> None:
    store.journal.draft("n", "недопи")
    store.journal.draft("n", "недописанное")
    store.journal.draft("c", "\ud83d")
    await until(lambda: store.library.draft("c"))
    assert store.library.draft("n") == "недописанное"
    assert store.library.draft("c") == "\ufffd"
    store.journal.draft("n", "")
    await until(lambda: not store.library.draft("n"))
    assert rows(tmp_path, "SELECT count(*) FROM drafts") == [(1,)]


async def test_each_instance_has_a_draft_of_its_own_for_what_is_new(tmp_path: Path) -> None:
    first, second = Store(tmp_path), Store(tmp_path)
    for store, text in ((first, "один"), (second, "два")):
        assert store.trouble is None
        await store.journal.enter("")
        store.journal.draft("", text)
    await until(lambda: len(rows(tmp_path, "SELECT text FROM drafts")) == 2)
    assert first.library.left_draft() == second.library.left_draft() == ("", "")
    await first.aclose()
    place, text = second.library.left_draft()
    assert text == "один"
    second.journal.draft(place, "")
    await second.aclose()
    assert rows(tmp_path, "SELECT text FROM drafts") == [("два",)]


async def test_a_new_conversation_keeps_its_draft_under_its_id(tmp_path: Path) -> None:
    store = Store(tmp_path)
    conversation = Conversation(title="Имя", profile="work", chosen_model="m")
    await store.journal.enter(conversation.id)
    store.journal.draft(conversation.id, "недописанное")
    await until(lambda: store.library.draft(conversation.id))
    store.library.configure(conversation)
    assert store.library.summaries() == [] and store.library.latest() is None
    assert store.library.left_draft() == ("", ""), "it is open here"
    await store.aclose()
    store = Store(tmp_path)
    assert store.library.left_draft() == (conversation.id, "недописанное")
    found = store.library.open(conversation.id)
    assert found is not None and not found.messages
    assert (found.profile, found.chosen_model) == ("work", "m")
    await store.journal.begin(conversation, *turn(conversation))
    store.journal.draft(conversation.id, "")
    await until(lambda: not store.library.draft(conversation.id))
    (summary,) = store.library.summaries()
    assert (summary.name, summary.created_at) == ("Имя", conversation.created_at)
    assert store.library.left_draft() == ("", "")
    await store.aclose()
    check(tmp_path)


async def test_a_draft_is_kept_with_how_its_conversation_is_set_up(store: Store) -> None:
    conversation = Conversation(
        system_prompt="Кратко", parameters={"top_p": 0.5}, profile="work", chosen_model="m"
    )
    store.journal.draft(conversation.id, "недопи", conversation)
    await store.journal.written(30)
    found = store.library.open(conversation.id)
    assert found is not None
    assert (found.system_prompt, found.parameters) == ("Кратко", {"top_p": 0.5})
    assert (found.profile, found.chosen_model) == ("work", "m")
    conversation.profile, conversation.chosen_model = "home", "n"
    store.journal.draft(conversation.id, "недописанное", conversation)
    await store.journal.written(30)
    (summary,) = store.library.drafts()
    assert (summary.id, summary.name, summary.model) == (conversation.id, "недописанное", "n")
    assert not summary.elsewhere
    store.library.configure(Conversation(conversation.id, system_prompt="Подробно"))
    found = store.library.open(conversation.id)
    assert found is not None and (found.system_prompt, found.profile) == ("Подробно", "home")


async def test_a_deleted_draft_is_none_until_it_is_typed_in_again(tmp_path: Path) -> None:
    first, second = Store(tmp_path), Store(tmp_path)
    await first.journal.enter("c")
    first.journal.draft("c", "\n\n  мысль  \nи ещё")
    await first.journal.written(30)
    (summary,) = second.library.drafts()
    assert summary.elsewhere and summary.name == "  мысль  "
    assert not first.library.drafts()[0].elsewhere
    assert second.library.delete("c")
    await first.journal.leave("c")
    assert second.library.drafts() == [] and second.library.left_draft() == ("", "")
    first.journal.draft("c", "мысль дальше")
    await first.journal.written(30)
    assert [summary.name for summary in second.library.drafts()] == ["мысль дальше"]
    second.library.delete("c")
    second.library._change("c", "deleted_at = ?", 1.0)
    second.library.purge()
    assert rows(tmp_path, "SELECT * FROM drafts") == rows(tmp_path, "SELECT * FROM conversations") == []
    await first.aclose()
    await second.aclose()


async def test_what_an_instance_receives_an_answer_in_is_not_deleted_by_another(tmp_path: Path) -> None:
    first, second = Store(tmp_path), Store(tmp_path)
    conversation = Conversation()
    question, running = turn(conversation)
    await first.journal.begin(conversation, question, running)
    assert not second.library.delete(conversation.id)
    assert [summary.status for summary in second.library.summaries()] == [Status.RUNNING]
    await first.journal.finish(ended(running, "Ответ"))
    assert second.library.delete(conversation.id) and second.library.summaries() == []
    assert second.library.returned([conversation.id, "none"]) == set()
    second.library.restore(conversation.id)
    assert second.library.returned([conversation.id, "none"]) == {conversation.id}
    await first.aclose()
    await second.aclose()


async def test_what_an_instance_that_died_was_receiving_is_deleted(tmp_path: Path) -> None:
    conversation = Conversation()
    store = Store(tmp_path)
    await store.journal.begin(conversation, *turn(conversation))
    await store.aclose()
    second = Store(tmp_path)
    assert second.library.delete(conversation.id)
    await second.aclose()


@pytest.mark.parametrize("when", ["before it is asked", "while it comes", "before it ends"])
async def test_what_was_deleted_elsewhere_comes_back_with_an_answer_and_is_told(
    tmp_path: Path, when: str
) -> None:
    """Deleted without a look whether something runs there, as an older version does it."""
    store = Store(tmp_path)
    kept: list[str] = []
    store.journal.subscribe(on_kept=kept.append)
    conversation = Conversation()

    def delete() -> None:
        store.library._change(conversation.id, "deleted_at = ?", time.time())
        assert store.library.summaries() == []

    earlier = turn(conversation)
    await store.journal.begin(conversation, *earlier)
    await store.journal.finish(ended(earlier[1], "Ответ"))
    if when == "before it is asked":
        delete()
    question, running = turn(conversation)
    await store.journal.begin(conversation, question, running)
    if when == "while it comes":
        delete()
        store.journal.append(running.id, "Начало")
        await until(lambda: kept)
        assert len(store.library.summaries()) == 1
    if when == "before it ends":
        delete()
    await store.journal.finish(ended(running, "Начало и конец"))
    assert len(store.library.summaries()) == 1 and kept == [conversation.id]
    delete()
    await store.journal.begin(conversation, ended(running, "Начало и конец"))  # its cost became known
    assert store.library.summaries() == [] and len(kept) == 1
    await store.aclose()


async def test_an_emptied_draft_leaves_no_conversation(store: Store, tmp_path: Path) -> None:
    for text in ("недописанное", ""):
        store.journal.draft("c", text)
        await until(lambda: not store.journal._is_pending() and store.journal._task is None)
    assert rows(tmp_path, "SELECT count(*) FROM conversations") == [(0,)]


async def test_many_look_on_until_they_have_seen_enough(tmp_path: Path) -> None:
    (tmp_path / "blocked").touch()
    store = Store(tmp_path / "blocked/neurotui", timings=IMPATIENT)
    seen: list[tuple[int, object]] = []
    ends = [
        store.journal.subscribe(on_trouble=lambda error, n=n: seen.append((n, error)))  # type: ignore[misc]
        for n in range(2)
    ]
    conversation = Conversation()
    with pytest.raises(StoreReadOnly):
        await store.journal.begin(conversation, *turn(conversation))
    assert [number for number, _error in seen] == [0, 1]
    ends[0]()
    await asyncio.to_thread((tmp_path / "blocked").unlink)
    await until(lambda: not store.journal.trouble)
    assert seen[2:] == [(1, None)]
    await store.aclose()


async def test_all_is_written_at_the_end(tmp_path: Path) -> None:
    store = Store(tmp_path)
    conversation = Conversation()
    question, running = turn(conversation)
    await store.journal.begin(conversation, question, running)
    store.journal.append(running.id, text="последнее слово")
    store.journal.draft(conversation.id, "черновик")
    await store.aclose()
    assert rows(tmp_path, "SELECT text FROM deltas") == [("последнее слово",)]
    assert rows(tmp_path, "SELECT text FROM drafts") == [("черновик",)]
    assert files(tmp_path) == [tmp_path / FILE_NAME]


class Watch:
    """What a journal said of its troubles."""

    def __init__(self, journal: Journal) -> None:
        self.seen: list[type[StoreError] | None] = []
        journal.subscribe(on_trouble=lambda error: self.seen.append(type(error) if error else None))


async def test_what_cannot_be_written_waits_and_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "blocked").touch()
    store = Store(tmp_path / "blocked/neurotui", timings=IMPATIENT)
    assert isinstance(store.trouble, StoreReadOnly)
    watch = Watch(store.journal)
    conversation = Conversation()
    question, running = turn(conversation)
    with pytest.raises(StoreReadOnly):
        await store.journal.begin(conversation, question, running)
    for number in range(20):
        store.journal.append(running.id, text=f"{number} ")
        await asyncio.sleep(0.02)
    assert isinstance(store.journal.trouble, StoreReadOnly)
    assert store.journal.unsaved == [conversation]
    assert watch.seen == [StoreReadOnly]
    await asyncio.to_thread((tmp_path / "blocked").unlink)
    await until(lambda: not store.journal.trouble)
    assert watch.seen == [StoreReadOnly, None]
    assert store.journal.unsaved == []
    store.journal.append(running.id, text="end")
    final = ended(running, "".join(f"{number} " for number in range(20)) + "end")
    await until(lambda: not store.journal._is_pending() and store.journal._task is None)
    found = store.library.open(conversation.id)
    assert found is not None
    assert found.messages[running.id].text == final.text
    conversation.put(final)
    await store.journal.finish(final)
    assert store.library.open(conversation.id) == conversation
    await store.aclose()
    check(tmp_path / "blocked/neurotui")


async def test_turns_that_could_not_be_written_come_in_order_and_whole(tmp_path: Path) -> None:
    (tmp_path / "blocked").touch()
    store = Store(tmp_path / "blocked/neurotui", timings=IMPATIENT)
    conversation = Conversation()
    for number in range(3):
        question, running = turn(conversation, f"вопрос {number}")
        with pytest.raises(StoreReadOnly):
            await store.journal.begin(conversation, question, running)
        store.journal.append(running.id, text="начало")
        conversation.put(ended(running, f"ответ {number}"))
        with pytest.raises(StoreReadOnly):
            await store.journal.finish(conversation.messages[running.id])
    await asyncio.to_thread((tmp_path / "blocked").unlink)
    await until(lambda: not store.journal.trouble)
    assert store.library.open(conversation.id) == conversation
    assert rows(tmp_path / "blocked/neurotui", "SELECT count(*) FROM deltas") == [(0,)]
    await store.aclose()


async def test_another_program_that_holds_the_file_is_waited_for(impatient: Store, tmp_path: Path) -> None:
    impatient.journal._database.close()
    watch = Watch(impatient.journal)
    conversation = Conversation()
    question, running = turn(conversation)
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLocked):
            await impatient.journal.begin(conversation, question, running)
        other.execute("ROLLBACK")
    await until(lambda: not impatient.journal.trouble)
    assert watch.seen == [StoreLocked, None]
    assert rows(tmp_path, "SELECT count(*) FROM messages") == [(2,)]


async def test_a_file_that_is_gone_is_written_again_whole(store: Store, tmp_path: Path) -> None:
    conversation = Conversation()
    for text in ("раз", "два"):
        question, running = turn(conversation, text)
        await store.journal.begin(conversation, question, running)
        conversation.put(ended(running, text))
        await store.journal.finish(conversation.messages[running.id])
    for path in files(tmp_path):
        path.unlink()
    question, running = turn(conversation, "три")
    await store.journal.begin(conversation, question, running)
    conversation.put(ended(running, "три"))
    await store.journal.finish(conversation.messages[running.id])
    assert store.library.open(conversation.id) == conversation


async def test_a_file_damaged_under_way_is_set_aside_and_said(store: Store, tmp_path: Path) -> None:
    notices: list[StoreError] = []
    store.journal.subscribe(on_notice=notices.append)
    conversation = Conversation()
    question, running = turn(conversation)
    await store.journal.begin(conversation, question, running)
    store.library._database.close()
    with (tmp_path / FILE_NAME).open("r+b") as file:
        file.write(b"\xff" * 8192)
    (tmp_path / (FILE_NAME + "-wal")).write_bytes(b"")
    store.journal._database.close()
    conversation.put(ended(running, "ответ"))
    await store.journal.finish(conversation.messages[running.id])
    assert [type(notice) for notice in notices] == [StoreDamaged]
    assert store.journal.trouble is None
    assert store.library.open(conversation.id) == conversation


async def test_a_newer_file_is_not_asked_again_and_again(tmp_path: Path) -> None:
    library_of(tmp_path).summaries()
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        connection.execute(f"PRAGMA user_version = {len(schema.MIGRATIONS) + 1}")
    store = Store(tmp_path, timings=IMPATIENT)
    conversation = Conversation()
    question, running = turn(conversation)
    with pytest.raises(StoreTooNew):
        await store.journal.begin(conversation, question, running)
    store.journal.append(running.id, text="x")
    assert store.journal._timer is None
    assert store.journal.unsaved == [conversation]
    await store.aclose()
    assert rows(tmp_path, "SELECT count(*) FROM messages") == [(0,)]


async def test_an_unforeseen_error_is_a_trouble_and_no_standstill(impatient: Store) -> None:
    conversation = Conversation()
    question, running = turn(conversation)
    impossible = replace(question, created_at=10**400)
    with pytest.raises(StoreError, match="OverflowError"):
        await impatient.journal.begin(conversation, impossible, running)
    impatient.journal._waiting.clear()


ANOTHER = """
import asyncio, sys
from dataclasses import replace
from pathlib import Path
from neurotui.chat.conversation import Conversation, Status
from neurotui.store.store import Store
from tests.store.examples import turn

async def main() -> None:
    store = Store(Path(sys.argv[1]))
    conversation = store.library.open(sys.argv[2]) or Conversation(sys.argv[2])
    print(await store.journal.enter(conversation.id), flush=True)
    sys.stdin.readline()
    for number in range(int(sys.argv[3])):
        question, running = turn(conversation, f"другой {number}")
        await store.journal.begin(conversation, question, running)
        for word in range(20):
            store.journal.append(running.id, text=f"{number}:{word} ")
        await asyncio.sleep(0.4 if number == 0 else 0)
        if sys.argv[4] == "finish":
            text = "".join(f"{number}:{word} " for word in range(20))
            done = replace(running, text=text, status=Status.COMPLETE)
            conversation.put(done)
            await store.journal.finish(done)
    print("ready", flush=True)
    sys.stdin.readline()
    await store.aclose()

asyncio.run(main())
"""


class Other:
    """Another instance, in a process of its own."""

    def __init__(self, folder: Path, conversation_id: str, turns: int, end: str = "finish") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", ANOTHER, str(folder), conversation_id, str(turns), end],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.told = self.line()

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def go_on(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        with self.process:
            self.process.kill()

    def end(self) -> None:
        self.go_on()
        with self.process:
            assert self.process.wait(10) == 0


async def test_two_instances_on_one_conversation_lose_and_mix_nothing(store: Store, tmp_path: Path) -> None:
    conversation = Conversation(id="shared")
    assert not await store.journal.enter("shared")
    other = await asyncio.to_thread(Other, tmp_path, "shared", 8)
    assert other.told == "True", "the second is told"
    assert await store.journal.enter("shared"), "and the first, when it looks"
    other.go_on()
    for number in range(8):
        question, running = turn(conversation, f"здесь {number}")
        await store.journal.begin(conversation, question, running)
        for word in range(20):
            store.journal.append(running.id, text=f"{word} ")
        await asyncio.sleep(0.05)
        conversation.put(ended(running, "".join(f"{word} " for word in range(20))))
        await store.journal.finish(conversation.messages[running.id])
    assert await asyncio.to_thread(other.line) == "ready"
    await asyncio.to_thread(other.end)
    found = store.library.open("shared")
    assert found is not None
    assert conversation.messages.items() <= found.messages.items()
    theirs = [message for id_, message in found.messages.items() if id_ not in conversation.messages]
    assert [message.text for message in theirs] == [
        text
        for number in range(8)
        for text in (f"другой {number}", "".join(f"{number}:{word} " for word in range(20)))
    ]


async def test_a_running_answer_of_another_instance_is_not_taken_for_a_dead_one(
    store: Store, tmp_path: Path
) -> None:
    other = await asyncio.to_thread(Other, tmp_path, "c", 1, "leave")
    other.go_on()
    assert await asyncio.to_thread(other.line) == "ready"
    assert await store.journal.unfinished() == []
    running = store.library.open("c")
    assert running is not None and running.path()[-1].status is Status.RUNNING
    other.kill()
    (unfinished,) = await store.journal.unfinished()
    expected = "".join(f"0:{word} " for word in range(20))
    assert unfinished.conversation_id == "c"
    assert unfinished.message.text == expected
    assert unfinished.characters == len(expected)
    assert unfinished.started_at == running.path()[-1].created_at
    assert unfinished.message.status is Status.CUT
    dead = store.library.open("c")
    assert dead is not None and dead.path()[-1] == unfinished.message


async def died(folder: Path) -> None:
    """Leaves an unfinished answer in the conversation `c`, as a killed process does."""
    store = Store(folder)
    conversation = Conversation(id="c")
    question, running = turn(conversation)
    await store.journal.begin(conversation, question, running)
    store.journal.append(running.id, text="недоска", reasoning="мысль")
    await store.aclose()


async def test_an_unfinished_answer_is_kept_as_a_cut_one(tmp_path: Path) -> None:
    await died(tmp_path)
    store = Store(tmp_path)
    (unfinished,) = await store.journal.unfinished()
    assert not store.library.search("недоск").hits
    await store.journal.keep(unfinished)
    assert await store.journal.unfinished() == []
    assert rows(tmp_path, "SELECT text, reasoning, status FROM messages WHERE role = 'assistant'") == [
        ("недоска", "мысль", "cut")
    ]
    assert rows(tmp_path, "SELECT count(*) FROM deltas") == [(0,)]
    assert store.library.search("недоск").hits
    await store.aclose()
    check(tmp_path)


async def test_what_is_known_beside_the_text_outlives_a_kill(tmp_path: Path) -> None:
    store = Store(tmp_path)
    conversation = Conversation(id="c")
    question, running = turn(conversation)
    await store.journal.begin(conversation, question, running)
    store.journal.append(running.id, text="мысль\n")
    store.journal.append(running.id, text="</think>\n")
    store.journal.note(replace(running, mark="</think>\n", unreadable=1))
    store.journal.append(running.id, text="отв")
    store.journal.note(replace(running, mark="</think>\n", unreadable=2, parts=(Part("image"),)))
    await store.aclose()
    store = Store(tmp_path)
    (unfinished,) = await store.journal.unfinished()
    await store.journal.keep(unfinished)
    found = store.library.open("c")
    assert found is not None
    answer = found.path()[-1]
    assert (answer.reasoning, answer.text, answer.status) == ("мысль\n", "отв", Status.CUT)
    assert (answer.unreadable, answer.parts, answer.timing) == (2, (Part("image"),), None)
    await store.aclose()
    check(tmp_path)


async def test_an_unfinished_answer_is_deleted(tmp_path: Path) -> None:
    await died(tmp_path)
    store = Store(tmp_path)
    (unfinished,) = await store.journal.unfinished()
    await store.journal.delete(unfinished)
    assert await store.journal.unfinished() == []
    await store.journal.keep(unfinished)
    found = store.library.open("c")
    assert found is not None
    assert [message.text for message in found.path()] == ["Вопрос"]
    await store.aclose()
    check(tmp_path)


async def test_an_unfinished_answer_that_was_gone_on_from_is_not_deleted(tmp_path: Path) -> None:
    await died(tmp_path)
    store = Store(tmp_path)
    (unfinished,) = await store.journal.unfinished()
    conversation = store.library.open("c")
    assert conversation is not None
    question, running = turn(conversation, "Продолжай")
    await store.journal.begin(conversation, question, running)
    await store.journal.finish(ended(running, "дальше"))
    await store.journal.delete(unfinished)
    found = store.library.open("c")
    assert found is not None
    assert [message.text for message in found.path()] == ["Вопрос", "недоска", "Продолжай", "дальше"]
    await store.aclose()


@measured
async def test_writing_does_not_hold_up_the_loop(store: Store) -> None:
    """A loop that is held up ticks late. The bound is loose here; `tests/benchmarks/store.py` measures."""
    conversation = Conversation()
    question, running = turn(conversation, "большой " * 20_000)
    late: list[float] = []
    over = False

    async def tick() -> None:
        while not over:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            late.append(time.perf_counter() - before - 0.001)

    ticking = asyncio.create_task(tick())
    await store.journal.begin(conversation, question, running)
    for _ in range(100):
        store.journal.append(running.id, text="слово " * 50)
        await asyncio.sleep(0.002)
    await store.journal.finish(ended(running, "слово " * 200_000))
    over = True
    await ticking
    in_time(max(late), 0.2)


def test_the_thread_ends_with_the_store(tmp_path: Path) -> None:
    async def use() -> None:
        store = Store(tmp_path)
        await store.journal.begin(Conversation(id="c"), answer(Message("q", "user", "?"), "", Status.CUT))  # type: ignore[arg-type]
        await store.aclose()

    before = threading.active_count()
    asyncio.run(use())
    assert threading.active_count() == before
