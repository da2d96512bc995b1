"""A long paragraph in pieces that are parsed one by one; each cut depends only on the text before it."""

from __future__ import annotations

import re

PIECE = 400
"""After this many characters a paragraph is cut at the next space where nothing is open."""
LONGEST_PIECE = 1200
"""After this many characters it is cut at any space; after twice as many, anywhere."""
MARK = "\x02"
"""Stands for the settled part of a paragraph. Clean text has no such character."""

_SPACE_OR_SIGN = re.compile(
    r"(?P<space>(?<![\\ \n])[ \n]+(?=[^ \n]))|\\.|`+|\*{1,3}|_{1,3}|~~|\[|\](?:\([^)\n]*\)?)?", re.DOTALL
)


def pieces(content: str) -> list[str]:
    """Split a long paragraph into pieces that are parsed one by one; only the last may still grow."""
    made = []
    start = 0
    while len(content) - start > PIECE:
        cut = _cut(content, start)
        if cut is None:
            break
        made.append(content[start:cut])
        start = cut
    return [*made, content[start:]]


def _cut(content: str, start: int) -> int | None:
    """Return the end of the piece that begins at `start`; None if that is not known yet."""
    open_signs: list[str] = []
    last = start + 2 * LONGEST_PIECE
    for match in _SPACE_OR_SIGN.finditer(content, start, min(len(content), last + 1)):
        sign = match[0]
        if match["space"]:
            if match.end() - start > (LONGEST_PIECE if open_signs else PIECE):
                return match.end()
        elif open_signs and open_signs[-1][0] == "`":
            if sign == open_signs[-1]:
                open_signs.pop()
        elif sign == "[" or sign[0] == "`":
            open_signs.append(sign)
        elif sign[0] == "]":
            if open_signs and open_signs[-1] == "[":
                open_signs.pop()
        elif sign[0] in "*_~":
            before = content[match.start() - 1] if match.start() > start else " "
            after = content[match.end() : match.end() + 1]
            if open_signs and open_signs[-1] == sign and not before.isspace():
                open_signs.pop()
            elif after.strip() and not before.isalnum():
                open_signs.append(sign)
    return last if len(content) > last else None
