"""An @ in a text that is being written, or the command to attach, and the beginning of a path behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from neurotui.app.commands import find
from neurotui.i18n import spellings
from neurotui.i18n.keyboard import to_latin

_COMMAND = re.compile(r"/(?P<name>\S+)[ \t](?P<path>.*)")
_MENTION = re.compile(r'(?:^|(?<=\s))@(?:"(?P<quoted>[^"]*)|(?P<plain>[^\s"]*))$')


@dataclass(frozen=True, slots=True)
class Mention:
    """What stands before the cursor from an @ on, or from the command on."""

    start: int
    """Column of the @, or of the command."""
    query: str
    lead: str = "@"
    """What stands before the path."""

    def spelled(self, path: str) -> str:
        """Return it with another path."""
        quote = '"' if self.lead == "@" and re.search(r"\s", path) else ""
        return f"{self.lead}{quote}{path}"


def mention_in(before: str) -> Mention | None:
    """Return the mention that a line ends with before the cursor; None if it ends with none.

    The @ stands at the beginning or after a blank. A path with blanks is in a quotation mark.
    """
    command = _COMMAND.fullmatch(before)
    if command is not None and to_latin(command["name"].lower()) in _names():
        return Mention(0, command["path"].strip("\"'"), before[: command.start("path")])
    if "@" not in before or (match := _MENTION.search(before)) is None:
        return None
    return Mention(match.start(), match["plain"] if match["quoted"] is None else match["quoted"])


def _names() -> set[str]:
    """Return the names of the command to attach, in all languages, by their keys."""
    command = find("attach")
    return {to_latin(name.lower()) for name in (command.slash[1:], *spellings(command.label))}
