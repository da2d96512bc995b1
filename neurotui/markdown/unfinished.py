"""Text that still comes: what is opened and not closed yet is shown as if it were closed where the text ends.

Nearly always the closing sign comes, so that stars and backticks are never seen. A sign that turns out to be
just a sign appears when its paragraph is complete, and then for good.
"""

from __future__ import annotations

import re

DEEPEST = 8
"""Signs that may be open at a time; where more are, nobody meant to open them."""

_SIGN = re.compile(r"\\.?|`+|\*{1,3}|_{1,3}|~~?|\]\([^()]*$", re.DOTALL)


def finished(text: str) -> str:
    """`text` with the signs at its end that would close what is open in it."""
    if not any(sign in text for sign in "*_~`]\\"):
        return text
    closing, useless = _open(text)
    text = text[: len(text) - useless]
    return text.rstrip() + closing if closing else text


def _open(text: str) -> tuple[str, int]:
    """The signs that would close what is open, and how many characters at the end open or close nothing."""
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
