"""Leaves to blocks: text parsed, code highlighted, the gap before each block decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from neurotui.markdown import mathematics, parser
from neurotui.markdown.blocks import Block, Code, ContainerPrefix, Formula, Rule, Span, Spans, Table, Text
from neurotui.markdown.formulas import block_formula
from neurotui.markdown.highlight import PLAIN, Highlighter
from neurotui.markdown.leaves import BULLETS, Leaf
from neurotui.markdown.paragraphs import MARK, split_paragraph


@dataclass(slots=True)
class ParsedLines:
    """Lines, and the leaves that the parser found in them."""

    lines: list[str]
    leaves: list[Leaf]
    environment: parser.Environment

    def adjacent(self, index: int) -> bool:
        """True if no empty line precedes a leaf."""
        return self.leaves[index].begin <= self.leaves[index - 1].end


class BlockBuilder:
    """Builder of blocks; remembers what came before the next one."""

    def __init__(self, references: dict[str, Any]) -> None:
        self.references = references
        """Link targets by label, from all settled blocks."""
        self.unknown: set[str] = set()
        """Labels of links that had no target when their block was made."""
        self.growing = ""
        """Kind of the block that was settled in part; empty if there is none."""
        self.blank = False
        """True if an empty line precedes the first leaf of the next `ParsedLines`."""
        self.highlighter: Highlighter | None = None
        """Highlighter of the code that was settled in part."""
        self._previewer = Highlighter("")  # for code of which nothing is settled
        self._previous: Block | None = None
        self._codes = 0
        self._glue = ""

    def note(self, block: Block) -> None:
        """Remember a block that was settled."""
        self._previous = block
        self._codes += isinstance(block, Code) and not block.continues

    def preview(self, parsed: ParsedLines) -> list[Block]:
        """Return the blocks of all leaves as they look now; settle nothing."""
        made: list[Block] = []
        codes = self._codes
        for index in range(len(parsed.leaves)):
            for block in self.blocks(parsed, index, made[-1] if made else None, settle=False):
                if isinstance(block, Code) and not block.continues:
                    codes += 1
                    block = replace(block, number=codes)
                made.append(block)
        return made

    def blocks(
        self, parsed: ParsedLines, index: int, previous: Block | None = None, *, settle: bool = True
    ) -> Iterator[Block]:
        """Yield the block of a leaf, a long paragraph in parts. `settle` records what its text refers to."""
        leaf = parsed.leaves[index]
        gap = self.gap(leaf, not parsed.adjacent(index) if index else self.blank, previous)
        match leaf.kind:
            case "heading":
                yield self._text(leaf, leaf.content, parsed, gap, settle=settle)
            case "paragraph":
                yield from self.texts(
                    leaf, split_paragraph(leaf.content.removeprefix(MARK)), parsed, gap, settle=settle
                )
            case "fence":
                lines = leaf.content.split("\n")[:-1]
                yield self.code(leaf, self._colored(leaf, lines, settle), gap)
            case "code":
                yield self.code(leaf, plain(leaf.content.rstrip("\n").split("\n")), gap)
            case "table":
                yield self.table(leaf, parsed, gap, settle=settle)
            case "formula":
                yield self._formula(leaf, parsed, gap, settle=settle)
            case "rule":
                yield Rule(gap=gap, frames=leaf.frames, opens=leaf.opens)
            case "target":
                if settle:
                    self.references.setdefault(leaf.info, parsed.environment["references"][leaf.info])
                spans: Spans = (Span(leaf.content, "target", leaf.target),)
                yield Text(spans=spans, gap=gap, frames=leaf.frames, opens=leaf.opens)
            case _:
                spans = (Span(leaf.content),) if leaf.content else ()
                yield Text(spans=spans, gap=gap, frames=leaf.frames, opens=leaf.opens)

    def texts(
        self, leaf: Leaf, parts: Sequence[str], parsed: ParsedLines, gap: bool, *, settle: bool = True
    ) -> Iterator[Block]:
        """Yield a paragraph in its parts, with the blanks between them."""
        continues = leaf.content.startswith(MARK)
        glue = self._glue if continues else ""
        for part in parts:
            text = part.rstrip()
            block = self._text(leaf, text, parsed, gap, settle=settle, continues=continues)
            yield replace(block, spans=(Span(glue), *block.spans)) if glue else block
            between = part[len(text) :]
            continues, glue = True, "\n" if "\n" in between else between[:1]
        if settle:
            self._glue = glue

    def _text(
        self,
        leaf: Leaf,
        content: str,
        parsed: ParsedLines,
        gap: bool,
        *,
        settle: bool,
        continues: bool = False,
    ) -> Text:
        if settle and "[" in content:
            self.unknown |= parser.unknown_labels(content, parsed.environment)
        frames = leaf.frames
        task: Spans = ()
        begins_item = leaf.opens and leaf.path[-1].kind == "item" and not continues
        if begins_item and content[:4] in ("[ ] ", "[x] ", "[X] "):
            sign = "☐" if content[1] == " " else "☑"
            content = content[4:]
            if frames[-1].marker in BULLETS:
                frames = (*frames[:-1], ContainerPrefix(sign))
            else:
                task = (Span(f"{sign} ", "marker"),)
        return Text(
            spans=(*task, *parser.inline_spans(content, parsed.environment)),
            level=leaf.level,
            gap=gap,
            continues=continues,
            frames=frames,
            opens=leaf.opens,
        )

    def _formula(self, leaf: Leaf, parsed: ParsedLines, gap: bool, *, settle: bool) -> Formula | Text:
        """Return a displayed formula, or, if it is not one, the text with its delimiters."""
        opening, closing = leaf.info[:2], leaf.info[2:]
        if closing or settle:
            if not mathematics.displayed(opening, leaf.content if opening == "$$" else f"\n{leaf.content}\n"):
                return self._text(
                    leaf, f"{opening}\n{leaf.content}\n{closing}".strip(), parsed, gap, settle=settle
                )
            lines = block_formula(leaf.content)
        else:
            lines = tuple(
                leaf.content.split("\n")
            )  # half a formula may be readable now and not with its next character
        return Formula(lines=lines, gap=gap, frames=leaf.frames, opens=leaf.opens)

    def _colored(self, leaf: Leaf, lines: list[str], settle: bool) -> tuple[Spans, ...]:
        highlighter = self.highlighter if leaf.goes_on else None
        if settle:
            highlighter = highlighter or Highlighter(leaf.info)
            settled = highlighter.settle(lines)
            return (*settled, *highlighter.finish(lines[len(settled) :]))
        if highlighter is None:
            if self._previewer.info != leaf.info:
                self._previewer = Highlighter(leaf.info)
            highlighter = self._previewer
        return highlighter.preview(lines)

    def code(self, leaf: Leaf, lines: tuple[Spans, ...], gap: bool) -> Code:
        """Return a block of code, or the next part of one, with these lines."""
        return Code(
            lines=lines,
            info=leaf.info,
            fenced=leaf.kind == "fence",
            number=self._codes + 1,
            gap=gap,
            continues=leaf.goes_on,
            frames=leaf.frames,
            opens=leaf.opens,
        )

    def table(self, leaf: Leaf, parsed: ParsedLines, gap: bool, *, settle: bool = True) -> Table:
        """Return a table, or the next part of one, with the rows of `leaf`."""
        environment = parsed.environment
        if settle:
            for cell in chain.from_iterable(leaf.rows):
                if "[" in cell:
                    self.unknown |= parser.unknown_labels(cell, environment)
        cells = [
            tuple(parser.inline_spans(cell, environment, cell=True) for cell in row) for row in leaf.rows
        ]
        return Table(
            head=cells[0],
            alignments=leaf.alignments,
            rows=tuple(cells[1:]),
            gap=gap,
            continues=leaf.goes_on,
            frames=leaf.frames,
            opens=leaf.opens,
        )

    def gap(self, leaf: Leaf, blank: bool, previous: Block | None = None) -> bool:
        """True if an empty line is drawn before a block: if the source has one, or the block stands apart."""
        previous = previous or self._previous
        if previous is None or blank:
            return blank and previous is not None
        apart = not leaf.opens and leaf.kind in ("fence", "code", "table", "formula", "heading")
        return apart or isinstance(previous, Code | Table | Formula)


def plain(lines: Iterable[str]) -> tuple[Spans, ...]:
    """Return lines of code without colours."""
    return tuple((Span(line, PLAIN),) if line else () for line in lines)
