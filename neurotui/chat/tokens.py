"""Estimates of tokens: for the rate of a stream and for a stopped answer, never for a bill."""

from __future__ import annotations

ASCII_PER_TOKEN = 4
OTHER_PER_TOKEN = 3
"""Characters of Russian per token with the vocabularies of today's models, which vary from 2 to 4."""


def estimate_tokens(text: str) -> int:
    """Estimate the number of tokens in `text`: at least one, unless it is empty."""
    if not text:
        return 0
    if text.isascii():
        return max(1, round(len(text) / ASCII_PER_TOKEN))
    ascii_count = len(text.encode("ascii", "ignore"))
    return max(1, round(ascii_count / ASCII_PER_TOKEN + (len(text) - ascii_count) / OTHER_PER_TOKEN))
