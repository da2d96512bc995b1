"""LaTeX formulas as Unicode text. A formula with anything unknown stays as it was written.

Why not a library: pylatexenc makes `√(8)` of a cube root and loses the label of an arrow, unicodeit reads
`\\left(` as `≤ft(` and `\\lim` as `łim`. Here the result is right, or it is the source.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from neurotui.markdown.formula_signs import (
    ACCENTS,
    BETWEEN,
    DOUBLE,
    FRACTIONS,
    FUNCTIONS,
    LOWERED,
    RAISED,
    ROOTS,
    SIGNS,
)


class _Unreadable(Exception):
    """Raised if a formula cannot be written as text."""


def inline_formula(source: str) -> str:
    """Return a formula for use within a line; its source if it cannot be read."""
    try:
        return _Reader(source).all()
    except _Unreadable:
        return source.strip()


def block_formula(source: str) -> tuple[str, ...]:
    """Return the lines of a displayed formula: matrices and systems of equations are laid out in rows."""
    try:
        return tuple(_block(source.strip()))
    except _Unreadable:
        return tuple(line.strip() for line in source.strip().split("\n"))


_ENVIRONMENT = re.compile(r"\\begin\{(\w+\*?)\}(?:\{[^}]*\})?(.*?)\\end\{\1\}", re.DOTALL)
_BRACKETS = {
    "pmatrix": "⎛⎜⎝⎞⎟⎠()",
    "bmatrix": "⎡⎢⎣⎤⎥⎦[]",
    "vmatrix": "││││││││",
    "Bmatrix": "⎧⎨⎩⎫⎬⎭{}",
    "cases": "⎧⎨⎩   { ",
    "matrix": "        ",
}
_EQUATIONS = {
    "align",
    "aligned",
    "alignat",
    "gather",
    "gathered",
    "split",
    "equation",
    "eqnarray",
    "multline",
}


def _block(source: str) -> Iterator[str]:
    found = _ENVIRONMENT.search(source)
    if found is None:
        for line in re.split(r"\\\\(?:\[[^\]]*\])?|\n\s*\n", source):
            if text := inline_or_raise(line.replace("&", " ")):
                yield text
        return
    name = found[1].rstrip("*")
    rows = [row for row in re.split(r"\\\\(?:\[[^\]]*\])?", found[2]) if row.strip()]
    before, after = source[: found.start()], source[found.end() :]
    if name in _EQUATIONS and not before.strip() and not after.strip():
        for row in rows:
            yield inline_or_raise(row.replace("&", " "))
    elif name in _BRACKETS and rows and not _ENVIRONMENT.search(after):
        cells = [[inline_or_raise(cell) for cell in row.split("&")] for row in rows]
        yield from _matrix(cells, _BRACKETS[name], inline_or_raise(before), inline_or_raise(after))
    else:
        raise _Unreadable


def inline_or_raise(source: str) -> str:
    """Return a formula as text. Raises `_Unreadable`."""
    return _Reader(source).all()


def _matrix(cells: Sequence[Sequence[str]], signs: str, before: str, after: str) -> Iterator[str]:
    """Yield rows between tall brackets, `before` and `after` on the middle one."""
    count = max(map(len, cells))
    widths = [max(cell_len(row[column]) for row in cells if column < len(row)) for column in range(count)]
    for number, row in enumerate(cells):
        padded = (
            (cell := row[column] if column < len(row) else "") + " " * (widths[column] - cell_len(cell))
            for column in range(count)
        )
        if len(cells) == 1:
            left, right = signs[6], signs[7]
        else:
            part = 0 if number == 0 else 2 if number == len(cells) - 1 else 1
            left, right = signs[part], signs[part + 3]
        middle = number == (len(cells) - 1) // 2
        lead = f"{before} " if before else ""
        if not middle:
            lead = " " * cell_len(lead)
        tail = f" {after}" if middle and after else ""
        yield f"{lead}{left} {'  '.join(padded)} {right}{tail}".rstrip()


_LETTERS = {"-": "−", "'": "′", "~": " "}
_DEEPEST = 40
_SPACES = re.compile(r" {2,}")
_TOKEN = re.compile(r"\\([A-Za-z]+)\s*\*?|\\(.)|([{}^_~&])|(\s+)|(.)", re.DOTALL)


class _Reader:
    """Reader of a formula, from left to right."""

    def __init__(self, source: str) -> None:
        self._tokens = [match.group().strip() or " " for match in _TOKEN.finditer(source.strip())]
        self._at = 0
        self._depth = 0

    def all(self) -> str:
        """Return the whole formula."""
        text = self._until("")
        return _SPACES.sub(" ", text).strip().replace("( ", "(").replace(" )", ")")

    def _until(self, end: str) -> str:
        parts = []
        while (token := self._next()) != end:
            if token == "" or token == "}":
                raise _Unreadable
            parts.append(self._atom(token))
        return "".join(parts)

    def _next(self) -> str:
        if self._at >= len(self._tokens):
            return ""
        self._at += 1
        return self._tokens[self._at - 1]

    def _atom(self, token: str) -> str:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Unreadable
        text = self._written(token)
        self._depth -= 1
        return text

    def _written(self, token: str) -> str:
        match token:
            case "{":
                return self._until("}")
            case "^":
                return _script(self._argument(), RAISED, "^")
            case "_":
                return _script(self._argument(), LOWERED, "_")
            case "&" | "}":
                raise _Unreadable
        if token.startswith("\\") and len(token) > 1:
            return self._command(token[1:].rstrip("*").strip())
        return f" {token} " if token in BETWEEN else _LETTERS.get(token, token)

    def _command(self, name: str) -> str:
        if name in BETWEEN:
            return f" {BETWEEN[name]} "
        if name in SIGNS:
            return SIGNS[name]
        if name in FUNCTIONS:
            return f" {name} " if self._at < len(self._tokens) and self._tokens[self._at].isalnum() else name
        match name:
            case "frac" | "dfrac" | "tfrac" | "cfrac":
                over, under = self._argument(), self._argument()
                return FRACTIONS.get((over, under)) or f"{_grouped(over)}/{_grouped(under)}"
            case "binom" | "dbinom" | "tbinom":
                return f"C({self._argument()}, {self._argument()})"
            case "sqrt":
                degree = self._option()
                root = ROOTS.get(degree)
                return (root or _script(degree, RAISED, "") + "√") + _grouped(self._argument())
            case "text" | "textrm" | "textbf" | "textit" | "mathrm" | "mathbf" | "mathit" | "mathsf":
                return self._argument(plain=name.startswith("text"))
            case "operatorname" | "boldsymbol" | "bm" | "mathcal" | "mathscr" | "mathfrak" | "displaystyle":
                return self._argument() if name != "displaystyle" else ""
            case "mathbb":
                return "".join(DOUBLE.get(letter, letter) for letter in self._argument())
            case "left" | "right" | "big" | "Big" | "bigl" | "bigr" | "Bigl" | "Bigr" | "bigg" | "Bigg":
                token = self._next()
                return "" if token in (".", "") else self._atom(token)
            case "overline" | "underline" | "hat" | "bar" | "vec" | "dot" | "ddot" | "tilde" | "widehat":
                return "".join(letter + ACCENTS[name] for letter in self._argument())
            case "overset" | "stackrel":
                over = self._argument()
                return self._argument() + _script(over, RAISED, "^")
            case "boxed":
                return f"[{self._argument()}]"
            case "pmod":
                return f" (mod {self._argument()})"
        raise _Unreadable

    def _argument(self, plain: bool = False) -> str:
        while (token := self._next()) == " ":
            pass
        if token == "{":
            return self._until("}") if not plain else self._plain()
        if token in ("", "}", "^", "_", "&"):
            raise _Unreadable
        return self._atom(token)

    def _plain(self) -> str:
        """Return the words up to the closing brace."""
        parts = []
        while (token := self._next()) not in ("}", ""):
            if token.startswith("\\") and token[1:] not in SIGNS:
                raise _Unreadable
            parts.append(SIGNS.get(token[1:], "") if token.startswith("\\") else token)
        return "".join(parts)

    def _option(self) -> str:
        if self._at < len(self._tokens) and self._tokens[self._at] == "[":
            self._at += 1
            return self._until("]")
        return ""


def _script(text: str, letters: dict[str, str], sign: str) -> str:
    """Return raised or lowered text; with a sign before it if Unicode has no such letters."""
    text = text.replace(" ", "")
    if text in ("′", "∘", "°"):
        return "°" if text == "∘" else text
    if all(letter in letters for letter in text):
        return "".join(letters[letter] for letter in text)
    return sign + (text if len(text) == 1 else f"({text})")


def _grouped(text: str) -> str:
    """Return a part of a fraction or a root, in brackets if it has more than one term."""
    text = text.strip()
    simple = re.fullmatch(
        r"[\d.,]+%?|\w[′!°⁰-₟²³¹ᵢⱼ]*|[^\W\d_]{3,}|\([^()]*\)|√\w", "".join(_uncombined(text))
    )
    return text if simple else f"({text})"


def _uncombined(text: str) -> Iterator[str]:
    return (letter for letter in text if not unicodedata.combining(letter))
