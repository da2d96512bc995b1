"""Contents of a Markdown text: its code blocks as they were written, and the targets of its links."""

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
    """A code block of a text, as it was written."""

    text: str
    """The code with its tabs and a final newline; characters that are unsafe on a screen are replaced."""
    language: str
    """The language that the fence names; may be empty."""


def code_blocks(source: str) -> list[CodeBlock]:
    """Return the code blocks of `source` in order."""
    cleaned = clean(source)
    tokens, _ = fences.read(lambda environment: block_tokens(cleaned, environment))
    return [
        CodeBlock(token.content, language_of(token.info))
        for token in tokens
        if token.type in ("fence", "code_block")
    ]


def targets(source: str) -> Iterator[str]:
    """Yield the targets of the links in `source`, in order."""
    for block in parse(source):
        match block:
            case Text(spans=spans):
                yield from (span.link for span in spans if span.link)
            case Table(head=head, rows=rows):
                cells = (cell for row in (head, *rows) for cell in row)
                yield from (span.link for cell in cells for span in cell if span.link)
