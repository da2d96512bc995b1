"""The last lines of reasoning while it comes, before there is a word of the answer."""

from __future__ import annotations

from neurotui.chat.text import clean
from neurotui.markdown.blocks import Span
from neurotui.markdown.layout import readable
from neurotui.markdown.source_buffer import TAB
from neurotui.markdown.wrap import LaidOutLine, Paragraph
from neurotui.tui.message_list.parts import Fixed

LINES = 3
"""Lines that are shown."""
_KEPT = 2_000
"""Characters that are wrapped again at another width."""


class LastThoughts(Fixed):
    """The last lines, which are not copied: all is there to be unfolded. A piece costs what it is long."""

    def __init__(self, text: str) -> None:
        super().__init__(self._wrapped, LINES)
        self._text = text[-_KEPT:]
        self._paragraph: Paragraph | None = None

    def take(self, piece: str) -> None:
        """Append a piece of the reasoning."""
        self._text = (self._text + piece)[-_KEPT:]
        if self._paragraph is not None:
            self._lines = self._with(piece)

    def _wrapped(self, width: int) -> list[LaidOutLine]:
        bar = (Span("┆ ", "bar"),)
        self._paragraph = Paragraph(readable(width), bar, bar)
        return self._with(self._text)

    def _with(self, piece: str) -> list[LaidOutLine]:
        paragraph = self._paragraph
        assert paragraph is not None
        paragraph.add([Span(clean(piece).expandtabs(TAB), "dim")])
        paragraph.lines = [line for line in paragraph.lines if _has_words(line)][-LINES:]
        last = [line for line in paragraph.tail() if _has_words(line)]
        return [
            LaidOutLine(line.spans, sum(len(span.text) for span in line.spans))
            for line in [*paragraph.lines, *last][-LINES:]
        ]


def _has_words(line: LaidOutLine) -> bool:
    return bool(line.text[line.gutter :].strip())
