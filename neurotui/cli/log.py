"""The log: what went wrong inside neurotui, for a bug report. Never a word of a conversation, never a key."""

from __future__ import annotations

import logging
import os
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from neurotui.wire.redaction import redact

LOG_BYTES = 256 * 1024
"""How large the log grows before it is begun anew; one older file is kept."""


class _Redacting(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def start_log(folder: Path | None) -> None:
    """Writes warnings and errors to a file in `folder`, made when there is one to write; None: nowhere."""
    handler: logging.Handler = logging.NullHandler()
    if folder is not None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handler = _PrivateFileHandler(
                folder / "neurotui.log", maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8", delay=True
            )
        except OSError:
            folder = None  # a log that cannot be written is no reason not to chat
    handler.setFormatter(_Redacting("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.raiseExceptions = False


class _PrivateFileHandler(RotatingFileHandler):
    def _open(self) -> TextIOWrapper:
        os.close(os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT, 0o600))
        return super()._open()
