"""Files that are their owner's alone, whole or not there, and never in the place of another."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from neurotui.errors import DiskFull, StoreError, StoreReadOnly
from neurotui.store.files import file_error, on_network, private_file, private_folder, write_file

posix_only = pytest.mark.skipif(os.name != "posix", reason="rights")


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@posix_only
def test_new_folders_are_private_their_parents_too(tmp_path: Path, open_umask: None) -> None:
    private_folder(tmp_path / "a/b/c")
    assert [mode(tmp_path / name) for name in ("a", "a/b", "a/b/c")] == [0o700] * 3


@posix_only
def test_what_is_there_is_narrowed(tmp_path: Path, open_umask: None) -> None:
    (tmp_path / "folder").mkdir(0o777)
    (tmp_path / "file").touch(0o666)
    private_folder(tmp_path / "folder")
    private_file(tmp_path / "file")
    assert (mode(tmp_path / "folder"), mode(tmp_path / "file")) == (0o700, 0o600)


@posix_only
def test_a_linked_folder_is_used_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    private_folder(tmp_path / "link/data")
    assert mode(tmp_path / "real/data") == 0o700


@posix_only
def test_what_is_no_file_and_no_folder_keeps_its_rights(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    pipe.chmod(0o666)
    link.symlink_to(pipe)
    with pytest.raises(OSError, match="It is not a regular file"):
        private_file(link)
    with suppress(OSError):
        private_folder(link)
    assert mode(pipe) == 0o666


def test_a_file_is_written_whole_and_private(tmp_path: Path) -> None:
    path = write_file(tmp_path / "new/имя.md", [b"a", b"b"])
    assert path.read_bytes() == b"ab"
    if os.name == "posix":
        assert mode(path) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_no_file_is_overwritten_unless_it_may_be(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    written = [write_file(path, [bytes([number])]) for number in range(3)]
    assert [each.name for each in written] == ["a.md", "a (2).md", "a (3).md"]
    assert [each.read_bytes() for each in written] == [b"\0", b"\1", b"\2"]
    assert write_file(path, [b"new"], overwrite=True) == path
    assert path.read_bytes() == b"new"


@posix_only
def test_what_is_no_file_of_its_own_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    real, link, pipe, device = (tmp_path / name for name in ("real", "link", "pipe", "device"))
    real.write_text("old")
    link.symlink_to(real)
    assert write_file(link, [b"new"], overwrite=True) == link
    assert link.is_symlink() and real.read_bytes() == b"new"
    device.symlink_to(os.devnull)
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    for path in (pipe, device):
        for overwrite in (False, True):
            assert write_file(path, [b"a", b"b"], overwrite=overwrite) == path
    assert os.read(reader, 9) == b"abab"
    os.close(reader)
    assert pipe.is_fifo() and device.is_char_device()
    assert len(list(tmp_path.iterdir())) == 4


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("old")

    def broken() -> Iterator[bytes]:
        yield b"new"
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(DiskFull):
        write_file(path, broken(), overwrite=True)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_a_file_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreReadOnly) as caught:
        write_file(tmp_path / "file/a.md", [b""])
    assert str(tmp_path / "file/a.md") in caught.value.title


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, DiskFull),
        (errno.EDQUOT, DiskFull),
        (errno.EROFS, StoreReadOnly),
        (errno.EACCES, StoreReadOnly),
        (errno.EIO, StoreError),
        (errno.EFBIG, StoreError),
    ],
)
def test_errors_of_the_system_are_told_apart(number: int, expected: type[StoreError], tmp_path: Path) -> None:
    assert type(file_error(OSError(number, os.strerror(number)), tmp_path / "a")) is expected


MOUNTS = r"""
22 1 259:2 / / rw,relatime shared:1 - ext4 /dev/root rw
30 22 0:40 / /home/мир\040и rw - nfs4 server:/export rw
31 30 259:3 / /home/мир\040и/local rw - ext4 /dev/sdb rw
32 22 0:41 / /mnt/c rw - 9p C: rw
33 22 0:42 / /srv rw - fuse.sshfs user@host: rw
""".lstrip()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/root/x.db", False),
        ("/home/мир и/x.db", True),
        ("/home/мир и/local/x.db", False),
        ("/mnt/c/x.db", True),
        ("/mnt/cx/x.db", False),
        ("/srv/deep/x.db", True),
    ],
)
@posix_only
def test_network_file_systems_are_known_by_their_mounts(path: str, expected: bool, tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS, encoding="utf-8")
    assert on_network(Path(path), str(mounts)) is expected


def test_no_list_of_mounts_is_no_network(tmp_path: Path) -> None:
    assert not on_network(tmp_path, str(tmp_path / "missing"))
