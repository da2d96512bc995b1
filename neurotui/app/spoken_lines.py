"""An answer as whole lines, one after another, as they are complete: for ears, logs and dumb terminals.

Lines come as the model wrote them, clean. A long one is given out at the end of a sentence, or of a word, so
that nothing waits for the end of a paragraph. Code is told around: a heading that names the language and
counts the lines, then the lines, then its end. So a block of code comes as a whole.
"""

from __future__ import annotations

import re

from neurotui.chat.text import clean
from neurotui.i18n import _, ngettext
from neurotui.i18n.formats import number

LONG_LINE = 200
"""Characters from which on a line is given out at the end of a sentence."""
LONGEST_LINE = 1000
"""Characters from which on a line is given out at the end of a word, or anywhere."""

_FENCE = re.compile(r"[ \t>]*(?P<marks>`{3,}|~{3,})(?P<info>[^`]*)$")
_SENTENCE = re.compile(r"[.!?…。！？][»”\"')*_]*[ \t]+|[。！？]")
_WORD = re.compile(r"[ \t]+")


class SpokenLines:
    """The lines of one text, as it comes."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        """Of the line that is not complete, from where it was given out."""
        self._is_begun = False
        """True if the beginning of the line was given out."""
        self._marks = ""
        """The fence of the block of code that has begun."""
        self._language = ""
        self._code: list[str] = []

    def feed(self, text: str) -> list[str]:
        """Return the lines that are complete with this piece."""
        self._pieces.append(text)
        lines: list[str] = []
        if "\n" in text:
            *complete, rest = "".join(self._pieces).split("\n")
            self._pieces = [rest]
            for line in complete:
                lines += self._line(line)
        return lines if self._marks else lines + self._sentences()

    def end(self) -> list[str]:
        """Return what is left; a block of code without its end is told as such."""
        rest, self._pieces = "".join(self._pieces), []
        lines = self._line(rest) if rest else []
        if self._marks:
            lines += [self._heading(is_whole=False), *self._code]
            self._marks, self._code = "", []
        return lines

    @property
    def code_lines(self) -> int:
        """Number of lines of the block of code that is being written."""
        return len(self._code)

    def _line(self, line: str) -> list[str]:
        line = line.removesuffix("\r")
        is_begun, self._is_begun = self._is_begun, False
        fence = None if is_begun else _FENCE.match(line)
        if self._marks:
            if fence and fence["marks"].startswith(self._marks) and not fence["info"].strip():
                lines = [self._heading(), *self._code, _("end of code")]
                self._marks, self._code = "", []
                return lines
            self._code.append(clean(line))
        elif fence:
            self._marks, self._language = fence["marks"], clean(fence["info"]).strip().partition(" ")[0]
        elif line or not is_begun:
            return [clean(line)]
        return []

    def _sentences(self) -> list[str]:
        """Give out what is complete of a long line."""
        rest, at, lines = "".join(self._pieces), 0, []
        while len(rest) - at > LONG_LINE and (cut := self._cut(rest, at)) > at:
            lines.append(clean(rest[at:cut]).rstrip())
            at, self._is_begun = cut, True
        self._pieces = [rest[at:]]
        return lines

    def _cut(self, rest: str, at: int) -> int:
        """Return where a long line, from `at` on, can be given out; `at` if that has to wait."""
        until = min(len(rest), at + LONGEST_LINE)
        ends = [found.end() for found in _SENTENCE.finditer(rest, at, until)]
        if not ends and until == at + LONGEST_LINE:
            ends = [found.end() for found in _WORD.finditer(rest, at, until)] or [until]
        return ends[-1] if ends else at

    def _heading(self, *, is_whole: bool = True) -> str:
        count = len(self._code)
        lines = ngettext("{n} line", "{n} lines", count).format(n=number(count))
        parts = [_("code"), self._language, lines, "" if is_whole else _("without an end")]
        return ", ".join(part for part in parts if part)
