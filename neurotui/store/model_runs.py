"""How the latest answers of models ended, each with its error, as far as its message is still there."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from neurotui.chat.conversation import Status
from neurotui.errors import ErrorRecord
from neurotui.store.values import from_text

LATEST = 40
"""Number of a model's answers that are looked at."""
OF_MODEL = frozenset(
    {"model", "upstream", "server", "empty", "silence", "head_timeout", "disconnected", "protocol"}
)
"""Kinds of errors that lie with a model, or with who serves it."""
BUSY = "rate"
"""Kind of the error of a request that was refused since there are too many: of the key, or of the model."""
ROWS = 400
"""Number of the latest answers of all models that are looked through for those of one server."""

_RUN = """
SELECT s.asked_model, s.status, s.first_token, s.total, m.error
FROM {spending} s LEFT JOIN messages m ON m.id = s.id LEFT JOIN conversations c ON c.id = s.conversation_id
WHERE s.status <> 'running' AND s.profile = ? AND (s.profile <> '' OR coalesce(c.profile, '') IN ('', ?))
"""
"""Where a server has no profile, its conversations tell it from others."""
_OF_MODEL = _RUN.format(spending="spending") + "AND s.asked_model = ? ORDER BY s.number DESC LIMIT ?"
_OF_SERVER = (
    _RUN.format(
        spending="(SELECT * FROM spending WHERE number > (SELECT max(number) FROM spending) - ? AND at > ?)"
    )
    + "ORDER BY s.number DESC"
)


@dataclass(frozen=True, slots=True)
class Run:
    """How an answer ended."""

    model: str
    status: Status
    has_begun: bool
    """True if a token of it came."""
    is_timed: bool
    """False if it died with its program, so that nothing is known of its end."""
    error: str
    """The kind of its error; empty if it had none, or its message is gone."""
    first_token: float | None = None
    """Seconds."""

    @property
    def has_answered(self) -> bool | None:
        """True if the model has answered, False if it has failed; None if that cannot be said.

        A stop says nothing of a model, unless words came before it. Nor does what lies with the account or
        the question (the key, the balance, a limit, the moderation), with how many requests there are, with
        the way to the server, or with a program that was killed.
        """
        match self.status:
            case Status.COMPLETE | Status.LENGTH | Status.FILTERED:
                return True
            case Status.STOPPED:
                return True if self.has_begun else None
            case Status.CUT if not self.error:
                return False if self.is_timed else None
            case Status.CUT | Status.FAILED:
                return False if self.error in OF_MODEL else None
        return None


def of_model(connection: sqlite3.Connection, model: str, profile: str, mark: str) -> list[Run]:
    """Return how the latest answers of a model ended, the last first; `mark` is that of the server."""
    return [read_run(*row) for row in connection.execute(_OF_MODEL, (profile, mark, model, LATEST))]


def of_server(connection: sqlite3.Connection, profile: str, mark: str, since: float) -> list[Run]:
    """Return how the latest answers of a server ended since a Unix time, the last first."""
    return [read_run(*row) for row in connection.execute(_OF_SERVER, (ROWS, since, profile, mark))]


def read_run(model: str, status: str, first: float | None, total: float | None, error: str | None) -> Run:
    """Return a run of a row."""
    record = from_text(ErrorRecord, error) if error else None
    kind = record.kind if record is not None else ""
    return Run(model, Status(status), first is not None, total is not None, kind, first)
