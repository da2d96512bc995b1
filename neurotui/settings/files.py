"""Small files that only their owner may read, and that are there whole or as they were."""

from __future__ import annotations

import errno
import os
import stat
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from contextlib import suppress
from pathlib import Path

from neurotui.i18n import N_

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600
OTHERS = 0o077
"""The bits of a mode that let others in."""


def require_regular(path: Path) -> None:
    """Raises OSError where a path leads to no file, but to a folder, a pipe or a device.

    What is read of a pipe may never come, and what is read of a device may have no end.
    """
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, N_("It is not a regular file"), str(path))


def read_text(path: Path) -> str:
    """Return the text of a regular file, without the mark that editors on Windows begin it with.

    The mark decides the encoding. Raises OSError and UnicodeDecodeError.
    """
    require_regular(path)
    with path.open("rb") as file:
        is_utf16 = file.read(2) in (BOM_UTF16_BE, BOM_UTF16_LE)
    return path.read_text("utf-16" if is_utf16 else "utf-8-sig")


def read_private(path: Path) -> str:
    """What is in a file; from here on only its owner may read it, whoever could before. Raises OSError."""
    text = read_text(path)
    if path.stat().st_mode & OTHERS:
        with suppress(OSError):  # of another owner, or on a disk without modes
            path.chmod(PRIVATE_FILE)
    return text


def write_private(path: Path, text: str) -> None:
    """Writes a file anew, readable by its owner alone, and makes its folder. Raises OSError.

    Where anything fails, as on a full disk, the file that was there stays as it was. A link stays a link.
    """
    import tempfile

    path = path.resolve()
    path.parent.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")  # its mode is 0600
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
