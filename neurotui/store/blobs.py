"""The bytes of attachments: files beside the database, each named by its SHA-256.

A blob is written under a temporary name, synced, and renamed: under its name it is always whole. The rows of
the database name it only afterwards. Whoever wants the same bytes again finds them there, and touches the
file, so that the purge (`neurotui.store.purging`) leaves it alone; one that turns out to be another than
its name says is written anew.

Where no folder is known, or the folder may not be written, blobs are in memory, and are written as soon as
rows that name them can be. All of it blocks: call it on a thread.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from neurotui.errors import AttachmentLost, NoFolder, StoreLocked, StoreReadOnly
from neurotui.i18n import _
from neurotui.settings.files import PRIVATE_FILE
from neurotui.store.files import file_error, lock, private_file, private_folder

if TYPE_CHECKING:
    from neurotui.wire.parts import Blob

FOLDER = "blobs"

PATIENCE = 5.0
"""Seconds to wait for the lock; others hold it for some microseconds."""
_PAUSE = 0.001
_PIECE = 1 << 20
"""Bytes that are read at once."""
_TOUCHED_FOR = 3600.0
"""Seconds after which a blob that is named again is touched again; the purge spares it for a day."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[0-9a-f]{64}|\.[0-9a-f]{16}\.part")
"""The second one of a blob that is not whole yet."""


class BlobStore:
    """Blobs in one folder; None stands for a folder that is not known."""

    def __init__(self, folder: Path | None, on_keep: Callable[[], None] = lambda: None) -> None:
        """`folder` is that of the database; `on_keep` is called before anything is kept."""
        self.folder = folder / FOLDER if folder else None
        self._on_keep = on_keep
        self._memory: dict[str, bytes] = {}
        """The blobs that could not be written."""
        self._whole: dict[str, tuple[int, ...]] = {}
        """The files whose bytes were compared with their name, as they were then."""

    def put(self, data: bytes) -> Blob:
        """Keep bytes: whole and on the disk when it returns, or in memory where nothing can be saved.

        Raises StoreError, DiskFull above all; then they are not kept.
        """
        from neurotui.wire.parts import Blob

        blob = Blob(hashlib.sha256(data).hexdigest(), len(data))
        try:
            self._keep(blob, data)
        except (NoFolder, StoreReadOnly):
            self._memory[blob.digest] = data
        return blob

    def open(self, blob: Blob) -> BinaryIO:
        """Open bytes for reading. Raises AttachmentLost where they are gone, or not what they were."""
        if (data := self._memory.get(blob.digest)) is not None:
            return io.BytesIO(data)
        lost = AttachmentLost(name=blob.digest[:12] or "?")
        path = self.path(blob.digest)
        if path is None:
            raise lost
        try:
            file = path.open("rb")
        except OSError as error:
            raise lost from error
        try:
            self._compare(file, blob)
        except (OSError, ValueError) as error:
            file.close()
            raise lost from error
        return file

    def hold(self, blobs: Iterable[Blob]) -> None:
        """Have blobs on the disk before rows name them, and out of the purge's way. Raises StoreError.

        One that is lost stays so: what names it will say that.
        """
        for blob in set(blobs):
            if (data := self._memory.get(blob.digest)) is not None:
                self._keep(blob, data)
                self._memory.pop(blob.digest, None)
            elif (path := self.path(blob.digest)) is not None:
                with suppress(OSError):
                    self._touch(path)

    def path(self, digest: str) -> Path | None:
        """Return the place of a blob; None where there can be none."""
        if self.folder is None or not _DIGEST.fullmatch(digest):
            return None
        return self.folder / digest[:2] / digest

    def digests(self) -> Iterator[str]:
        """Yield the names of all blobs on the disk."""
        return (path.name for path in self._files() if _DIGEST.fullmatch(path.name))

    def size(self, digest: str) -> int | None:
        """Return the size of a blob on the disk (bytes); None where it is not there."""
        path = self.path(digest)
        try:
            return None if path is None else path.stat().st_size
        except OSError:
            return None

    def older(self, before: float) -> list[Path]:
        """Return the files that nobody has touched since a Unix time, unfinished ones too."""
        return [path for path in self._files() if _is_older(path, before)]

    def remove(self, path: Path, before: float) -> None:
        """Remove a file of `older`, unless it was touched since."""
        with suppress(OSError), self._locked():
            if _is_older(path, before):
                path.unlink()

    # Internals

    def _keep(self, blob: Blob, data: bytes) -> None:
        path = self.path(blob.digest)
        if path is None or self.folder is None:
            raise NoFolder(_("HOME is not set, or XDG_DATA_HOME is not an absolute path"))
        self._on_keep()
        try:
            for folder in (self.folder, path.parent):
                is_new = not folder.exists()
                private_folder(folder)
                if is_new:
                    _sync(folder.parent)
            if not self._is_there(path, data):
                self._write(path, data)
            _sync(path.parent)
            self._whole[blob.digest] = _mark(path.stat())
        except OSError as error:
            raise file_error(error, path) from error

    def _is_there(self, path: Path, data: bytes) -> bool:
        """True if the file holds these bytes; it is touched then."""
        with self._locked():
            if not _holds(path, data):
                return False
            os.utime(path)
            return True

    def _write(self, path: Path, data: bytes) -> None:
        temporary = path.with_name(f".{secrets.token_hex(8)}.part")
        try:
            private_file(temporary)
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            with self._locked():
                temporary.replace(path)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)

    def _touch(self, path: Path) -> None:
        if _is_older(path, time.time() - _TOUCHED_FOR):
            with self._locked():
                os.utime(path)

    def _compare(self, file: BinaryIO, blob: Blob) -> None:
        """Raise ValueError if an open file is not the blob. Its bytes are read once, until it changes."""
        found = os.fstat(file.fileno())
        mark = _mark(found)
        if found.st_size != blob.size:
            raise ValueError("another size")
        if self._whole.get(blob.digest) != mark:
            if _digest(file) != blob.digest:
                raise ValueError("other bytes")
            file.seek(0)
            self._whole[blob.digest] = mark

    def _files(self) -> Iterator[Path]:
        with suppress(OSError):
            if self.folder is not None:
                yield from (path for path in self.folder.glob("??/*") if _NAME.fullmatch(path.name))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Be the only one who touches, renames or removes a blob. Raises OSError, StoreLocked."""
        assert self.folder is not None
        descriptor = os.open(self.folder / "lock", os.O_CREAT | os.O_RDWR, PRIVATE_FILE)
        try:
            deadline = time.monotonic() + PATIENCE
            while not _has_locked(descriptor):
                if time.monotonic() > deadline:
                    raise StoreLocked()
                time.sleep(_PAUSE)
            yield
        finally:
            os.close(descriptor)


def _mark(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _has_locked(descriptor: int) -> bool:
    """Lock a file; False where another has it. A file system without locks is done without."""
    try:
        lock(descriptor)
    except (BlockingIOError, PermissionError):  # the second is Windows' word for it
        return False
    except OSError:
        return True
    return True


def _is_older(path: Path, before: float) -> bool:
    try:
        return path.stat().st_mtime < before
    except OSError:
        return False


def _digest(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while piece := file.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()


def _holds(path: Path, data: bytes) -> bool:
    """True if a file has these bytes."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size != len(data):
                return False
            return all(file.read(_PIECE) == data[at : at + _PIECE] for at in range(0, len(data), _PIECE))
    except OSError:
        return False


def _sync(folder: Path) -> None:
    """Have the names in a folder on the disk. Windows does that by itself. Raises OSError."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
