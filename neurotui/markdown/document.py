"""Markdown that comes in pieces: source in, blocks out, each of them made once.

Markdown is decided line by line: once a block has ended, no later line changes it (the targets of links
apart, see below). So `Document` parses only what is still open. When a line is complete, all blocks but the
last are *settled*: they leave as `Block` values and their source is forgotten. The last one stays open, and
the containers it stands in (items, quotes) are kept as a `context`: one line for each line that opened some,
with a heading in place of the text, so that the parser finds itself where it was.

A single block may be long, and is settled in parts: lines of code and rows of a table once they are complete,
a paragraph at a space where no emphasis, code or link is open. The next part is parsed with the block's
head in the context (the opening fence, the first two lines of a table, for a paragraph a mark).

What is settled depends on the source alone and not on where it was cut, so that the blocks of an answer that
streamed are those of the answer as a whole. Two things work backwards: targets of links (`[label]: target`)
that come after their use, and fences within code that turn out not to add up (see `fences`). The document is
`stale` then, and the whole has to be parsed once more, by the document that `again` makes.

Cost: a line that comes is parsed with the open part of its block, never with what was settled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from neurotui.markdown import fences
from neurotui.markdown.block_builder import BlockBuilder, ParsedLines, plain
from neurotui.markdown.blocks import Block
from neurotui.markdown.highlight import Highlighter
from neurotui.markdown.leaves import Leaf, context, read
from neurotui.markdown.paragraphs import MARK, PIECE, autoclose, split_paragraph
from neurotui.markdown.source_buffer import SourceBuffer

PART = 4
"""Rows of a table, or lines of indented code, are settled in groups of this many."""


class Document:
    """One text in Markdown, growing at its end."""

    def __init__(self, references: dict[str, Any] | None = None, *, nesting: bool = True) -> None:
        self.blocks: list[Block] = []
        """The settled blocks. Only ever appended to."""
        self.references: dict[str, Any] = dict(references or {})
        """Link targets by label."""
        self._builder = BlockBuilder(self.references)
        self._source = SourceBuffer()
        self._open: list[str] = []  # complete lines of the open block
        self._context: list[str] = []  # lines before them: placeholders for containers, then the block's head
        self._placeholders = 0  # number of context lines that stand for containers
        self._numbers: list[int] = []  # numbers of the open items in ordered lists
        self._head = 0  # number of open lines before the block that only open containers
        self._nesting = nesting  # code may hold code
        self._fences: set[tuple[bool, bool, bool]] = set()  # settled fences, in the form of `fences.misread`

    @property
    def stale(self) -> bool:
        """True if the settled blocks would differ had the rest of the source been known."""
        return fences.misread(self._fences) or not self._builder.unknown.isdisjoint(self.references)

    def again(self) -> Document:
        """Return an empty document that knows what this one learnt too late."""
        if fences.misread(self._fences):
            return Document(nesting=False)  # what was read as targets of links may be code
        return Document(self.references, nesting=self._nesting)

    def feed(self, text: str) -> None:
        """Take more of the source, cut anywhere."""
        if lines := self._source.take(text):
            self._open += lines
            self._settle(self._parse(self._open))
        elif line := self._source.long_line():
            self._settle_in_line(line)

    def finish(self) -> None:
        """Settle everything: the source is complete."""
        self._open += self._source.end()
        parsed = self._parse(self._open)
        self._settle_blocks(parsed, len(parsed.leaves))
        self._open, self._context, self._placeholders = [], [], 0

    def peek(self) -> list[Block]:
        """Return the rest as it looks now, unsettled. The first block may continue the last settled one."""
        parsed = self._parse([*self._open, *self._source.shown])
        if parsed.leaves:
            last = parsed.leaves[-1]
            last.rows[-1:] = [[autoclose(cell) for cell in row] for row in last.rows[-1:]]
            if last.kind in ("paragraph", "heading"):
                *before, piece = split_paragraph(last.content)
                last.content = "".join([*before, autoclose(piece)])
        return self._builder.preview(parsed)

    def _parse(self, lines: Sequence[str]) -> ParsedLines:
        lines = [*self._context, *lines]
        environment = {"references": dict(self.references), fences.PLAIN: not self._nesting}
        leaves = read(lines, environment, self._placeholders, self._numbers)
        if leaves:
            leaves[0].goes_on = leaves[0].kind == self._builder.growing
        return ParsedLines(lines, leaves, environment)

    # Settling

    def _settle(self, parsed: ParsedLines) -> None:
        """Settle what no later line can change."""
        leaves = parsed.leaves
        count = max(0, len(leaves) - 1)
        if leaves and leaves[-1].kind == "paragraph" and leaves[-1].content[:1] in "\"'(":
            while count and leaves[count - 1].kind == "target" and parsed.adjacent(count):
                count -= 1  # the paragraph may turn out to be the title of that target
        self._settle_blocks(parsed, count)
        if count < len(leaves):
            self._keep(parsed, count)
        elif not leaves:
            self._open.clear()  # nothing but empty lines

    def _settle_in_line(self, line: str) -> None:
        """Settle what can be settled of a long paragraph whose line is not complete."""
        parsed = self._parse([*self._open, line])
        leaf = parsed.leaves[-1] if parsed.leaves else None
        if leaf is not None and leaf.kind == "paragraph" and leaf.end == len(parsed.lines):
            self._open.append(line)
            self._settle(parsed)
            self._source.leave(self._open.pop())

    def _settle_blocks(self, parsed: ParsedLines, count: int) -> None:
        for index in range(count):
            self._emit(self._builder.blocks(parsed, index))
            self._builder.growing = ""
            self._builder.highlighter = None
            leaf = parsed.leaves[index]
            if leaf.kind == "fence":
                self._fences.add((leaf.levels is not None, bool(leaf.info), leaf.closed_fence))

    def _emit(self, blocks: Iterable[Block]) -> None:
        for block in blocks:
            self.blocks.append(block)
            self._builder.note(block)

    def _keep(self, parsed: ParsedLines, index: int) -> None:
        """Forget the source of what is settled; settle what can be of the block that stays open."""
        leaf = parsed.leaves[index]
        if not self._builder.growing:
            self._builder.blank = not parsed.adjacent(index) if index else self._builder.blank
            self._context = context(parsed.lines, leaf)
            self._placeholders = len(self._context)
            self._numbers = [container.number - 1 for container in leaf.path if container.number is not None]
            last = parsed.leaves[-1]
            end = None if last.kind in ("fence", "code") else last.end + 2  # two empty lines are enough
            self._open = parsed.lines[leaf.begin : end]
            self._head = leaf.start - leaf.begin
        if index + 1 < len(parsed.leaves):
            return
        gap = self._builder.gap(leaf, self._builder.blank)
        match leaf.kind:
            case "fence" if not leaf.closed_fence:
                self._settle_code(leaf, gap)
            case "code":
                self._settle_indented_code(leaf, gap)
            case "table":
                self._settle_rows(leaf, parsed, gap)
            case "paragraph" if len(leaf.content) > PIECE:
                self._settle_text(leaf, parsed, gap)

    def _settle_code(self, leaf: Leaf, gap: bool) -> None:
        highlighter = self._builder.highlighter = self._builder.highlighter or Highlighter(leaf.info)
        settled = highlighter.settle(leaf.content.split("\n")[:-1])
        if settled:
            self._emit([self._builder.code(leaf, settled, gap)])
            self._grow("fence", self._head + 1)
            del self._open[: len(settled)]
            if leaf.levels is not None:
                self._context[-1] = fences.mark(self._context[-1], leaf.levels[len(settled) - 1])

    def _settle_indented_code(self, leaf: Leaf, gap: bool) -> None:
        lines = leaf.content.rstrip("\n").split("\n")
        count = (len(lines) - 1) // PART * PART
        while count < len(lines) and not lines[count].strip():
            count += 1  # empty lines at the start of the rest would be lost
        if 0 < count < len(lines):
            self._emit([self._builder.code(leaf, plain(lines[:count]), gap)])
            self._grow("code", self._head)
            del self._open[:count]

    def _settle_rows(self, leaf: Leaf, parsed: ParsedLines, gap: bool) -> None:
        count = (len(leaf.rows) - 1) // PART * PART
        if count > 0:
            self._emit([self._builder.table(replace(leaf, rows=leaf.rows[: count + 1]), parsed, gap)])
            self._grow("table", self._head + 2)
            del self._open[:count]

    def _settle_text(self, leaf: Leaf, parsed: ParsedLines, gap: bool) -> None:
        *settled, rest = split_paragraph(leaf.content.removeprefix(MARK))
        if not settled:
            return
        self._emit(self._builder.texts(leaf, settled, parsed, gap))
        self._grow("paragraph", self._head)
        first_source, first_line = self._open[0].rstrip(), leaf.content.partition("\n")[0].rstrip()
        before = first_source[: len(first_source) - len(first_line)]  # the containers' part of the line
        used = leaf.content.count("\n") - rest.count("\n")
        self._open = [before + MARK + rest.partition("\n")[0], *self._open[used + 1 :]]

    def _grow(self, kind: str, head: int) -> None:
        """Keep the head of a block that was settled in part, to go on from there."""
        if not self._builder.growing:
            self._context += self._open[:head]
            del self._open[:head]
        self._builder.growing = kind
