"""The source as it comes: complete lines, cleaned, and the last one, which is not complete."""

from __future__ import annotations

import re

from neurotui.chat.text import clean
from neurotui.markdown.pieces import MARK, PIECE

LONGEST_LINE = 10_000
"""Characters after which a line of the source is broken."""
TAB = 4
"""Columns from one tab stop to the next."""

_UNDECIDED = re.compile(
    r"(?:[\s>]|(?:[-+*]|\d{1,9}[.)])\s)*+"
    r"(?:[-=*_+#~|:`.\s]+|\d{1,9}[.)]?|\[.?\]\s*|\[\^?[^\]]{0,40}\]?|\[\^[^\]]{1,40}\]:"
    r"|\[[^\]^][^\]]{0,40}\]:\s*+\S*+(?:\s++(?:\"[^\"]*+\"?|'[^']*+'?|\([^)]*+\)?)?)?\s*"
    r"|(?:`{3,}|~{3,})[^`]*|[\\$]|(?:\$\$|\\\[)(?:(?!\$\$|\\\]).){0,300})?"
)
"""A last line that may yet become a rule, an item, a fence, a target …: shown when that is decided."""


class SourceBuffer:
    """What has come of a text, and was not taken yet."""

    def __init__(self) -> None:
        self._rest = ""  # the last line, as it came
        self._lead = ""  # what stands for the part of that line that was settled
        self._used = 0  # characters of that part
        self._try_at = PIECE

    def take(self, text: str) -> list[str]:
        """Takes more of the text, cut anywhere; returns the lines that are complete now."""
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
        """The lines that are left at the end of the text."""
        return self.take("\n")

    @property
    def shown(self) -> list[str]:
        """The last line as far as it can be shown: nothing as long as it is not decided what it is."""
        if not self._lead and _UNDECIDED.fullmatch(self._rest):
            return []
        return self._cleaned(self._rest)

    def long_line(self) -> str | None:
        """The last line, where it is so long that it is worth trying to settle a part of it."""
        if len(self._rest) <= self._try_at:
            return None
        self._try_at = len(self._rest) + PIECE // 4
        lines = self._cleaned(self._rest)
        # Where something in it was replaced it could not be told what is left of it.
        return lines[0] if lines == [self._lead + self._rest] else None

    def leave(self, line: str) -> None:
        """Keeps of the last line what stands in `line`, as `long_line` gave it, behind a mark."""
        lead, mark, rest = line.rpartition(MARK)
        if mark:
            trailing = len(self._rest) - len(self._rest.rstrip(" "))
            rest = rest.rstrip(" ") + " " * trailing  # the parser trims lines
            self._used += len(self._rest) - len(rest)
            self._lead, self._rest, self._try_at = lead + mark, rest, PIECE

    def _cleaned(self, line: str) -> list[str]:
        """The last line as it may be shown: what ends lines in other systems ends them here."""
        line = line.removesuffix("\r")
        if not line.strip(" \t"):
            return [self._lead]  # however long it is
        first, *others = clean(line).expandtabs(TAB).split("\n")
        return [self._lead + first, *others]


def _split(text: str, room: int) -> list[str]:
    """The lines of `text`, with those that are too long broken: the first after `room` characters."""
    lines = text.split("\n")
    if len(text) <= room:
        return lines
    starts = [lines[0][room:], *lines[1:]] if len(lines[0]) > room else lines[1:]
    return [lines[0][:room]] + [
        line[at : at + LONGEST_LINE] for line in starts for at in range(0, len(line) or 1, LONGEST_LINE)
    ]
