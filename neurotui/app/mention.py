"""An @ in a text that is being written, and what is typed behind it to find a file."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MENTION = re.compile(r'(?:^|(?<=\s))@(?:"(?P<quoted>[^"]*)|(?P<plain>[^\s"]*))$')


@dataclass(frozen=True, slots=True)
class Mention:
    """What stands before the cursor from an @ on."""

    start: int
    """Column of the @."""
    query: str


def mention_in(before: str) -> Mention | None:
    """Return the mention that a line ends with before the cursor; None if it ends with none.

    The @ stands at the beginning or after a blank. A path with blanks is in a quotation mark.
    """
    if "@" not in before or (match := _MENTION.search(before)) is None:
        return None
    return Mention(match.start(), match["plain"] if match["quoted"] is None else match["quoted"])


def spelled(path: str) -> str:
    """Return a path that is being typed as a mention."""
    return f'@"{path}' if re.search(r"\s", path) else f"@{path}"
