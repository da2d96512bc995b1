"""The hint above the status: what helps after an answer has failed."""

from __future__ import annotations

from rich.cells import cell_len
from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget


class HintLine(Widget):
    """One line, hidden while empty. Set `text`, which must be clean."""

    DEFAULT_CSS = """
    HintLine { height: 1; margin: 0 2; display: none; }
    """

    text: reactive[str] = reactive("")

    def watch_text(self) -> None:
        self.display = bool(self.text)

    def render(self) -> RenderResult:
        if cell_len(self.text) <= self.size.width:
            return Content.styled(self.text, "$text-accent")
        return Content.styled(self.text, "$text-accent").truncate(self.size.width, ellipsis=True)
