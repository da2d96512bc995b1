"""Cells of tables: line breaks in them, and bars that do not separate cells.

Markdown has no line break for cells, so models write `<br>`. And a bar separates cells wherever it stands, in
code and in formulas too, as in `| $|x|$ | b |`; the standard then drops the cells for which the head has no
column. Nothing is dropped here. If a row has too many cells, but as many as the head when bars in code and in
formulas are ignored, it is read that way; otherwise its last cell holds the rest.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

IN_CELL = "cell"
"""Key in the parser's environment: True while it reads a cell; elsewhere a tag is text."""

_BREAK = re.compile(r"[ \t]*<br[ \t]*/?>[ \t]*", re.IGNORECASE)

_ENCLOSED = re.compile(
    r"(?P<code>`+)(?!`).{1,200}?(?<!`)(?P=code)(?!`)|\$\$[^$]{1,200}\$\$|\$(?!\s)[^$]{1,200}(?<!\s)\$|\\\(.{1,200}?\\\)"
)
_BAR = re.compile(r"(?<!\\)\|")


def add_cells(markdown: MarkdownIt) -> None:
    """Teach a parser to read `<br>` in cells as a line break, and to keep cells that have no column."""
    markdown.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    markdown.inline.ruler.before("autolink", "cell_break", _break)
    markdown.core.ruler.at("inline", _inline)


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    from markdown_it.rules_block import table

    first = len(state.tokens)
    if not table(state, start, end, silent):
        return False
    row: list[Token] = []
    for before, token in pairwise(state.tokens[first:]):
        if before.type == "td_open":
            row.append(token)
        elif row and token.type == "tr_close":
            line = row[0].map[0] if row[0].map else start
            _fill(row, state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]])
            row = []
    return True


def _fill(row: Sequence[Token], line: str) -> None:
    """Put the whole of a line into its row, if the parser dropped a part."""
    if line.count("|") < len(row):
        return
    cells = _cells(line)
    if len(cells) <= len(row):
        return
    joined = _cells(_ENCLOSED.sub(lambda found: _BAR.sub(r"\|", found[0]), line))
    if len(joined) != len(row):
        joined = [*cells[: len(row) - 1], " | ".join(cells[len(row) - 1 :])]
    for token, cell in zip(row, joined, strict=True):
        token.content = cell


def _cells(line: str) -> list[str]:
    from markdown_it.rules_block.table import escapedSplit

    cells = escapedSplit(line.strip())
    if cells and not cells[0]:
        del cells[0]
    if cells and not cells[-1]:
        del cells[-1]
    return [cell.strip() for cell in cells]


def _break(state: StateInline, silent: bool) -> bool:
    found = _BREAK.match(state.src, state.pos, state.posMax) if state.env.get(IN_CELL) else None
    if found is None:
        return False
    if not silent and found.end() < state.posMax:
        state.pending = state.pending.rstrip(" \t")
        state.push("hardbreak", "br", 0)
    state.pos = found.end()
    return True


def _inline(state: StateCore) -> None:
    """Parse the text of each block; only here is it known which texts are cells."""
    before = ""
    for token in state.tokens:
        if token.type == "inline":
            environment = {**state.env, IN_CELL: True} if before in ("th_open", "td_open") else state.env
            token.children = token.children or []
            state.md.inline.parse(token.content, state.md, environment, token.children)
        before = token.type
