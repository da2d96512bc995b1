"""Lines within a cell of a table: Markdown has no sign for them, so `<br>` is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline

IN_CELL = "cell"
"""True in the parser's environment while it reads a cell; elsewhere a tag is text."""

_BREAK = re.compile(r"[ \t]*<br[ \t]*/?>[ \t]*", re.IGNORECASE)


def add_breaks(markdown: MarkdownIt) -> None:
    """Teach a parser to read `<br>` in cells as a break."""
    markdown.inline.ruler.before("autolink", "cell_break", _break)
    markdown.core.ruler.at("inline", _inline)


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
    """Read the text of each block; the blocks alone know which texts are cells."""
    before = ""
    for token in state.tokens:
        if token.type == "inline":
            environment = {**state.env, IN_CELL: True} if before in ("th_open", "td_open") else state.env
            token.children = token.children or []
            state.md.inline.parse(token.content, state.md, environment, token.children)
        before = token.type
