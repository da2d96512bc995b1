"""Elements of MathML: signs, spaces, rows and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from neurotui.markdown import mathml_signs as signs


@dataclass(slots=True)
class Node:
    """A part of a formula, with what its neighbours have to know."""

    markup: str
    limits: bool = False
    """True if what is raised or lowered stands above and below."""
    function: bool = False
    """True for the name of a function: it stands apart from letters and numbers."""
    word: bool = False
    """True for several letters that belong together."""


GAP = '<mspace width=".17em"></mspace>'


def space(name: str) -> Node:
    """Return the room that LaTeX's name of it stands for."""
    return Node(f'<mspace width="{signs.SPACES[name]}em"></mspace>')


def function(name: str, limits: bool) -> Node:
    """Return the upright name of a function."""
    if limits:
        markup = f'<mo movablelimits="true" lspace="0" rspace="0">{escape(name)}</mo>'
    else:
        markup = f'<mi mathvariant="normal">{escape(name)}</mi>'
    return Node(markup, limits=limits, function=True)


def sign_element(sign: str) -> str:
    """Return a sign as a letter or an operator, as it stands in a line."""
    if sign.isalpha() or sign == "∂":
        return f"<mi>{escape(sign)}</mi>"
    if sign in signs.LETTERLIKE:
        return f'<mi mathvariant="normal">{escape(sign)}</mi>'
    if sign in ("|", "‖"):
        return f'<mo stretchy="false" lspace="0" rspace="0">{sign}</mo>'
    return f'<mo stretchy="false">{sign}</mo>' if sign in signs.FENCES else f"<mo>{escape(sign)}</mo>"


def fence(sign: str) -> str:
    """Return a bracket as high as what it encloses; empty for none."""
    return f'<mo fence="true" stretchy="true">{escape(sign)}</mo>' if sign else ""


def row(nodes: Sequence[Node]) -> str:
    """Return parts in a row: as one element, whatever their number."""
    made = ""
    for index, node in enumerate(nodes):
        before = nodes[index - 1].markup if index else "<mo"
        if node.function and not before.startswith(("<mo", "<mspace")):
            made += GAP
        made += node.markup
        after = nodes[index + 1].markup if index + 1 < len(nodes) else "<mo"
        if node.function and not after.startswith(("<mo", "<mspace")):
            made += GAP
    return made if len(nodes) == 1 and made.startswith("<") else f"<mrow>{made}</mrow>"


def table(rows: Sequence[Sequence[str]], kind: str = "") -> str:
    """Return rows of cells. `equations` are aligned at every second edge, `cases` at the left."""
    made = "".join(f"<mtr>{''.join(f'<mtd>{cell}</mtd>' for cell in cells)}</mtr>" for cells in rows)
    large = ' displaystyle="true"' if kind == "equations" else ""
    return f'<mtable class="{kind or "matrix"}"{large}>{made}</mtable>'
