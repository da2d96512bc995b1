"""The text of a paragraph: split into pieces when it is long, closed at its end while it streams.

A long paragraph is parsed piece by piece; each cut depends only on the text before it. What is open at the
end of streaming text is shown as if it were closed there. Nearly always the closing sign follows, so that
stars and backticks are never seen. A sign that turns out to be literal appears when its paragraph is
complete, and then for good.
"""

from __future__ import annotations

import re

PIECE = 400
"""After this many characters a paragraph is cut at the next space where nothing is open."""
LONGEST_PIECE = 1200
"""After this many characters it is cut at any space; after twice as many, anywhere."""
MARK = "\x02"
"""Stands for the settled part of a paragraph. Clean text has no such character."""
DEEPEST = 8
"""If more signs are open at a time, nobody meant to open them."""

_SPACE_OR_SIGN = re.compile(
    r"(?P<space>(?<![\\ \n])[ \n]+(?=[^ \n]))|\\.|`+|\*{1,3}|_{1,3}|~~|\[|\](?:\([^)\n]*\)?)?", re.DOTALL
)
_SIGN = re.compile(r"\\.?|`+|\*{1,3}|_{1,3}|~~?|\]\([^()]*$", re.DOTALL)


def split_paragraph(content: str) -> list[str]:
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


def autoclose(text: str) -> str:
    """Return `text` with everything open in it closed at its end."""
    if not any(sign in text for sign in "*_~`]\\"):
        return text
    closing, useless = _open(text)
    text = text[: len(text) - useless]
    return text.rstrip() + closing if closing else text


def _open(text: str) -> tuple[str, int]:
    """Return the signs that close what is open, and the number of characters at the end to drop."""
    stack: list[str] = []
    code = ""
    useless = 0
    for match in _SIGN.finditer(text):
        sign = match[0]
        last = match.end() == len(text)
        if code:
            if sign == code:
                code = ""
        elif sign[0] == "`":
            code, useless = ("", len(sign)) if last else (sign, 0)
        elif sign[0] in "*_~":
            before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
            if stack and stack[-1] == sign and not before.isspace():
                stack.pop()
            elif last:
                useless = len(sign)  # it may be one half of a sign
            elif after.strip() and not before.isalnum() and sign != "~":
                stack.append(sign)
        elif sign[0] == "]" and " " not in sign:
            stack.append(")")
        elif sign == "\\":
            useless = 1
    if len(stack) > DEEPEST:
        return "", 0
    return code + "".join(reversed(stack)), useless
