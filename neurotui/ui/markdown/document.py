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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from neurotui.chat.text import clean
from neurotui.ui.markdown import parser
from neurotui.ui.markdown.blocks import QUOTE, Block, Code, Formula, Frame, Rule, Span, Spans, Table, Text
from neurotui.ui.markdown.formulas import block_formula
from neurotui.ui.markdown.highlight import Highlighter

if TYPE_CHECKING:
    from markdown_it.token import Token

PIECE = 1000
"""Characters after which a paragraph is settled in part, at the next space where nothing is open."""
LONGEST_PIECE = 2000
"""Characters after which it is settled at a space even if something is open."""
LONGEST_LINE = 10_000
"""Characters after which a line of the source is broken."""
TAB = 4
ROWS = 16
"""Rows of a table that are settled at a time."""
BULLETS = "•◦▪"

_PLACEHOLDER = "# ."
_AROUND_BREAKS = re.compile(r" *\n *")
_MARK = "\x02"
"""Stands for the settled part of a paragraph. The gate lets no such character through from outside."""
_UNDECIDED = re.compile(r"[\s>]*(?:[-=*_+#~|:`.\s]+|\d{1,9}[.)]?\s*|\[\^?[^\]]*\]?:?|[-+*] \[.?\]?)?")
"""A last line that may yet become a rule, an underline, an item or a fence: shown when it is decided."""


@dataclass(slots=True)
class _Container:
    """A list, an item, a quote or a footnote while its contents are read."""

    kind: str
    start: int
    marker: str = ""
    number: int | None = None
    """Of an ordered list: that of its next item."""
    fresh: bool = True
    indent: int = 0

    @property
    def frame(self) -> Frame:
        return QUOTE if self.kind == "quote" else Frame(self.marker)


@dataclass(slots=True)
class _Leaf:
    """A block that holds text, as the parser found it."""

    kind: str
    start: int
    end: int
    path: tuple[_Container, ...]
    opens: int
    content: str = ""
    info: str = ""
    level: int = 0
    rows: list[list[str]] = field(default_factory=list)
    alignments: tuple[str, ...] = ()

    @property
    def begin(self) -> int:
        """The line that the first of the containers begins on that begin with this block."""
        frames = [container for container in self.path if container.kind != "list"]
        return min([self.start, *(frame.start for frame in frames[len(frames) - self.opens :])])

    @property
    def closed_fence(self) -> bool:
        return self.end - self.start - 1 > self.content.count("\n")


class Document:
    """One text in Markdown, growing at its end."""

    def __init__(self, references: dict[str, Any] | None = None) -> None:
        self.blocks: list[Block] = []
        """What is settled. Only ever appended to."""
        self.references: dict[str, Any] = dict(references or {})
        """The targets of links by label; give them to a new document where this one is `stale`."""
        self._rest = ""
        self._open: list[str] = []
        self._context: list[str] = []
        self._placeholders = 0
        self._numbers: list[int] = []
        self._head = 0
        self._growing = ""
        self._highlighter: Highlighter | None = None
        self._glue = ""
        self._blank = False
        self._previous: Block | None = None
        self._unknown: set[str] = set()

    @property
    def stale(self) -> bool:
        """Whether a link was used before its target was known."""
        return not self._unknown.isdisjoint(self.references)

    def feed(self, text: str) -> None:
        """Takes more of the source, cut anywhere."""
        self._rest += text
        if "\n" in text or len(self._rest) > LONGEST_LINE:
            *lines, self._rest = _split(self._rest)
            self._take(lines)
            self._settle()

    def finish(self) -> None:
        """Says that the source is complete: all of it is settled."""
        self._take(_split(self._rest))
        self._rest = ""
        self._settle(final=True)

    def peek(self) -> list[Block]:
        """What the rest looks like now, not settled. The first block may continue the last settled one."""
        lines = self._open
        if self._rest and not _UNDECIDED.fullmatch(self._rest):
            lines = [*lines, *_clean_lines(self._rest)]
        leaves, environment = self._leaves([*self._context, *lines])
        blocks: list[Block] = []
        previous = self._previous
        for index, leaf in enumerate(leaves):
            made = list(self._blocks(leaf, leaves, index, environment, previous, settle=False))
            blocks += made
            previous = made[-1] if made else previous
        return blocks

    def _take(self, lines: Sequence[str]) -> None:
        for line in lines:
            self._open += _clean_lines(line)

    # Settling

    def _settle(self, final: bool = False) -> None:
        lines = [*self._context, *self._open]
        leaves, environment = self._leaves(lines)
        count = len(leaves) if final else self._ended(leaves)
        for index, leaf in enumerate(leaves[:count]):
            self._emit(self._blocks(leaf, leaves, index, environment, self._previous, settle=True))
            self._growing = ""
            self._highlighter = None
        if final:
            self._open, self._context, self._placeholders = [], [], 0
        elif count < len(leaves):
            self._keep_open(lines, leaves, count, environment)

    def _ended(self, leaves: list[_Leaf]) -> int:
        """How many of the blocks no later line can change."""
        count = max(0, len(leaves) - 1)
        if leaves and leaves[-1].kind == "paragraph" and leaves[-1].content[:1] in ('"', "'", "("):
            while (
                count and leaves[count - 1].kind == "target" and leaves[count - 1].end == leaves[count].start
            ):
                count -= 1  # the paragraph may turn out to be the title of the target before it
        return count

    def _emit(self, blocks: Iterator[Block]) -> None:
        for block in blocks:
            self.blocks.append(block)
            self._previous = block

    def _keep_open(
        self, lines: list[str], leaves: list[_Leaf], index: int, environment: parser.Environment
    ) -> None:
        """Forgets what is settled, and settles what can be of the block that stays open."""
        leaf = leaves[index]
        if not self._growing:
            begin = leaf.begin
            self._blank = self._gap_before(leaves, index)
            self._context = _context(lines, leaf, begin)
            self._placeholders = len(self._context)
            self._numbers = [container.number - 1 for container in leaf.path if container.number is not None]
            blank_lines_count = leaf.kind in ("fence", "code")
            self._open = lines[begin:] if blank_lines_count else lines[begin : leaf.end + 2]
            self._head = leaf.start - begin
        if index + 1 < len(leaves):
            return
        if leaf.kind == "fence" and not leaf.closed_fence:
            self._settle_code(leaf)
        elif leaf.kind == "table":
            self._settle_rows(leaf, environment)
        elif leaf.kind == "paragraph" and len(leaf.content) > PIECE:
            self._settle_text(leaf, environment)

    def _settle_code(self, leaf: _Leaf) -> None:
        self._highlighter = self._highlighter or Highlighter(leaf.info)
        settled = self._highlighter.settle(leaf.content.split("\n")[:-1])
        if not settled:
            return
        self._emit(iter([self._code(leaf, settled, gap=self._gap("fence", leaf, self._blank))]))
        self._grow("fence", self._head + 1)
        del self._open[: len(settled)]

    def _settle_rows(self, leaf: _Leaf, environment: parser.Environment) -> None:
        count = (len(leaf.rows) - 1) // ROWS * ROWS
        if count <= 0:
            return
        part = _Leaf(**{name: getattr(leaf, name) for name in _Leaf.__slots__})
        part.rows = leaf.rows[: count + 1]
        self._emit(iter([self._table(part, environment, self._gap("table", leaf, self._blank))]))
        self._grow("table", self._head + 2)
        del self._open[:count]

    def _settle_text(self, leaf: _Leaf, environment: parser.Environment) -> None:
        content = leaf.content.removeprefix(_MARK)
        *pieces, rest = _pieces(content)
        if not pieces:
            return
        gap = self._gap("paragraph", leaf, self._blank)
        self._emit(self._text_parts(leaf, pieces, environment, gap, settle=True))
        self._grow("paragraph", self._head)
        first = self._open[0].rstrip()
        prefix = first[: len(first) - len(leaf.content.split("\n", 1)[0].rstrip())]
        rest_lines = rest.count("\n")
        first_rest = rest.split("\n", 1)[0]
        used = leaf.content.count("\n") - rest_lines
        self._open = [prefix + _MARK + first_rest, *self._open[used + 1 :]]

    def _grow(self, kind: str, count: int) -> None:
        """Keeps the first lines of the block that was settled in part, to go on from there."""
        if not self._growing:
            self._context += self._open[:count]
            del self._open[:count]
        self._growing = kind

    # Blocks

    def _blocks(
        self,
        leaf: _Leaf,
        leaves: list[_Leaf],
        index: int,
        environment: parser.Environment,
        previous: Block | None,
        *,
        settle: bool,
    ) -> Iterator[Block]:
        """The block of a leaf, in parts where it is long."""
        blank = self._gap_before(leaves, index)
        continues = bool(self._growing) and index == 0
        gap = self._gap(leaf.kind, leaf, blank, previous)
        match leaf.kind:
            case "paragraph" | "heading":
                if leaf.level:
                    yield self._text(leaf, leaf.content, environment, gap, settle=settle)
                    return
                pieces = _pieces(leaf.content.removeprefix(_MARK))
                yield from self._text_parts(leaf, pieces, environment, gap, settle=settle)
            case "fence":
                lines = leaf.content.split("\n")[:-1]
                highlighter = (self._highlighter if continues else None) or Highlighter(leaf.info)
                settled = highlighter.settle(lines) if settle else ()
                rest = highlighter.finish(lines[len(settled) :])
                yield self._code(leaf, (*settled, *rest), gap=gap)
            case "code":
                lines = leaf.content.rstrip("\n").split("\n")
                code = tuple((Span(line, "code-text"),) if line else () for line in lines)
                yield Code(lines=code, fenced=False, gap=gap, **_place(leaf))
            case "table":
                yield self._table(leaf, environment, gap)
            case "formula":
                yield Formula(lines=block_formula(leaf.content), gap=gap, **_place(leaf))
            case "rule":
                yield Rule(gap=gap, **_place(leaf))
            case "target":
                if settle:
                    self.references.setdefault(leaf.info, environment["references"][leaf.info])
                spans = (Span(leaf.content, "target", leaf.content.split(": ", 1)[1]),)
                yield Text(spans=spans, gap=gap, **_place(leaf))
            case _:
                yield Text(spans=(Span(leaf.content),) if leaf.content else (), gap=gap, **_place(leaf))

    def _text_parts(
        self,
        leaf: _Leaf,
        pieces: Sequence[str],
        environment: parser.Environment,
        gap: bool,
        *,
        settle: bool,
    ) -> Iterator[Block]:
        continues = self._growing == "paragraph" and leaf.content.startswith(_MARK)
        glue = self._glue if continues else ""
        for piece in pieces:
            text = piece.rstrip()
            yield self._text(
                leaf, text, environment, gap, settle=settle, glue=glue, continues=continues, level=0
            )
            continues = True
            glue = "\n" if "\n" in piece[len(text) :] else piece[len(text) :][:1]
        if settle:
            self._glue = glue

    def _text(
        self,
        leaf: _Leaf,
        content: str,
        environment: parser.Environment,
        gap: bool,
        *,
        settle: bool,
        glue: str = "",
        continues: bool = False,
        level: int | None = None,
    ) -> Text:
        if settle and "[" in content:
            self._unknown.update(parser.unknown_labels(content, environment))
        task: tuple[Span, ...] = ()
        place = _place(leaf)
        begins_item = leaf.opens and leaf.path[-1].kind == "item" and not continues
        if begins_item and content[:4] in ("[ ] ", "[x] ", "[X] "):
            sign = "☐" if content[1] == " " else "☑"
            content = content[4:]
            if leaf.path[-1].marker in BULLETS:
                place["frames"] = (*place["frames"][:-1], Frame(sign))
            else:
                task = (Span(sign + " ", "marker"),)
        spans = (*task, *parser.inline_spans(content, environment))
        if glue:
            spans = (Span(glue), *spans)
        return Text(
            spans=spans, level=leaf.level if level is None else level, gap=gap, continues=continues, **place
        )

    def _code(self, leaf: _Leaf, lines: tuple[Spans, ...], gap: bool) -> Code:
        continues = self._growing == "fence" and leaf.start < len(self._context)
        return Code(lines=lines, info=leaf.info, gap=gap, continues=continues, **_place(leaf))

    def _table(self, leaf: _Leaf, environment: parser.Environment, gap: bool) -> Table:
        cells = [tuple(parser.inline_spans(cell, environment) for cell in row) for row in leaf.rows]
        return Table(
            head=cells[0],
            alignments=leaf.alignments,
            rows=tuple(cells[1:]),
            gap=gap,
            continues=self._growing == "table" and leaf.start < len(self._context),
            **_place(leaf),
        )

    def _gap_before(self, leaves: list[_Leaf], index: int) -> bool:
        if index == 0:
            return self._blank
        return leaves[index].begin > leaves[index - 1].end

    def _gap(self, kind: str, leaf: _Leaf, blank: bool, previous: Block | None = None) -> bool:
        """Whether an empty line is drawn before a block: where there is one, and around what stands apart."""
        previous = previous or self._previous
        if previous is None:
            return False
        if blank:
            return True
        apart = kind in ("fence", "code", "table", "formula", "heading")
        return not leaf.opens and (apart or isinstance(previous, Code | Table | Formula))

    # Reading the parser's tokens

    def _leaves(self, lines: list[str]) -> tuple[list[_Leaf], parser.Environment]:
        environment: parser.Environment = {"references": dict(self.references)}
        leaves: list[_Leaf] = []
        start = 0
        while any(lines[start:]):
            tokens = parser.block_tokens("\n".join(lines[start:]) + "\n", environment)
            first = start == 0
            reader = _Reader(lines, start, self._placeholders if first else 0, self._numbers if first else ())
            leaves += reader.read(tokens)
            if not leaves or leaves[-1].kind != "deep":
                break
            start = leaves[-1].end  # The parser has read no further.
        return leaves, environment


class _Reader:
    """Makes leaves, with the containers they stand in, of the parser's tokens."""

    def __init__(self, lines: list[str], first: int, placeholders: int, numbers: Sequence[int]) -> None:
        self._lines = lines
        self._first = first
        self._placeholders = placeholders
        self._numbers = list(numbers)
        self._path: list[_Container] = []
        self._leaves: list[_Leaf] = []

    def read(self, tokens: Sequence[Token]) -> list[_Leaf]:
        index = 0
        while index < len(tokens):
            index = self._token(tokens, index)
        return self._leaves

    def _token(self, tokens: Sequence[Token], index: int) -> int:
        """Reads the token at `index`; returns the index of the next one to read."""
        token = tokens[index]
        start, end = (self._first + line for line in token.map or (0, 0))
        match token.type:
            case "blockquote_open":
                self._path.append(_Container("quote", start))
            case "footnote_reference_open":
                self._path.append(_Container("note", start, marker=parser.note_sign(token.meta["label"])))
            case "bullet_list_open":
                self._path.append(_Container("list", start))
            case "ordered_list_open":
                number = int(token.attrs.get("start", 1))
                if self._numbers and not self._leaves:
                    number = self._numbers.pop(0)
                self._path.append(_Container("list", start, number=number))
            case "list_item_open":
                self._path.append(_Container("item", start, marker=self._item_marker(token)))
            case "blockquote_close" | "list_item_close" | "footnote_reference_close":
                if self._path[-1].fresh:
                    self._empty(self._path[-1].start)
                self._path.pop()
            case "bullet_list_close" | "ordered_list_close":
                self._path.pop()
            case "paragraph_open":
                content = _AROUND_BREAKS.sub("\n", tokens[index + 1].content)
                self._leaf(_Leaf("paragraph", start, end, (), 0, content))
                return index + 3
            case "heading_open":
                content = _AROUND_BREAKS.sub("\n", tokens[index + 1].content)
                if len(content) > PIECE or content.startswith(_MARK):
                    self._leaf(_Leaf("paragraph", start, end, (), 0, content))  # no heading is that long
                else:
                    self._leaf(_Leaf("heading", start, end, (), 0, content, level=int(token.tag[1])))
                return index + 3
            case "table_open":
                return self._table(tokens, index)
            case "fence":
                self._leaf(_Leaf("fence", start, end, (), 0, token.content, token.info.strip()))
            case "code_block":
                self._leaf(_Leaf("code", start, end, (), 0, token.content))
            case "hr":
                self._leaf(_Leaf("rule", start, end, (), 0))
            case "formula_block":
                self._leaf(_Leaf("formula", start, end, (), 0, token.content))
            case "definition":
                content = f"[{token.meta['label']}]: {token.meta['url']}"
                if token.meta["title"]:
                    content += f" ({token.meta['title']})"
                self._leaf(_Leaf("target", start, end, (), 0, content, token.meta["id"]))
            case _:
                self._leaf(_Leaf("text", start, end, (), 0, token.content))
        return index + 1

    def _leaf(self, leaf: _Leaf) -> None:
        """Adds a leaf at the place that is read now, unless it only stands for what is settled."""
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
        leaf = _Leaf("table", start, end, (), 0)
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
        self._leaf(leaf)
        return index + 1

    def _empty(self, line: int) -> None:
        """Adds a container without text; the parser leaves one so, too, that is nested too deep for it."""
        if len(self._path) < parser.MAX_NESTING:
            self._leaf(_Leaf("text", line, line + 1, (), 0))
        else:
            for container in self._path:
                container.fresh = False
            self._leaves.append(_Leaf("deep", line, line + 1, (), 0, self._lines[line].strip()))


def _place(leaf: _Leaf) -> dict[str, Any]:
    frames = tuple(container.frame for container in leaf.path if container.kind != "list")
    return {"frames": frames, "opens": leaf.opens}


def _split(text: str) -> list[str]:
    """The lines of `text`, with those that are too long broken."""
    lines = text.split("\n")
    if len(text) <= LONGEST_LINE:
        return lines
    return [line[at : at + LONGEST_LINE] for line in lines for at in range(0, len(line) or 1, LONGEST_LINE)]


def _clean_lines(line: str) -> list[str]:
    return clean(line.removesuffix("\r")).expandtabs(TAB).split("\n")


_SPACE = re.compile(r"(?<![\\ \n])[ \n]+(?=[^ \n])")


def _pieces(content: str) -> list[str]:
    """A long paragraph in pieces that are parsed one by one; the last is the one that may still grow."""
    pieces = []
    start = 0
    while len(content) - start > PIECE:
        last = start + 2 * LONGEST_PIECE
        for space in _SPACE.finditer(content, start + PIECE, last + 1):
            cut = space.end()
            if cut - start > LONGEST_PIECE or _balanced(content[start:cut]):
                break
        else:
            if len(content) <= last:
                break
            cut = last
        pieces.append(content[start:cut])
        start = cut
    return [*pieces, content[start:]]


def _balanced(text: str) -> bool:
    """Whether it is unlikely that something was opened in `text` and not closed."""
    return (
        not any(text.count(sign) % 2 for sign in "*_`~$")
        and text.count("[") == text.count("]")
        and text.count("(") == text.count(")")
    )


_OPENING = {
    "quote": re.compile(r" *> ?"),
    "note": re.compile(r" *\[\^[^\]]+\]:"),
    "item": re.compile(r" *(?:[-+*]|\d{1,9}[.)])(?: {1,4}(?=[^ ])| |$)"),
}


def _context(lines: list[str], leaf: _Leaf, begin: int) -> list[str]:
    """The lines before `begin` that opened the containers of `leaf`, a heading in place of their text."""
    containers = [container for container in leaf.path if container.kind != "list"]
    context = []
    for index, container in enumerate(containers):
        if container.start >= begin:
            break
        if index + 1 < len(containers) and containers[index + 1].start == container.start:
            continue
        context.append(_opening(lines[container.start], containers[: index + 1]) + _PLACEHOLDER)
    return context


def _opening(line: str, containers: list[_Container]) -> str:
    """The part of `line` that opens the last of `containers`; notes how far each indents its contents."""
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
