"""Fuzzy matching of a text with what was typed: whole words, parts of words, or letters in order.

Costs the length of the text for each word of the query, whatever their contents. Case is ignored, ё is е, and
a query typed on the wrong keyboard layout is understood.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from neurotui.chat.letters import fold, folded
from neurotui.i18n.keyboard import to_cyrillic, to_latin

_WORD_START = re.compile(r"(?<!\w)\w")


def spellings(query: str) -> tuple[str, ...]:
    """Return what `query` may have meant, folded: as it was typed, then on the other keyboard layouts."""
    typed = folded(query.strip())
    return tuple(dict.fromkeys((typed, fold(to_latin(typed)), fold(to_cyrillic(typed)))))


def match(query: str, text: str) -> tuple[float, Sequence[int]]:
    """Return a score, 0 if a word of `query` is not found, and the matching indexes of `text`.

    Both are folded by the caller. An empty query scores 1 everywhere.
    """
    score = 1.0
    places: list[int] = []
    for word in query.split():
        found, where = _match_word(word, text)
        if not found:
            return 0.0, ()
        score += found
        places += where
    return score, sorted(set(places))


def _match_word(word: str, text: str) -> tuple[float, Sequence[int]]:
    start = text.find(word)
    while start > 0 and text[start - 1].isalnum():  # prefer the beginning of a word
        if (later := text.find(word, start + 1)) < 0:
            break
        start = later
    if start >= 0:
        begins = start == 0 or not text[start - 1].isalnum()
        return len(word) * (4.0 if begins else 2.0) + (1.0 if start == 0 else 0.0), range(
            start, start + len(word)
        )
    if len(word) < 2:
        return 0.0, ()
    places: list[int] = []
    place = -1
    for letter in word:
        place = text.find(letter, place + 1)
        if place < 0:
            return 0.0, ()
        places.append(place)
    # Letters far apart match by chance.
    spread = places[-1] - places[0] + 1
    return (len(word) / spread, places) if spread <= 2 * len(word) else (0.0, ())
