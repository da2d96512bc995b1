"""Streaming text: what is open at its end is shown as if it were closed there.

Nearly always the closing sign follows, so that stars and backticks are never seen. A sign that turns out to
be literal appears when its paragraph is complete, and then for good.
"""

from __future__ import annotations

import re

DEEPEST = 8
"""If more signs are open at a time, nobody meant to open them."""

_SIGN = re.compile(r"\\.?|`+|\*{1,3}|_{1,3}|~~?|\]\([^()]*$", re.DOTALL)


def finished(text: str) -> str:
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
