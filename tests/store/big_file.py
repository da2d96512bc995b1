"""A large file of version 2, made as fast as the disk is: its index of words is left empty."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from neurotui.store import schema

MESSAGES_IN_CONVERSATION = 100
DAYS = 90
"""Its conversations are that old, and younger."""
_BYTES = 2370
"""Of a message, with its indexes."""
_WORDS = "Слово за словом, and what the model said: " * 40
_MEASURED = (
    '{"first_token":0.2,"total":%r,"bill":{"asked_model":"gpt-5-mini","prompt_tokens":12,'
    '"completion_tokens":34,"cost":0.000123}}'
)
_CONVERSATION = """
INSERT INTO conversations (id, title, system_prompt, created_at, updated_at, touched)
VALUES (?, ?, '', ?, ?, ?)
"""
_MESSAGE = """
INSERT INTO messages (id, conversation_id, parent_id, role, status, created_at, model, refused, finish_reason,
                      usage, timing, error, tool_calls, text, reasoning)
VALUES (?, ?, ?, ?, 'complete', ?, ?, 0, '', '', ?, '', '', ?, '')
"""


def write(path: Path, megabytes: float) -> int:
    """Write a file of about this size; return the number of its messages."""
    conversations = max(1, round(megabytes * 1_000_000 / _BYTES / MESSAGES_IN_CONVERSATION))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        schema.apply(connection, last=2)
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _sql in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("BEGIN")
        for number in range(conversations):
            age = DAYS * 86400 * (1 - number / conversations)
            _write_conversation(connection, number, time.time() - age)
        connection.execute("COMMIT")
        for _name, sql in triggers:
            connection.execute(sql)
        connection.execute("PRAGMA journal_mode = WAL")
    return conversations * MESSAGES_IN_CONVERSATION


def _write_conversation(connection: sqlite3.Connection, number: int, at: float) -> None:
    id_ = f"c{number}"
    connection.execute(_CONVERSATION, (id_, f"Разговор {number}", at, at + MESSAGES_IN_CONVERSATION, at))
    connection.executemany(
        _MESSAGE,
        (
            (
                f"m{number}-{n}",
                id_,
                f"m{number}-{n - 1}" if n else None,
                "assistant" if n % 2 else "user",
                at + n,
                "gpt-5-mini" if n % 2 else "",
                _MEASURED % (n / 7) if n % 2 else "",
                _WORDS[: 900 + n * 37 % 700],
            )
            for n in range(MESSAGES_IN_CONVERSATION)
        ),
    )
