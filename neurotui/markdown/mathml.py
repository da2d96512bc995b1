"""LaTeX formulas as MathML, which browsers draw by themselves.

It knows what `formulas` knows, which writes the same as text, and the layouts that a line of text has no
room for. A formula with anything unknown is not written at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from html import escape

from neurotui.markdown import mathml_signs as signs
from neurotui.markdown.formula_signs import BETWEEN, FUNCTIONS, SIGNS
from neurotui.markdown.mathml_parts import GAP, Node, fence, function, row, sign_element, space, table


def inline_math(source: str) -> str | None:
    """Return a formula within a line as a `math` element; None if it cannot be read."""
    try:
        return f"<math>{_Reader(source).line()}</math>"
    except Unreadable:
        return None


def displayed_math(source: str) -> str | None:
    """Return a formula of its own as a `math` element; None if it cannot be read."""
    try:
        return f'<math display="block">{_Reader(source).all()}</math>'
    except Unreadable:
        return None


class Unreadable(Exception):
    """Raised if a formula cannot be written as MathML."""


_LONGEST = 2_000
_DEEPEST = 40
_TOKEN = re.compile(
    r"\\\\(?:\[[^\]]*(?:pt|em|ex|mm|cm)\])?"  # a new row, and the room before it
    r"|\\[A-Za-z]+\*?|\\.|\d+(?:\.\d+)?|[A-Za-z]{4,}|[^\W\d_A-Za-z\u0370-\u03ff]{2,}|'+|\s+|.",
    re.DOTALL,
)


class _Reader:
    """Reader of a formula, from left to right."""

    def __init__(self, source: str) -> None:
        if len(source) > _LONGEST:
            raise Unreadable
        self._tokens = [" " if found[0].isspace() else found[0] for found in _TOKEN.finditer(source.strip())]
        self._at = 0
        self._depth = 0

    def line(self) -> str:
        """Return a formula of one row and one cell. Raises Unreadable."""
        return row(self._nodes(""))

    def all(self) -> str:
        """Return a formula that may have rows and columns. Raises Unreadable."""
        rows = self._rows("")
        return rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else table(rows, "equations")

    def _rows(self, end: str) -> list[list[str]]:
        """Read rows of cells up to a token; the last one is left out if it is empty."""
        rows: list[list[str]] = [[]]
        while True:
            rows[-1].append(row(self._nodes("&", "\\\\", end)))
            token = self._tokens[self._at - 1] if self._at else ""
            if self._ended or token == end:
                break
            if token != "&":
                rows.append([])
        return rows[:-1] if len(rows) > 1 and rows[-1] == ["<mrow></mrow>"] else rows

    def _nodes(self, *ends: str) -> list[Node]:
        """Read up to and with one of these tokens."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Unreadable
        nodes: list[Node] = []
        while (token := self._next()) not in ends and not (token.startswith("\\\\") and "\\\\" in ends):
            if token in ("", "}", "&", "\\right", "\\end") or token.startswith("\\\\"):
                raise Unreadable
            if token in ("^", "_") or token[0] == "'":
                nodes.append(self._scripts(nodes.pop() if nodes else Node("<mrow></mrow>"), token))
            elif token != " ":
                node = self._node(token)
                nodes += [node] if node.markup else []
            elif nodes and self._are_words(nodes[-1], self._peek()):
                nodes.append(space(" "))
        self._depth -= 1
        return nodes

    def _next(self) -> str:
        self._ended = self._at >= len(self._tokens)
        if self._ended:
            return ""
        self._at += 1
        return self._tokens[self._at - 1]

    def _peek(self) -> str:
        """Return the next token that is no blank."""
        while self._at < len(self._tokens) and self._tokens[self._at] == " ":
            self._at += 1
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _are_words(self, before: Node, following: str) -> bool:
        """True if a blank separates words, one of which may have a single letter."""
        is_letter = before.word or before.markup.startswith("<mi>")
        return following.isalpha() and is_letter and (before.word or len(following) > 1)

    def _scripts(self, base: Node, token: str) -> Node:
        """Read all that is raised and lowered behind a part."""
        raised: list[str] = []
        lowered = ""
        while True:
            if token == "_":
                if lowered:
                    raise Unreadable
                lowered = self._argument()
            elif token == "^":
                raised.append(self._argument())
            else:
                raised.append(sign_element("′" * len(token)))
            following = self._peek()
            if following not in ("^", "_") and following[:1] != "'":
                break
            token = self._next()
        upper = raised[0] if len(raised) == 1 else f"<mrow>{''.join(raised)}</mrow>" if raised else ""
        names = ("munder", "mover", "munderover") if base.limits else ("msub", "msup", "msubsup")
        name = names[2 if upper and lowered else 1 if upper else 0]
        return Node(f"<{name}>{base.markup}{lowered}{upper}</{name}>", function=base.function)

    def _node(self, token: str) -> Node:
        if token == "{":
            return Node(row(self._nodes("}")))
        if token[0] == "\\" and len(token) > 1:
            return self._command(token[1:].removesuffix("*"), token.endswith("*"))
        if token == "~":
            return space(" ")
        if token[0].isdecimal():
            return Node(f"<mn>{token}</mn>")
        if token.isalpha():
            if token.isascii() and len(token) > 1 and self._tokens[self._at : self._at + 1] in (["^"], ["_"]):
                self._tokens[self._at - 1 : self._at] = token  # only its last letter has the script
                token = token[0]
            return Node(f"<mi>{escape(token)}</mi>", word=len(token) > 1)
        return Node(sign_element({"-": "−", "*": "∗"}.get(token, token)))

    def _argument(self) -> str:
        """Read what a command or a script stands for: a group, or one sign."""
        self._peek()
        token = self._next()
        if token in ("", "}", "^", "_", "&") or token.startswith("\\\\"):
            raise Unreadable
        if len(token) > 1 and token[0] != "\\":  # LaTeX takes the first letter or digit
            self._at -= 1
            self._tokens[self._at] = token[1:]
            token = token[0]
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Unreadable
        node = self._node(token)
        self._depth -= 1
        if not node.markup:
            raise Unreadable
        return node.markup

    def _option(self) -> str:
        """Read what stands in square brackets; empty if nothing does."""
        if self._peek() != "[":
            return ""
        self._next()
        return row(self._nodes("]"))

    def _words(self) -> str:
        """Read the words of a group as they are."""
        if self._peek() != "{":
            raise Unreadable
        self._next()
        words = ""
        while (token := self._next()) != "}":
            if token in ("", "{", "$") or (token[0] == "\\" and token[1:] not in SIGNS):
                raise Unreadable
            words += SIGNS[token[1:]] if token[0] == "\\" else token
        return words

    def _is_word(self) -> bool:
        """True if a group of letters and digits alone comes next."""
        following = "".join(self._tokens[self._at : self._at + 40]).lstrip()
        return re.match(r"\{[\w ]+\}", following) is not None and "_" not in following.partition("}")[0]

    def _command(self, name: str, starred: bool) -> Node:
        if name in signs.SPACES:
            return space(name)
        if name in BETWEEN:
            return Node(f"<mo>{escape(BETWEEN[name])}</mo>")
        if name in signs.LARGE or name in SIGNS:
            sign = signs.LARGE.get(name) or SIGNS[name]
            if sign.isalpha() and sign.isupper():
                return Node(f'<mi mathvariant="normal">{sign}</mi>')
            return Node(sign_element(sign) if sign else "", limits=sign in signs.LIMITED)
        if name in FUNCTIONS:
            return function(name, name in signs.WITH_LIMITS)
        if name in signs.ALPHABETS and self._is_word():
            letters = "".join(signs.ALPHABETS[name].get(letter, letter) for letter in self._words())
            return Node(f"<mi>{escape(letters)}</mi>")
        if name in signs.OVER or name in signs.UNDER:
            return self._accented(name)
        read = _COMMANDS.get(name)
        if read is not None:
            return Node(read(self))
        match name:
            case "text" | "textrm" | "textit" | "textbf" | "mbox":
                return Node(f"<mtext>{escape(self._words().replace(' ', chr(160)))}</mtext>")
            case "mathrm" | "mathit" | "mathsf" | "mathtt" if self._is_word():
                return Node(f'<mi mathvariant="normal">{escape(self._words())}</mi>')
            case "operatorname":
                return function(self._words(), starred)
            case "mathrm" | "mathit" | "mathsf" | "mathbf" | "boldsymbol" | "bm" | "mathfrak" | "mathcal":
                return Node(self._argument())
            case _ if name in signs.SIZES:
                size = f'"{signs.SIZES[name]}em"'
                return Node(f"<mo minsize={size} maxsize={size}>{self._delimiter()}</mo>")
            case _ if name in signs.ARROWS:
                below, above = self._option() or "<mrow></mrow>", self._argument()
                return Node(f"<munderover><mo>{signs.ARROWS[name]}</mo>{below}{above}</munderover>")
        raise Unreadable

    def _accented(self, name: str) -> Node:
        stretchy = "true" if name in signs.WIDE else "false"
        element = "mover" if name in signs.OVER else "munder"
        sign = f'<mo stretchy="{stretchy}">{signs.OVER.get(name) or signs.UNDER[name]}</mo>'
        markup = f'<{element} accent="true" accentunder="true">{self._argument()}{sign}</{element}>'
        return Node(markup, limits=name.endswith("brace"))

    def _delimiter(self) -> str:
        """Read a bracket; empty for the dot that stands for none."""
        self._peek()
        token = self._next()
        sign = SIGNS.get(token[1:], "") if token[:1] == "\\" else token
        if token == "." or sign in ("<", ">"):
            return {".": "", "<": "⟨", ">": "⟩"}[token]
        if sign not in signs.FENCES and sign not in ("/", "\\", "↑", "↓"):
            raise Unreadable
        return sign

    # Commands of several parts

    def _fraction(self) -> str:
        return f"<mfrac>{self._argument()}{self._argument()}</mfrac>"

    def _large_fraction(self) -> str:
        return f'<mstyle displaystyle="true">{self._fraction()}</mstyle>'

    def _binomial(self) -> str:
        parts = f'<mfrac linethickness="0">{self._argument()}{self._argument()}</mfrac>'
        return f"<mrow><mo>(</mo>{parts}<mo>)</mo></mrow>"

    def _root(self) -> str:
        degree = self._option()
        body = self._argument()
        return f"<mroot>{body}{degree}</mroot>" if degree else f"<msqrt>{body}</msqrt>"

    def _fenced(self) -> str:
        before = self._delimiter()
        body = row(self._nodes("\\right"))
        after = self._delimiter()
        return f"<mrow>{fence(before)}{body}{fence(after)}</mrow>"

    def _over(self) -> str:
        above = self._argument()
        return f"<mover>{self._argument()}{above}</mover>"

    def _under(self) -> str:
        below = self._argument()
        return f"<munder>{self._argument()}{below}</munder>"

    def _boxed(self) -> str:
        return f'<mrow class="boxed">{self._argument()}</mrow>'

    def _modulo(self) -> str:
        gap = space("quad").markup
        return f"<mrow>{gap}<mo>(</mo><mi>mod</mi>{GAP}{self._argument()}<mo>)</mo></mrow>"

    def _not(self) -> str:
        self._peek()
        token = self._next()
        sign = BETWEEN.get(token.removeprefix("\\"))
        if sign is None:
            raise Unreadable
        return f"<mo>{escape(unicodedata.normalize('NFC', sign + chr(0x338)))}</mo>"

    def _tag(self) -> str:
        return f"<mrow>{space('qquad').markup}<mtext>({escape(self._words())})</mtext></mrow>"

    def _environment(self) -> str:
        name = self._words()
        kind = name.removesuffix("*")
        if kind in ("array", "alignat", "alignedat"):
            self._pass_columns()
        rows = self._rows("\\end")
        if self._words() != name:
            raise Unreadable
        if kind in signs.EQUATIONS:
            return table(rows, "" if kind.startswith("gather") else "equations")
        if kind not in signs.BRACKETS:
            raise Unreadable
        brackets = signs.BRACKETS[kind]
        body = table(rows, "cases" if kind == "cases" else "")
        return f"<mrow>{fence(brackets[0].strip())}{body}{fence(brackets[1].strip())}</mrow>"

    def _pass_columns(self) -> None:
        """Pass over what a table tells of its columns."""
        if self._peek() == "{":
            while self._next() not in ("}", ""):
                pass


_COMMANDS: dict[str, Callable[[_Reader], str]] = {
    "frac": _Reader._fraction,
    "dfrac": _Reader._large_fraction,
    "cfrac": _Reader._large_fraction,
    "tfrac": _Reader._fraction,
    **dict.fromkeys(("binom", "dbinom", "tbinom"), _Reader._binomial),
    "sqrt": _Reader._root,
    "left": _Reader._fenced,
    **dict.fromkeys(("overset", "stackrel"), _Reader._over),
    "underset": _Reader._under,
    "boxed": _Reader._boxed,
    "pmod": _Reader._modulo,
    "not": _Reader._not,
    "tag": _Reader._tag,
    "begin": _Reader._environment,
}
