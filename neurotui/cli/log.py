"""The log: what went wrong inside neurotui, for a bug report. Never a word of a conversation, never a key."""

from __future__ import annotations

import logging
import os
import sys
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from neurotui.i18n import _
from neurotui.wire.secrets import redact

LOG_NAME = "neurotui.log"
LOG_BYTES = 256 * 1024
"""Size in bytes at which the log is begun again; one older file is kept."""


class _Redacting(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def start_log(folder: Path | None) -> None:
    """Log warnings and errors to a file in `folder`, made by the first of them; nowhere if None."""
    handler: logging.Handler = logging.NullHandler()
    if folder is not None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handler = _PrivateFileHandler(
                folder / LOG_NAME, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8", delay=True
            )
        except OSError:
            folder = None  # the chat works without a log
    handler.setFormatter(_Redacting("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.raiseExceptions = False


def keep_crash(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None, folder: Path | None
) -> None:
    """Log an unexpected error; the user gets one sentence and no traceback."""
    start_log(folder)
    logging.getLogger("neurotui").error("unexpected error", exc_info=(kind, error, trace))
    words = [_("neurotui had an internal error and has quit.")]
    if folder is not None:
        words.append(_("The log has more: {path}").format(path=folder / LOG_NAME))
    print("neurotui:", *words, file=sys.stderr)


class _PrivateFileHandler(RotatingFileHandler):
    def _open(self) -> TextIOWrapper:
        os.close(os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT, 0o600))
        return super()._open()
