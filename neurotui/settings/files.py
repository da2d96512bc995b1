"""Small files that only their owner may read, and that are there whole or as they were."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600
OTHERS = 0o077
"""The bits of a mode that let others in."""


def read_private(path: Path) -> str:
    """What is in a file; from here on only its owner may read it, whoever could before. Raises OSError."""
    text = path.read_text(encoding="utf-8")
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
