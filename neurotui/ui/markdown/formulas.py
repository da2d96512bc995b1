"""LaTeX formulas as Unicode text, where that is possible."""

from __future__ import annotations


def inline_formula(source: str) -> str:
    """A formula within a line."""
    return source


def block_formula(source: str) -> tuple[str, ...]:
    """A formula on lines of its own."""
    return tuple(line.strip() for line in source.strip().splitlines())
