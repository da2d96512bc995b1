"""Emphasis beside punctuation: `**Важно:**текст`, `и**«Слово»**и`.

CommonMark tells from its neighbours whether a sign opens or closes emphasis, and takes one with punctuation
before it and a letter behind it for an opening, always. In texts that have their punctuation within the
emphasis, most of all in scripts without blanks, the asterisks stay then (commonmark-spec#650). Two rules mend
that, both by letting a sign close behind punctuation though a letter follows, and open before it though a
letter precedes it.

The first goes before the standard and is for letters beyond ASCII, where no code is to be feared, and for
punctuation that has a side: such a sign may both open and close, and closes if it can. The second looks, when
the standard has made its pairs, at the signs that are left. It asks for brackets and quotes that are closed
within the pair, and leaves alone what is usual in code: powers, patterns of files, arguments with stars.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.rules_inline.state_inline import Delimiter
    from markdown_it.token import Token

LONGEST = 2_000
"""Characters between the signs of a pair that the standard does not make."""
NEAREST = 8
"""Signs that are tried as the opening of one."""

_CLOSED_BY = {
    ")": "(",
    "]": "[",
    "}": "{",
    "»": "«",
    "）": "（",
    "」": "「",
    "』": "『",
    "】": "【",
    "》": "《",
}
_BRACKET = re.compile(r"[()\[\]{}«»（）「」『』【】《》]")
_STOPS = set(":.!?…,;%：。！？，；、")
_CODE_BEFORE = set("./\\=)]}@&#*_~")
"""ASCII before an opening sign: patterns of files, operators, attributes."""
_CODE_AT_END = set("/\\@&#*_~,+=<>|^$-")
"""ASCII before a closing sign that a letter or digit of ASCII follows."""


def add_emphasis(markdown: MarkdownIt) -> None:
    """Teach a parser to pair the signs that the standard leaves."""
    markdown.inline.ruler2.before("balance_pairs", "sided_punctuation", _widen_all)
    markdown.inline.ruler2.after("balance_pairs", "punctuated_pairs", _pair_all)


@dataclass(slots=True)
class _Run:
    """Signs side by side that are in no pair."""

    first: int
    """The index of its first delimiter."""
    size: int
    """The delimiters in it."""
    signs: str
    begin: int
    """The index of its first token."""
    before: str
    """The character before it, and the one after it: a blank at an edge, `_OTHER` for what is no text."""
    after: str
    opens: bool
    """True if it opens by the standard."""
    closes: bool

    @property
    def end(self) -> int:
        """The index of the token after it."""
        return self.begin + self.size

    @property
    def multiplies(self) -> bool:
        """True between two numbers: `2*3*4`."""
        return self.before.isdigit() and self.after.isdigit()

    @property
    def opens_by_side(self) -> bool:
        """True between a letter beyond ASCII and an opening bracket or quote."""
        sided = unicodedata.category(self.after) in ("Ps", "Pi", "So") and (
            len(self.signs) > 1 or not self.after.isascii()
        )
        return sided and _is_letter(self.before) and self.signs[0] != "~"

    @property
    def closes_by_side(self) -> bool:
        """True between closing punctuation and a letter beyond ASCII."""
        sided = self.before in _STOPS or unicodedata.category(self.before) in ("Pe", "Pf", "So")
        return sided and _is_letter(self.after) and self.signs[0] != "~"

    @property
    def may_open(self) -> bool:
        """True if it may open what the standard has left."""
        return (self.opens and self.before not in _CODE_BEFORE) or _may_open(
            self.signs, self.before, self.after
        )

    @property
    def may_close(self) -> bool:
        """True if it may close what the standard has left."""
        return self.closes or _may_close(self.signs, self.before, self.after)


def _widen_all(state: StateInline) -> None:
    for delimiters in _lists(state):
        for run in _runs(state.tokens, delimiters, set()):
            if isinstance(run, _Run):
                for delimiter in delimiters[run.first : run.first + run.size]:
                    delimiter.open = (delimiter.open or run.opens_by_side) and not run.multiplies
                    delimiter.close = delimiter.close or run.closes_by_side


def _lists(state: StateInline) -> Iterator[list[Delimiter]]:
    """The lists of signs in a text: its own, and those within links."""
    yield state.delimiters
    for meta in state.tokens_meta:
        if meta and "delimiters" in meta:
            yield meta["delimiters"]


def _pair_all(state: StateInline) -> None:
    for delimiters in _lists(state):
        _pair(state.tokens, delimiters)


def _pair(tokens: Sequence[Token], delimiters: list[Delimiter]) -> None:
    closers = {delimiter.end for delimiter in delimiters if delimiter.end >= 0}
    if len(delimiters) - 2 * len(closers) < 2:
        return
    open_runs: list[_Run | None] = []  # None stands for the opening sign of a pair of the standard
    for found in _runs(tokens, delimiters, closers):
        if found is True:
            open_runs.append(None)
        elif found is False:
            while open_runs.pop() is not None:
                pass  # a pair must not cross another
        else:
            opener = _opener(tokens, open_runs, found) if found.may_close else None
            if opener is not None:
                partner = open_runs[opener]
                assert partner is not None
                del open_runs[opener:]
                for offset in range(found.size):
                    delimiters[partner.first + offset].end = found.first + found.size - 1 - offset
            elif found.may_open:
                open_runs.append(found)


def _runs(
    tokens: Sequence[Token], delimiters: Sequence[Delimiter], closers: set[int]
) -> Iterator[_Run | bool]:
    """Return what is left, in order; True and False where a pair of the standard begins and ends."""
    index = 0
    while index < len(delimiters):
        delimiter = delimiters[index]
        if delimiter.end >= 0 or index in closers:
            yield delimiter.end >= 0
            index += 1
            continue
        first = index
        before = _neighbour(tokens, delimiter.token - 1, -1)
        while (
            index < len(delimiters)
            and delimiters[index].marker == delimiter.marker
            and delimiters[index].token == delimiter.token + index - first
            and delimiters[index].end < 0
            and index not in closers
        ):
            index += 1
        size = index - first
        signs = "".join(token.content for token in tokens[delimiter.token : delimiter.token + size])
        after = _neighbour(tokens, delimiter.token + size, 0)
        yield _Run(first, size, signs, delimiter.token, before, after, delimiter.open, delimiter.close)


def _opener(tokens: Sequence[Token], open_runs: Sequence[_Run | None], closer: _Run) -> int | None:
    """Return the index of the run that `closer` closes; None if there is none."""
    for index in range(len(open_runs) - 1, max(-1, len(open_runs) - 1 - NEAREST), -1):
        run = open_runs[index]
        if run is None:
            return None
        if run.signs == closer.signs and len(run.signs) <= 3 and _is_whole(tokens[run.end : closer.begin]):
            return index
    return None


def _is_whole(tokens: Sequence[Token]) -> bool:
    """True if tokens hold words, and each of their brackets and quotes is closed in them."""
    text = ""
    for token in tokens:
        text += token.content if token.type.startswith("text") else "x"
        if len(text) > LONGEST:
            return False
    opened: list[str] = []
    for sign in _BRACKET.findall(text):
        if sign not in _CLOSED_BY:
            opened.append(sign)
        elif not opened or opened.pop() != _CLOSED_BY[sign]:
            return False
    return not opened and text.count('"') % 2 == 0 and any(character.isalnum() for character in text)


def _neighbour(tokens: Sequence[Token], index: int, at: int) -> str:
    """Return the sign of a token that stands beside a run, its first or its last."""
    if not 0 <= index < len(tokens) or tokens[index].type in ("softbreak", "hardbreak"):
        return " "
    token = tokens[index]
    if token.nesting == (1 if at else -1):
        return " "  # the edge of a link's text
    if not token.type.startswith("text"):
        return _OTHER
    return token.content[at] if token.content else " "


_OTHER = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands for code, a link or a formula beside a sign. Like a quote it is punctuation, and not of ASCII."""


def _is_letter(sign: str) -> bool:
    return sign.isalpha() and not sign.isascii()


def _may_open(signs: str, before: str, after: str) -> bool:
    """True if signs open emphasis between a letter and punctuation."""
    if not before.isalnum() or after.isalnum() or after.isspace() or signs == "~":
        return False
    if not after.isascii():
        return signs[0] != "_" or not before.isascii()
    if before.isascii():
        return False
    return after in "\"'" or (len(signs) > 1 and after in "([{#+-<")


def _may_close(signs: str, before: str, after: str) -> bool:
    """True if signs close emphasis between punctuation and a letter or a digit."""
    if before.isalnum() or before.isspace() or not after.isalnum() or signs == "~":
        return False
    if unicodedata.category(before) in ("Ps", "Pi"):
        return False
    if not after.isascii():
        return before not in "/\\@&#*_~"
    if signs[0] == "_":
        return False
    if not before.isascii():
        return True
    return before not in _CODE_AT_END and (len(signs) > 1 or (before in ":!?" and after.isalpha()))
