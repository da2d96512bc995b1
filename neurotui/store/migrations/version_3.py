"""Version 3: many conversations at once, files and pictures, money.

It only adds. No row is rewritten, so a file of gigabytes takes no longer than a small one; and each statement
of version 2 goes on working, for a window of that version may still be open. For it `drafts` keeps its two
columns (it inserts into them by position), and the triggers at the end book what it asks.

`conversations`: `profile` and `chosen_model` are what the next question there goes to, `model` stays the last
that answered. `seen_seq` is the last message that was on the screen, NULL where nobody kept count: all is
seen. `begun` is 0 while a conversation has a draft and no message; as soon as it has one, the column means
nothing.

`messages`: `asked_model` is the name that was asked for, `model` the one that the server gave. `continues`
names the answer that this one goes on with. `edited` marks what the user has changed in it, `hidden` what was
deleted on the screen and is not sent, `marked` a bookmark. `annotations` is JSON, as a server sent it.

`blobs` are the files in the folder beside the database, by their SHA-256; `used_at` is when something last
came to name them, so that nothing fresh is purged. `attachments` belong to a message or to the draft of a
conversation; `sent_digest` is the smaller form that is sent, where there is one, and `facts` is JSON (width,
height, pages, seconds). `text` is what is found of them, by `attachment_search`, an index like `search`.

`spending` has a row for each answer that was asked for here, and nothing else removes it: not the end of its
conversation, not a purge. Tokens are counts of the server or, where `estimated`, of ours; `micros` are
millionths of `currency`, NULL where no price is known; `rate` is how many millionths of it a US dollar was
then; `source` is where the price came from. A row is `running` from the question to the end: it then holds
what came so far, and `reserved_tokens`, which other windows count where that is more. `instance` is who asks.
`prompt_tokens` is NULL in a row that was made for a window of version 2 or taken over from its time: what it
came to stands in the message (`neurotui.store.unread_charges`). `first_token` and `total` are seconds.

`prices` are millionths of `currency` for a million tokens, `per_call` for a call, NULL where not told; `more`
is JSON. `learnt` is whatever was found out about a model at a server, each by a name; for the server itself
the model is ''.
"""

from __future__ import annotations

from neurotui.store.migrations.version_1 import searchable

RECENT_DAYS = 32
"""The answers of so many days are taken over into `spending`: no limit asks for more than a month."""

TAKE_OVER = f"""
INSERT OR IGNORE INTO spending (id, at, conversation_id, instance, asked_model, status)
SELECT id, created_at, conversation_id, owner, model, status FROM (
    SELECT min(m.seq), m.id, m.created_at, m.conversation_id, coalesce(m.owner, '') AS owner,
           m.model, m.status
    FROM conversations c CROSS JOIN messages m ON m.conversation_id = c.id
    WHERE c.updated_at >= strftime('%s', 'now') - {RECENT_DAYS * 24 * 3600}
    AND m.created_at >= strftime('%s', 'now') - {RECENT_DAYS * 24 * 3600}
    AND m.role = 'assistant' AND (m.timing <> '' OR m.usage <> '' OR m.status = 'running')
    GROUP BY m.created_at, m.model, m.timing
    ORDER BY 1
);
"""
"""Of copies, as in a fork, the first alone; nothing that was never measured: another program asked for it."""

SCRIPT = f"""
ALTER TABLE conversations ADD COLUMN profile TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN chosen_model TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN seen_seq INTEGER;
ALTER TABLE conversations ADD COLUMN begun INTEGER NOT NULL DEFAULT 1;

ALTER TABLE messages ADD COLUMN asked_model TEXT NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN unreadable INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN continues TEXT;
ALTER TABLE messages ADD COLUMN edited INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN marked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN annotations TEXT NOT NULL DEFAULT '';

CREATE TABLE tags (
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    PRIMARY KEY (conversation_id, name)
) WITHOUT ROWID;
CREATE INDEX tags_name ON tags (name);

CREATE TABLE blobs (
    digest TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    used_at REAL NOT NULL
);

CREATE TABLE attachments (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT REFERENCES messages (id) ON DELETE CASCADE,
    draft_of TEXT,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL DEFAULT '',
    digest TEXT REFERENCES blobs (digest),
    sent_digest TEXT REFERENCES blobs (digest),
    facts TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL DEFAULT '',
    CHECK ((message_id IS NULL) <> (draft_of IS NULL))
);
CREATE INDEX attachments_message ON attachments (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX attachments_draft ON attachments (draft_of) WHERE draft_of IS NOT NULL;
CREATE INDEX attachments_digest ON attachments (digest);
CREATE INDEX attachments_sent_digest ON attachments (sent_digest);

CREATE VIEW attachment_search_text AS
    SELECT number, {searchable("text")} AS text FROM attachments WHERE text <> '' AND message_id IS NOT NULL;
CREATE VIRTUAL TABLE attachment_search USING fts5
    (text, content='attachment_search_text', content_rowid='number', tokenize='trigram');
CREATE TRIGGER attachment_indexed AFTER INSERT ON attachments
WHEN new.text <> '' AND new.message_id IS NOT NULL BEGIN
    INSERT INTO attachment_search (rowid, text) VALUES (new.number, {searchable("new.text")});
END;
CREATE TRIGGER attachment_unindexed AFTER DELETE ON attachments
WHEN old.text <> '' AND old.message_id IS NOT NULL BEGIN
    INSERT INTO attachment_search (attachment_search, rowid, text)
        VALUES ('delete', old.number, {searchable("old.text")});
END;
CREATE TRIGGER attachment_reindexed AFTER UPDATE OF text, message_id ON attachments BEGIN
    INSERT INTO attachment_search (attachment_search, rowid, text)
        SELECT 'delete', old.number, {searchable("old.text")}
        WHERE old.text <> '' AND old.message_id IS NOT NULL;
    INSERT INTO attachment_search (rowid, text)
        SELECT new.number, {searchable("new.text")} WHERE new.text <> '' AND new.message_id IS NOT NULL;
END;

CREATE TABLE spending (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    at REAL NOT NULL,
    conversation_id TEXT,
    instance TEXT NOT NULL DEFAULT '',
    profile TEXT NOT NULL DEFAULT '',
    asked_model TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL,
    prompt_tokens INTEGER,
    completion_tokens INTEGER NOT NULL DEFAULT 0,
    cached_tokens INTEGER NOT NULL DEFAULT 0,
    reserved_tokens INTEGER NOT NULL DEFAULT 0,
    estimated INTEGER NOT NULL DEFAULT 1,
    micros INTEGER,
    currency TEXT NOT NULL DEFAULT 'USD',
    rate INTEGER,
    source TEXT NOT NULL DEFAULT '',
    first_token REAL,
    total REAL
);
CREATE INDEX spending_at ON spending (at);
CREATE INDEX spending_model ON spending (asked_model, number);
CREATE INDEX spending_running ON spending (number) WHERE status = 'running';
CREATE INDEX spending_unread ON spending (number) WHERE prompt_tokens IS NULL;
{TAKE_OVER}

CREATE TABLE prices (
    server TEXT NOT NULL,
    model TEXT NOT NULL,
    source TEXT NOT NULL,
    told_at REAL NOT NULL,
    currency TEXT NOT NULL DEFAULT 'USD',
    input INTEGER,
    output INTEGER,
    cached INTEGER,
    per_call INTEGER,
    at_least INTEGER NOT NULL DEFAULT 0,
    more TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (server, model, source)
) WITHOUT ROWID;

CREATE TABLE learnt (
    server TEXT NOT NULL,
    model TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    learnt_at REAL NOT NULL DEFAULT 0,
    PRIMARY KEY (server, model, name)
) WITHOUT ROWID;

CREATE TRIGGER spending_begun AFTER INSERT ON messages
WHEN new.role = 'assistant' AND new.status = 'running' AND new.owner IS NOT NULL BEGIN
    INSERT OR IGNORE INTO spending (id, at, conversation_id, instance, asked_model, status)
    VALUES (new.id, new.created_at, new.conversation_id, new.owner, new.model, new.status);
END;
CREATE TRIGGER spending_ended AFTER UPDATE OF status ON messages
WHEN old.status = 'running' AND new.status <> 'running' BEGIN
    UPDATE spending SET status = new.status WHERE id = new.id AND status = 'running';
END;
"""
