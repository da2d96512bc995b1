"""Formulas as rules of the Markdown parser: `$…$`, `$$…$$`, `\\(…\\)` and `\\[…\\]`.

A displayed formula is read like a fence: a line that is `$$` or `\\[` opens it, and it ends at its closing
sign, at an empty line, or when it is longer than anyone writes, whichever comes first. So each line decides
for good once it is complete.

The same signs occur in texts without formulas: `f\\(x\\)` is a call with escaped brackets, `$a==$b` is code.
Only what `mathematics` recognises is read as a formula; everything else is text and keeps its signs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from neurotui.markdown import mathematics

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

LONGEST = 2_000
"""Most characters of a displayed formula."""

_BLOCK = re.compile(r"(\$\$|\\\[)[ ]*(?:(.*?\S)[ ]*(\$\$|\\\])[ ]*)?$")
_CLOSING = {"$$": "$$", "\\[": "\\]"}
_INLINE = re.compile(
    r"\$\$(?P<double>[^$]+?)\$\$"
    r"|\$(?P<single>(?![\s$])(?:\\.|[^$\\\n`])*?(?<![\s\\/:]))\$(?!\$)"
    r"|\\\((?P<round>.+?)\\\)"
    r"|\\\[(?P<square>.+?)\\\]",
    re.DOTALL,
)


def add_formulas(markdown: MarkdownIt) -> None:
    """Teach a parser to read formulas, as tokens `formula_block` and `formula`."""
    ends = ["paragraph", "reference", "blockquote", "list"]
    markdown.block.ruler.before("fence", "formula_block", _formula_block, {"alt": ends})
    markdown.inline.ruler.before("escape", "formula", _formula)


def _formula_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if state.is_code_block(start):
        return False
    first = _line(state, start)
    opening = _BLOCK.match(first) if len(first) <= LONGEST else None
    if opening is None:
        return False
    if opening[3] and (
        _CLOSING[opening[1]] != opening[3] or not mathematics.displayed(opening[1], first[2:-2])
    ):
        return False
    if silent:
        return True
    lines = [opening[2]] if opening[2] else []
    line, closing = start + 1, opening[3] or ""
    room = LONGEST
    while not closing and line < end:
        text = _line(state, line)
        room -= len(text)
        if not text or state.sCount[line] < state.blkIndent or room < 0:
            break
        line += 1
        if text.endswith(_CLOSING[opening[1]]):
            closing = _CLOSING[opening[1]]
            lines += [text[:-2].rstrip()] if len(text) > 2 else []
            break
        lines.append(text)
    state.line = line
    token = state.push("formula_block", "math", 0)
    token.content, token.markup = "\n".join(lines), opening[1] + closing
    token.map = [start, line]
    return True


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].rstrip()


def _formula(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] not in "$\\":
        return False
    found = _INLINE.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not _meant(found, state.src[max(0, state.pos - 1) : state.pos], state.src[found.end() :][:3]):
        return False
    if not silent:
        token = state.push("formula", "math", 0)
        token.content = next(group for group in found.groups() if group is not None)
    state.pos = found.end()
    return True


def _meant(found: re.Match[str], before: str, after: str) -> bool:
    """True if these signs enclose a formula, judged by their contents and their neighbours."""
    match found.lastgroup:
        case "single":
            return mathematics.in_dollars(found["single"], before, after)
        case "double":
            return not mathematics.in_word(before) and mathematics.in_double_dollars(found["double"])
        case "round":
            return not mathematics.in_word(before) and mathematics.in_brackets(found["round"])
        case _:
            return not mathematics.in_word(before) and mathematics.in_squares(found["square"])
