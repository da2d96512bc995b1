"""Source as it comes: complete lines, cleaned, and the incomplete last one."""

from __future__ import annotations

import re

from neurotui.chat.text import clean
from neurotui.markdown.paragraphs import MARK, PIECE

LONGEST_LINE = 10_000
"""A line of the source is broken after this many characters."""
TAB = 4
"""Columns from one tab stop to the next."""

_UNDECIDED = re.compile(
    r"(?:[\s>]|(?:[-+*]|\d{1,9}[.)])\s)*+"
    r"(?:[-=*_+#~|:`.\s]+|\d{1,9}[.)]?|\[.?\]\s*|\[\^?[^\]]{0,40}\]?|\[\^[^\]]{1,40}\]:"
    r"|\[[^\]^][^\]]{0,40}\]:\s*+\S*+(?:\s++(?:\"[^\"]*+\"?|'[^']*+'?|\([^)]*+\)?)?)?\s*"
    r"|(?:`{3,}|~{3,})[^`]*|[\\$]|(?:\$\$|\\\[)(?:(?!\$\$|\\\]).){0,300})?"
)
"""A last line that may still become a rule, an item, a fence, a target …: shown once that is decided."""


class SourceBuffer:
    """The part of a text that has come and is not a complete line yet."""

    def __init__(self) -> None:
        self._rest = ""  # the last line, as it came
        self._lead = ""  # stands for the settled part of that line
        self._used = 0  # number of characters in that part
        self._try_at = PIECE

    def take(self, text: str) -> list[str]:
        """Add text, cut anywhere; return the lines that are complete now, cleaned."""
        self._rest += text
        room = LONGEST_LINE - self._used
        if "\n" not in text and len(self._rest) <= room:
            return []
        *lines, rest = _split(self._rest, room)
        complete = []
        for line in lines:
            complete += self._cleaned(line)
            self._lead, self._used, self._try_at = "", 0, PIECE
        self._rest = rest
        return complete

    def end(self) -> list[str]:
        """Return the lines that are left when the text has ended."""
        return self.take("\n")

    @property
    def shown(self) -> list[str]:
        """The last line as far as it can be shown: nothing while its kind is undecided."""
        if not self._lead and _UNDECIDED.fullmatch(self._rest):
            return []
        return self._cleaned(self._rest)

    def long_line(self) -> str | None:
        """Return the last line if it is long enough for trying to settle a part of it; else None."""
        if len(self._rest) <= self._try_at:
            return None
        self._try_at = len(self._rest) + PIECE // 4
        lines = self._cleaned(self._rest)
        # If cleaning replaced something, what is left of the line could not be told.
        return lines[0] if lines == [self._lead + self._rest] else None

    def leave(self, line: str) -> None:
        """Keep of the last line only what follows the mark in `line`, a form of what `long_line` returned."""
        lead, mark, rest = line.rpartition(MARK)
        if mark:
            trailing = len(self._rest) - len(self._rest.rstrip(" "))
            rest = rest.rstrip(" ") + " " * trailing  # the parser trims lines
            self._used += len(self._rest) - len(rest)
            self._lead, self._rest, self._try_at = lead + mark, rest, PIECE

    def _cleaned(self, line: str) -> list[str]:
        """Return `line` after the settled part, cleaned: other systems' line ends make it several lines."""
        line = line.removesuffix("\r")
        if not line.strip(" \t"):
            return [self._lead]  # a blank line, however long
        first, *others = clean(line).expandtabs(TAB).split("\n")
        return [self._lead + first, *others]


def _split(text: str, room: int) -> list[str]:
    """Return the lines of `text`, broken where they are too long: the first after `room` characters."""
    lines = text.split("\n")
    if len(text) <= room:
        return lines
    starts = [lines[0][room:], *lines[1:]] if len(lines[0]) > room else lines[1:]
    return [lines[0][:room]] + [
        line[at : at + LONGEST_LINE] for line in starts for at in range(0, len(line) or 1, LONGEST_LINE)
    ]
