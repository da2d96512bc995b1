"""The system's folders for configuration, data and logs.

A folder is None if the system names none: no home is known, or a variable of the XDG standard holds a path
that is not absolute. Callers then go on without files; a folder is never guessed. Nothing is created here.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from platformdirs import PlatformDirs

_dirs = PlatformDirs("neurotui", appauthor=False, roaming=True)


def config_dir() -> Path | None:
    """Return the folder of the settings file; None if the system names none."""
    return _dirs.user_config_path if _is_known("XDG_CONFIG_HOME") else None


def data_dir() -> Path | None:
    """Return the folder of the conversations; None if the system names none."""
    return _dirs.user_data_path if _is_known("XDG_DATA_HOME") else None


def state_dir() -> Path | None:
    """Return the folder of the log and of the terminal's background; None if the system names none."""
    return _dirs.user_state_path if _is_known("XDG_STATE_HOME") else None


def exports_dir() -> Path:
    """Return the folder suggested for transcripts: the user's documents, or else the current folder."""
    if _is_known("XDG_DOCUMENTS_DIR"):
        documents = _dirs.user_documents_path
        if documents.is_dir():
            return documents
    try:
        return Path.cwd()
    except FileNotFoundError:  # the current folder was removed
        return Path()


def _is_known(variable: str) -> bool:
    if sys.platform == "win32":
        return True
    # platformdirs ignores a relative path, and without HOME uses the home of the password file: either way
    # files would go where the user of such an environment does not look.
    folder = os.environ.get(variable) or os.environ.get("HOME", "")
    return Path(folder).is_absolute()
