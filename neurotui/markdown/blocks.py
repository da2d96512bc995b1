"""The parts of a message once its Markdown is parsed: blocks, and the spans of text in them.

All values are plain: no colours (a style is a list of words to which a theme gives colours), no width, no
terminal. Their text is clean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Span(NamedTuple):
    """A run of text in one style."""

    text: str
    style: str = ""
    """Words for what the text is, such as `strong emphasis`; see `styles.WORDS`."""
    link: str = ""
    """The true target of a link; empty if the text is none."""


Spans = tuple[Span, ...]


class ContainerPrefix(NamedTuple):
    """A container around a block: a quote, a list item, a footnote."""

    marker: str
    """Drawn before the first line of an item or a footnote."""
    bar: str = ""
    """Drawn before every line, instead of a marker."""


QUOTE = ContainerPrefix("", "▎")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A part of a message on lines of its own."""

    frames: tuple[ContainerPrefix, ...] = ()
    """The containers around the block, the outermost first."""
    opens: int = 0
    """Number of innermost containers that begin with this block: their markers are drawn."""
    gap: bool = False
    """True if an empty line is drawn before the block."""
    continues: bool = False
    """True if this continues the block before it, which was too long to be made in one piece."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Block):
    """A paragraph or a heading. A newline in the text ends a line."""

    spans: Spans
    level: int = 0
    """1 to 6 for a heading, 0 for a paragraph."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code(Block):
    """Lines of highlighted code."""

    lines: tuple[Spans, ...]
    info: str = ""
    """The text after the opening fence, as a rule the language."""
    fenced: bool = True
    number: int = 1
    """Number of this code block in the text, from 1; 0 for code that is not part of the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Block):
    """A table, or a part that continues one: each part repeats the head."""

    head: tuple[Spans, ...]
    alignments: tuple[str, ...]
    """For each column `left`, `center`, `right` or nothing."""
    rows: tuple[tuple[Spans, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula(Block):
    """A formula on lines of its own, as Unicode if possible, else as its source."""

    lines: tuple[str, ...]
    marked: tuple[Spans, ...] = ()
    """The lines with what was found in them; empty where nothing is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Block):
    """A horizontal line."""


def content_of(block: Block) -> str:
    """Return the text of a block, without its head if it is a table."""
    match block:
        case Text(spans=spans):
            found: tuple[Spans, ...] = (spans,)
        case Code(lines=lines):
            found = lines
        case Table(rows=rows):
            found = tuple(cell for row in rows for cell in row)
        case Formula(lines=formula):
            return "\n".join(formula)
        case _:
            found = ()
    return "\n".join("".join(span.text for span in spans) for spans in found)


def size_of(block: Block) -> tuple[int, int]:
    """Return the number of fixed lines in a part of a block, and of characters that are to be wrapped."""
    match block:
        case Text(spans=spans):
            return 1 - block.continues, sum([len(span.text) for span in spans])
        case Code(lines=code):
            return len(code) + 1 - block.continues, 0
        case Table(rows=rows):
            return len(rows) + 2 * (not block.continues), 0
        case Formula(lines=formula):
            return len(formula), 0
        case _:
            return 1, 0
