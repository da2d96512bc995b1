"""How the latest answers of models ended, each with its error, as far as its message is still there."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from neurotui.chat.conversation import Status
from neurotui.errors import ErrorRecord
from neurotui.store.values import from_text

LATEST = 40
"""Number of a model's answers that are looked at."""
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


def of_model(connection: sqlite3.Connection, model: str, profile: str, mark: str) -> list[Run]:
    """Return how the latest answers of a model ended, the last first; `mark` is that of the server."""
    return [_run(*row) for row in connection.execute(_OF_MODEL, (profile, mark, model, LATEST))]


def of_server(connection: sqlite3.Connection, profile: str, mark: str, since: float) -> list[Run]:
    """Return how the latest answers of a server ended since a Unix time, the last first."""
    return [_run(*row) for row in connection.execute(_OF_SERVER, (ROWS, since, profile, mark))]


def _run(model: str, status: str, first: float | None, total: float | None, error: str | None) -> Run:
    record = from_text(ErrorRecord, error) if error else None
    kind = record.kind if record is not None else ""
    return Run(model, Status(status), first is not None, total is not None, kind)
