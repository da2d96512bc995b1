"""Version 1: conversations, messages, the running answer, drafts, and the index of words.

`conversations` holds a row for each tree of messages, with the figures that the history lists: they are
kept by triggers, because counting them takes a look at every message. `touched` orders it: the time of the
last question, but never less than any before, so that a clock set back cannot bury what was asked last.

`messages` is ordered by `seq`, the order in which rows were made, and never by a clock. A row is written
when a question is asked and when an answer begins; `owner` is the instance that is receiving it.

`deltas` is the running answer, piece by piece; its end folds it into the row of the message.

`search` is an index of trigrams, which finds any part of a word from three characters on. It keeps no text
of its own: it reads the view `search_text`, in which ё is е, and in which two blanks follow each text so
that its last characters begin trigrams too (`neurotui.store.search` finds shorter words by what begins with
them). Letters are folded by the tokenizer.
"""

from __future__ import annotations


def searchable(text: str) -> str:
    """Return an expression of SQL: a text as the index of words has it."""
    return f"replace(replace({text}, 'ё', 'е'), 'Ё', 'Е') || '  '"


SCRIPT = f"""
CREATE TABLE conversations (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    opening TEXT NOT NULL DEFAULT '',
    system_prompt TEXT NOT NULL,
    pinned INTEGER NOT NULL DEFAULT 0,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    touched REAL NOT NULL,
    deleted_at REAL,
    leaf_id TEXT,
    model TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL DEFAULT '',
    message_count INTEGER NOT NULL DEFAULT 0,
    characters INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX conversations_touched ON conversations (touched);

CREATE TABLE messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    parent_id TEXT,
    role TEXT NOT NULL,
    status TEXT NOT NULL,
    owner TEXT,
    created_at REAL NOT NULL,
    model TEXT NOT NULL,
    refused INTEGER NOT NULL,
    finish_reason TEXT NOT NULL,
    usage TEXT NOT NULL,
    timing TEXT NOT NULL,
    error TEXT NOT NULL,
    tool_calls TEXT NOT NULL,
    text TEXT NOT NULL,
    reasoning TEXT NOT NULL
);
CREATE INDEX messages_conversation ON messages (conversation_id);
CREATE INDEX messages_running ON messages (seq) WHERE status = 'running';

CREATE TABLE deltas (
    message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    text TEXT NOT NULL,
    reasoning TEXT NOT NULL,
    PRIMARY KEY (message_id, number)
) WITHOUT ROWID;

CREATE TABLE drafts (
    conversation_id TEXT PRIMARY KEY,
    text TEXT NOT NULL
);

CREATE VIEW search_text AS SELECT seq, {searchable("text")} AS text FROM messages WHERE text <> '';
CREATE VIRTUAL TABLE search USING fts5 (text, content='search_text', content_rowid='seq', tokenize='trigram');

CREATE TRIGGER message_indexed AFTER INSERT ON messages WHEN new.text <> '' BEGIN
    INSERT INTO search (rowid, text) VALUES (new.seq, {searchable("new.text")});
END;
CREATE TRIGGER message_unindexed AFTER DELETE ON messages WHEN old.text <> '' BEGIN
    INSERT INTO search (search, rowid, text) VALUES ('delete', old.seq, {searchable("old.text")});
END;
CREATE TRIGGER text_reindexed AFTER UPDATE OF text ON messages WHEN old.text <> new.text BEGIN
    INSERT INTO search (search, rowid, text)
        SELECT 'delete', old.seq, {searchable("old.text")} WHERE old.text <> '';
    INSERT INTO search (rowid, text) SELECT new.seq, {searchable("new.text")} WHERE new.text <> '';
END;

CREATE TRIGGER message_counted AFTER INSERT ON messages BEGIN
    UPDATE conversations
    SET message_count = message_count + 1,
        characters = characters + length(new.text),
        status = new.status,
        model = coalesce(nullif(new.model, ''), model),
        updated_at = max(updated_at, new.created_at)
    WHERE id = new.conversation_id;
END;
CREATE TRIGGER message_uncounted AFTER DELETE ON messages BEGIN
    UPDATE conversations
    SET message_count = message_count - 1,
        characters = characters - length(old.text),
        status = coalesce((SELECT status FROM messages WHERE conversation_id = old.conversation_id
                           ORDER BY seq DESC LIMIT 1), '')
    WHERE id = old.conversation_id;
END;
CREATE TRIGGER text_counted AFTER UPDATE OF text ON messages WHEN old.text <> new.text BEGIN
    UPDATE conversations
    SET characters = characters + length(new.text) - length(old.text)
    WHERE id = new.conversation_id;
END;
CREATE TRIGGER status_noted AFTER UPDATE OF status, model ON messages BEGIN
    UPDATE conversations
    SET status = new.status, model = coalesce(nullif(new.model, ''), model)
    WHERE id = new.conversation_id
    AND new.seq = (SELECT max(seq) FROM messages WHERE conversation_id = new.conversation_id);
END;
"""
