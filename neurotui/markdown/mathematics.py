"""Tell a formula from text between the same delimiters: calls, prices, shell variables.

Text mistaken for a formula loses its signs, a formula mistaken for text only shows them. So in doubt it is
text.
"""

from __future__ import annotations

import re
import unicodedata

from neurotui.markdown.formula_signs import BETWEEN, FUNCTIONS, SIGNS

_READ = {"frac", "dfrac", "tfrac", "sqrt", "left", "right", "big", "Big", "bigl", "bigr", "mathbb", "mathrm"}
_NAMES = {name for name in (*BETWEEN, *SIGNS, *FUNCTIONS, *_READ) if len(name) > 1 and name.isalpha()}
_COMMAND = re.compile(r"\\([A-Za-z]{2,})(\s*\{)?")
_WORDED = re.compile(r"\\(?:text\w*|mathrm|mbox|operatorname\*?)\s*\{[^{}]*\}|\\[A-Za-z]+")
_SCRIPT = re.compile(r"[\w)}\]|'!]\s*\^\s*[\w{(\\+*-]|(?<![^\W\d_])[^\W\d_]'?_[\w{\\]|[)}\]|]_[\w{\\]")
_RELATION = re.compile(r"[=<>≤≥≠≈≡∈∉⊂⊆∪∩±×÷·∞∑∏∫√→⇒⇔∀∃∂∇]")
_OPERATION = re.compile(r"[\w)}\]!']\s*[+*/−-]\s*[\w({\[\\|]|^\s*[+−-]\s*[^\W\d_]|[\w)]!|\|[^|]+\|")
_WORD = re.compile(r"[^\W\d_]{3,}")
_RANGE = re.compile(r"\s*[\w.:]+\s*[-–−/]\s*[\w.:]+\s*")
_LETTER = re.compile(r"\s*[^\W\d_]['′]*\s*")
_OF_LETTER = re.compile(r"\s*[^\W\d_]'*\([^\W_](?:\s*[,;|]\s*[^\W_])*\)\s*")
_PADDED = re.compile(
    r"\s(?!.*[a-zа-яё]{3})(?!.*\s[^\W\d_]{2,}\s+[^\W\d_]{2})[\w\s.,;:+−%()!|°'′-]*\w.*\s", re.DOTALL
)
"""Blanks inside the brackets: models write formulas that way, and nobody writes a bracketed word so."""
_WORDS = re.compile(r"[^\W\d_]{3,}\s+[^\W\d_]{2,}")

_MONEY = re.compile(r"\d[^\\{}]*(?:[а-яё]|\s\(?[^\W\d_]{3})", re.IGNORECASE)
"""An amount and words between two dollar signs."""
_CODE = re.compile(r"[\"@#]|->\s*[A-Za-z_]{2}|::|==|[=+*/<>&,;.(\[{_^-]$|^[^|]*\|+$|^[.,=;&]\w")
"""Signs of code, not of a formula, between two dollar signs."""
_ENDING = re.compile(r"(?:th|st|nd|rd|s)(?![A-Za-z0-9])")


def in_word(before: str) -> bool:
    """True if no formula can begin after this character: a letter of a script that separates words."""
    return bool(before) and (before in "_)]}" or (before.isalnum() and not _unspaced(before)))


def has_signs(source: str) -> bool:
    """True if `source` has mathematical signs, and no words that would explain them otherwise."""
    if not source.strip():
        return False
    if any(found[1] in _NAMES or found[2] for found in _COMMAND.finditer(source)) or "\\\\" in source:
        return True
    rest = _WORDED.sub(" ", source)
    if _SCRIPT.search(rest):
        return True
    if any(word not in FUNCTIONS for word in _WORD.findall(rest)) or _RANGE.fullmatch(rest):
        return False
    return bool(_RELATION.search(rest) or _OPERATION.search(rest))


def in_brackets(source: str) -> bool:
    r"""True if `\(source\)` is a formula. A single letter is: variables in a text are written like that."""
    return bool(in_squares(source) or _LETTER.fullmatch(source) or _OF_LETTER.fullmatch(source))


def in_squares(source: str) -> bool:
    r"""True if `\[source\]` is a formula. A single letter is not: `\[x\]` and `\[1\]` are boxes and notes."""
    return has_signs(source) or bool(_PADDED.fullmatch(source))


def in_double_dollars(source: str) -> bool:
    """True if `$$source$$` is a formula: anything but words."""
    return bool(source.strip()) and (
        has_signs(source)
        or not re.search(r"[^\W\d_]{2,}\s+[^\W\d_]{2,}|^\s+[^\W\d_]{2,}\s+$", _WORDED.sub(" , ", source))
    )


def displayed(sign: str, source: str) -> bool:
    r"""True if `source`, on lines of its own after `$$` or `\[`, is a formula."""
    if sign == "$$":
        return in_double_dollars(source)
    equation = "\n" in source and '"' not in source and bool(_RELATION.search(source))
    return in_squares(source) or (equation and in_double_dollars(source.strip()))


def in_dollars(source: str, before: str, after: str) -> bool:
    """True if `$source$` is a formula. `after` is the next characters, up to three."""
    if in_word(before) or before == "\\" or _MONEY.match(source):
        return False
    signs = any(found[1] in _NAMES or found[2] for found in _COMMAND.finditer(source))
    if _CODE.search(source) and not signs:
        return False
    if not signs and (_WORDS.search(source) or not any(sign.isalnum() for sign in source)):
        return False
    following = after[:1]
    if following.isascii() and (following.isalnum() or following in ("_", "{", "(", "$")):
        return bool(_ENDING.match(after)) and (signs or bool(_LETTER.fullmatch(source)))
    return True


def _unspaced(letter: str) -> bool:
    """True if a letter's script has no blanks between words."""
    name = unicodedata.name(letter, "")
    return name.startswith(("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR"))
