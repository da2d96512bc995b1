"""A used file of version 2 gets the tables of version 3: nothing is lost, whatever else is open."""

from __future__ import annotations

import asyncio
import gzip
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from neurotui.chat.conversation import Citation, Part, Status
from neurotui.errors import StoreReadOnly, StoreTooNew, WorkStopped
from neurotui.store import schema
from neurotui.store.database import Database
from neurotui.store.instances import Instances
from neurotui.store.migrations.version_3 import RECENT_DAYS
from neurotui.store.store import FILE_NAME, Store
from neurotui.store.watch import Report, Stage, Unit
from tests.store import big_file
from tests.store.attaching import check_blobs, picture, text_file
from tests.store.examples import check, library_of, rows, turn
from tests.store.released import VERSION_2, Released, unpacked
from tests.store.test_database import tiny_disk as tiny_disk
from tests.store.test_schema import FILES

VERSION_2_TABLES = ("conversations", "messages", "deltas", "drafts")
BIG = 60
"""MB of a large file by default."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the file that somebody has used with the code of version 2."""
    place = tmp_path / "data"
    place.mkdir()
    content = gzip.decompress((FILES / "version_2_used.db.gz").read_bytes())
    (place / FILE_NAME).write_bytes(content)
    return place


@pytest.fixture(scope="session")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code that was released before version 3."""
    return unpacked(VERSION_2, tmp_path_factory.mktemp("released"))


def content(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All that a file of version 2 holds, in the columns that version 2 has."""
    found = {}
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as empty:
        schema.apply(empty, last=2)
        columns = {
            table: [name for _n, name, *_rest in empty.execute(f"PRAGMA table_info({table})")]
            for table in VERSION_2_TABLES
        }
    with closing(sqlite3.connect(path)) as connection:
        for table, names in columns.items():
            found[table] = connection.execute(f"SELECT {', '.join(names)} FROM {table}").fetchall()
    return found


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return schema.version(connection)


def make_recent(folder: Path) -> None:
    """Move all that was asked in the used file to this moment."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection, connection:
        connection.execute("UPDATE messages SET created_at = created_at - 1.7e9 + ?", (time.time() - 2000,))
        connection.execute("UPDATE conversations SET updated_at = ?", (time.time(),))


def test_nothing_is_lost(folder: Path) -> None:
    before = content(folder / FILE_NAME)
    library = library_of(folder)
    talk = library.open("talk")
    assert rows(folder, "PRAGMA user_version") == [(3,)]
    assert content(folder / FILE_NAME) == before == content(folder / "neurotui-version-2.db")
    assert version_of(folder / "neurotui-version-2.db") == 2
    check(folder)
    assert talk is not None
    assert (talk.title, talk.parameters, talk.first_sent_id) == ("Разговор", {"temperature": 0.5}, "q3")
    assert (talk.leaf_id, talk.profile, talk.chosen_model) == ("a-q2", "", "")
    assert talk.siblings("q2") == ["q2", "q3"]
    cut = talk.messages["a-q2"]
    assert (cut.status, cut.unreadable, cut.mark) == (Status.CUT, 2, "</think>\n")
    assert (cut.parts, cut.citations) == (
        (Part("image", 2),),
        (Citation("https://пример.рф", "Ёж"),),
    )
    assert cut.bill is not None and cut.bill.asked_model == "gpt-5-mini"
    assert library.draft("talk") == "недописанное\nв две строки"
    assert library.left_draft()[1] == "черновик нового"
    crashed = library.open("crashed")
    assert crashed is not None
    died = crashed.messages["a-q6"]
    assert (died.text, died.reasoning, died.status, died.unreadable) == ("Упаду", "мысль", Status.CUT, 1)
    imported = library.open("imported")
    assert imported is not None and len(imported.messages) == 3
    assert library.summaries()[0].id == "talk"
    assert {hit.conversation_id for hit in library.search("архива").hits} == {"imported"}


def test_what_a_day_has_cost_holds_over_the_update(folder: Path) -> None:
    make_recent(folder)
    store = Store(folder)
    expected = [
        ("a-q1", 123),
        ("a-q2", 123),
        ("a-q3", 123),
        ("a-q4", None),
        ("a-q5", 123),
    ]
    for _before_and_after_they_are_read in range(2):
        found = store.spending.totals(0, time.time() + 1)
        assert sum(total.micros or 0 for total in found) == 4 * 123
        assert sum(total.answers for total in found if total.asked_model == "gpt-5-mini") == 6
        tokens = (
            5 * 34 + 10 + 4 + 2
        )  # four complete and one without a bill, one not saved, one died, an import
        assert sum(total.completion_tokens for total in found) == tokens
        store.library.purge()
    store.close()
    kept = rows(
        folder, "SELECT id, micros FROM spending WHERE id LIKE 'a-q%' AND status <> 'cut' ORDER BY id"
    )
    assert kept == [row for row in expected if row[0] != "a-q2"]
    assert rows(folder, "SELECT status, completion_tokens FROM spending WHERE id = 'a-q6'") == [("cut", 4)]


def test_answers_of_long_ago_are_not_taken_over(folder: Path) -> None:
    library_of(folder).ids()
    assert rows(folder, "SELECT count(*) FROM spending") == [(0,)]


class Window:
    """A screen on which is shown what is waited for."""

    is_seen = True

    def __init__(self) -> None:
        self.shown: list[tuple[Stage, str]] = []
        self.waits = threading.Event()
        self.stopped = False

    @contextmanager
    def begin(self, stage: Stage, unit: Unit, about: str = "") -> Iterator[Report]:
        def report(done: int, total: int | None) -> None:
            if self.stopped:
                raise WorkStopped
            self.shown.append((stage, about))
            if stage is Stage.WAITING:
                self.waits.set()

        yield report


def test_it_waits_for_a_window_of_the_released_code_and_says_which(folder: Path, code: Path) -> None:
    window = Window()
    store = Store(folder, window)
    with Released(code, folder) as old:
        assert old.trouble == "NoneType"
        connecting = threading.Thread(target=lambda: store.trouble)
        connecting.start()
        assert window.waits.wait(30)
        assert version_of(folder / FILE_NAME) == 2
        answer = str(old.do("ask('пока ждут')")).strip("'")
        old.do("store.journal.draft('talk', 'и черновик')")
    connecting.join(30)
    assert window.shown[0] == (Stage.WAITING, "“Разговор”")
    assert Stage.BACKING_UP in {stage for stage, _about in window.shown}
    assert store.trouble is None
    assert rows(folder, "PRAGMA user_version") == [(3,)]
    talk = store.library.open("talk")
    assert talk is not None and talk.messages[answer].text == "Ответ на пока ждут"
    assert store.library.draft("talk") == "и черновик"
    assert sum(total.micros or 0 for total in store.spending.totals(0, time.time() + 1)) == 250_000
    store.close()
    check(folder)


def test_a_wait_can_be_ended(folder: Path, code: Path) -> None:
    window = Window()
    store = Store(folder, window)
    with Released(code, folder, "нет такого") as old:
        connecting = threading.Thread(target=lambda: store.trouble)
        connecting.start()
        assert window.waits.wait(30)
        window.stopped = True
        connecting.join(30)
        assert isinstance(store.trouble, WorkStopped)
        assert window.shown[0] == (Stage.WAITING, "a new conversation")
        assert old.do("store.library.latest_id()") == "'crashed'"
    assert version_of(folder / FILE_NAME) == 2
    assert not list(folder.glob("neurotui-version-*"))


def test_two_new_windows_do_not_wait_for_each_other(folder: Path) -> None:
    first, second = Store(folder, Window()), Store(folder, Window())
    asyncio.run(first.journal.enter("talk"))
    assert asyncio.run(second.journal.enter("talk"))
    with_trouble = [threading.Thread(target=lambda store=store: store.trouble) for store in (first, second)]
    for thread in with_trouble:
        thread.start()
    for thread in with_trouble:
        thread.join(30)
    assert first.trouble is second.trouble is None
    assert len(list(folder.glob("neurotui-version-2*.db"))) == 1
    first.close()
    second.close()


async def test_the_released_code_goes_on_in_a_file_that_was_updated_under_it(
    folder: Path, code: Path
) -> None:
    """Nobody sees a wait here, as in a script, so the file is updated at once."""
    with Released(code, folder) as old:
        answer = str(old.do("ask('раньше')")).strip("'")
        store = Store(folder)
        assert store.trouble is None
        assert rows(folder, "PRAGMA user_version") == [(3,)]
        for expression, expected in {
            "len(store.library.summaries())": "5",
            "len(store.library.search('раньше').hits)": "2",
            "store.library.draft('talk')": repr("недописанное\nв две строки").replace("\\n", "\n"),
            "store.library.rename('talk', 'Новое имя')": "None",
            "store.library.configure(conversation)": "None",
            "store.library.look_at('talk', 'a-q1')": "None",
            "store.library.pin('imported', True)": "None",
            "store.library.delete('no bill')": "None",
            "store.library.restore('no bill')": "None",
            "store.library.purge()": "None",
            "len(store.library.fork(conversation, 'a-q1').messages)": "2",
            "store.library.add(Conversation.of([Message('x', Role.USER, 'чужое')], id='x')).value": "'new'",
            "len(store.library.prompts())": "10",
            "store.journal.draft('talk', 'из старого окна')": "None",
            "store.journal.draft('', 'нового')": "None",
        }.items():
            assert old.do(expression) == expected, expression
        later = str(old.do("ask('позже')")).strip("'")
        running = str(old.do("begin('ещё идёт')"))
        assert "RUNNING" in running or "running" in running
        mine = store.library.open("no bill")
        assert mine is not None
        question, going = turn(mine, "отсюда")
        await store.journal.begin(mine, question, going)
        talk = store.library.open("talk")
        assert talk is not None and talk.title == "Новое имя"
        assert {talk.messages[id_].status for id_ in (answer, later)} == {Status.COMPLETE}
        assert [message.status for message in talk.messages.values()].count(Status.RUNNING) == 1
        spent = store.spending.totals(0, time.time() + 1)
        assert sum(total.micros or 0 for total in spent) == 500_000
        old.kill()
    [died] = [each for each in await store.journal.unfinished() if each.conversation_id == "talk"]
    await store.journal.keep(died)
    assert rows(folder, f"SELECT status FROM spending WHERE id = '{died.message.id}'") == [("cut",)]
    assert store.library.draft("talk") == "из старого окна"
    await store.aclose()
    check(folder)


async def test_the_released_code_reads_a_file_of_version_3_and_does_not_write_it(
    folder: Path, code: Path
) -> None:
    store = Store(folder)
    talk = store.library.open("talk")
    assert talk is not None
    question, running = turn(talk, "в новом окне")
    await store.journal.begin(talk, question, running)
    with Released(code, folder) as old:
        assert old.trouble == "StoreTooNew"
        assert old.do("conversation.path()[-1].status.value") == "'running'"
        assert "StoreTooNew" in str(old.do("store.library.rename('talk', 'нет')"))
        assert "StoreTooNew" in str(old.do("ask('нельзя')"))
        assert await store.journal.enter("talk"), "each is told of the other"
        assert old.do("store.journal.enter('talk')") == "True"
    await store.aclose()
    check(folder)


async def test_a_file_that_a_newer_window_updates_is_not_written_any_more(folder: Path) -> None:
    store = Store(folder)
    assert store.trouble is None and store.library.ids()
    with closing(sqlite3.connect(folder / FILE_NAME)) as newer:
        newer.execute("PRAGMA user_version = 4")
    with pytest.raises(StoreTooNew):
        store.library.rename("talk", "нет")
    assert store.library.open("talk") is not None
    with pytest.raises(StoreTooNew):
        store.library.pin("talk", False)
    await store.aclose()
    assert rows(folder, "SELECT title FROM conversations WHERE id = 'talk'") == [("Разговор",)]


def test_a_large_file_is_not_rewritten(tmp_path: Path) -> None:
    migrate_large(tmp_path, BIG)


async def test_a_window_of_the_released_code_leaves_attachments_whole(folder: Path, code: Path) -> None:
    with Released(code, folder) as old:
        old.do("ask('раньше')")
        store = Store(folder)
        conversation = store.library.open("talk")
        assert conversation is not None
        question, running = turn(conversation, "Что здесь?")
        question = replace(question, attachments=(picture(store.blobs), text_file(store.blobs, "слово")))
        conversation.put(question)
        await store.journal.begin(conversation, question, running)
        ended = replace(running, text="Кот.", status=Status.COMPLETE, attachments=(picture(store.blobs),))
        conversation.put(ended)
        await store.journal.finish(ended)
        old.do("ask('позже')")
        assert old.do("len(store.library.open('talk').messages)") != "0"
        assert old.do("store.library.fork(store.library.open('talk'), store.library.open('talk').leaf_id).id")
        found = store.library.open("talk")
        assert found is not None
        assert found.messages[question.id] == question and found.messages[ended.id] == ended
        assert len(store.library.search("слово").hits) == 1
        assert old.do("store.library.delete('talk')") == "None"
        Database(folder / FILE_NAME).write(
            lambda connection: connection.execute("UPDATE conversations SET deleted_at = 1 WHERE id = 'talk'")
        )
        assert old.do("store.library.purge()") == "None"
        assert rows(folder, "SELECT count(*) FROM attachments") == [(0,)]
        check(folder)
        check_blobs(folder)
    await store.aclose()


@pytest.mark.slow
def test_two_gigabytes_are_updated_in_seconds(tmp_path: Path) -> None:
    assert migrate_large(tmp_path, 2000) < 60


def migrate_large(folder: Path, megabytes: int) -> float:
    """Update a large file; return the seconds that it took, backup and all."""
    path = folder / FILE_NAME
    messages = big_file.write(path, megabytes)
    size = path.stat().st_size
    assert size > 0.8e6 * megabytes
    told: list[tuple[Stage, int, int | None]] = []

    class Watch(Window):
        @contextmanager
        def begin(self, stage: Stage, unit: Unit, about: str = "") -> Iterator[Report]:
            yield lambda done, total: told.append((stage, done, total))

    database = Database(path, Watch())
    start = time.perf_counter()
    database.connect()
    took = time.perf_counter() - start
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM messages").fetchone() == (messages,)
        (taken,) = connection.execute("SELECT count(*) FROM spending").fetchone()
    assert 0.9 < taken / (messages / 2 * RECENT_DAYS / big_file.DAYS) < 1.1
    log = path.with_name(path.name + "-wal").stat().st_size
    assert log < 1_000_000 + 600 * taken, "what is written does not grow with the messages"
    backed_up = [(done, total) for stage, done, total in told if stage is Stage.BACKING_UP]
    assert len(backed_up) >= size / 4096 / 1000 and backed_up == sorted(backed_up)
    assert backed_up[-1] == (size, size)
    database.close()
    return took


KILLED = """
import os, signal, sys
from pathlib import Path
from neurotui.store import schema
from neurotui.store.database import Database

at, number = sys.argv[2], int(sys.argv[3])
def die(count):
    if count == number:
        os.kill(os.getpid(), signal.SIGKILL)

class Watch:
    is_seen = False
    reports = 0
    def begin(self, stage, unit, about=""):
        from contextlib import nullcontext
        def report(done, total):
            if at == stage.name:
                self.reports += 1
                die(self.reports)
        return nullcontext(report)

statements = schema._statements
def counted(script):
    for count, statement in enumerate(statements(script), 1):
        yield statement
        if at == "STATEMENT":
            die(count)
schema._statements = counted
print("begun", flush=True)
Database(Path(sys.argv[1]), Watch()).connect()
print("done", flush=True)
sys.stdin.read()
"""


def killed(folder: Path, at: str = "", number: int = 0, seconds: float | None = None) -> bool:
    """Update a file in a process that is killed on its way; True if it had come to the end."""
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(folder / FILE_NAME), at, str(number)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        if seconds is not None:
            time.sleep(seconds)
            process.kill()
        done = process.stdout.readline() == "done\n"
        process.kill()
    return done


def is_whole(folder: Path, before: dict[str, list[tuple[Any, ...]]]) -> int:
    """Assert that a file and its backups are whole; return its version."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        assert connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
        version = schema.version(connection)
        columns = len(connection.execute("PRAGMA table_info(conversations)").fetchall())
        assert (version, columns) in {(2, 16), (3, 20)}
    assert content(folder / FILE_NAME) == before
    for backup in folder.glob("neurotui-version-2*.db"):
        assert content(backup) == before and version_of(backup) == 2
    return version


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
@pytest.mark.parametrize(
    ("at", "number", "version"),
    [
        ("BACKING_UP", 1, 2),
        ("BACKING_UP", 3, 2),
        ("STATEMENT", 1, 2),
        ("STATEMENT", 11, 2),
        ("STATEMENT", len(schema._statements(schema.MIGRATIONS[2])), 2),
        ("NEVER", 0, 3),
    ],
)
def test_a_kill_leaves_one_version_or_the_other(at: str, number: int, version: int, tmp_path: Path) -> None:
    big_file.write(tmp_path / FILE_NAME, 10)
    before = content(tmp_path / FILE_NAME)
    if at == "NEVER":
        assert killed(tmp_path)
    else:
        assert not killed(tmp_path, at, number)
    assert is_whole(tmp_path, before) == version
    Database(tmp_path / FILE_NAME).connect()
    assert is_whole(tmp_path, before) == 3
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_two_hundred_kills_leave_one_version_or_the_other(tmp_path: Path) -> None:
    big_file.write(tmp_path / "original.db", 30)
    before = content(tmp_path / "original.db")
    chance, versions = random.Random(3), []
    for number in range(200):
        folder = tmp_path / str(number)
        folder.mkdir()
        shutil.copy(tmp_path / "original.db", folder / FILE_NAME)
        killed(folder, seconds=chance.uniform(0.0, 0.6))
        versions.append(is_whole(folder, before))
        Database(folder / FILE_NAME).connect()
        assert is_whole(folder, before) == 3
        shutil.rmtree(folder)
    assert {2, 3} == set(versions)


def test_the_name_of_an_instance_tells_what_it_writes(tmp_path: Path) -> None:
    here = Instances(tmp_path)
    assert here.name.startswith("3-")
    there = Instances(tmp_path)
    there.name = "0123456789abcdef0123456789abcdef"
    there.enter("c")
    here.enter("d")
    assert here.older() == [(there.name, "c")]
    there.close()
    assert here.older() == []
    here.close()


@pytest.mark.skipif(sys.platform != "linux", reason="tmpfs")
@pytest.mark.parametrize("name", ["version_1", "version_2", "version_2_used"])
def test_an_older_file_on_a_disk_that_may_not_be_written_is_read(name: str, tiny_disk: Path) -> None:
    content = gzip.decompress((FILES / f"{name}.db.gz").read_bytes())
    (tiny_disk / FILE_NAME).write_bytes(content)
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    store = Store(tiny_disk)
    assert isinstance(store.trouble, StoreReadOnly)
    listed = store.library.summaries()
    assert len(listed) >= 2
    for summary in listed:
        found = store.library.open(summary.id)
        assert found is not None and found.messages and found.profile == ""
        assert store.library.search(next(iter(found.messages.values())).text).hits
    assert store.library.prompts()
    assert store.library.latest_id() in {summary.id for summary in listed}
    store.library.left_draft()
    with pytest.raises(StoreReadOnly):
        store.library.rename(listed[0].id, "нет")
    store.close()
    store.journal._database.close()
    assert (tiny_disk / FILE_NAME).read_bytes() == content
