"""Version 2: the parameters of a conversation, and the message with which its requests begin."""

from __future__ import annotations

SCRIPT = """
ALTER TABLE conversations ADD COLUMN parameters TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN first_sent_id TEXT;
"""
