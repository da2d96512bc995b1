"""What a message is made of once its Markdown is understood: blocks, and the spans of text in them.

All values are plain: no colours (a style is a list of words that a theme gives colours to), no width, no
terminal. Text in them has passed the gate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Span(NamedTuple):
    """A run of text that looks the same."""

    text: str
    style: str = ""
    """Words that say what the text is, as in `strong emphasis`; see `styles.WORDS`."""
    link: str = ""
    """Where the text leads: the true target."""


Spans = tuple[Span, ...]


class ContainerPrefix(NamedTuple):
    """A container that a block stands in: a quote, an item of a list, a footnote."""

    marker: str
    """What is drawn before the first line of an item or a footnote."""
    bar: str = ""
    """What is drawn before every line, instead."""


QUOTE = ContainerPrefix("", "▎")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A part of a message that stands on lines of its own."""

    frames: tuple[ContainerPrefix, ...] = ()
    """The containers, the outermost first."""
    opens: int = 0
    """How many of the innermost containers begin with this block, so that their markers are drawn."""
    gap: bool = False
    """Whether an empty line stands before it."""
    continues: bool = False
    """Whether this is more of the block before it, which was too long to be made in one piece."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Block):
    """A paragraph or a heading. A newline in the text is a line's end."""

    spans: Spans
    level: int = 0
    """1 to 6 for a heading, 0 for a paragraph."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code(Block):
    """Lines of code, with their colours."""

    lines: tuple[Spans, ...]
    info: str = ""
    """What stands after the opening fence: the language, as a rule."""
    fenced: bool = True
    number: int = 1
    """Which of the text's blocks of code it is; 0 for one that is not of the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Block):
    """Rows of a table; a part that continues one repeats its head."""

    head: tuple[Spans, ...]
    alignments: tuple[str, ...]
    """`left`, `center`, `right`, or nothing, for each column."""
    rows: tuple[tuple[Spans, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula(Block):
    """A formula on lines of its own, as Unicode where that is possible, else as its source."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Block):
    """A line across."""
