"""Code with code in it: models put a README between three backticks, and its examples between three more.

The standard ends a block of code at the first bare fence, so that the rest of the README would be shown the
wrong way round. In a block of Markdown, and in no other, a fence that names a language opens a level, and a
bare fence closes the innermost one. Only a fence counts that could close the block: of the same sign, and no
shorter.

A README may also show a fence that is never closed, and its block would take in all that follows. Where
fences do not add up, one of two things is left at the end: a block with open levels, or a bare fence that
opens a block without end, where a closing one was meant. Either way the text is `misread`, and has to be read
once more, all of it as the standard says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token

PLAIN = "plain_fences"
"""Key in the parser's environment: True to read fences as the standard says."""
LEVELS = "\x03"
"""Mark after an opening fence whose block was read in part; its open levels follow. Clean text has none."""
DEEPEST = 8
"""Most levels open at a time; deeper fences are text."""

Levels = tuple[int, ...]
"""Lengths of the open inner fences, the outermost first."""

_OPENING = re.compile(
    rf"(?P<fence>`{{3,}}|~{{3,}})(?P<info>[ \t]*\{{?\.?(?:markdown|mdx?)(?![\w-])[^{LEVELS}]*)"
    rf"(?P<part>{LEVELS}(?P<levels>[\d ]*))?",
    re.IGNORECASE,
)
_FENCE = re.compile(r"(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>.*)")


def add_nesting(markdown: MarkdownIt) -> None:
    """Teach a parser to read code within a block of Markdown code.

    The token is a `fence` whose `meta["levels"]` holds the levels that are open after each of its lines.
    """
    markdown.block.ruler.before("fence", "nested_fence", _nested_fence)


def read(parse: Callable[[dict[str, Any]], list[Token]]) -> tuple[list[Token], dict[str, Any]]:
    """Parse a complete text with an environment of its own; return the tokens and that environment."""
    environment: dict[str, Any] = {}
    tokens = parse(environment)
    fences = [token for token in tokens if token.type == "fence"]
    if misread(("levels" in token.meta, bool(token.info.strip()), _is_closed(token)) for token in fences):
        environment = {PLAIN: True}
        tokens = parse(environment)
    return tokens, environment


def misread(fences: Iterable[tuple[bool, bool, bool]]) -> bool:
    """True if the fences of a text do not add up. Each is given as (has levels, is named, is closed)."""
    nests = unclosed = False
    for has_levels, named, closed in fences:
        nests |= has_levels
        unclosed |= not closed and (has_levels or not named)
    return nests and unclosed


def mark(opening: str, levels: Levels) -> str:
    """Return an opening fence marked with the levels that are open where its block is to go on."""
    return f"{opening.partition(LEVELS)[0]}{LEVELS}{' '.join(map(str, levels))}"


def _nested_fence(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if silent or state.is_code_block(start) or state.env.get(PLAIN):
        return False
    opening = _OPENING.fullmatch(state.src, state.bMarks[start] + state.tShift[start], state.eMarks[start])
    if opening is None or (opening["fence"][0] == "`" and "`" in opening["info"]):
        return False
    levels: Levels = tuple(map(int, opening["levels"].split())) if opening["part"] else ()
    nests, closed = opening["part"] is not None, False
    after: list[Levels] = []
    line = start + 1
    while line < end and not closed:
        begin, last = state.bMarks[line] + state.tShift[line], state.eMarks[line]
        if begin < last and state.sCount[line] < state.blkIndent:
            break
        length, bare = (0, False) if state.is_code_block(line) else _fence(state.src[begin:last], opening)
        if length and not bare:
            nests = True
            levels = (*levels, length)[:DEEPEST]
        elif length and not levels:
            closed = True
        elif length and length >= levels[-1]:
            levels = levels[:-1]
        after.append(levels)
        line += 1
    if not nests:
        return False
    token = state.push("fence", "code", 0)
    token.info, token.markup = opening["info"], opening["fence"]
    token.content = state.getLines(start + 1, line - closed, state.sCount[start], True)
    token.map = [start, line]
    token.meta = {"levels": after}
    state.line = line
    return True


def _fence(line: str, opening: re.Match[str]) -> tuple[int, bool]:
    """Return a fence's length, 0 if `line` is no fence that counts in this block; and True if it is bare."""
    found, outer = _FENCE.fullmatch(line), opening["fence"]
    if found is None or not found["fence"].startswith(outer) or (outer[0] == "`" and "`" in found["info"]):
        return 0, False
    return len(found["fence"]), not found["info"].strip()


def _is_closed(token: Token) -> bool:
    first, end = token.map or (0, 0)
    return end - first - 1 > token.content.count("\n") + (token.content[-1:] not in ("", "\n"))
