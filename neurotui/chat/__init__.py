"""The domain: conversations, turns and their vital signs, without a terminal and without a network."""
