"""Layout of code as a card: a header with the language and the key that copies it, then line after line."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import chop_cells

from neurotui.i18n import _
from neurotui.markdown.blocks import Block, Code, Span, Spans
from neurotui.markdown.wrap import LaidOutLine, cut, text_of, width_of

KEY = "code-key"
"""Style of the key in the header, which is drawn only where it works: in the message with the cursor."""
MOST_KEYS = 9
"""Blocks of a message that have a key."""

_BAR = Span("▏", "code-bar")
_FILL = "code-fill"
_WRAPPED = "↪ "


class CodeLines:
    """The lines of a growing block of code. One that is too long goes on indented, behind a mark."""

    def __init__(self, width: int, first: Spans, rest: Spans, before: list[LaidOutLine]) -> None:
        self.lines = before
        self._first = first
        self._rest = rest
        self._room = max(4, width - width_of(text_of(rest)) - 2)
        self._begun = False

    def add(self, part: Block) -> None:
        self.lines += self._made(part)

    def tail(self, parts: Sequence[Block]) -> list[LaidOutLine]:
        return [line for part in parts for line in self._made(part)]

    def _made(self, part: Block) -> list[LaidOutLine]:
        assert isinstance(part, Code)
        made: list[LaidOutLine] = []
        if not self._begun and part.fenced and not part.continues:
            made.append(self._header(part))
            self._first = self._rest
        self._begun = True
        for spans in part.lines:
            self._break(spans, made)
        return made

    def _header(self, part: Code) -> LaidOutLine:
        label = (
            part.info if width_of(part.info) <= self._room else chop_cells(part.info, self._room - 1)[0] + "…"
        )
        spans = [*self._first, _BAR, Span(label, "code-label")]
        if 0 < part.number <= MOST_KEYS:
            key = _("{key} copy").format(key=part.number)
            key = f"{' ' if label else ''}── {key}"
            if width_of(label + key) <= self._room:
                spans.append(Span(key, KEY))
        return LaidOutLine(tuple(spans), sum(len(span.text) for span in spans), None, _FILL)

    def _break(self, spans: Spans, made: list[LaidOutLine]) -> None:
        text = text_of(spans)
        prefix = (*self._first, _BAR)
        self._first = self._rest
        gutter = sum(len(span.text) for span in prefix)
        if len(text) * 2 <= self._room or width_of(text) <= self._room:
            made.append(LaidOutLine((*prefix, *spans), gutter, None, _FILL))
            return
        start = len(chop_cells(text, self._room)[0])
        made.append(LaidOutLine((*prefix, *cut(spans, 0, start)), gutter, None, _FILL))
        indent = min(len(text) - len(text.lstrip(" ")), self._room // 2)
        prefix = (*self._rest, _BAR, Span(" " * indent + _WRAPPED, "code-wrap"))
        gutter = sum(len(span.text) for span in prefix)
        for chunk in chop_cells(text[start:], max(1, self._room - indent - len(_WRAPPED))):
            part = cut(spans, start, start + len(chunk))
            made.append(LaidOutLine((*prefix, *part), gutter, "", _FILL))
            start += len(chunk)
