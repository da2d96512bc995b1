"""The screen of a conversation and its parts."""
