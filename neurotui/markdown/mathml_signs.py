"""The signs of formulas in MathML: what `formula_signs` need not tell apart."""

from __future__ import annotations

from neurotui.markdown.formula_signs import DOUBLE

SPACES = {",": 0.17, "thinspace": 0.17, ":": 0.22, ">": 0.22, ";": 0.28, " ": 0.25, "\n": 0.25}
SPACES |= {"quad": 1, "qquad": 2}
"""Room by the command that makes it, in em."""

LARGE = {"bigcup": "⋃", "bigcap": "⋂", "coprod": "∐", "bigoplus": "⨁", "bigotimes": "⨂", "bigvee": "⋁"}
WITH_LIMITS = frozenset({"lim", "limsup", "liminf", "max", "min", "sup", "inf", "det", "gcd", "Pr"})
LIMITED = frozenset("∑∏⋃⋂∐⨁⨂⋁")
"""What has its limits above and below: names, and signs."""

FENCES = frozenset("()[]{}|‖⟨⟩⌊⌋⌈⌉")
LETTERLIKE = frozenset("∞∂∇∅ℏℓ…⋯⋮⋱°%$#&_□■△•†✓ℵ")
"""Signs without the room that an operator has on both sides."""

OVER = {"hat": "^", "widehat": "^", "bar": "¯", "overline": "‾", "vec": "→", "overrightarrow": "→"}
OVER |= {"dot": "˙", "ddot": "¨", "tilde": "~", "widetilde": "~", "overbrace": "⏞"}
UNDER = {"underline": "_", "underbrace": "⏟"}
WIDE = frozenset({"widehat", "overline", "overrightarrow", "widetilde", "overbrace", *UNDER})
"""Signs above and below, and those that are as wide as what they belong to."""

ARROWS = {"xrightarrow": "→", "xleftarrow": "←", "xleftrightarrow": "↔", "xrightleftharpoons": "⇌"}
SIZES = {"big": 1.2, "bigl": 1.2, "bigr": 1.2, "Big": 1.8, "Bigl": 1.8, "Bigr": 1.8, "bigg": 2.4, "Bigg": 3}
SCRIPT = {letter: chr(0x1D49C + ord(letter) - 65) for letter in map(chr, range(65, 91))}
SCRIPT |= dict(zip("BEFHILMR", "ℬℰℱℋℐℒℳℛ", strict=True))
BOLD = {chr(first + index): chr(bold + index)
         for first, bold, count in ((65, 0x1D400, 26), (97, 0x1D41A, 26), (48, 0x1D7CE, 10))
         for index in range(count)}  # fmt: skip
ALPHABETS = {"mathbb": DOUBLE, "mathcal": SCRIPT, "mathscr": SCRIPT}
ALPHABETS |= dict.fromkeys(("mathbf", "boldsymbol", "bm"), BOLD)
BRACKETS = {"pmatrix": "()", "bmatrix": "[]", "vmatrix": "||", "Vmatrix": "‖‖", "Bmatrix": "{}"}
BRACKETS |= {"cases": "{ ", "matrix": "  ", "smallmatrix": "  ", "array": "  "}
EQUATIONS = {"align", "aligned", "alignat", "gather", "gathered", "split", "equation", "eqnarray", "multline"}
