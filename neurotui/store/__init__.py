"""The disk: conversations, running answers, drafts, and what was spent, in one file of SQLite."""
