"""Letters made comparable: either case, ё as е, and composed or decomposed into a letter and its mark.

macOS gives names of files, and some programs give text, with й as и and U+0306. The two look the same, so
whatever is typed or stored in one form is found in the other.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_DIAERESIS = "\u0308"


def composed(text: str) -> str:
    """Return `text` with each letter and its marks as one character, if there is such a character."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Return `text` in lower case with ё as е; every character keeps its index."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(low if len(low := character.lower()) == 1 else character for character in text)
    return lower.replace("ё", "е")


def folded(text: str) -> str:
    """Return `text` composed and folded; indexes may shift."""
    return fold(composed(text))


def any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern that finds any of `words`, composed or not, in folded text; None without a word.

    Blanks within a word stand for any blanks, a line's end among them.
    """
    patterns = ["".join(map(_either, folded(word))) for word in sorted(words, key=len, reverse=True) if word]
    return re.compile("|".join(patterns)) if patterns else None


def decomposed(word: str) -> list[str]:
    """Return the other spellings that `word` can have in text that was not composed; any of its е may be ё.

    `word` is composed, with ё as е. Words with several ё are rare: of more than three е only one is dotted.
    """
    plain = unicodedata.normalize("NFD", word)
    found = [plain] if plain != word else []
    places = [at for at, letter in enumerate(plain) if letter in "еЕ"]
    choices = [[place] for place in places]
    if 1 < len(places) <= 3:
        choices += [[one, other] for one in places for other in places if one < other]
        choices += [places] if len(places) == 3 else []
    for chosen in choices:
        found.append("".join(letter + _DIAERESIS * (at in chosen) for at, letter in enumerate(plain)))
    return found


def _either(letter: str) -> str:
    """Return a pattern for one letter of a folded word."""
    if letter.isspace():
        return r"\s+"
    if letter == "е":
        return f"е{_DIAERESIS}?"
    parts = unicodedata.normalize("NFD", letter)
    return re.escape(letter) if parts == letter else f"(?:{re.escape(letter)}|{re.escape(parts)})"
