"""The messages of a conversation, drawn line by line."""
