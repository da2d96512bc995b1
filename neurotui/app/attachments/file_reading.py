"""Reading files that a user named: bounded, and nothing but regular files.

A file is opened without waiting, so that a pipe without a writer does not hold up anything. Its size is known
before a byte is read, and no more than that is read: what is larger than the limit costs neither time nor
memory, and what grows meanwhile is taken as it was when it was opened.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from neurotui.chat.text import clean_line
from neurotui.errors import AttachmentUnusable
from neurotui.i18n import _
from neurotui.i18n.formats import data_size
from neurotui.i18n.reasons import reason_of

ATTEMPTS = 3
"""A file that changes while it is read is read again, so often at most."""
_OPENING = (
    os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
)
_HEAD = 4096
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Stamp:
    """Marks of a file that differ when it was written to."""

    size: int
    changed_at: int
    """Nanoseconds."""
    number: int
    """The number of its inode."""


def stamp(status: os.stat_result) -> Stamp:
    """Return the marks of a file."""
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ino)


class OpenFile:
    """A regular file that is open for reading. Use it as a context. Raises AttachmentUnusable."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._descriptor = os.open(path, _OPENING)
        except (OSError, ValueError) as error:
            raise unusable(path.name or str(path), reason_of(error)) from None
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(self._descriptor)
            raise unusable(path.name or str(path), _("It is a device or a pipe, not a file"))
        self.stamp = stamp(status)

    def __enter__(self) -> OpenFile:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def head(self) -> bytes:
        """Return the first bytes, by which the kind of a file is told."""
        return self._read(_HEAD)

    def whole(self, most: int) -> bytes:
        """Return all bytes, as they stood in the file at one time. More than `most` of them are refused."""
        for attempt in range(1, ATTEMPTS + 1):
            wanted = self.stamp.size
            check_size(self._path.name, wanted, most)
            data = self._read(wanted + 1)
            before, self.stamp = self.stamp, stamp(os.fstat(self._descriptor))
            if not wanted and data:
                raise unusable(self._path.name, _("The system makes it up as it is read: it has no size"))
            if self.stamp == before and len(data) == wanted:
                return data
            if attempt == ATTEMPTS and self.stamp.size >= wanted <= len(data):
                return data[:wanted]  # a log that is written to all the time, up to there
        raise unusable(self._path.name, _("It changes while it is read; try again when that is over"))

    def _read(self, most: int) -> bytes:
        """Return at most so many bytes from the beginning."""
        pieces: list[bytes] = []
        try:
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            while most > 0 and (piece := os.read(self._descriptor, min(most, _PIECE))):
                pieces.append(piece)
                most -= len(piece)
        except OSError as error:
            raise unusable(self._path.name, reason_of(error)) from None
        return b"".join(pieces)


def check_size(name: str, count: int, most: int) -> None:
    """Raise AttachmentUnusable if something is empty or has more bytes than may be attached of its kind."""
    if count > most:
        words = _("It has {size}, and at most {most} can be attached of its kind")
        raise unusable(name, words.format(size=data_size(count), most=data_size(most)))


def unusable(name: str, cause: str) -> AttachmentUnusable:
    """Return the error for a file that cannot be attached."""
    return AttachmentUnusable(cause, name=clean_line(name, 60))
