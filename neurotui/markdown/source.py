"""What a text in Markdown contains: its blocks of code as they were written, and where its links lead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from neurotui.chat.text import clean
from neurotui.markdown import fences, parse
from neurotui.markdown.blocks import Table, Text
from neurotui.markdown.highlight import language_of
from neurotui.markdown.parser import block_tokens


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A block of code."""

    text: str
    """With its tabs, and a newline at the end; what is not safe on a screen is replaced."""
    language: str
    """As the fence names it; may be empty."""


def code_blocks(source: str) -> list[CodeBlock]:
    """The blocks of code in `source`, in their order."""
    cleaned = clean(source)
    tokens, _ = fences.read(lambda environment: block_tokens(cleaned, environment))
    return [
        CodeBlock(token.content, language_of(token.info))
        for token in tokens
        if token.type in ("fence", "code_block")
    ]


def targets(source: str) -> Iterator[str]:
    """Where the links of `source` lead, in their order."""
    for block in parse(source):
        match block:
            case Text(spans=spans):
                yield from (span.link for span in spans if span.link)
            case Table(head=head, rows=rows):
                cells = (cell for row in (head, *rows) for cell in row)
                yield from (span.link for cell in cells for span in cell if span.link)
