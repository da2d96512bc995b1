"""A long paragraph in pieces that are parsed one by one; where it is cut depends on what stands before."""

from __future__ import annotations

import re

PIECE = 1000
"""Characters after which a paragraph is cut, at the next space where nothing is open."""
LONGEST_PIECE = 2000
"""Characters after which it is cut at a space though something is open; after twice as many, anywhere."""
MARK = "\x02"
"""Stands for the settled part of a paragraph. The gate lets no such character through from outside."""

_SPACE = re.compile(r"(?<![\\ \n])[ \n]+(?=[^ \n])")


def pieces(content: str) -> list[str]:
    """A long paragraph in pieces that are parsed one by one; the last is the one that may still grow."""
    made = []
    start = 0
    while len(content) - start > PIECE:
        last = start + 2 * LONGEST_PIECE
        for space in _SPACE.finditer(content, start + PIECE, last + 1):
            cut = space.end()
            if cut - start > LONGEST_PIECE or _balanced(content[start:cut]):
                break
        else:
            if len(content) <= last:
                break
            cut = last
        made.append(content[start:cut])
        start = cut
    return [*made, content[start:]]


def _balanced(text: str) -> bool:
    """Whether it is unlikely that something was opened in `text` and not closed."""
    return (
        not any(text.count(sign) % 2 for sign in "*_`~$")
        and text.count("[") == text.count("]")
        and text.count("(") == text.count(")")
    )
