"""The terminal: its driver, its keys, its clipboard."""
