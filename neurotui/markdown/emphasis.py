"""Emphasis beside punctuation: `**Важно:**текст`, `и**«Слово»**и`.

CommonMark decides from its neighbours whether a sign opens or closes emphasis, and always takes one between
punctuation and a following letter as opening. Where the punctuation is inside the emphasis, above all in
scripts without blanks, the asterisks are then left as text (commonmark-spec#650). Two rules mend that: both
let a sign close after punctuation although a letter follows, and open before it although a letter precedes.

The first runs before the standard's pairing and applies to non-ASCII letters, where there is no risk of
code, and to punctuation that has a side: such a sign may both open and close, and closes if it can. The
second looks at the signs that the standard has left unpaired. It requires brackets and quotes to be closed
within the pair, and leaves alone what is usual in code: powers, file patterns, arguments with stars.
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
"""Most characters between the signs of a pair that the standard does not make."""
NEAREST = 8
"""Most signs to try as the opening of such a pair."""

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
"""ASCII before an opening sign that suggests code: file patterns, operators, attributes."""
_CODE_AT_END = set("/\\@&#*_~,+=<>|^$-")
"""ASCII before a closing sign, with a letter or digit after it, that suggests code."""


def add_emphasis(markdown: MarkdownIt) -> None:
    """Teach a parser to pair signs that the standard leaves unpaired."""
    markdown.inline.ruler2.before("balance_pairs", "sided_punctuation", _widen_all)
    markdown.inline.ruler2.after("balance_pairs", "punctuated_pairs", _pair_all)


@dataclass(slots=True)
class _Run:
    """Adjacent signs that are in no pair."""

    first: int
    """Index of the run's first delimiter."""
    size: int
    """Number of delimiters."""
    signs: str
    begin: int
    """Index of the run's first token."""
    before: str
    """Character before the run: a blank at an edge, `_OTHER` for anything but text; `after` likewise."""
    after: str
    opens: bool
    """True if the run can open emphasis by the standard."""
    closes: bool

    @property
    def end(self) -> int:
        """Index of the token after the run."""
        return self.begin + self.size

    @property
    def multiplies(self) -> bool:
        """True between two numbers: `2*3*4`."""
        return self.before.isdigit() and self.after.isdigit()

    @property
    def opens_by_side(self) -> bool:
        """True between a non-ASCII letter and an opening bracket or quote."""
        sided = unicodedata.category(self.after) in ("Ps", "Pi", "So") and (
            len(self.signs) > 1 or not self.after.isascii()
        )
        return sided and _is_letter(self.before) and self.signs[0] != "~"

    @property
    def closes_by_side(self) -> bool:
        """True between closing punctuation and a non-ASCII letter."""
        sided = self.before in _STOPS or unicodedata.category(self.before) in ("Pe", "Pf", "So")
        return sided and _is_letter(self.after) and self.signs[0] != "~"

    @property
    def may_open(self) -> bool:
        """True if the run may open a pair that the standard did not make."""
        return (self.opens and self.before not in _CODE_BEFORE) or _may_open(
            self.signs, self.before, self.after
        )

    @property
    def may_close(self) -> bool:
        """True if the run may close a pair that the standard did not make."""
        return self.closes or _may_close(self.signs, self.before, self.after)


def _widen_all(state: StateInline) -> None:
    for delimiters in _lists(state):
        for run in _runs(state.tokens, delimiters, set()):
            if isinstance(run, _Run):
                for delimiter in delimiters[run.first : run.first + run.size]:
                    delimiter.open = (delimiter.open or run.opens_by_side) and not run.multiplies
                    delimiter.close = delimiter.close or run.closes_by_side


def _lists(state: StateInline) -> Iterator[list[Delimiter]]:
    """Yield the lists of delimiters in a text: its own, and those within links."""
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
    open_runs: list[_Run | None] = []  # None stands for the opening sign of a standard pair
    for found in _runs(tokens, delimiters, closers):
        if found is True:
            open_runs.append(None)
        elif found is False:
            while open_runs.pop() is not None:
                pass  # pairs must not cross
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
    """Yield the unpaired runs in order; True where a standard pair begins, False where it ends."""
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
    """True if tokens hold words, and close every bracket and quote that they open."""
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
    """Return the first or last character (`at` is 0 or -1) of the token beside a run."""
    if not 0 <= index < len(tokens) or tokens[index].type in ("softbreak", "hardbreak"):
        return " "
    token = tokens[index]
    if token.nesting == (1 if at else -1):
        return " "  # the edge of a link's text
    if not token.type.startswith("text"):
        return _OTHER
    return token.content[at] if token.content else " "


_OTHER = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands for code, a link or a formula beside a sign. Counts as non-ASCII punctuation, like a quote."""


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
