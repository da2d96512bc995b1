"""Surrogates, halves of characters that UTF-8 cannot carry."""

from __future__ import annotations


def repair(text: str) -> str:
    """`text` as UTF-8 can carry it: surrogate pairs are joined, lone halves become U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
