"""Blobs are whole under their names, and kept where nothing can be written, too."""

from __future__ import annotations

import asyncio
import errno
import os
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from neurotui.chat.conversation import Conversation, Status, user_message
from neurotui.errors import AttachmentLost, DiskFull, StoreReadOnly
from neurotui.store.blobs import BlobStore
from neurotui.store.store import Store
from neurotui.store.timings import Timings
from neurotui.wire.parts import Blob
from tests.store.attaching import PNG, check_blobs, picture, text_file
from tests.store.examples import answer

IMPATIENT = Timings(busy=0.05, first_pause=0.05, longest_pause=0.2)
LONG_AGO = 1_000_000_000.0


def only_file(folder: Path) -> Path:
    (path,) = (folder / "blobs").glob("??/*")
    return path


async def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30.0
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def read(blobs: BlobStore, blob: Blob) -> bytes:
    with blobs.open(blob) as file:
        return file.read()


@pytest.mark.skipif(os.name != "posix", reason="modes")
def test_only_their_owner_may_read_them(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        BlobStore(tmp_path / "data").put(PNG)
    finally:
        os.umask(umask)
    for path in tmp_path.glob("data/**/*"):
        mode = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == mode, path


def test_the_same_bytes_are_one_blob_that_is_touched(tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path)
    first = blobs.put(PNG)
    path = only_file(tmp_path)
    os.utime(path, (LONG_AGO, LONG_AGO))
    node = path.stat().st_ino
    assert blobs.put(PNG) == first
    assert only_file(tmp_path).stat().st_ino == node
    assert path.stat().st_mtime > LONG_AGO
    assert read(blobs, first) == PNG


@pytest.mark.parametrize("damage", [PNG[:-1], PNG + b"!", PNG[:-1] + b"!", b""])
def test_a_damaged_one_is_lost_until_it_is_put_again(tmp_path: Path, damage: bytes) -> None:
    blob = BlobStore(tmp_path).put(PNG)
    only_file(tmp_path).write_bytes(damage)
    for blobs in (BlobStore(tmp_path), BlobStore(tmp_path)):
        with pytest.raises(AttachmentLost):
            blobs.open(blob)
    assert blobs.put(PNG) == blob
    assert read(blobs, blob) == PNG
    assert list((tmp_path / "blobs").glob("**/*.part")) == []


def test_one_that_is_damaged_while_it_is_known_is_lost(tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path)
    blob = blobs.put(PNG)
    only_file(tmp_path).write_bytes(PNG[:-1] + b"!")
    with pytest.raises(AttachmentLost):
        blobs.open(blob)


def test_a_large_one_that_differs_late_is_another(tmp_path: Path) -> None:
    large = bytes(3_000_000)
    blobs = BlobStore(tmp_path)
    blob = blobs.put(large)
    only_file(tmp_path).write_bytes(large[:-1] + b"!")
    assert blobs.put(large) == blob
    assert read(blobs, blob) == large


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "a" * 64, "A" * 64, "a" * 65])
def test_what_is_no_blob_is_lost(tmp_path: Path, digest: str) -> None:
    for folder in (tmp_path, None):
        with pytest.raises(AttachmentLost):
            BlobStore(folder).open(Blob(digest, 1))


async def test_a_damaged_one_leaves_the_rest_of_its_conversation(tmp_path: Path) -> None:
    store = Store(tmp_path)
    damaged, whole = picture(store.blobs), text_file(store.blobs, "текст")
    path = store.blobs.path(damaged.blob.digest)
    assert path is not None
    path.write_bytes(b"")
    conversation = Conversation.of([user_message("Вопрос", None, (damaged, whole))])
    await store.journal.begin(conversation, *conversation.messages.values())
    found = store.library.open(conversation.id)
    assert found is not None and found.messages == conversation.messages
    assert read(store.blobs, whole.blob).decode() == "текст"
    await store.aclose()


async def test_without_a_folder_they_are_in_memory() -> None:
    store = Store(None)
    attachment = picture(store.blobs)
    assert read(store.blobs, attachment.blob) == PNG
    assert store.trouble is not None
    await store.aclose()


async def test_where_nothing_can_be_written_they_are_in_memory_until_it_can(tmp_path: Path) -> None:
    store = Store(tmp_path, timings=IMPATIENT)
    obstacle = tmp_path / "blobs"
    obstacle.write_bytes(b"")  # in the place of the folder
    attachment = picture(store.blobs)
    assert read(store.blobs, attachment.blob) == PNG
    conversation = Conversation()
    question = user_message("Вопрос", None, (attachment,))
    running = answer(question, "", Status.RUNNING)
    for message in (question, running):
        conversation.put(message)
    with pytest.raises(StoreReadOnly):
        await store.journal.begin(conversation, question, running)
    assert store.library.open(conversation.id) is None, "no row names a blob that is not there"
    obstacle.unlink()
    await until(lambda: store.journal.trouble is None)
    await store.aclose()
    check_blobs(tmp_path)
    assert read(BlobStore(tmp_path), attachment.blob) == PNG
    found = Store(tmp_path).library.open(conversation.id)
    assert found is not None and found.messages[question.id].attachments == (attachment,)


def test_a_file_system_without_locks_keeps_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_descriptor: int, *, shared: bool = False) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr("neurotui.store.blobs.lock", refuse)
    blob = BlobStore(tmp_path).put(PNG)
    assert read(BlobStore(tmp_path), blob) == PNG


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.name != "posix" or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("no right to mount")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_takes_none_and_keeps_no_half(tiny_disk: Path) -> None:
    blobs = BlobStore(tiny_disk)
    kept = blobs.put(PNG)
    with pytest.raises(DiskFull):
        blobs.put(b"\0" * 2_000_000)
    assert [path for path in tiny_disk.glob("blobs/??/*") if path.name != kept.digest] == []
    assert read(blobs, kept) == PNG
    assert blobs.put(b"\0" * 100_000).size == 100_000, "there is room again"


def test_a_disk_that_may_only_be_read_gives_what_is_there(tiny_disk: Path) -> None:
    kept = BlobStore(tiny_disk).put(PNG)
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    blobs = BlobStore(tiny_disk)
    assert read(blobs, kept) == PNG
    fresh = blobs.put(b"fresh")
    assert read(blobs, fresh) == b"fresh"
    with pytest.raises(StoreReadOnly):
        blobs.hold([fresh])
    subprocess.run(["mount", "-o", "remount,rw", str(tiny_disk)], check=True)
    blobs.hold([fresh, kept])
    assert read(BlobStore(tiny_disk), fresh) == b"fresh"
