"""Markdown: source to blocks, blocks to lines. Pure, without a terminal."""

from __future__ import annotations

from neurotui.markdown.blocks import Block
from neurotui.markdown.document import Document


def parse(source: str) -> list[Block]:
    """Return the blocks of a complete text."""
    document = Document()
    document.feed(source)
    document.finish()
    while document.stale:
        document = document.again()
        document.feed(source)
        document.finish()
    return document.blocks
