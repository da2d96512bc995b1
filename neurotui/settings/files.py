"""Small files that only their owner may read, written whole or not at all."""

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
"""Mode bits that let others in."""


def require_regular(path: Path) -> None:
    """Raise OSError if a path leads to a folder, a pipe or a device.

    Reading a pipe may never return, and reading a device may never end.
    """
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, N_("It is not a regular file"), str(path))


def read_text(path: Path) -> str:
    """Return the text of a regular file, without the byte order mark of editors on Windows.

    The mark decides the encoding. Raises OSError and UnicodeDecodeError.
    """
    require_regular(path)
    with path.open("rb") as file:
        is_utf16 = file.read(2) in (BOM_UTF16_BE, BOM_UTF16_LE)
    return path.read_text("utf-16" if is_utf16 else "utf-8-sig")


def read_private(path: Path) -> str:
    """Return the text of a file, and take away everyone else's right to read it. Raises OSError."""
    text = read_text(path)
    if path.stat().st_mode & OTHERS:
        with suppress(OSError):  # another owner's file, or a disk without modes
            path.chmod(PRIVATE_FILE)
    return text


def write_private(path: Path, text: str) -> None:
    """Replace a file, readable by its owner alone; make its folder if need be. Raises OSError.

    If anything fails, as on a full disk, the old file stays as it was. A link stays a link.
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
