"""Above the answers that are compared: the question, and all of them in one line."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from neurotui.app.comparison import Comparison
from neurotui.app.comparison_text import name_of, status_of
from neurotui.chat.session import Session
from neurotui.chat.text import clean_line
from neurotui.i18n import _


class ComparisonTitle(Widget):
    """The question."""

    def __init__(self, comparison: Callable[[], Comparison]) -> None:
        super().__init__()
        self._comparison = comparison

    def render(self) -> RenderResult:
        question = clean_line(self._comparison().question.text, 400)
        return Content.assemble(
            (_("Comparison"), "$text-accent bold"), "   ", (question, "$foreground-muted")
        ).truncate(self.content_size.width, ellipsis=True)


class ComparisonStrip(Widget):
    """All answers in one line: how each stands, and the one in front."""

    def __init__(self, comparison: Callable[[], Comparison], front: Callable[[], Session]) -> None:
        super().__init__()
        self._comparison = comparison
        self._front = front

    def render(self) -> RenderResult:
        sessions = self._comparison().sessions
        width, at = self.content_size.width, sessions.index(self._front())
        parts = [self._part(session) for session in sessions]
        first, line = 0, Content("   ").join(parts)
        while line.cell_length > width and first < at:  # the one in front is always among them
            first += 1
            line = Content("   ").join([Content.styled("…", "$foreground-muted"), *parts[first:]])
        return line.truncate(width, ellipsis=True)

    def _part(self, session: Session) -> Content:
        comparison = self._comparison()
        status = status_of(comparison, session)
        tone = "$foreground-muted" if status.tone == "muted" else f"$text-{status.tone}"
        name = name_of(comparison, session)
        if session is self._front():
            return Content.assemble((status.sign, tone), " ", (name, "bold underline"))
        return Content.assemble((status.sign, tone), " ", (name, "$foreground-muted"))
