"""How well a text answers to what was typed: by whole words, parts of words, or letters in their order.

Costs the length of the text for each word of the query, whatever is in them. Letters of either case are one,
ё is е, and what was typed on the other layout is understood.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from neurotui.chat.letters import fold, folded
from neurotui.i18n.keyboard import to_cyrillic, to_latin

_WORD_START = re.compile(r"(?<!\w)\w")


def spellings(query: str) -> tuple[str, ...]:
    """What may have been meant by `query`, as it was typed first; folded."""
    typed = folded(query.strip())
    return tuple(dict.fromkeys((typed, fold(to_latin(typed)), fold(to_cyrillic(typed)))))


def match(query: str, text: str) -> tuple[float, Sequence[int]]:
    """A score, 0 where a word of `query` is not found, and the places in `text` that answer to it.

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
    while start > 0 and text[start - 1].isalnum():  # rather at the beginning of a word
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
    # Letters that lie far apart are there by chance.
    spread = places[-1] - places[0] + 1
    return (len(word) / spread, places) if spread <= 2 * len(word) else (0.0, ())
