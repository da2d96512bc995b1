"""The running copies of neurotui that share one folder of data.

Each has a file named after it, which it keeps locked, and which holds the ids of the conversations it has
open, one a line, the one in front first. The system takes a lock away when its process ends, however that
ends: a name whose file can be locked belongs to an instance that is no more. Process ids would not do: they
are used again, and mean nothing on another machine.

The time of the file is that of the start of its instance.

A name begins with the version of the database that its instance writes. Those of versions 1 and 2 tell none,
and take the whole file for one id.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from neurotui.chat.conversation import new_id
from neurotui.settings.files import PRIVATE_FILE
from neurotui.store.files import identity, lock, private_folder
from neurotui.store.migrations import MIGRATIONS

ATTEMPTS = 100
"""Attempts of an instance to claim its file while others look at it."""
PAUSE = 0.001
"""Seconds between two attempts: whoever looks has to get on with it, too."""
_MOST = 1 << 16
"""Bytes of such a file that are read."""


class Instances:
    """This instance, and what it can tell of the others."""

    def __init__(self, folder: Path | None) -> None:
        self.name = f"{len(MIGRATIONS)}-{new_id()}"
        self._folder = folder / "instances" if folder else None
        self._started = time.time()
        self._descriptor: int | None = None
        self._registering = threading.Lock()
        self._open: list[str] = []
        """The conversations that are open here, the one in front first."""

    def register(self) -> None:
        """Show the others that this instance lives. Does nothing where the folder cannot be written."""
        if self._descriptor is not None or self._folder is None:
            return
        with self._registering, suppress(OSError):
            if self._descriptor is not None:
                return  # another thread was quicker
            private_folder(self._folder)
            for _attempt in range(ATTEMPTS):
                if self._claim(self._folder / self.name):
                    break
                time.sleep(PAUSE)

    def _claim(self, path: Path) -> bool:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, PRIVATE_FILE)
        claimed = False
        try:
            with suppress(BlockingIOError):
                lock(descriptor)
                # Who looked in between took the file for a dead instance's, and removed it: then once more.
                claimed = _is_at(path, descriptor)
        finally:
            if not claimed:
                os.close(descriptor)
        self._descriptor = descriptor if claimed else None
        self._tell_start()
        return claimed

    def lives(self, name: str) -> bool:
        """True if the instance of this name is running."""
        return name == self.name or self._opened_by(name) is not None

    def enter(self, conversation_id: str, *, beside: bool = False) -> bool:
        """Note that a conversation is open here and in front, alone or `beside` those that are open already.

        Return True if another instance has it open.
        """
        others = [id_ for id_ in self._open if id_ != conversation_id] if beside else []
        self._note([conversation_id, *others])
        # Written before it looks: of two that enter at once, at least one sees the other.
        return conversation_id in self.open_elsewhere()

    def leave(self, conversation_id: str) -> None:
        """Note that a conversation is not open here any more."""
        self._note([id_ for id_ in self._open if id_ != conversation_id])

    def _note(self, conversations: list[str]) -> None:
        self._open = conversations
        self.register()
        if self._descriptor is not None:
            with suppress(OSError):
                os.ftruncate(self._descriptor, 0)
                os.lseek(self._descriptor, 0, os.SEEK_SET)
                os.write(self._descriptor, "\n".join(conversations).encode())
                self._tell_start()

    def open_elsewhere(self) -> set[str]:
        """Return the ids of the conversations that other instances have open."""
        return {id_ for _name, opened in self._others() for id_ in opened if id_}

    def opened(self) -> set[str]:
        """Return the ids of the conversations that any instance has open, this one too."""
        return {*self._open, *self.open_elsewhere()}

    def older(self) -> list[tuple[str, str]]:
        """Return the name of each instance that writes an older version, and the conversation in front there.

        That is empty where none is open, as in `neurotui ask`.
        """
        return [(name, opened[0]) for name, opened in self._others() if _version_of(name) < len(MIGRATIONS)]

    def oldest_start(self) -> float:
        """Return the Unix time since when this or another instance runs."""
        starts = [self._started]
        for name, _opened in self._others():
            with suppress(OSError):
                if self._folder is not None:
                    starts.append((self._folder / name).stat().st_mtime)
        return min(starts)

    def close(self) -> None:
        """Leave."""
        if self._descriptor is None or self._folder is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        _close(descriptor, self._folder / self.name, remove=True)

    def _tell_start(self) -> None:
        if self._descriptor is not None and self._folder is not None:
            with suppress(OSError):
                os.utime(self._folder / self.name, (self._started, self._started))

    def _others(self) -> Iterator[tuple[str, list[str]]]:
        """Yield the name of each other instance that runs, and the conversations it has open."""
        names: list[str] = []
        with suppress(OSError):
            if self._folder is not None:
                names = [path.name for path in self._folder.iterdir() if path.name != self.name]
        for name in names:
            if (opened := self._opened_by(name)) is not None:
                yield name, opened

    def _opened_by(self, name: str) -> list[str] | None:
        """Return the conversations that an instance has open, maybe only ""; None where it does not run."""
        if self._folder is None:
            return None
        path = self._folder / name
        try:
            descriptor = os.open(path, os.O_RDWR)
        except OSError:
            return None
        dead = False
        try:
            lock(descriptor, shared=True)
            with suppress(OSError):
                if sys.platform != "win32":  # whose locks are never shared
                    lock(descriptor)  # of many who look, one removes it
                dead = _is_at(path, descriptor)
        except OSError:
            os.lseek(descriptor, 0, os.SEEK_SET)
            return os.read(descriptor, _MOST).decode(errors="replace").split("\n")
        finally:
            _close(descriptor, path, remove=dead)
        return None


def _version_of(name: str) -> int:
    """Return the version that the instance of this name writes; 0 for one that does not tell."""
    version, _, rest = name.partition("-")
    return int(version) if rest and version.isascii() and version.isdigit() else 0


def _close(descriptor: int, path: Path, *, remove: bool) -> None:
    """Close a file that is locked, and remove it where that is wanted.

    That is done while it is locked, or an instance that begins just now could lose its own. Windows removes
    no file that is open, here or elsewhere: there it is done afterwards.
    """
    with suppress(OSError):
        if remove and sys.platform != "win32":
            path.unlink()
    os.close(descriptor)
    with suppress(OSError):
        if remove and sys.platform == "win32":
            path.unlink()


def _is_at(path: Path, descriptor: int) -> bool:
    """True if an open file is the one that has this name."""
    found = os.fstat(descriptor)
    return identity(path) == (found.st_dev, found.st_ino)
