"""What an index of trigrams is asked for the words of a query.

A word of three characters or more is asked for as it is, and in decomposed letters where the index has such;
a shorter one as all trigrams of the index that begin with it.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, product

from neurotui.chat.letters import decomposed, fold

_TRIGRAM = 3
_MOST = 1000
"""Trigrams that may stand for a word that is shorter than one."""
_FEW = 32
"""Trigrams that may do so beside another word. One that begins more of them is in nearly every text: it is
looked for in what the other word finds."""
_MARKED = re.compile(r"\w[\u0300-\u036f]")
"""A letter and a mark that is a character of its own."""
_LAST_CHARACTER = "\U0010ffff"

_TERMS = """
CREATE VIRTUAL TABLE IF NOT EXISTS temp.{0}_terms USING fts5vocab ('main', '{0}', 'instance')
"""


@dataclass(frozen=True, slots=True)
class Question:
    """What an index is asked, and what is looked for in the texts that it finds."""

    match: str
    """An expression of FTS5."""
    looked_for: tuple[tuple[str, ...], ...]
    """For each word that the index was not asked for, its spellings."""

    def conditions(self, text: str) -> str:
        """Return conditions of SQL on a column, each with ` AND ` before it; `values` fill their places."""
        each = (" OR ".join([f"instr({text}, ?)"] * len(spellings)) for spellings in self.looked_for)
        return "".join(f" AND ({condition})" for condition in each)

    @property
    def values(self) -> list[str]:
        """The values of the conditions."""
        return [*chain(*self.looked_for)]


def question(connection: sqlite3.Connection, index_name: str, words: Sequence[str]) -> Question | None:
    """Return what an index is asked for texts with all of these words; None if it has no such word."""
    asked: list[str] = []
    looked_for: list[tuple[str, ...]] = []
    index = _Index(connection, index_name)
    for word in sorted(words, key=len, reverse=True):
        plain = word.replace("ё", "е").replace("Ё", "Е")
        terms = [plain]
        if len(plain) < _TRIGRAM:
            terms = index.beginning(fold(plain), _FEW + 1 if asked else _MOST)
            if asked and len(terms) > _FEW:
                looked_for.append(_spellings(plain))
                continue
        for other in index.other_forms(plain):
            terms += [other] if len(other) >= _TRIGRAM else index.beginning(fold(other), _FEW)
        if not terms:
            return None
        asked.append("(" + " OR ".join('"' + term.replace('"', '""') + '"' for term in terms) + ")")
    return Question(" AND ".join(asked), tuple(looked_for))


class _Index:
    """The trigrams that there are in an index, as far as they are asked for."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self._connection = connection
        self._query = f"SELECT term FROM temp.{name}_terms WHERE term >= ? AND term < ? LIMIT 1"
        self._begun: dict[str, bool] = {}
        connection.execute(_TERMS.format(name))

    def beginning(self, start: str, most: int) -> list[str]:
        """Return the trigrams that begin with `start`: leaps from each to the next, past all its places."""
        found: list[str] = []
        least = start
        while len(found) < most:
            row = self._connection.execute(self._query, (least, start + _LAST_CHARACTER)).fetchone()
            if row is None:
                break
            found.append(row[0])
            least = row[0] + "\x01"
        return found

    def other_forms(self, word: str) -> list[str]:
        """Return the forms of a word in decomposed letters, where the index has such letters at all."""
        return [
            form
            for form in decomposed(word)
            if word not in form and all(map(self._begins, _MARKED.findall(fold(form))))
        ]

    def _begins(self, start: str) -> bool:
        if start not in self._begun:
            self._begun[start] = bool(self.beginning(start, 1))
        return self._begun[start]


def _spellings(word: str) -> tuple[str, ...]:
    """Return all ways to write a short word that are the same to a search."""
    forms = []
    for character in word:
        cases = {character, character.lower(), character.upper(), *("ёЁ" if character in "еЕ" else "")}
        forms.append(cases | {unicodedata.normalize("NFD", each) for each in cases})
    return tuple(sorted("".join(letters) for letters in product(*forms)))
