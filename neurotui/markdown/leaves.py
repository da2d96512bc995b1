"""Leaf blocks and container blocks, read from the parser's tokens: leaves hold the text.

Leaves know their lines, so that what follows can be parsed without them: `context` makes the lines that stand
for the open containers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from neurotui.markdown import parser
from neurotui.markdown.addresses import legible
from neurotui.markdown.blocks import QUOTE, ContainerPrefix
from neurotui.markdown.fences import Levels
from neurotui.markdown.paragraphs import MARK, PIECE

if TYPE_CHECKING:
    from markdown_it.token import Token

BULLETS = "•◦▪"

_PLACEHOLDER = "# ."
_AROUND_BREAKS = re.compile(r" *\n *")


@dataclass(slots=True)
class Container:
    """A list, an item, a quote or a footnote, while its contents are read."""

    kind: str
    start: int
    marker: str = ""
    number: int | None = None
    """Number of the next item, in an ordered list."""
    fresh: bool = True
    indent: int = 0

    @property
    def frame(self) -> ContainerPrefix:
        return QUOTE if self.kind == "quote" else ContainerPrefix(self.marker)


@dataclass(slots=True)
class Leaf:
    """A block that holds text, as the parser found it."""

    kind: str
    start: int
    end: int
    path: tuple[Container, ...]
    opens: int
    content: str = ""
    info: str = ""
    target: str = ""
    """Target of a link label."""
    level: int = 0
    rows: list[list[str]] = field(default_factory=list)
    alignments: tuple[str, ...] = ()
    levels: list[Levels] | None = None
    """For code that holds code: the levels open after each line."""
    goes_on: bool = False
    """True if this is the rest of a block settled in part."""

    @property
    def frames(self) -> tuple[ContainerPrefix, ...]:
        """The containers around the leaf, as `Block.frames` has them."""
        return tuple(container.frame for container in self.path if container.kind != "list")

    @property
    def begin(self) -> int:
        """First line of the leaf, or of the outermost container that begins with it."""
        frames = [container for container in self.path if container.kind != "list"]
        return min([self.start, *(frame.start for frame in frames[len(frames) - self.opens :])])

    @property
    def closed_fence(self) -> bool:
        return self.end - self.start - 1 > self.content.count("\n")


def read(
    lines: list[str], environment: parser.Environment, placeholders: int, numbers: Sequence[int]
) -> list[Leaf]:
    """Return the leaves of `lines`; the first `placeholders` lines only open containers and make none.

    `numbers` holds the next item number of each ordered list that is open at the first leaf. Text nested too
    deep for the parser becomes a leaf as it was written, and what follows it starts at the margin.
    """
    leaves: list[Leaf] = []
    start = 0
    while any(lines[start:]):
        tokens = parser.block_tokens("\n".join(lines[start:]) + "\n", environment)
        found = _Reader(lines, start, placeholders, numbers).read(tokens)
        deep = next((at for at, leaf in enumerate(found) if leaf.kind == "deep"), None)
        if deep is None:
            return leaves + found
        leaves += found[: deep + 1]  # what the parser read after it is incomplete
        start, placeholders, numbers = leaves[-1].end, 0, ()
    return leaves


class _Reader:
    """Reader of the parser's tokens: makes leaves with their containers."""

    def __init__(self, lines: list[str], first: int, placeholders: int, numbers: Sequence[int]) -> None:
        self._lines = lines
        self._first = first
        self._placeholders = placeholders
        self._numbers = list(numbers)
        self._path: list[Container] = []
        self._leaves: list[Leaf] = []

    def read(self, tokens: Sequence[Token]) -> list[Leaf]:
        index = 0
        while index < len(tokens):
            index = self._token(tokens, index)
        return self._leaves

    def _token(self, tokens: Sequence[Token], index: int) -> int:
        """Read the token at `index`; return the index of the next one to read."""
        token = tokens[index]
        start, end = (self._first + line for line in token.map or (0, 0))
        match token.type:
            case "blockquote_open":
                self._path.append(Container("quote", start))
            case "footnote_reference_open":
                self._path.append(Container("note", start, marker=parser.note_sign(token.meta["label"])))
            case "bullet_list_open":
                self._path.append(Container("list", start))
            case "ordered_list_open":
                number = int(token.attrs.get("start", 1))
                if self._numbers and not self._leaves:
                    number = self._numbers.pop(0)
                self._path.append(Container("list", start, number=number))
            case "list_item_open":
                self._path.append(Container("item", start, marker=self._item_marker(token)))
            case "blockquote_close" | "list_item_close" | "footnote_reference_close":
                if self._path[-1].fresh:
                    self._empty(self._path[-1].start)
                self._path.pop()
            case "bullet_list_close" | "ordered_list_close":
                self._path.pop()
            case "paragraph_open":
                content = _AROUND_BREAKS.sub("\n", tokens[index + 1].content)
                self._leaf(Leaf("paragraph", start, end, (), 0, content))
                return index + 3
            case "heading_open":
                content = _AROUND_BREAKS.sub("\n", tokens[index + 1].content)
                if len(content) > PIECE or content.startswith(MARK):
                    self._leaf(Leaf("paragraph", start, end, (), 0, content))  # no heading is that long
                else:
                    self._leaf(Leaf("heading", start, end, (), 0, content, level=int(token.tag[1])))
                return index + 3
            case "table_open":
                return self._table(tokens, index)
            case "fence":
                levels, info = token.meta.get("levels"), token.info.strip()
                self._leaf(Leaf("fence", start, end, (), 0, token.content, info, levels=levels))
            case "code_block":
                self._leaf(Leaf("code", start, end, (), 0, token.content))
            case "hr":
                self._leaf(Leaf("rule", start, end, (), 0))
            case "formula_block":
                self._leaf(Leaf("formula", start, end, (), 0, token.content, token.markup))
            case "definition":
                url = token.meta["url"]
                content = f"[{token.meta['label']}]: {legible(url)}"
                if token.meta["title"]:
                    content += f" ({token.meta['title']})"
                self._leaf(Leaf("target", start, end, (), 0, content, token.meta["id"], target=url))
            case _:
                self._leaf(Leaf("text", start, end, (), 0, token.content))
        return index + 1

    def _leaf(self, leaf: Leaf) -> None:
        """Add a leaf in the current containers, unless it is a placeholder for what is settled."""
        frames = [container for container in self._path if container.kind != "list"]
        leaf.opens = sum(container.fresh for container in frames)
        for container in frames:
            container.fresh = False
        leaf.path = tuple(self._path)
        if leaf.start >= self._placeholders:
            self._leaves.append(leaf)

    def _item_marker(self, token: Token) -> str:
        container = self._path[-1]
        if container.number is None:
            depth = sum(outer.kind == "list" for outer in self._path) - 1
            return BULLETS[min(depth, len(BULLETS) - 1)]
        container.number += 1
        return f"{container.number - 1}{token.markup}"

    def _table(self, tokens: Sequence[Token], index: int) -> int:
        start, end = (self._first + line for line in tokens[index].map or (0, 0))
        leaf = Leaf("table", start, end, (), 0)
        alignments = []
        while tokens[index].type != "table_close":
            token = tokens[index]
            if token.type == "tr_open":
                leaf.rows.append([])
            elif token.type == "th_open":
                alignments.append(str(token.attrs.get("style", "")).removeprefix("text-align:"))
            elif token.type == "inline":
                leaf.rows[-1].append(token.content)
            index += 1
        leaf.alignments = tuple(alignments)
        if len(self._lines[start]) > PIECE or MARK in self._lines[start]:  # no head of a table is that long
            content = "\n".join(line.strip() for line in self._lines[start:end])
            leaf = Leaf("paragraph", start, end, (), 0, content)
        self._leaf(leaf)
        return index + 1

    def _empty(self, line: int) -> None:
        """Add a container without text: an empty one, or one nested too deep for the parser."""
        if len(self._path) < parser.MAX_NESTING:
            self._leaf(Leaf("text", line, line + 1, (), 0))
        else:
            for container in self._path:
                container.fresh = False
            self._leaves.append(Leaf("deep", line, line + 1, (), 0, self._lines[line].strip()))


_OPENING = {
    "quote": re.compile(r" *> ?"),
    "note": re.compile(r" *\[\^[^\]]+\]:"),
    "item": re.compile(r" *(?:[-+*]|\d{1,9}[.)])(?: {1,4}(?=[^ ])| |$)"),
}


def context(lines: list[str], leaf: Leaf) -> list[str]:
    """Return the lines that open the containers around `leaf`, with a heading in place of their text."""
    containers = [container for container in leaf.path if container.kind != "list"]
    made = []
    for index, container in enumerate(containers):
        if container.start >= leaf.begin:
            break
        if index + 1 < len(containers) and containers[index + 1].start == container.start:
            continue
        made.append(_opening(lines[container.start], containers[: index + 1]) + _PLACEHOLDER)
    return made


def _opening(line: str, containers: list[Container]) -> str:
    """Return the part of `line` that opens the last of `containers`; set the `indent` of each."""
    column = 0
    for container in containers:
        if container.start < containers[-1].start and container.kind != "quote":
            column += min(container.indent, len(line) - len(line[column:].lstrip(" ")) - column)
            continue
        found = _OPENING[container.kind].match(line, column)
        if found is None:
            continue
        if container.kind == "note":
            container.indent = 4
        else:
            container.indent = max(found.end(), len(found[0].rstrip()) + 1) - column
        column = found.end()
    return line[:column].ljust(column) + ("" if line[:column].endswith(" ") else " ")
