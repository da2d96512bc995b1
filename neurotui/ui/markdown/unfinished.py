"""Text that still comes: what is opened and not closed yet is shown as if it were closed where the text ends.

Nearly always the closing sign comes, so that stars and backticks are never seen. A sign that turns out to be
just a sign appears when its paragraph is complete, and then for good.
"""

from __future__ import annotations

import re

_SIGN = re.compile(r"\\.|`+|\*{1,3}|_{1,3}|~~|\]\([^()\s]*$|.", re.DOTALL)
_HALF = re.compile(r"(?<!\\)[*_~`\\]+$")


def finished(text: str) -> str:
    """`text` with the signs at its end that would close what is open in it."""
    if not any(sign in text for sign in "*_~`]"):
        return text
    text = _HALF.sub("", text)  # it may be one half of a sign
    stack: list[str] = []
    code = ""
    before = " "
    for match in _SIGN.finditer(text):
        sign = match[0]
        after = text[match.end() : match.end() + 1] or " "
        if code:
            code = "" if sign == code else code
        elif sign[0] == "`":
            code = sign if sign in text[match.end() :] or "\n" not in text[match.end() :] else ""
        elif sign[0] in "*_~" and len(sign) > (sign[0] == "~"):
            if stack and stack[-1] == sign and not before.isspace():
                stack.pop()
            elif not after.isspace() and not before.isalnum():
                stack.append(sign)
        elif sign.startswith("]("):
            stack.append(")")
        before = sign[-1]
    if not (code or stack):
        return text
    return text.rstrip() + code + "".join(reversed(stack))
