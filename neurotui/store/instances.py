"""The copies of neurotui that run now and share one folder of data.

Each has a file named after it, which it keeps locked, and which holds the id of the conversation it has open.
The system takes a lock away when its process ends, however that ends: a name whose file can be locked belongs
to an instance that is no more. Process ids would not do: they are used again, and mean nothing on another
machine.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

from neurotui.chat.conversation import new_id
from neurotui.settings.files import PRIVATE_FILE
from neurotui.store.files import identity, lock, private_folder

ATTEMPTS = 100
"""How often an instance tries to claim its file while others look at it."""
PAUSE = 0.001
"""Seconds between two attempts: whoever looks has to get on with it, too."""


class Instances:
    """This instance, and what it can tell of the others."""

    def __init__(self, folder: Path | None) -> None:
        self.name = new_id()
        self._folder = folder / "instances" if folder else None
        self._descriptor: int | None = None

    def register(self) -> None:
        """Lets the others see that this instance lives. Does nothing where the folder cannot be written."""
        if self._descriptor is not None or self._folder is None:
            return
        with suppress(OSError):
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
        return claimed

    def lives(self, name: str) -> bool:
        """Whether the instance of this name is running."""
        return name == self.name or self._conversation_of(name) is not None

    def enter(self, conversation_id: str) -> bool:
        """Says that a conversation is open here, and no other; true where another instance has it open."""
        self.register()
        if self._folder is None or self._descriptor is None:
            return False
        with suppress(OSError):
            os.ftruncate(self._descriptor, 0)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, conversation_id.encode())
        # Written before it looks: of two that enter at once, at least one sees the other.
        others = [path.name for path in self._folder.iterdir() if path.name != self.name]
        return conversation_id in {self._conversation_of(name) for name in others}

    def close(self) -> None:
        """Leaves."""
        if self._descriptor is None or self._folder is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        _close(descriptor, self._folder / self.name, remove=True)

    def _conversation_of(self, name: str) -> str | None:
        """The conversation that a running instance has open, maybe none (""); None where it does not run."""
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
            return os.read(descriptor, 1024).decode(errors="replace")
        finally:
            _close(descriptor, path, remove=dead)
        return None


def _close(descriptor: int, path: Path, *, remove: bool) -> None:
    """Closes a file that is locked, and removes it where that is wanted.

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
    """Whether an open file is the one that has this name."""
    found = os.fstat(descriptor)
    return identity(path) == (found.st_dev, found.st_ino)
