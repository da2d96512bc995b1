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
streamed are those of the answer as a whole. Only the targets of links (`[label]: target`) work backwards;
`stale` says when one came after its use, and the whole has to be parsed once more with what is known then.

Cost: a line that comes is parsed with the open part of its block, never with what was settled.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from neurotui.chat.text import clean
from neurotui.ui.markdown import parser
from neurotui.ui.markdown.blocks import Block, Code, Formula, Frame, Rule, Span, Spans, Table, Text
from neurotui.ui.markdown.formulas import block_formula
from neurotui.ui.markdown.highlight import PLAIN, Highlighter
from neurotui.ui.markdown.leaves import BULLETS, Leaf, context, read
from neurotui.ui.markdown.pieces import MARK, PIECE, pieces
from neurotui.ui.markdown.unfinished import finished

LONGEST_LINE = 10_000
"""Characters after which a line of the source is broken."""
TAB = 4
"""Columns from one tab stop to the next."""
PART = 4
"""Rows of a table, or lines of indented code, that are settled at a time."""

_UNDECIDED = re.compile(
    r"[\s>]*(?:[-=*_+#~|:`.\s]+|\d{1,9}[.)]?\s*|(?:[-+*]|\d{1,9}[.)]) \[.?\]?\s*"
    r"|\[\^?[^\]]{0,40}\]?:?|(?:```|~~~)[^`]*)?"
)
"""A last line that may yet become a rule, an underline, an item or a fence: shown when it is decided."""


@dataclass(slots=True)
class _Scan:
    """What the open part looks like."""

    lines: list[str]
    leaves: list[Leaf]
    environment: parser.Environment

    def adjacent(self, index: int) -> bool:
        """Whether no empty line stands before a leaf."""
        return self.leaves[index].begin <= self.leaves[index - 1].end


class Document:
    """One text in Markdown, growing at its end."""

    def __init__(self, references: dict[str, Any] | None = None) -> None:
        self.blocks: list[Block] = []
        """What is settled. Only ever appended to."""
        self.references: dict[str, Any] = dict(references or {})
        """The targets of links by label; give them to a new document where this one is `stale`."""
        self._rest = ""  # the last line, not complete
        self._lead = ""  # what stands for the part of that line that was settled
        self._used = 0  # characters of that part
        self._try_at = PIECE  # characters of the rest at which it is worth trying to settle a part
        self._open: list[str] = []  # complete lines of the block that is open
        self._context: list[str] = []  # lines before them: what stands for containers, then the block's head
        self._placeholders = 0  # lines of the context that stand for containers
        self._numbers: list[int] = []  # of the items that are open in ordered lists
        self._head = 0  # open lines before the block, which only open containers
        self._growing = ""  # the kind of the open block, where it was settled in part
        self._highlighter: Highlighter | None = None
        self._glue = ""  # what stands between the settled part of a paragraph and the rest
        self._blank = False  # whether an empty line stands before the open block
        self._previous: Block | None = None
        self._unknown: set[str] = set()  # labels of links that had no target

    @property
    def stale(self) -> bool:
        """Whether a link was used before its target was known."""
        return not self._unknown.isdisjoint(self.references)

    def feed(self, text: str) -> None:
        """Takes more of the source, cut anywhere."""
        self._rest += text
        if "\n" in text or self._used + len(self._rest) > LONGEST_LINE:
            *lines, rest = _split(self._rest, LONGEST_LINE - self._used)
            self._take(lines)
            self._rest = rest
            self._settle(self._scan(self._open))
        elif len(self._rest) > self._try_at:
            self._settle_rest()

    def finish(self) -> None:
        """Says that the source is complete: all of it is settled."""
        self._take(_split(self._rest, LONGEST_LINE - self._used))
        self._rest = ""
        scan = self._scan(self._open)
        self._settle_blocks(scan, len(scan.leaves))
        self._open, self._context, self._placeholders = [], [], 0

    def peek(self) -> list[Block]:
        """What the rest looks like now, not settled. The first block may continue the last settled one."""
        lines = self._open
        if self._lead or (self._rest and not _UNDECIDED.fullmatch(self._rest)):
            lines = [*lines, *self._cleaned(self._rest)]
        scan = self._scan(lines)
        if scan.leaves:
            last = scan.leaves[-1]
            last.rows[-1:] = [[finished(cell) for cell in row] for row in last.rows[-1:]]
            if last.kind in ("paragraph", "heading"):
                last.content = finished(last.content)
        blocks: list[Block] = []
        for index in range(len(scan.leaves)):
            previous = blocks[-1] if blocks else self._previous
            blocks += self._blocks(scan, index, previous, settle=False)
        return blocks

    def _take(self, lines: Iterable[str]) -> None:
        """Takes complete lines, the first of which is what was the rest."""
        for line in lines:
            self._open += self._cleaned(line)
            self._lead, self._used, self._try_at = "", 0, PIECE

    def _cleaned(self, line: str) -> list[str]:
        """The last line as it may be shown: what ends lines in other systems ends them here."""
        first, *others = clean(line.removesuffix("\r")).expandtabs(TAB).split("\n")
        return [self._lead + first, *others]

    def _scan(self, lines: Sequence[str]) -> _Scan:
        all_lines = [*self._context, *lines]
        environment: parser.Environment = {"references": dict(self.references)}
        return _Scan(all_lines, read(all_lines, environment, self._placeholders, self._numbers), environment)

    # Settling

    def _settle(self, scan: _Scan) -> None:
        """Settles what no later line can change."""
        count = max(0, len(scan.leaves) - 1)
        if scan.leaves and scan.leaves[-1].kind == "paragraph" and scan.leaves[-1].content[:1] in "\"'(":
            while count and scan.leaves[count - 1].kind == "target" and scan.adjacent(count):
                count -= 1  # the paragraph may turn out to be the title of the target before it
        self._settle_blocks(scan, count)
        if count < len(scan.leaves):
            self._keep(scan, count)

    def _settle_rest(self) -> None:
        """Settles of a long paragraph what can be though its line is not complete."""
        self._try_at = len(self._rest) + PIECE // 4
        lines = self._cleaned(self._rest)
        if lines != [self._lead + self._rest]:
            return  # something in it was replaced, so that what is left could not be told
        scan = self._scan([*self._open, *lines])
        leaf = scan.leaves[-1] if scan.leaves else None
        if leaf is None or leaf.kind != "paragraph" or leaf.end < len(scan.lines):
            return
        self._open += lines
        self._settle(scan)
        lead, mark, rest = self._open.pop().rpartition(MARK)
        if mark:
            rest = rest.rstrip(" ") + " " * (len(self._rest) - len(self._rest.rstrip(" ")))  # maybe trimmed
            self._used += len(self._rest) - len(rest)
            self._lead, self._rest, self._try_at = lead + mark, rest, PIECE

    def _settle_blocks(self, scan: _Scan, count: int) -> None:
        for index in range(count):
            self._emit(self._blocks(scan, index, self._previous, settle=True))
            self._growing = ""
            self._highlighter = None

    def _emit(self, blocks: Iterable[Block]) -> None:
        for block in blocks:
            self.blocks.append(block)
            self._previous = block

    def _keep(self, scan: _Scan, index: int) -> None:
        """Forgets the source of what is settled, and settles what can be of the block that stays open."""
        leaf = scan.leaves[index]
        if not self._growing:
            self._blank = self._blank_before(scan, index)
            self._context = context(scan.lines, leaf)
            self._placeholders = len(self._context)
            self._numbers = [container.number - 1 for container in leaf.path if container.number is not None]
            end = None if leaf.kind in ("fence", "code") else leaf.end + 2  # of empty lines, two say all
            self._open = scan.lines[leaf.begin : end]
            self._head = leaf.start - leaf.begin
        if index + 1 < len(scan.leaves):
            return
        match leaf.kind:
            case "fence" if not leaf.closed_fence:
                self._settle_code(leaf)
            case "code":
                self._settle_indented_code(leaf)
            case "table":
                self._settle_rows(leaf, scan)
            case "paragraph" if len(leaf.content) > PIECE:
                self._settle_text(leaf, scan)

    def _settle_code(self, leaf: Leaf) -> None:
        self._highlighter = self._highlighter or Highlighter(leaf.info)
        settled = self._highlighter.settle(leaf.content.split("\n")[:-1])
        if settled:
            self._emit([self._code(leaf, settled, self._gap(leaf, self._blank))])
            self._grow("fence", self._head + 1)
            del self._open[: len(settled)]

    def _settle_indented_code(self, leaf: Leaf) -> None:
        lines = leaf.content.rstrip("\n").split("\n")
        count = (len(lines) - 1) // PART * PART
        while count < len(lines) and not lines[count].strip():
            count += 1  # empty lines at the beginning of the rest would be lost
        if 0 < count < len(lines):
            self._emit([self._code(leaf, _plain(lines[:count]), self._gap(leaf, self._blank))])
            self._grow("code", self._head)
            del self._open[:count]

    def _settle_rows(self, leaf: Leaf, scan: _Scan) -> None:
        count = (len(leaf.rows) - 1) // PART * PART
        if count > 0:
            part = replace(leaf, rows=leaf.rows[: count + 1])
            self._emit([self._table(part, scan, self._gap(leaf, self._blank))])
            self._grow("table", self._head + 2)
            del self._open[:count]

    def _settle_text(self, leaf: Leaf, scan: _Scan) -> None:
        *settled, rest = pieces(leaf.content.removeprefix(MARK))
        if not settled:
            return
        self._emit(self._texts(leaf, settled, scan, self._gap(leaf, self._blank), settle=True))
        self._grow("paragraph", self._head)
        first_source, first_line = self._open[0].rstrip(), leaf.content.partition("\n")[0].rstrip()
        before = first_source[: len(first_source) - len(first_line)]  # what the containers need
        used = leaf.content.count("\n") - rest.count("\n")
        self._open = [before + MARK + rest.partition("\n")[0], *self._open[used + 1 :]]

    def _grow(self, kind: str, head: int) -> None:
        """Keeps the head of the block that was settled in part, to go on from there."""
        if not self._growing:
            self._context += self._open[:head]
            del self._open[:head]
        self._growing = kind

    # Blocks

    def _blocks(self, scan: _Scan, index: int, previous: Block | None, *, settle: bool) -> Iterator[Block]:
        """The block of a leaf, in parts where it is a long paragraph."""
        leaf = scan.leaves[index]
        gap = self._gap(leaf, self._blank_before(scan, index), previous)
        match leaf.kind:
            case "heading":
                yield self._text(leaf, leaf.content, scan, gap, settle=settle)
            case "paragraph":
                yield from self._texts(
                    leaf, pieces(leaf.content.removeprefix(MARK)), scan, gap, settle=settle
                )
            case "fence":
                lines = leaf.content.split("\n")[:-1]
                growing = self._highlighter if self._growing and index == 0 else None
                highlighter = growing or Highlighter(leaf.info)
                settled = highlighter.settle(lines) if settle else ()
                yield self._code(leaf, (*settled, *highlighter.finish(lines[len(settled) :])), gap)
            case "code":
                yield self._code(leaf, _plain(leaf.content.rstrip("\n").split("\n")), gap)
            case "table":
                yield self._table(leaf, scan, gap)
            case "formula":
                yield Formula(
                    lines=block_formula(leaf.content), gap=gap, frames=leaf.frames, opens=leaf.opens
                )
            case "rule":
                yield Rule(gap=gap, frames=leaf.frames, opens=leaf.opens)
            case "target":
                if settle:
                    self.references.setdefault(leaf.info, scan.environment["references"][leaf.info])
                spans: Spans = (Span(leaf.content, "target", leaf.content.split(": ", 1)[1]),)
                yield Text(spans=spans, gap=gap, frames=leaf.frames, opens=leaf.opens)
            case _:
                spans = (Span(leaf.content),) if leaf.content else ()
                yield Text(spans=spans, gap=gap, frames=leaf.frames, opens=leaf.opens)

    def _texts(
        self, leaf: Leaf, parts: Sequence[str], scan: _Scan, gap: bool, *, settle: bool
    ) -> Iterator[Block]:
        """A paragraph in its parts, with what stood between them."""
        continues = leaf.content.startswith(MARK)
        glue = self._glue if continues else ""
        for part in parts:
            text = part.rstrip()
            block = self._text(leaf, text, scan, gap, settle=settle, continues=continues)
            yield replace(block, spans=(Span(glue), *block.spans)) if glue else block
            between = part[len(text) :]
            continues, glue = True, "\n" if "\n" in between else between[:1]
        if settle:
            self._glue = glue

    def _text(
        self, leaf: Leaf, content: str, scan: _Scan, gap: bool, *, settle: bool, continues: bool = False
    ) -> Text:
        if settle and "[" in content:
            self._unknown |= parser.unknown_labels(content, scan.environment)
        frames = leaf.frames
        task: Spans = ()
        begins_item = leaf.opens and leaf.path[-1].kind == "item" and not continues
        if begins_item and content[:4] in ("[ ] ", "[x] ", "[X] "):
            sign = "☐" if content[1] == " " else "☑"
            content = content[4:]
            if frames[-1].marker in BULLETS:
                frames = (*frames[:-1], Frame(sign))
            else:
                task = (Span(f"{sign} ", "marker"),)
        return Text(
            spans=(*task, *parser.inline_spans(content, scan.environment)),
            level=leaf.level,
            gap=gap,
            continues=continues,
            frames=frames,
            opens=leaf.opens,
        )

    def _code(self, leaf: Leaf, lines: tuple[Spans, ...], gap: bool) -> Code:
        return Code(
            lines=lines,
            info=leaf.info,
            fenced=leaf.kind == "fence",
            gap=gap,
            continues=self._goes_on(leaf),
            frames=leaf.frames,
            opens=leaf.opens,
        )

    def _table(self, leaf: Leaf, scan: _Scan, gap: bool) -> Table:
        cells = [tuple(parser.inline_spans(cell, scan.environment) for cell in row) for row in leaf.rows]
        return Table(
            head=cells[0],
            alignments=leaf.alignments,
            rows=tuple(cells[1:]),
            gap=gap,
            continues=self._goes_on(leaf),
            frames=leaf.frames,
            opens=leaf.opens,
        )

    def _goes_on(self, leaf: Leaf) -> bool:
        """Whether a leaf is the rest of a block that was settled in part."""
        return leaf.kind == self._growing and leaf.start <= len(self._context) - (leaf.kind != "code")

    def _blank_before(self, scan: _Scan, index: int) -> bool:
        return not scan.adjacent(index) if index else self._blank

    def _gap(self, leaf: Leaf, blank: bool, previous: Block | None = None) -> bool:
        """Whether an empty line is drawn before a block: where there is one, and around what stands apart."""
        previous = previous or self._previous
        if previous is None or blank:
            return blank and previous is not None
        apart = leaf.kind in ("fence", "code", "table", "formula", "heading")
        return not leaf.opens and (apart or isinstance(previous, Code | Table | Formula))


def _plain(lines: Iterable[str]) -> tuple[Spans, ...]:
    return tuple((Span(line, PLAIN),) if line else () for line in lines)


def _split(text: str, room: int) -> list[str]:
    """The lines of `text`, with those that are too long broken: the first after `room` characters."""
    lines = text.split("\n")
    if len(text) <= room:
        return lines
    first = lines[0][room:]
    starts = [first, *lines[1:]] if len(lines[0]) > room else lines[1:]
    return [lines[0][:room]] + [
        line[at : at + LONGEST_LINE] for line in starts for at in range(0, len(line) or 1, LONGEST_LINE)
    ]
