"""How many tokens a text is, roughly: for the rate of a stream and a stopped answer, never for a bill."""

from __future__ import annotations

ASCII_PER_TOKEN = 4
OTHER_PER_TOKEN = 3
"""Characters of Russian to a token, with the vocabularies of today's models; they vary from 2 to 4."""


def estimate_tokens(text: str) -> int:
    """About how many tokens `text` is: at least one, where there is any text."""
    if not text:
        return 0
    if text.isascii():
        return max(1, round(len(text) / ASCII_PER_TOKEN))
    ascii_count = len(text.encode("ascii", "ignore"))
    return max(1, round(ascii_count / ASCII_PER_TOKEN + (len(text) - ascii_count) / OTHER_PER_TOKEN))
