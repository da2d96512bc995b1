"""Files and folders that only their owner may read, and writing one so that it is there whole or not at
all.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from neurotui.errors import DiskFull, StoreError, StoreReadOnly
from neurotui.i18n.reasons import reason_of
from neurotui.settings.files import PRIVATE_FILE, PRIVATE_FOLDER, require_regular

LOW_SPACE = 64 * 1024
"""Bytes. With less than this free, an unexplained failure to write is a full disk."""

_NETWORK_SYSTEMS = {
    *("9p", "afs", "beegfs", "ceph", "cifs", "davfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4"),
    *("fuse.davfs2", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs", "smb3", "smbfs", "virtiofs"),
}
"""File systems that may be in use by another machine too, by their names in Linux."""

_OCTAL = re.compile(r"\\([0-7]{3})")
"""A blank in a path, in mountinfo."""


def private_folder(path: Path) -> None:
    """Make a folder that only its owner may read, or narrow its rights to that. Raises OSError."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        with suppress(FileExistsError):
            folder.mkdir(PRIVATE_FOLDER)
        _restrict(folder, PRIVATE_FOLDER)
    _restrict(path, PRIVATE_FOLDER)


def private_file(path: Path) -> None:
    """Make a regular file that only its owner may read, or narrow its rights to that. Raises OSError.

    One that exists is not opened: closing it would take from this process the locks that SQLite holds on it.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE_FILE))
    require_regular(path)
    _restrict(path, PRIVATE_FILE)


def _restrict(path: Path, mode: int) -> None:
    """Narrow the rights of what is ours, which a device is not; file systems without rights are left so."""
    with suppress(OSError):
        found = path.stat().st_mode
        if stat.S_IMODE(found) != mode and (stat.S_ISREG(found) or stat.S_ISDIR(found)):
            path.chmod(mode)


def companions(path: Path) -> tuple[Path, Path]:
    """Return the files that SQLite keeps beside an open one: its log, and the memory that its users share."""
    return path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")


def identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another that took its name; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def on_network(path: Path, mounts: str = "/proc/self/mountinfo") -> bool:
    """True if a file lies where another machine may have it open, as far as the system tells."""
    path = path.resolve()
    if str(path).startswith("\\\\"):
        return True
    best, system = 0, ""
    try:
        lines = Path(mounts).read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return False
    for line in lines:
        before, _, after = line.partition(" - ")
        point = _OCTAL.sub(lambda match: chr(int(match[1], 8)), before.split(" ")[4])
        if path.is_relative_to(point) and len(point) >= best:
            best, system = len(point), after.split(" ")[0]
    return system in _NETWORK_SYSTEMS


def unused_names(path: Path) -> Iterator[Path]:
    """Yield `path`, then the same with a number: `name.md`, `name (2).md`, …"""
    yield path
    number = 2
    while True:
        yield path.with_name(f"{path.stem} ({number}){path.suffix}")
        number += 1


def write_file(path: Path, pieces: Iterable[bytes], *, overwrite: bool = False) -> Path:
    """Write a file, readable by its owner alone, which appears under its name only when it is whole.

    Where the name is taken, a number is added, unless it may be overwritten; a link stays a link, and a pipe
    or a device is written to as it is. Returns the path in the end. Raises StoreError.
    """
    real = Path(os.path.realpath(path)) if overwrite else path
    temporary = real.with_name(f".{secrets.token_hex(8)}.part")
    try:
        if path.is_fifo() or path.is_char_device():
            with path.open("wb") as stream:
                stream.writelines(pieces)
            return path
        if not path.parent.exists():
            private_folder(path.parent)
        try:
            private_file(temporary)
            with temporary.open("wb") as file:
                for piece in pieces:
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            target = real if overwrite else _reserve(path)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise file_error(error, path) from error
    return path if overwrite else target


def _reserve(path: Path) -> Path:
    """Take the first free name with an empty file, so that nobody else takes it meanwhile."""
    for candidate in unused_names(path):
        try:
            os.close(os.open(candidate, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE))
        except FileExistsError:
            continue
        return candidate
    raise AssertionError("numbers do not end")


def file_error(error: OSError, path: Path) -> StoreError:
    """Return an error of the system as one of ours."""
    cause = reason_of(error)
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFull(cause)
    if error.errno in {errno.EIO, errno.EFBIG, getattr(errno, "ESTALE", errno.EIO)}:
        return DiskFull(cause) if is_full(path) else StoreError(cause)
    return StoreReadOnly(cause, path=path)


def is_full(path: Path) -> bool:
    """True if there is next to no space left where a file lies."""
    try:
        return shutil.disk_usage(path.parent).free < LOW_SPACE
    except OSError:
        return False


if sys.platform == "win32":
    import msvcrt

    _FAR_BYTE = 1 << 30
    """Locked instead of the content: Windows lets nobody read bytes that are locked."""

    def lock(descriptor: int, *, shared: bool = False) -> None:
        """Lock an open file until it is closed or the process ends. Raises OSError where another has it."""
        os.lseek(descriptor, _FAR_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def lock(descriptor: int, *, shared: bool = False) -> None:
        """Lock an open file until it is closed or the process ends. Raises OSError where another has it."""
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
